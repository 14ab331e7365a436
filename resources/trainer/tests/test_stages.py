"""A program is checked whole before its first stage: what only shows in a late one would cost the hours of the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import jobs
from forethought_trainer import sft
from forethought_trainer.checked import SpecError
from forethought_trainer.program import make_plan, prepare
from forethought_trainer.spec import file_sha256, read_spec


def data_of(folder: Path, name: str) -> dict[str, Any]:
    path = folder / f"{name}.jsonl"
    sha256 = file_sha256(path)
    count = len(path.read_text().splitlines())
    return {"snapshot": sha256, "path": path.name, "sha256": sha256, "count": count}


def write_texts(folder: Path, name: str, completions: list[str]) -> None:
    """Rows with completions."""
    jobs.make_rows(folder / f"{name}.jsonl", len(completions), name)
    lines = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
    texts = [json.dumps({**line, "completion": text}) for line, text in zip(lines, completions, strict=True)]
    (folder / f"{name}.jsonl").write_text("\n".join(texts) + "\n")


def make_program(folder: Path, base: Path) -> dict[str, Any]:
    """GRPO, samples of what came out, training on those with right rollouts repeated, a merge, an exam."""
    spec = jobs.make_spec(folder, base)
    jobs.make_rows(folder / "held-out.jsonl", 3, "held-out")
    write_texts(folder, "own", ["1 and 2", "3", "4"])
    own = {name: spec.pop(name) for name in ("data", "lora", "training", "rollout")}
    shared = {key: own["training"][key] for key in ("learningRate", "warmupFraction", "schedule", "gradClip")}
    asked = {**data_of(folder, "held-out"), "everySteps": 10}
    generation = {"maxPromptTokens": 64, "maxCompletionTokens": 16, "batchSize": 4}
    stages = [
        {"id": "grpo", "kind": "grpo", **own, "heldOut": {**asked, "set": "held-out"}},
        {
            "id": "sample",
            "kind": "rejection",
            "from": "grpo",
            "data": own["data"],
            "rollout": own["rollout"],
            "samplesPerPrompt": 2,
            "batchSize": 2,
            "keep": {"perPrompt": 2},
        },
        {
            "id": "learn",
            "kind": "sft",
            "from": "grpo",
            "dataFrom": "sample",
            "lora": own["lora"],
            "replayFrom": {"stage": "grpo", "share": 0.25},
            "training": {**shared, "steps": 2, "batchSize": 4, "maxTokens": 80},
            "generation": generation,
            "guard": {"retention": {**asked, "set": "before"}},
        },
        {"id": "merge", "kind": "merge", "from": "learn", "form": "merged"},
        {
            "id": "exam",
            "kind": "evaluate",
            "from": "merge",
            "generation": generation,
            "sets": [{**data_of(folder, "held-out"), "set": "end"}],
        },
    ]
    return {**spec, "kind": "program", "stages": stages}


def change(spec: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Sets each field at a dotted path; None takes it away."""
    spec = json.loads(json.dumps(spec))
    for path, value in changes.items():
        *parents, last = path.split(".")
        node: Any = spec
        for name in parents:
            node = node[int(name)] if name.isdigit() else node[name]
        if value is None:
            del node[last]
        else:
            node[int(last) if last.isdigit() else last] = value
    return spec


def test_a_stage_whose_rows_are_to_come_is_planned_like_any_other(folder: Path, base: Path) -> None:
    jobs.write_spec(folder, make_program(folder, base))
    spec = read_spec(folder)
    stages = prepare(spec, folder)
    learn = stages[2].plan
    assert learn.parameters == stages[0].plan.parameters > 0
    assert learn.trainable == stages[0].plan.trainable > 0
    assert learn.memory_bytes > 0 and learn.tokens_per_step == 4 * 80
    whole = make_plan(spec, folder, stages)
    assert "on rows that an earlier stage makes" in "\n".join(whole.text)
    assert "1 sequences of each batch from what an earlier stage does well" in "\n".join(whole.text)
    assert not [finding for finding in whole.findings if finding.where.startswith("stages[2].training")]


def test_more_traces_than_questions_may_come(folder: Path, base: Path) -> None:
    """Two of each of six questions are kept: up to twelve rows, of which a step may take ten."""
    spec = make_program(folder, base)
    jobs.write_spec(folder, change(spec, {"stages.2.replayFrom": None, "stages.2.training.batchSize": 10}))
    assert prepare(read_spec(folder), folder)


