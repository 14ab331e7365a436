"""The stage `dpo`: preference pairs, with a reference (dpo) and without (orpo)."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervised
from safetensors.numpy import load_file

import jobs
from forethought_trainer import examples, pairs
from forethought_trainer.data import rows_of_step
from forethought_trainer.dpo import make_plan, prepare
from forethought_trainer.spec import DpoSpec, file_sha256, read_spec

# --- what is refused ------------------------------------------------------------------------------------------

BAD: list[tuple[str, Any]] = [
    *supervised.BAD,
    ("training.algorithm", "ipo"),
    ("training.beta", 0),
    ("training.beta", None),
    ("training.lambdaOrpo", 0),
    ("training.lambdaOrpo", 101),
    ("training.labelSmoothing", 0.6),
    ("training.labelSmoothing", -0.1),
    ("training.maxPromptTokens", 7),
    ("training.maxPromptTokens", 9),  # the prompts are longer
    ("training.maxCompletionTokens", 0),
    ("training.maxCompletionTokens", 500),  # than the context
    ("training.maxTokens", 64),
    ("guard.replay", None),
    ("guard.klWeight", 0.1),
]


@pytest.mark.parametrize(("path", "value"), BAD, ids=supervised.names_of(BAD))
def test_each_bad_field_is_named(folder: Path, base: Path, path: str, value: Any) -> None:
    spec = supervised.make_spec(folder, base, "dpo", guard=True)
    supervised.spoil(spec, path, value)
    said = str(supervised.refuse(folder, spec))
    assert said.startswith(path), said
    assert said.endswith(".")


def test_every_field_has_a_bad_case() -> None:
    assert supervised.untested(DpoSpec, {path for path, _ in BAD}) == []


def test_bad_rows_are_named(folder: Path, base: Path) -> None:
    spec = supervised.make_spec(folder, base, "dpo")
    lines = (folder / "train.jsonl").read_text().splitlines()
    good = json.loads(lines[2])
    for bad, says in [
        (
            good | {"rejected": good["chosen"]},
            r"data\.path has a row whose chosen text is also .* \(train:2\)",
        ),
        ({key: good[key] for key in ("row", "prompt", "chosen")}, 'line 3 must be .* and "rejected"'),
        (good | {"rejected": "<end_of_turn>"}, r"data\.path has a rejected that ends its own turn"),
        (good | {"chosen": " apples" * 30}, r"training\.maxCompletionTokens is 16, but 1 of 9 .* train:2"),
    ]:
        (folder / "train.jsonl").write_text("\n".join([*lines[:2], json.dumps(bad), *lines[3:]]) + "\n")
        spec["data"] |= {"sha256": file_sha256(folder / "train.jsonl")}
        assert re.search(says, str(supervised.refuse(folder, spec)))


def test_exit_code_2_without_jax(tmp_path: Path, base: Path) -> None:
    cases = [("training.beta", 0), ("training.maxPromptTokens", 9)]
    folders = []
    for path, value in cases:
        folders.append(tmp_path / path)
        spec = supervised.make_spec(folders[-1], base, "dpo")
        jobs.write_spec(folders[-1], jobs.put(spec, path, value))
    said = supervised.without_jax("dpo", folders)
    assert [code for code, _ in said] == [2, 2], said
    assert all(path in words for (path, _), (_, words) in zip(cases, said, strict=True))


def test_the_plan_says_what_would_be_for_nothing(folder: Path, base: Path) -> None:
    spec = supervised.make_spec(folder, base, "dpo")
    spec["training"]["maxPromptTokens"] = 128
    jobs.write_spec(folder, spec)
    read = read_spec(folder)
    plan = make_plan(read, folder, prepare(read, folder))
    assert [f.where for f in plan.findings] == ["training.maxPromptTokens", "training.maxCompletionTokens"]
    assert "DPO 3 steps x 4 pairs, 1.33 passes over 9 rows; beta 0.5" in plan.event()["text"]


# --- runs -------------------------------------------------------------------------------------------------------

STEPS = 4


def guarded(folder: Path, base: Path) -> dict[str, Any]:
    spec = supervised.make_spec(folder, base, "dpo", guard=True)
    spec["training"] |= {"steps": STEPS, "microBatch": 2, "learningRate": 1e-3}
    spec["limits"]["checkpointEveryMs"] = 1
    return spec


@pytest.fixture(scope="module")
def completed(tmp_path_factory: pytest.TempPathFactory, base: Path) -> Path:
    """A run to its end; read only."""
    folder = tmp_path_factory.mktemp("dpo") / "job"
    assert supervised.run(folder, guarded(folder, base)) == 0
    return folder


def log_probabilities(base: Path, found: list[pairs.Pair]) -> tuple[np.ndarray, np.ndarray]:
    """Of each pair's chosen and rejected completion on the base, by the arrays and the model call of sft."""
    from forethought_trainer import tunix_sft
    from forethought_trainer.load_base import load_base

    model, _, tokenizer = load_base(base)
    both = []
    for ids in ([pair.chosen for pair in found], [pair.rejected for pair in found]):
        rows = [
            examples.Example(pair.row, [*pair.prompt, *said], len(pair.prompt))
            for pair, said in zip(found, ids, strict=True)
        ]
        batch = examples.batch_of([[row] for row in rows], len(rows), 64, tokenizer.pad_id())
        logp = np.asarray(tunix_sft.start_log_probabilities(model, batch))
        both.append((logp * batch["mask"]).sum(axis=1))
    return both[0], both[1]


def pairs_of_first_step(folder: Path) -> list[pairs.Pair]:
    spec = read_spec(folder)
    inputs = prepare(spec, folder)
    return [inputs.data[i] for i in rows_of_step(spec.seed, 1, spec.training.batch_size, len(inputs.data))]


