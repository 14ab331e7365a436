"""Job folders of kind sft and dpo for the tests, and the stage run in this process, so that one import of JAX serves all."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import json
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import pytest

import jobs
from forethought_trainer import job
from forethought_trainer.checked import SpecError, camel
from forethought_trainer.spec import Header, file_sha256, read_spec
from forethought_trainer.stopping import Stopper

NAMES = ("Ann", "Ben", "Cid", "Dan", "Eve", "Fay")


def question(i: int) -> str:
    return f"{NAMES[i % 6]} has {i} apples and gets two more. How many apples?"


def write_rows(path: Path, kind: str, count: int, *texts: str) -> dict[str, Any]:
    """Rows of a set; returns the block of the spec that names it. Completions differ in length."""
    lines = []
    for i in range(count):
        row = {"id": f"{kind}:{i}", "question": question(i), "answer": str(i + 2), "answerType": "number"}
        prompt = f"<start_of_turn>user\n{question(i)}<end_of_turn>\n<start_of_turn>model\n"
        said = {
            "completion": " and two more" * (i % 3) + f" apples {i + 2}",
            "chosen": f" apples {i + 2}",
            "rejected": " more apples" * (1 + i % 2),
        }
        lines.append(json.dumps({"row": row, "prompt": prompt} | {text: said[text] for text in texts}) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    sha256 = file_sha256(path)
    return {"snapshot": sha256, "path": path.name, "sha256": sha256, "count": count}


def make_spec(folder: Path, base: Path, kind: str = "sft", guard: bool = False) -> dict[str, Any]:
    """A valid spec; its rows are written, spec.json is not. guard: with all that can be guarded and measured."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = jobs.make_spec(folder, base)
    texts = ("completion",) if kind == "sft" else ("chosen", "rejected")
    spec = {
        key: whole[key]
        for key in ("version", "jobId", "name", "base", "prompt", "lora", "limits", "seed", "env")
    }
    spec |= {"kind": kind, "data": write_rows(folder / "train.jsonl", "train", 9, *texts)}
    training = {
        "steps": 3,
        "batchSize": 4,
        "learningRate": 1e-2,
        "warmupFraction": 0,
        "schedule": "constant",
        "gradClip": 1.0,
    }
    if kind == "sft":
        spec["training"] = training | {"maxTokens": 64, "microBatch": None, "packing": False}
    else:
        spec["training"] = training | {
            "algorithm": "dpo",
            "beta": 0.5,
            "lambdaOrpo": 0.1,
            "labelSmoothing": 0.0,
            "maxPromptTokens": 48,
            "maxCompletionTokens": 16,
        }
    if guard:
        spec |= copy.deepcopy({key: whole[key] for key in ("rewardSuite", "rewardServer")})
        spec["generation"] = {"maxPromptTokens": 64, "maxCompletionTokens": 16, "batchSize": 8}
        spec["validation"] = write_rows(folder / "validation.jsonl", "validation", 5, *texts) | {
            "everySteps": 2
        }
        spec["heldOut"] = write_rows(folder / "held-out.jsonl", "held-out", 4) | {"everySteps": 2}
        retention = write_rows(folder / "retention.jsonl", "retention", 8) | {
            "everySteps": 2,
            "maxDrop": None,
        }
        spec["guard"] = {"retention": retention}
        if kind == "sft":
            spec["guard"] |= {
                "replay": write_rows(folder / "replay.jsonl", "replay", 5, "completion") | {"share": 0.25},
                "klWeight": 0.5,
            }
    return spec


GONE = object()
# Wrong values of the fields that sft and dpo share, in the specs of `make_spec` with a guard.
BAD: list[tuple[str, Any]] = [
    ("version", 3),
    ("jobId", "x"),
    ("kind", "sfx"),
    ("name", ""),
    ("base.modelId", 1),
    ("base.path", "/nowhere"),
    ("base.sha256", "f" * 64),
    ("base.adapters", [{"name": "a", "path": "/nowhere", "manifestSha256": "c" * 64}]),
    ("base.mergedFrom.chain", "base x"),
    ("base.mergedFrom.exact", 1),
    ("prompt.id", ""),
    ("prompt.family", "llama"),
    ("prompt.instruction", 1),
    ("prompt.examples", {}),
    ("prompt.choicesStyle", ""),
    ("limits.deadlineMs", -1),
    ("limits.checkpointEveryMs", 0),
    ("seed", -1),
    ("env.requirementsLockSha256", "c" * 64),
    ("env.trainerSha256", 1),
    ("env.platform", "npu"),
    ("mesh.fsdp", 0),
    ("mesh.tp", 2),
    ("rolloutEncoding", "zip"),
    ("data.snapshot", "x"),
    ("data.path", "missing.jsonl"),
    ("data.sha256", "b" * 64),
    ("data.count", 8),
    ("data.sources", {"gsm8k": 4}),
    ("lora.rank", 0),
    ("lora.alpha", 0),
    ("lora.targets", ["k_proj"]),
    ("lora.start.name", ""),
    ("lora.start.path", "/nowhere"),
    ("lora.start.sha256", "x"),
    ("validation.snapshot", "x"),
    ("validation.path", "missing.jsonl"),
    ("validation.sha256", "b" * 64),
    ("validation.count", 4),
    ("validation.sources", {}),
    ("validation.everySteps", 0),
    ("validation.maxRows", 0),
    ("validation.set", ""),
    ("heldOut.snapshot", "x"),
    ("heldOut.path", "missing.jsonl"),
    ("heldOut.sha256", "b" * 64),
    ("heldOut.count", 5),
    ("heldOut.sources", {"fake": 1.5}),
    ("heldOut.everySteps", 0),
    ("heldOut.maxRows", 1.5),
    ("heldOut.set", 1),
    ("guard", []),
    ("guard.retention.snapshot", "x"),
    ("guard.retention.path", "missing.jsonl"),
    ("guard.retention.sha256", "b" * 64),
    ("guard.retention.count", 0),
    ("guard.retention.sources", {"fake": 0}),
    ("guard.retention.everySteps", None),
    ("guard.retention.maxRows", 0),
    ("guard.retention.maxDrop", 1.5),
    ("guard.retention.alpha", 0),
    ("guard.retention.set", "held-out"),
    ("guard.retention.share", 0.5),
    ("rewardSuite", GONE),
    ("rewardSuite.name", ""),
    ("rewardSuite.hash", "x"),
    ("rewardSuite.suite", {}),
    ("rewardServer", GONE),
    ("rewardServer.command", []),
    ("rewardServer.timeoutMs", 0),
    ("generation", GONE),
    ("generation.maxPromptTokens", 10),  # the prompts are longer
    ("generation.maxCompletionTokens", 500),  # than the context
    ("generation.batchSize", 0),
    ("publishEverySteps", 0),
    ("stopWhen", [{"metric": "heldout/loss"}]),
    ("stopWhen", [{"metric": "heldout/reward_mean", "belowBest": -0.3}]),
    ("surprise", 1),
    ("training.steps", 0),
    ("training.batchSize", 0),
    ("training.batchSize", 16),  # of nine rows
    ("training.learningRate", 0),
    ("training.warmupFraction", 1),
    ("training.schedule", "linear"),
    ("training.gradClip", 0),
    ("training.microBatch", 3),
]
# Of these the ones that are wrong in a spec of any kind.
OF_EVERY_KIND = [
    (path, value)
    for path, value in BAD
    if path.split(".")[0] in {"kind", *(camel(f.name) for f in dataclasses.fields(Header))}
]


