"""The stage `sft`: what it learns and what not, its guard, and that a run goes on where it was."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervised
from safetensors.numpy import load_file

import jobs
from forethought_trainer import examples, paired
from forethought_trainer.data import TrainingRow
from forethought_trainer.formats.bases import base_identity, open_base, open_tokenizer
from forethought_trainer.formats.gguf_write import write_gguf
from forethought_trainer.sft import make_plan, prepare
from forethought_trainer.spec import Retention, SftSpec, file_sha256, read_spec

# --- what is refused ------------------------------------------------------------------------------------------

BAD: list[tuple[str, Any]] = [
    *supervised.BAD,
    ("training.maxTokens", 7),
    ("training.maxTokens", 30),  # rows are longer
    ("training.maxTokens", 513),  # and so is this than the context
    ("training.packing", 1),
    ("training.packing", None),
    ("training.maxtokens", 64),
    ("guard.replay.snapshot", "x"),
    ("guard.replay.path", "missing.jsonl"),
    ("guard.replay.sha256", "b" * 64),
    ("guard.replay.count", 4),
    ("guard.replay.sources", {"fake": 1}),
    ("guard.replay.share", 0.95),
    ("guard.replay.share", 0.1),  # none of a batch of four
    ("guard.replay.share", 0.9),  # all of it
    ("guard.klWeight", 0),
    ("guard.klWeight", 101),
    ("guard.klEstimator", "k1"),
    ("guard.klRows", "old"),
]


@pytest.mark.parametrize(("path", "value"), BAD, ids=supervised.names_of(BAD))
def test_each_bad_field_is_named(folder: Path, base: Path, path: str, value: Any) -> None:
    spec = supervised.make_spec(folder, base, guard=True)
    supervised.spoil(spec, path, value)
    said = str(supervised.refuse(folder, spec))
    assert said.startswith(path), said
    assert said.endswith(".")


def test_every_field_has_a_bad_case() -> None:
    assert supervised.untested(SftSpec, {path for path, _ in BAD}) == []


def test_bad_rows_are_named(folder: Path, base: Path) -> None:
    spec = supervised.make_spec(folder, base, guard=True)
    lines = (folder / "train.jsonl").read_text().splitlines()
    good = json.loads(lines[2])
    for bad, says in [
        (
            {"row": good["row"], "prompt": good["prompt"]},
            'line 3 must be an object with "row" and "prompt" and "completion"',
        ),
        (good | {"completion": ""}, "line 3 has no completion for row train:2"),
        (
            good | {"completion": "4<end_of_turn>"},
            r"data\.path has a completion that ends its own turn \(row train:2\)",
        ),
        (good | {"prompt": "How many?"}, r"data\.path has a prompt whose turns .* \(row train:2\)"),
        (good | {"completion": "four " * 40}, r"training\.maxTokens is 64, but 1 of 9 rows .* train:2"),
        (
            good | {"row": {"id": "retention:3"}},
            r"guard\.retention\.path shares 1 of its 8 rows .* retention:3",
        ),
    ]:
        (folder / "train.jsonl").write_text("\n".join([*lines[:2], json.dumps(bad), *lines[3:]]) + "\n")
        sha256 = file_sha256(folder / "train.jsonl")
        spec["data"] |= {"sha256": sha256}
        assert re.search(says, str(supervised.refuse(folder, spec)))


def test_exit_code_2_without_jax(tmp_path: Path, base: Path) -> None:
    """By a field, by a file, by its rows: each is told, also in the job's log."""
    cases = [("lora.rank", 0), ("data.sha256", "a" * 64), ("training.maxTokens", 30)]
    folders = []
    for path, value in cases:
        folders.append(tmp_path / path)
        spec = supervised.make_spec(folders[-1], base)
        jobs.write_spec(folders[-1], jobs.put(spec, path, value))
    for (path, _), folder, (code, said) in zip(
        cases, folders, supervised.without_jax("sft", folders), strict=True
    ):
        assert (code, path in said) == (2, True), said
        assert [failure["class"] for failure in jobs.events(folder, "failure")] == ["spec"]