def test_rows_to_come_that_may_be_too_long_are_told_of(folder: Path, base: Path) -> None:
    jobs.write_spec(folder, change(make_program(folder, base), {"stages.2.training.maxTokens": 40}))
    spec = read_spec(folder)
    found = [f for f in make_plan(spec, folder, prepare(spec, folder)).findings if f.code == "too-long"]
    assert [f.where for f in found] == ["stages[2].training.maxTokens"] * 2
    assert "A row that stage sample makes may have 46 tokens, but the limit is 40" in found[0].message


def measure(name: str, **more: Any) -> dict[str, Any]:
    return {"metric": "correct", "set": name, **more}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"stages.0.limits": {"deadlineMs": 1}}, "stages[0].limits is the program's to say: a stage's part"),
    ({"stages.1.base": {}}, "stages[1].base is the program's to say: a stage works on"),
    ({"stages.2.env": {}}, "stages[2].env is the program's to say"),
    ({"stages.2.jobId": "x"}, "stages[2].jobId is the program's to say"),
    ({"stages.1.dataFrom": "grpo"}, "stages[1].dataFrom names grpo; a stage of kind sft can learn from"),
    ({"stages.4.dataFrom": "sample"}, "stages[4].dataFrom names sample; a stage of kind sft can learn from"),
    ({"stages.2.data": {}}, "stages[2].dataFrom takes the place of data"),
    ({"stages.2.guard.replay": {}}, "stages[2].replayFrom takes the place of guard.replay"),
    ({"stages.2.guard": "x"}, "stages[2].guard must be an object"),
    ({"stages.3.from": None}, "stages[3].from is base; of the model that is there by then, base.adapters is"),
    ({"stages.3.from": "merge"}, "stages[3].from names merge"),
    (
        {"stages.3.from": "grpo", "stages.3.form": "adapter"},
        "stages[3].from is grpo; of the model that is there by then, base.adapters holds one adapter",
    ),
    (
        {
            "stages.4": {
                "id": "file",
                "kind": "export",
                "from": "merge",
                "what": "adapter",
                "format": "gguf-lora",
            }
        },
        "stages[4].from is merge; of the model that is there by then, base.adapters is empty",
    ),
    (
        {"stages.0.gate": measure("x", atLeast=0)},
        "stages[0].gate.set is 'x', but the stage measures on 'held-out'.",
    ),
    (
        {"stages.1.gate": measure("held-out", atLeast=0)},
        "stages[1].gate.set is 'held-out', but the stage measures on no set.",
    ),
    (
        {"stages.2.gate": measure("before", noWorseThan="grpo")},
        "stages[2].gate.noWorseThan names grpo, which does not measure on 'before' but on 'held-out'.",
    ),
    (
        {"stages.4.gate": measure("end", noWorseThan="base")},
        "stages[4].gate.noWorseThan is base, but no stage up to this one",
    ),
    (
        # What it begins with is not the base, but the adapter that it goes on from.
        {
            "stages.0.gate": measure("held-out", noWorseThan="base"),
            "stages.0.lora.start": {"name": "a", "path": "a", "sha256": "a" * 64},
        },
        "stages[0].gate.noWorseThan is base, but no stage up to this one that begins with the base",
    ),
    (
        {"best": measure("held-out"), "stages.4.sets.0.set": "held-out", "stages.4.sets.0.maxRows": 2},
        "best.set is 'held-out', by which grpo and exam ask other questions",
    ),
    (
        {
            "best": measure("held-out"),
            "stages.4.seed": 99,
            "stages.4.sets.0.set": "held-out",
            "stages.0.heldOut.maxRows": 2,
            "stages.4.sets.0.maxRows": 2,
        },
        "best.set is 'held-out', by which grpo and exam ask other questions: give both the same rows, maxRows and seed",
    ),
    (
        {
            "stages.2.guard.retention": "own",
            "stages.2.guard.retention.set": "held-out",
            "stages.2.gate": measure("held-out", noWorseThan="grpo"),
        },
        "stages[2].gate.set is 'held-out', by which grpo and learn ask other questions",
    ),
    (
        {
            "stages.4": {
                "id": "exam",
                "kind": "evaluate",
                "generation": {"maxPromptTokens": 64, "maxCompletionTokens": 16, "batchSize": 4},
            },
            "stages.4.sets": [{}],
            "stages.4.sets.0": "own",
            "stages.4.sets.0.set": "held-out",
            "stages.4.gate": measure("held-out", noWorseThan="base"),
        },
        "stages[4].gate.set is 'held-out', by which grpo and exam ask other questions",
    ),
    ({"best": measure("y")}, "best.set is 'y', but the stages measure on 'before', 'end', 'held-out'."),
    (
        {"stages.2.training.maxTokens": 8},
        "stages[2].training.maxTokens is 8, but the shortest prompt of stage",
    ),
    (
        {"stages.2.training.batchSize": 24},
        "stages[2].training.batchSize is 24, which takes 18 different rows",
    ),
    ({"stages.2.prompt": {"family": "none"}}, "stages[2].data.path has a prompt whose turns are not those"),
    ({"stages.2.guard.retention": "train"}, "stages[2].guard.retention.path shares 6 of its 6 rows"),
    (
        {"stages.2.dataFrom": None, "stages.2.data": "own", "stages.2.training.maxTokens": 42},
        "stages[2].training.maxTokens is 42, but 1 of 3 rows with their completions are longer",
    ),
]


