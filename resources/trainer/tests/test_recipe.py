"""A program of stages that only answer, write or train: traces, training on them, merging, examining what came out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_answers import data_of, lines_of, make_spec, of_kind

import jobs
import models
from forethought_trainer import job, program
from forethought_trainer.formats.adapters import open_adapter
from forethought_trainer.formats.bases import base_identity, open_base
from forethought_trainer.formats.merged import Merged
from forethought_trainer.spec import read_spec
from forethought_trainer.stopping import Stopper

TRAINING = {
    "steps": 2,
    "batchSize": 2,
    "learningRate": 1e-2,
    "warmupFraction": 0,
    "schedule": "constant",
    "gradClip": 1.0,
    "maxTokens": 128,
}


def stages_of(folder: Path, base: dict[str, Any]) -> list[dict[str, Any]]:
    own = {kind: make_spec(folder, base, kind) for kind in ("rejection", "evaluate")}
    sampled = {
        key: own["rejection"][key] for key in ("data", "rollout", "samplesPerPrompt", "batchSize", "keep")
    }
    examined = {
        "sets": [{**data_of(folder, "exam", 4), "set": "exam"}],
        "generation": own["evaluate"]["generation"],
    }
    lora = {"rank": 2, "alpha": 4, "targets": ["q_proj", "up_proj"]}
    learn = {"kind": "sft", "lora": lora, "training": TRAINING}
    return [
        {"id": "sample", "kind": "rejection", **sampled},
        {"id": "learn", "kind": "sft", "dataFrom": "sample", "lora": lora, "training": TRAINING},
        {"id": "more", "from": "learn", "dataFrom": "sample", **learn},
        {"id": "one", "kind": "merge", "from": "more", "form": "adapter"},
        {"id": "whole", "kind": "merge", "from": "more", "form": "merged"},
        {"id": "exam-one", "kind": "evaluate", "from": "one", **examined},
        {"id": "exam-whole", "kind": "evaluate", "from": "whole", **examined},
        {"id": "file", "kind": "export", "from": "one", "what": "adapter", "format": "gguf-lora"},
    ]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("recipe")
    models.write_base(root / "base")
    base = {"modelId": "random", "path": str(root / "base"), "sha256": base_identity(root / "base")}
    folder = root / "job"
    spec = make_spec(folder, base, "rejection")
    for field in ("data", "rollout", "samplesPerPrompt", "batchSize", "keep"):
        del spec[field]
    jobs.write_spec(folder, {**spec, "kind": "program", "stages": stages_of(folder, base)})
    read = read_spec(folder)
    assert job.start(program, read, program.prepare(read, folder), folder, Stopper(folder)) == 0
    return folder


def test_each_stage_works_on_what_the_one_before_has_made(done: Path) -> None:
    log = jobs.events(done)
    assert [e["id"] for e in of_kind(log, "stage") if e["state"] == "done"] == [
        "sample", "learn", "more", "one", "whole", "exam-one", "exam-whole", "file",
    ]  # fmt: skip
    made = {event["name"]: event["artifact"] for event in of_kind(log, "artifact.ready")}
    assert made == {
        "sample-traces": "traces",
        "learn-final": "lora-adapter",
        "more-final": "lora-adapter",
        "one-joined": "lora-adapter",
        "whole-merged": "merged-model",
        "exam-one-evaluation": "evaluation",
        "exam-whole-evaluation": "evaluation",
        "file-export": "export",
    }
    steps = [event["step"] for event in of_kind(log, "metrics") if "perf/step_s" in event["values"]]
    assert steps == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    rollouts = lines_of(done / "stages" / "sample" / "rollouts" / "rollouts.jsonl")
    assert {line["step"] for line in rollouts} == {1, 2, 3}


def test_all_forms_are_the_same_model(done: Path) -> None:
    """Two adapters, one that is both, and merged weights: the same numbers, and the same answers."""
    artifacts = done / "artifacts"
    base = open_base(json.loads((done / "spec.json").read_text())["base"]["path"])
    chain = Merged(base, [open_adapter(artifacts / name) for name in ("learn-final", "more-final")])
    joined = Merged(base, [open_adapter(artifacts / "one-joined")])
    whole = open_base(artifacts / "whole-merged")
    for name in base.shapes:
        np.testing.assert_array_equal(whole.read(name), chain.read(name), err_msg=name)
        assert np.abs(joined.read(name) - chain.read(name)).max() < 1e-5, name
    answers = [
        [line["completion"] for line in lines_of(artifacts / f"{stage}-evaluation" / "completions.jsonl")]
        for stage in ("exam-one", "exam-whole")
    ]
    # Sums in another order may turn a tie between two tokens, which is as good as never.
    assert sum(a == b for a, b in zip(*answers, strict=True)) >= 3
    manifest = json.loads((artifacts / "one-joined" / "manifest.json").read_text())
    assert manifest["parent"]["sha256"] == json.loads((done / "spec.json").read_text())["base"]["sha256"]
    reference = (artifacts / "more-final" / "reference.json").read_text()
    assert (artifacts / "one-joined" / "reference.json").read_text() == reference