def test_packing_is_refused_where_the_window_is_shorter(folder: Path, base: Path, tmp_path: Path) -> None:
    """Tunix's Gemma 2 compares a place in the sequence with a position in the row."""
    import shutil

    copy = tmp_path / "narrow"
    shutil.copytree(base, copy)
    config = json.loads((copy / "config.json").read_text()) | {"sliding_window": 32}
    (copy / "config.json").write_text(json.dumps(config))
    spec = supervised.make_spec(folder, copy)
    spec["training"]["packing"] = True
    assert "the base's sliding window is 32" in str(supervised.refuse(folder, spec))


def test_the_plan_says_what_would_be_for_nothing(folder: Path, base: Path) -> None:
    spec = supervised.make_spec(folder, base, guard=True)
    spec["training"]["maxTokens"] = 256
    spec["guard"]["retention"] |= {"everySteps": 50, "maxDrop": 0.1, "maxRows": 5}
    jobs.write_spec(folder, spec)
    read = read_spec(folder)
    plan = make_plan(read, folder, prepare(read, folder))
    assert [f.code for f in plan.findings] == ["padding", "guard-too-late", "guard-too-small"]
    assert "guard: 1 sequences of each batch from 5 rows of before" in plan.text
    assert "3 steps x 4 sequences of 256 tokens" in plan.event()["text"]


# --- what is learned ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tokenizer(base: Path) -> Any:
    return open_tokenizer(open_base(base))


def some_examples(tokenizer: Any, count: int = 5) -> list[examples.Example]:
    rows = [
        TrainingRow(
            str(i),
            {},
            f"<start_of_turn>user\n{supervised.question(i)}<end_of_turn>\n<start_of_turn>model\n",
            {"completion": "apples " * (i + 1)},
        )
        for i in range(count)
    ]
    return examples.examples_of(rows, tokenizer, "gemma")


def test_a_completion_ends_with_the_end_of_its_turn(tokenizer: Any) -> None:
    end = tokenizer.piece_to_id("<end_of_turn>")
    for example in some_examples(tokenizer):
        assert example.ids[0] == tokenizer.bos_id()
        assert example.ids[-1] == end
        assert tokenizer.decode(example.ids[example.prompt : -1]) == example.row.texts["completion"]
    assert examples.end_token(tokenizer, "none") == tokenizer.eos_id()


def test_only_completions_and_their_ends_are_learned(tokenizer: Any) -> None:
    found = some_examples(tokenizer, 3)
    batch = examples.batch_of([found[:2], found[2:]], 3, 96, tokenizer.pad_id())
    learned = [
        batch["targets"][0][batch["mask"][0] > 0].tolist(),
        batch["targets"][1][batch["mask"][1] > 0].tolist(),
    ]
    assert learned == [
        found[0].ids[found[0].prompt :] + found[1].ids[found[1].prompt :],
        found[2].ids[found[2].prompt :],
    ]
    assert not batch["mask"][2].any()
    n = len(found[0].ids)
    assert batch["positions"][0][n - 1 : n + 1].tolist() == [n - 1, 0]
    assert batch["segments"][0][n - 1 : n + 1].tolist() == [1, 2]


def test_packing_wastes_little_and_loses_nothing() -> None:
    rng = random.Random(3)
    lengths = [rng.randint(5, 90) for _ in range(500)]
    packs = examples.pack(lengths, 128)
    assert sorted(i for pack in packs for i in pack) == list(range(500))
    assert all(sum(lengths[i] for i in pack) <= 128 for pack in packs)
    assert sum(lengths) / (128 * len(packs)) > 0.9