@pytest.mark.parametrize(("changes", "says"), BAD, ids=[says[:50] for _, says in BAD])
def test_what_only_a_late_stage_would_meet(
    folder: Path, base: Path, changes: dict[str, Any], says: str
) -> None:
    spec = make_program(folder, base)
    for path, value in changes.items():
        if path.endswith("prompt"):
            changes = {**changes, path: {**spec["prompt"], **value}}
        elif value == "own":
            every = {"everySteps": 10} if path.endswith("retention") else {}
            changes = {**changes, path: {**data_of(folder, "own"), **every}}
        elif value == "train":
            changes = {**changes, path: {**data_of(folder, "train"), "everySteps": 1}}
    jobs.write_spec(folder, change(spec, changes))
    with pytest.raises(SpecError) as error:
        read = read_spec(folder)
        prepare(read, folder)
    assert str(error.value).startswith(says), str(error.value)
    assert str(error.value).endswith(".")


def test_gates_that_hold_together_are_accepted(folder: Path, base: Path) -> None:
    gates = {
        "best": measure("end"),
        "stages.0.gate": measure("held-out", noWorseThan="base"),
        "stages.2.heldOut": {**data_of_held_out(folder), "set": "held-out"},
        "stages.2.gate": measure("held-out", noWorseThan="grpo"),
        "stages.4.gate": measure("end", atLeast=0),
        # All rows are asked, whichever seed would choose among them.
        "stages.2.seed": 99,
        "stages.2.heldOut.maxRows": 3,
    }
    jobs.write_spec(folder, change(make_program(folder, base), gates))
    assert read_spec(folder).best.set == "end"


def data_of_held_out(folder: Path) -> dict[str, Any]:
    jobs.make_rows(folder / "held-out.jsonl", 3, "held-out")
    return {**data_of(folder, "held-out"), "everySteps": 10}


def test_rows_that_a_stage_made_too_long_are_left_out_and_counted(folder: Path, base: Path) -> None:
    """Nobody could mend them; a person's own rows are refused instead."""
    spec = make_program(folder, base)
    write_texts(folder, "made", ["1", "2", "a completion of more tokens", "4"])
    stage = {key: value for key, value in spec["stages"][2].items() if key not in ("id", "from", "guard")}
    for name in ("dataFrom", "replayFrom", "generation"):
        del stage[name]
    stage["data"] = data_of(folder, "made")
    stage["training"]["maxTokens"] = 42
    header = {key: value for key, value in spec.items() if key not in ("stages", "kind")}
    jobs.write_spec(folder, {**header, **stage})
    read = read_spec(folder)
    with pytest.raises(SpecError, match=r"training\.maxTokens is 42, but 1 of 4 rows"):
        sft.prepare(read, folder)
    with pytest.raises(SpecError, match=r"the rows of data are packed into 3; 1 rows were too long"):
        sft.prepare(read, folder, made=["data"])
    jobs.write_spec(folder, {**header, **stage, "training": {**stage["training"], "batchSize": 3}})
    read = read_spec(folder)
    inputs = sft.prepare(read, folder, made=["data"])
    assert len(inputs.data.examples) == 3
    said: list[tuple[str, str]] = []
    log: Any = type("Log", (), {"warn": lambda self, code, message, **more: said.append((code, message))})()
    sft.warn_of_left_out(log, read, inputs)
    [(code, message)] = said
    assert code == "rows-left-out"
    assert message == "1 rows of data are longer than training.maxTokens, 42, and are left out; 3 are used."