def spoil(spec: dict[str, Any], path: str, value: Any) -> None:
    """Sets a field, or takes a block away."""
    if value is GONE:
        del spec[path]
        return
    spec.setdefault("mesh", {})
    if path.startswith("base.mergedFrom"):
        spec["base"]["mergedFrom"] = {"chain": ["base x"], "exact": True}
    if path.startswith("lora.start"):
        spec["lora"]["start"] = {"name": "peft", "path": ".", "sha256": "a" * 64}
    jobs.put(spec, path, value)


def names_of(cases: list[tuple[str, Any]]) -> list[str]:
    """Names for pytest."""
    return [f"{path}={str(value)[:20]}" for path, value in cases]


def refuse(folder: Path, spec: dict[str, Any]) -> SpecError:
    """The refusal of a spec, by its fields or by its rows."""
    jobs.write_spec(folder, spec)
    with pytest.raises(SpecError) as error:
        read = read_spec(folder)
        importlib.import_module(f"forethought_trainer.{read.kind}").prepare(read, folder)
    return error.value


def untested(kind: Any, tested: set[str], where: str = "") -> list[str]:
    """The fields of a spec, those of its blocks too, that no bad case names."""
    found = []
    for name, hint in typing.get_type_hints(kind).items():
        path = f"{where}.{camel(name)}".lstrip(".")
        blocks = [t for t in (hint, *typing.get_args(hint)) if dataclasses.is_dataclass(t)]
        if blocks and typing.get_origin(hint) is not list:
            found += untested(blocks[0], tested, path)
        elif path not in tested:
            found.append(path)
    return found


# main() for a folder each, in a process where nothing heavy can be imported: the exit code and what was said, as JSON.
WITHOUT_JAX = """
import contextlib, io, json, sys
sys.modules["jax"] = sys.modules["tunix"] = sys.modules["flax"] = None  # importing one of them now fails
from forethought_trainer.__main__ import main
for folder in sys.argv[2:]:
    with contextlib.redirect_stderr(io.StringIO()) as said:
        code = main([sys.argv[1], "--job", folder])
    print(json.dumps([code, said.getvalue()]), flush=True)
"""


def without_jax(kind: str, folders: list[Path]) -> list[tuple[int, str]]:
    command = [sys.executable, "-c", WITHOUT_JAX, kind, *map(str, folders)]
    ran = subprocess.run(command, env=jobs.environment(), capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return [tuple(json.loads(line)) for line in ran.stdout.splitlines()]


def keep_compilations() -> None:
    """As the stages' own processes do."""
    import jax

    jax.config.update("jax_compilation_cache_dir", jobs.environment()["JAX_COMPILATION_CACHE_DIR"])
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)


def run(folder: Path, spec: dict[str, Any], stop_after: int | None = None) -> int:
    """Runs the stage here and returns its exit code. stop_after: as if a SIGTERM came after so many steps."""
    jobs.write_spec(folder, spec)
    stopper = Stopper(folder)
    if stop_after is not None:
        now, asked = stopper.now, iter(range(10**9))

        def signalled() -> bool:
            if next(asked) == stop_after:
                stopper._on_signal(15, None)
            return now()

        stopper.now = signalled  # type: ignore[method-assign]
    keep_compilations()
    stage = importlib.import_module(f"forethought_trainer.{spec['kind']}")
    read = read_spec(folder)
    code = job.start(stage, read, stage.prepare(read, folder), folder, stopper)
    sys.stdout.flush()
    return code


def values(folder: Path) -> dict[int, dict[str, float]]:
    """The metrics by step."""
    found: dict[int, dict[str, float]] = {}
    for event in jobs.events(folder, "metrics"):
        found.setdefault(event["step"], {}).update(event["values"])
    return found