@pytest.fixture(scope="module")
def models(base: Path) -> tuple[Any, Any]:
    """The random base with its tokenizer."""
    from forethought_trainer.load_base import load_base

    supervised.keep_compilations()
    model, _, tokenizer = load_base(base)
    return model, tokenizer


@pytest.mark.parametrize(("weight", "estimator"), [(None, "k3"), (0.5, "k3"), (0.5, "full")])
def test_prompts_and_padding_have_no_part_in_the_loss(
    models: tuple[Any, Any], weight: float | None, estimator: str
) -> None:
    """Other targets there change neither loss nor gradient, and the gradient of their logits is exactly zero."""
    import jax
    import jax.numpy as jnp

    from forethought_trainer import tunix_sft

    model, tokenizer = models
    batch: dict[str, Any] = examples.batch_of(
        [[e] for e in some_examples(tokenizer, 3)], 4, 64, tokenizer.pad_id()
    )
    logits = tunix_sft.start_logits(model, batch)
    rng = np.random.default_rng(0)
    moved = logits + rng.normal(0, 0.5, logits.shape).astype(np.float32)
    batch |= {"scale": 1 / batch["mask"].sum(), "held": np.ones((4, 1), np.float32)}
    batch["start"] = moved if estimator == "full" else tunix_sft.log_probabilities(moved, batch["targets"])
    elsewhere = batch["mask"] == 0
    assert elsewhere.sum() > 100

    def loss(logits: Any, targets: Any) -> Any:
        return tunix_sft.loss_of(logits, {**batch, "targets": targets}, weight, estimator)[0]

    value, gradient = jax.value_and_grad(loss)(logits, batch["targets"])
    others = np.where(elsewhere, rng.integers(0, 400, elsewhere.shape), batch["targets"])
    assert (others != batch["targets"]).any()
    again, gradient_again = jax.value_and_grad(loss)(logits, others)
    assert value == again
    assert np.array_equal(gradient, gradient_again)
    assert not np.asarray(gradient)[elsewhere].any()
    assert (np.abs(np.asarray(gradient))[~elsewhere].max(axis=-1) > 0).all()
    # And a target that is learned does matter.
    changed = jnp.where(elsewhere, batch["targets"], (batch["targets"] + 1) % 400)
    assert loss(logits, changed) != value


def test_the_kl_is_taken_over_the_rows_that_are_held(models: tuple[Any, Any]) -> None:
    """Two of four: the KL is theirs alone, and the others are only taught."""
    from forethought_trainer import tunix_sft

    model, tokenizer = models
    batch: dict[str, Any] = examples.batch_of(
        [[e] for e in some_examples(tokenizer, 4)], 4, 64, tokenizer.pad_id()
    )
    logits = tunix_sft.start_logits(model, batch)
    moved = np.random.default_rng(0).normal(0, 0.5, logits.shape).astype(np.float32)
    batch |= {"scale": np.float32(1), "start": logits + moved}

    def kl(held: list[int]) -> float:
        rows = np.asarray(held, np.float32)[:, None]
        return float(tunix_sft.loss_of(logits, {**batch, "held": rows}, 1.0, "full")[1]["kl"])

    assert kl([0, 0, 0, 0]) == 0
    assert kl([0, 0, 1, 1]) > 0
    assert kl([1, 1, 0, 0]) + kl([0, 0, 1, 1]) == pytest.approx(kl([1, 1, 1, 1]), rel=1e-5)


def test_a_kl_on_replayed_rows_needs_some(folder: Path, base: Path) -> None:
    spec = supervised.make_spec(folder, base, guard=True)
    spec["guard"] |= {"klRows": "replay", "replay": None}
    assert str(supervised.refuse(folder, spec)).startswith("guard.klRows")


