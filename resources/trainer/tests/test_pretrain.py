"""The stage `pretrain`, as short as it goes: what it leaves is a base that loads and answers, whatever it has learned."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

import jobs
from forethought_trainer.formats.bases import base_identity
from forethought_trainer.load_base import load_base
from forethought_trainer.reference import compute_reference
from forethought_trainer.spec import file_sha256
from forethought_trainer.tokenizer import END_OF_TURN, EOS

# Four questions are measured instead of three hundred, which would take most of the time.
FEW_QUESTIONS = """
import sys
from forethought_trainer import pretrain
from forethought_trainer.__main__ import main
every = pretrain.distinct
pretrain.distinct = lambda pool, seed, count: every(pool, seed, 4)
sys.exit(main(["pretrain", *sys.argv[1:]]))
"""


def test_what_one_step_leaves_is_a_base_in_both_formats(tmp_path: Path) -> None:
    out = tmp_path / "tiny"
    options = ["--out", str(out), "--work", str(tmp_path / "work"), "--steps", "1", "--rows", "2"]
    ran = subprocess.run(
        [sys.executable, "-c", FEW_QUESTIONS, *options, "--devices", "1"],
        env=jobs.environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^step 1  loss \d+\.\d+ ", ran.stdout, re.MULTILINE), ran.stdout

    manifest = json.loads((out / "manifest.json").read_text())
    assert {path.name for path in out.iterdir()} == {"manifest.json", *manifest["files"]}
    for name, entry in manifest["files"].items():
        assert (entry["sha256"], entry["bytes"]) == (file_sha256(out / name), (out / name).stat().st_size)
    assert manifest["identity"] == base_identity(out)
    assert [manifest["measured"][how]["n"] for how in ("greedy", "sampled")] == [4, 4]

    answers = []
    for path in (out, out / manifest["gguf"]["file"]):
        model, _, tokenizer = load_base(path)
        prompt = "<start_of_turn>user\nHow many?<end_of_turn>\n<start_of_turn>model\n"
        answers += compute_reference(model, tokenizer, [prompt], [EOS, END_OF_TURN])
    folder, gguf = answers
    assert folder["ids"] == gguf["ids"] and folder["greedy"] == gguf["greedy"] != []
    assert np.isfinite(folder["logits"]).all()
    np.testing.assert_array_equal(folder["logits"], gguf["logits"])