def test_it_prefers_what_was_chosen(completed: Path, base: Path) -> None:
    log = jobs.events(completed)
    assert (log[-1]["kind"], log[-1]["reason"], log[-1]["step"]) == ("done", "completed", STEPS)
    assert not [e for e in log if e["kind"] == "warning" and e["code"] == "recompile"]
    values = supervised.values(completed)
    assert sorted(values) == list(range(STEPS + 1))
    first, last = values[1], values[STEPS]
    # The first step is still the reference.
    assert first["policy/loss"] == pytest.approx(math.log(2), abs=1e-5)
    assert first["preference/margin"] == pytest.approx(0, abs=1e-4)
    chosen, rejected = log_probabilities(base, pairs_of_first_step(completed))
    assert first["preference/logp_chosen"] == pytest.approx(chosen.mean(), abs=1e-3)
    assert first["preference/logp_rejected"] == pytest.approx(rejected.mean(), abs=1e-3)
    assert last["policy/loss"] < 0.6
    assert last["preference/accuracy"] == 1
    assert last["preference/chosen"] - last["preference/rejected"] == pytest.approx(
        last["preference/margin"], abs=1e-4
    )
    assert values[0]["heldout/loss"] == pytest.approx(math.log(2), abs=1e-5)
    assert last["heldout/loss"] < values[2]["heldout/loss"] < values[0]["heldout/loss"]
    assert last["heldout/preference_accuracy"] == 1
    assert {(e["step"], e["set"]) for e in log if e["kind"] == "eval"} == {
        (step, name) for step in (0, 2, 4) for name in ("held-out", "retention")
    }
    wanted = {
        "policy/grad_norm",
        "policy/lr",
        "preference/length_chosen",
        "preference/length_rejected",
        "perf/tokens_per_s",
    }
    assert all(wanted <= values[step].keys() for step in range(1, STEPS + 1))


class Broken(Exception):
    """Stands for a kill: nothing of the step is said any more."""


def test_it_goes_on_where_it_was_and_ends_bit_equal(
    folder: Path, base: Path, completed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forethought_trainer.dpo_run import DpoRun

    spec = guarded(folder, base)
    parts = DpoRun.parts

    def breaks(run: DpoRun, step: int) -> Any:
        if step == STEPS:
            raise Broken
        return parts(run, step)

    with monkeypatch.context() as patched:
        patched.setattr(DpoRun, "parts", breaks)
        assert supervised.run(folder, spec) == 1
    assert supervised.run(folder, spec) == 0
    mine, theirs = supervised.values(folder), supervised.values(completed)
    for step, values in theirs.items():
        for name in values:
            if not name.startswith(("perf/", "host/")):
                assert mine[step][name] == values[name], (step, name)
    mine, theirs = (
        load_file(f / "artifacts" / "final" / "adapter_model.safetensors") for f in (folder, completed)
    )
    assert all(np.array_equal(mine[name], theirs[name]) for name in theirs)


def test_orpo_has_no_reference(folder: Path, base: Path) -> None:
    """Its loss is that of the chosen completions per token, plus lambda times that of the log odds ratio."""
    spec = supervised.make_spec(folder, base, "dpo")
    spec["training"] |= {"algorithm": "orpo", "steps": 2, "lambdaOrpo": 0.25, "labelSmoothing": 0.1}
    assert supervised.run(folder, spec) == 0
    values = supervised.values(folder)
    found = pairs_of_first_step(folder)
    chosen, rejected = (x.astype(np.float64) for x in log_probabilities(base, found))
    odds = chosen - rejected - (np.log1p(-np.exp(chosen)) - np.log1p(-np.exp(rejected)))
    ratio = 0.9 * np.logaddexp(0, -odds) + 0.1 * np.logaddexp(0, odds)
    loss = -chosen / [len(pair.chosen) for pair in found] + 0.25 * ratio
    assert values[1]["policy/loss"] == pytest.approx(loss.mean(), rel=1e-4)
    assert values[2]["policy/loss"] < values[1]["policy/loss"]
    assert not any("odds" in name for name in values[1])


def test_gradients_that_are_no_numbers(folder: Path, tmp_path: Path) -> None:
    """Nothing of them enters the adapter, and the pairs of the step are kept."""
    base = jobs.make_base(tmp_path / "huge", scale=1e38)
    spec = supervised.make_spec(folder, base, "dpo")
    assert supervised.run(folder, spec) == 1
    failure = jobs.events(folder)[-1]
    assert (failure["class"], failure["batch"]) == ("numerics", "offending/step-1.json")
    rows = json.loads((folder / failure["batch"]).read_text())["rows"]
    assert [row.keys() >= {"row", "prompt", "chosen", "rejected"} for row in rows] == [True] * 4
    assert not (folder / "artifacts").exists()


def test_pairs_are_padded_around_the_border(folder: Path, base: Path) -> None:
    """Prompts end where completions begin, and each completion ends its turn."""
    spec = supervised.make_spec(folder, base, "dpo")
    jobs.write_spec(folder, spec)
    found = prepare(read_spec(folder), folder).data[:3]
    batch = pairs.batch_of(found, 48, 16, 0)
    for i, pair in enumerate(found):
        assert batch["prompt_ids"][i, -len(pair.prompt) :].tolist() == pair.prompt
        assert batch["prompt_mask"][i].sum() == len(pair.prompt)
        for name, ids in (("chosen", pair.chosen), ("rejected", pair.rejected)):
            assert batch[f"{name}_ids"][i, : len(ids)].tolist() == ids
            assert batch[f"{name}_mask"][i].tolist() == [1] * len(ids) + [0] * (16 - len(ids))
    assert {pair.chosen[-1] for pair in found} == {pair.rejected[-1] for pair in found}