def test_the_loss_is_the_mean_over_completion_tokens(models: tuple[Any, Any]) -> None:
    """Against a plain computation row by row, the first without padding; packed rows see nothing of each other."""
    from forethought_trainer import tunix_sft

    model, tokenizer = models
    found = some_examples(tokenizer, 4)
    each = []
    for example in found:
        length = 64 if each else len(example.ids)
        alone = examples.batch_of([[example]], 1, length, tokenizer.pad_id())
        logits = np.asarray(tunix_sft.start_logits(model, alone), np.float64)[0]
        logp = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        each += [logp[i, example.ids[i + 1]] for i in range(example.prompt - 1, len(example.ids) - 1)]
    wanted = -float(np.mean(each))
    for sequences, length in (([[e] for e in found], 64), ([found], 256)):
        batch: dict[str, Any] = examples.batch_of(sequences, len(sequences), length, tokenizer.pad_id())
        batch["scale"] = 1 / batch["mask"].sum()
        loss, told = tunix_sft.loss_of(tunix_sft.start_logits(model, batch), batch, None, "k3")
        assert float(loss) == pytest.approx(wanted, abs=2e-5)
        assert float(told["nll"]) == float(loss)


def test_gemma_3_packs_beyond_its_window(tmp_path: Path) -> None:
    """It measures the window between places, so that packed rows see what they see alone."""
    import models as bases
    from forethought_trainer import tunix_sft
    from forethought_trainer.load_base import load_base

    supervised.keep_compilations()
    base = tmp_path / "gemma3"
    bases.write_base(base, bases.GEMMA3)
    config = json.loads((base / "config.json").read_text()) | {"sliding_window": 16}
    (base / "config.json").write_text(json.dumps(config))
    model, _, tokenizer = load_base(base)
    found = some_examples(tokenizer, 3)
    assert min(len(e.ids) for e in found) > 16
    likelihoods = []
    for sequences, length in (([[e] for e in found], 64), ([found], 128)):
        batch = examples.batch_of(sequences, len(sequences), length, tokenizer.pad_id())
        logp = np.asarray(tunix_sft.start_log_probabilities(model, batch))
        likelihoods.append(logp[batch["mask"] > 0])
    assert np.allclose(*likelihoods, atol=1e-4)


def test_the_divergence_is_a_divergence(models: tuple[Any, Any]) -> None:
    from forethought_trainer import tunix_sft

    model, tokenizer = models
    batch: dict[str, Any] = examples.batch_of(
        [[e] for e in some_examples(tokenizer, 3)], 3, 64, tokenizer.pad_id()
    )
    logits = tunix_sft.start_logits(model, batch)
    other = logits + np.random.default_rng(0).normal(0, 1, logits.shape).astype(np.float32)
    p, q = (np.exp(np.asarray(x, np.float64)) for x in (other, logits))
    p, q = p / p.sum(-1, keepdims=True), q / q.sum(-1, keepdims=True)
    full = np.asarray(tunix_sft.divergence(logits, {**batch, "start": other}, "full"))
    assert np.allclose(full, (p * np.log(p / q)).sum(-1), atol=1e-4)
    same = tunix_sft.log_probabilities(logits, batch["targets"])
    start = tunix_sft.log_probabilities(other, batch["targets"])
    assert np.abs(tunix_sft.divergence(logits, {**batch, "start": same}, "k3")).max() == 0
    k3 = np.asarray(tunix_sft.divergence(logits, {**batch, "start": start}, "k3"))
    assert (k3 >= 0).all()
    assert k3.max() > 0.1
    assert not k3[batch["mask"] == 0].any()


# --- the tests behind the guard ---------------------------------------------------------------------------------


def test_mcnemar_is_exact() -> None:
    """Values of the binomial distribution; the core's own test of its twin uses the same."""
    assert paired.mcnemar(0, 0) == paired.mcnemar(4, 4) == 1
    assert paired.mcnemar(0, 5) == pytest.approx(0.0625)
    assert paired.mcnemar(2, 12) == pytest.approx(0.012939453125)
    assert paired.mcnemar(12, 2) == paired.mcnemar(2, 12)
    assert paired.mcnemar(10, 400) < 1e-80


def test_sign_flips_are_exact_and_drawn_alike() -> None:
    rng = np.random.default_rng(2)
    assert paired.sign_flips([0, 0]) == 1
    assert paired.sign_flips([-1] * 8) == pytest.approx(2 / 2**8)
    assert paired.sign_flips([-1, 1, 2, -2]) == 1
    few = rng.normal(-0.4, 1, 14)
    exact = paired.sign_flips(few.tolist())
    drawn = paired.sign_flips([*few, 1e-12])  # one more than is tried in full, and too small to matter
    assert exact == pytest.approx(drawn, abs=0.01)


# --- runs -------------------------------------------------------------------------------------------------------

STEPS = 4


def guarded(folder: Path, base: Path) -> dict[str, Any]:
    """Everything at once: replay, KL, packing, micro-batches, exams; checkpoints as often as there can be."""
    spec = supervised.make_spec(folder, base, guard=True)
    spec["training"] |= {"steps": STEPS, "microBatch": 2, "packing": True, "maxTokens": 128, "batchSize": 4}
    spec["limits"]["checkpointEveryMs"] = 1
    return spec


@pytest.fixture(scope="module")
def completed(tmp_path_factory: pytest.TempPathFactory, base: Path) -> Path:
    """A guarded run to its end; read only."""
    folder = tmp_path_factory.mktemp("sft") / "job"
    assert supervised.run(folder, guarded(folder, base)) == 0
    return folder


def test_the_log_of_a_whole_run(completed: Path) -> None:
    log = jobs.events(completed)
    assert (log[-1]["kind"], log[-1]["reason"], log[-1]["step"]) == ("done", "completed", STEPS)
    evals = [(e["step"], e["set"], e["of"]) for e in log if e["kind"] == "eval"]
    assert evals == [
        (step, name, f"step-{step}" if step else "base")
        for step in (0, 2, 4)
        for name in ("held-out", "retention")
    ]
    assert not [e for e in log if e["kind"] == "warning" and e["code"] == "recompile"]
    assert [e["step"] for e in log if e["kind"] == "checkpoint"][-1] == STEPS
    values = supervised.values(completed)
    assert sorted(values) == list(range(STEPS + 1))
    wanted = {
        "policy/loss",
        "policy/nll",
        "policy/grad_norm",
        "policy/lr",
        "policy/token_accuracy",
        "guard/kl",
    }
    wanted |= {"completion/length_mean", "perf/step_s", "perf/train_s", "perf/tokens_per_s", "host/mem_bytes"}
    for step in range(1, STEPS + 1):
        assert wanted <= values[step].keys()
        v = values[step]
        assert v["policy/loss"] == pytest.approx(v["policy/nll"] + 0.5 * v["guard/kl"], rel=1e-5)
    assert values[1]["guard/kl"] == pytest.approx(0, abs=1e-6)  # the first step is still the start
    assert values[STEPS]["guard/kl"] > 0
    measured = {"heldout/loss", "heldout/reward_mean", "guard/retention_mean", "guard/retention_correct_frac"}
    for step in (0, 2, 4):
        assert measured <= values[step].keys()
        assert ("guard/retention_p" in values[step]) == (step > 0)
    assert "heldout/loss" not in values[1]
    assert values[STEPS]["heldout/loss"] < values[0]["heldout/loss"]


def test_the_manifest_names_where_it_comes_from(completed: Path) -> None:
    manifest = json.loads((completed / "artifacts" / "final" / "manifest.json").read_text())
    spec = json.loads((completed / "spec.json").read_text())
    assert manifest["rewardSuite"] == {"name": "fake", "hash": spec["rewardSuite"]["hash"]}
    assert manifest["dataSnapshot"] == spec["data"]["snapshot"]
    assert manifest["parent"] == {"modelId": "random", "sha256": spec["base"]["sha256"]}
    assert manifest["score"]["set"] == "held-out"
    assert manifest["step"] == STEPS


class Broken(Exception):
    """Stands for a kill: nothing of the step is said any more."""


@pytest.mark.parametrize("damaged", [False, True])
def test_it_goes_on_where_it_was_and_ends_bit_equal(
    folder: Path, base: Path, completed: Path, monkeypatch: pytest.MonkeyPatch, damaged: bool
) -> None:
    """The same job as `completed`, broken off on the way, on the same base with the same rows.

    damaged: its newest checkpoint cannot be read, so that it goes on from the one before.
    """
    from forethought_trainer.sft_run import SftRun

    spec = guarded(folder, base)
    parts = SftRun.parts

    def breaks(run: SftRun, step: int) -> Any:
        if step == STEPS:
            raise Broken
        return parts(run, step)

    with monkeypatch.context() as patched:
        patched.setattr(SftRun, "parts", breaks)
        assert supervised.run(folder, spec) == 1
    written = sorted(int(path.name) for path in (folder / "checkpoints").iterdir() if path.name.isdigit())
    if damaged:
        for path in (folder / "checkpoints" / str(written[-1])).rglob("*"):
            if path.is_file():
                os.truncate(path, path.stat().st_size // 2)
    assert supervised.run(folder, spec) == 0
    log = jobs.events(folder)
    again = log[[i for i, e in enumerate(log) if e["kind"] == "start"][1] :]
    warnings = [e["message"] for e in again if e.get("code") == "checkpoint-damaged"]
    assert [message.split(" cannot")[0] for message in warnings] == [
        f"The checkpoint {written[-1]}"
    ] * damaged
    message = next(e["message"] for e in again if e.get("phase") == "preparing")
    done = int(message.rsplit(" ", 1)[1]) if "going on" in message else 0
    assert done == [0, *written][-1 - damaged]
    assert done < STEPS
    assert min(e["step"] for e in again if e["kind"] == "metrics") == (done + 1 if done else 0)
    mine, theirs = supervised.values(folder), supervised.values(completed)
    for step, values in theirs.items():
        for name in values:
            if not name.startswith(("perf/", "host/")):
                assert mine[step][name] == values[name], (step, name)
    mine, theirs = (
        load_file(f / "artifacts" / "final" / "adapter_model.safetensors") for f in (folder, completed)
    )
    assert all(np.array_equal(mine[name], theirs[name]) for name in theirs)


def test_micro_batches_learn_the_same(tmp_path: Path, base: Path) -> None:
    """Rows of different lengths in parts: the loss and the adapter of the whole batch, but for rounding."""
    found = []
    for size in (None, 2):
        folder = tmp_path / str(size)
        spec = supervised.make_spec(folder, base)
        spec["training"] |= {"microBatch": size, "steps": 2}
        assert supervised.run(folder, spec) == 0
        found.append(
            (
                supervised.values(folder),
                load_file(folder / "artifacts" / "final" / "adapter_model.safetensors"),
            )
        )
    (whole, adapter), (parts, other) = found
    assert [parts[s]["policy/loss"] for s in (1, 2)] == pytest.approx(
        [whole[s]["policy/loss"] for s in (1, 2)], rel=1e-5
    )
    assert all(np.allclose(adapter[name], other[name], atol=1e-4) for name in adapter)


def test_a_gguf_trains_as_the_folder_that_it_was_made_of(tmp_path: Path, base: Path) -> None:
    gguf = tmp_path / "base.gguf"
    write_gguf(open_base(base), gguf, "random")
    learned = []
    for path in (base, gguf):
        folder = tmp_path / f"job-{path.name}"
        spec = supervised.make_spec(folder, path)
        spec["training"]["steps"] = 1
        assert supervised.run(folder, spec) == 0
        final = folder / "artifacts" / "final"
        assert json.loads((final / "manifest.json").read_text())["parent"]["sha256"] == base_identity(path)
        learned.append(
            [(final / name).read_bytes() for name in ("adapter_model.safetensors", "reference.json")]
        )
    assert learned[0] == learned[1]


def test_a_stop_ends_it_in_order(folder: Path, base: Path) -> None:
    spec = supervised.make_spec(folder, base)
    spec["training"]["steps"] = 100
    assert supervised.run(folder, spec, stop_after=2) == 0
    assert (jobs.events(folder)[-1]["reason"], jobs.events(folder)[-1]["step"]) == ("stopped", 2)
    assert json.loads((folder / "artifacts" / "final" / "manifest.json").read_text())["step"] == 2
    assert (folder / "checkpoints" / "2").is_dir()
    manifest = json.loads((folder / "artifacts" / "final" / "manifest.json").read_text())
    assert manifest["rewardSuite"] is None


def test_gradients_that_are_no_numbers(folder: Path, tmp_path: Path) -> None:
    """Nothing of them enters the adapter, and the rows of the step are kept."""
    base = jobs.make_base(tmp_path / "huge", scale=1e38)
    assert supervised.run(folder, supervised.make_spec(folder, base)) == 1
    failure = jobs.events(folder)[-1]
    assert (failure["class"], failure["batch"]) == ("numerics", "offending/step-1.json")
    kept = json.loads((folder / failure["batch"]).read_text())
    assert [row["completion"] != "" for row in kept["rows"]] == [True] * 4
    assert not (folder / "artifacts").exists()


@pytest.mark.parametrize("kind", ["sft", "dpo"])
def test_where_no_questions_are_answered_the_held_out_loss_is_the_score(
    folder: Path, base: Path, kind: str
) -> None:
    """Also of an adapter that goes out between two looks at those rows."""
    spec = supervised.make_spec(folder, base, kind, guard=True)
    for field in ("heldOut", "guard", "generation", "rewardSuite", "rewardServer"):
        del spec[field]
    spec["validation"] |= {"everySteps": 100, "set": "set aside"}
    spec["publishEverySteps"] = 2
    assert supervised.run(folder, spec) == 0
    told = supervised.values(folder)
    ready = {event["name"]: event for event in jobs.events(folder, "artifact.ready")}
    assert {name: event["step"] for name, event in ready.items()} == {"step-2": 2, "final": 3}
    for name, event in ready.items():
        assert event["score"] == {
            "set": "set aside",
            "n": 5,
            "mean": None,
            "correct": None,
            "format": None,
            "loss": told[event["step"]]["heldout/loss"],
        }
        manifest = json.loads((folder / "artifacts" / name / "manifest.json").read_text())
        assert manifest["score"] == event["score"]


# --- forgetting -------------------------------------------------------------------------------------------------


def forgetful(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch, right: dict[int, int]
) -> dict[str, Any]:
    """A job whose retention set is answered right so often after each step, by a grader that knows."""
    from forethought_trainer.exam import Grader

    spec = supervised.make_spec(folder, base, guard=True)
    spec["guard"] = {
        "retention": spec["guard"]["retention"] | {"everySteps": 1, "maxDrop": 0.2, "alpha": 0.1}
    }
    del spec["heldOut"]
    del spec["validation"]
    spec["training"] |= {"steps": 6}
    spec["limits"]["checkpointEveryMs"] = 1
    score, exams = Grader.score, iter(sorted(right))

    def fixed(grader: Grader, rows: Any, *rest: Any) -> Any:
        step = next(exams)
        return [
            dataclasses.replace(s, verdict="correct" if i < right[step] else "wrong")
            for i, s in enumerate(score(grader, rows, *rest))
        ]

    monkeypatch.setattr(Grader, "score", fixed)
    return spec


def test_what_is_forgotten_ends_the_run_with_the_best_before(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """7 of 8, then 6, 5 (a loss that may be chance), 1: the adapter after the second step goes out."""
    spec = forgetful(folder, base, monkeypatch, {0: 7, 1: 6, 2: 5, 3: 1})
    assert supervised.run(folder, spec) == 0
    log = jobs.events(folder)
    done = log[-1]
    assert (done["kind"], done["reason"], done["step"]) == ("done", "stop-rule", 3)
    assert (
        "12.5% right of 8 instead of 87.5%, 6 lost and 0 gained (exact McNemar p = 0.031)" in done["message"]
    )
    assert done["message"].endswith("The adapter after step 2 is published as the final one.")
    assert [e["message"] for e in log if e["kind"] == "warning" and e["code"] == "stop-rule"] == [
        done["message"]
    ]
    ready = next(e for e in log if e["kind"] == "artifact.ready")
    assert (ready["name"], ready["step"]) == ("final", 2)
    evals = [(e["step"], e["correct"]) for e in log if e["kind"] == "eval"]
    assert evals == [
        (0, 0.875),
        (1, 0.75),
        (2, 0.625),
        (3, 0.125),
        (2, 0.625),
    ]  # the last word is about what goes out
    # It is indeed the adapter of step 2.
    other = folder.parent / "two"
    monkeypatch.undo()
    short = supervised.make_spec(other, base)
    short["training"]["steps"] = 2
    assert supervised.run(other, short) == 0
    mine, theirs = (
        load_file(f / "artifacts" / "final" / "adapter_model.safetensors") for f in (folder, other)
    )
    assert all(np.array_equal(mine[name], theirs[name]) for name in theirs)


def test_a_loss_that_is_as_large_as_allowed_is_allowed() -> None:
    """0.5 - 0.48 is a little more than 0.02."""
    from forethought_trainer.retention import is_lost

    wanted = Retention("a" * 64, "x", "a" * 64, 1, every_steps=1, max_drop=0.02, alpha=0.05)
    assert not is_lost(wanted, 0.5 - 0.48, 0.001)
    assert is_lost(wanted, 0.0201, 0.001)
    assert not is_lost(wanted, 0.3, 0.05)
    assert not is_lost(dataclasses.replace(wanted, max_drop=None), 1.0, 0.0)


def test_where_all_is_forgotten_nothing_is_published(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert supervised.run(folder, forgetful(folder, base, monkeypatch, {0: 8, 1: 0})) == 0
    done = jobs.events(folder)[-1]
    assert (done["reason"], done["step"]) == ("stop-rule", 1)
    assert "none is published" in done["message"]
    assert not (folder / "artifacts").exists()


def test_an_ended_run_that_starts_again_stays_ended(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died while it published: after the restart nothing is trained, and the same adapter goes out."""
    from forethought_trainer.sft_run import SftRun

    spec = forgetful(folder, base, monkeypatch, {0: 8, 1: 8, 2: 1})
    with monkeypatch.context() as patched:
        patched.setattr(SftRun, "publish", lambda *_: (_ for _ in ()).throw(Broken()))
        assert supervised.run(folder, spec) == 1
    assert supervised.run(folder, spec) == 0
    log = jobs.events(folder)
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 2)
    assert next(e for e in log if e["kind"] == "artifact.ready")["step"] == 1
    assert max(e["step"] for e in log if e["kind"] == "metrics") == 2


def test_a_kept_adapter_that_is_not_whole_on_the_disk_is_not_at_hand(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a power loss leaves it: the run starts again, and says that nothing goes out."""
    from forethought_trainer.sft_run import SftRun

    spec = forgetful(folder, base, monkeypatch, {0: 8, 1: 8, 2: 1})
    with monkeypatch.context() as patched:
        patched.setattr(SftRun, "publish", lambda *_: (_ for _ in ()).throw(Broken()))
        assert supervised.run(folder, spec) == 1
    (folder / "retention/adapter-1.npz").write_bytes(b"")
    assert supervised.run(folder, spec) == 0
    assert "none is published as the final one" in jobs.events(folder)[-1]["message"]
    assert not (folder / "artifacts").exists()
