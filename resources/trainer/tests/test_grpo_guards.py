"""What a GRPO run watches: the KL, the device, its shapes, broken steps, the base's window. In this process."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from supervised import run, values

import jobs
from forethought_trainer import compiles, publishing
from forethought_trainer.devices import check_platform
from forethought_trainer.events import EventLog
from forethought_trainer.failures import Failure
from forethought_trainer.generation import Generator
from forethought_trainer.grpo_run import GrpoRun
from forethought_trainer.spec import base_identity, file_sha256
from forethought_trainer.stopping import Signalled
from forethought_trainer.training import TrainingRun


def failure_of(folder: Path, spec: dict[str, Any], kind: str = "numerics") -> dict[str, Any]:
    assert run(folder, spec) == 1
    last = jobs.events(folder)[-1]
    assert (last["kind"], last["class"]) == ("failure", kind)
    return last


def published(folder: Path) -> list[tuple[str, int]]:
    return [(event["name"], event["step"]) for event in jobs.events(folder, "artifact.ready")]


# --- the KL -----------------------------------------------------------------------------------------------------


def with_kl(monkeypatch: pytest.MonkeyPatch, *told: float) -> None:
    """As if the policy ran away: what Tunix tells of the KL of each step, one after the other."""
    kls = iter(told)
    told_before = GrpoRun.updated_actor

    def updated_actor(self: GrpoRun, values: dict[str, float], seconds: float) -> None:
        told_before(self, {**values, "kl": next(kls)}, seconds)

    monkeypatch.setattr(GrpoRun, "updated_actor", updated_actor)


def test_a_kl_that_explodes_ends_the_run_with_the_last_adapter_below(
    folder: Path, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The KL of a step is of the adapter before it, so that one is at fault."""
    spec["training"] |= {"steps": 6, "klStop": 1.0}
    with_kl(monkeypatch, 0.0, 0.01, 0.02, 7.5)
    failure = failure_of(folder, spec)
    assert "The KL of step 4 is 7.5, above training.klStop, 1:" in failure["message"]
    assert failure["message"].endswith("The adapter after step 2 is published as last-good-2.")
    assert published(folder) == [("last-good-2", 2)]
    manifest = json.loads((folder / "artifacts/last-good-2/manifest.json").read_text())
    assert manifest["metrics"] == values(folder)[2]  # its own, and not those of the step that has failed
    assert [values(folder)[step]["policy/kl"] for step in (1, 2, 3)] == [0.0, 0.01, 0.02]


@pytest.mark.parametrize("beta", [0.04, 0.0])
def test_the_kl_that_tunix_measures_is_held_against_the_stop(
    folder: Path, spec: dict[str, Any], beta: float
) -> None:
    """The first step is still the base; the second has moved, and only the base was below. Without a weight too."""
    spec["training"] |= {"klStop": 1e-4, "beta": beta}
    failure = failure_of(folder, spec)
    assert "The KL of step 2 is" in failure["message"]
    assert "so none is published" in failure["message"]
    assert published(folder) == []


def test_a_kl_above_its_stop_right_after_a_restart(
    folder: Path, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the last adapter that was below nothing is left; what was published before stays."""
    server = spec["rewardServer"]["command"]
    spec["rewardServer"]["command"] = [*server, "die", "3"]
    spec["limits"]["checkpointEveryMs"] = 1
    spec["training"] |= {"steps": 6, "klStop": 1.0}
    spec["publishEverySteps"] = 1
    assert failure_of(folder, spec, "reward")["message"].endswith("is published as last-good-2.")
    spec["rewardServer"]["command"] = server
    with_kl(monkeypatch, 7.5)
    assert "so none is published; what was published before stays" in failure_of(folder, spec)["message"]
    assert published(folder) == [("step-1", 1), ("step-2", 2), ("last-good-2", 2)]


# --- broken steps, adapters on the way --------------------------------------------------------------------------


def test_the_rows_of_a_broken_step_are_kept(folder: Path, spec: dict[str, Any]) -> None:
    spec["rewardServer"]["command"] += ["infinite", "2"]
    failure = failure_of(folder, spec, "reward")
    assert failure["batch"] == "offending/step-2.json"
    batch = json.loads((folder / failure["batch"]).read_text())
    assert batch["step"] == 2
    assert len(batch["rows"]) == 6
    prompts = {json.loads(line)["prompt"] for line in (folder / "train.jsonl").read_text().splitlines()}
    for row in batch["rows"]:
        assert row["prompt"] in prompts
        assert row["completion"] and row["tokens"] <= 16
    assert "perf/rollout_s" in batch["values"]
    assert failure["message"].endswith("The adapter after step 1 is published as last-good-1.")


def test_an_adapter_every_so_many_steps_with_its_score(
    folder: Path, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exams, too, answer no more at once than rolloutMicroBatch lets."""
    sizes: list[int] = []
    ask = Generator._ask

    def counted(self: Generator, prompts: list[str], **how: Any) -> Any:
        sizes.append(len(prompts))
        return ask(self, prompts, **how)

    monkeypatch.setattr(Generator, "_ask", counted)
    jobs.make_rows(folder / "held-out.jsonl", 3, "held-out")
    sha256 = file_sha256(folder / "held-out.jsonl")
    data = {"snapshot": sha256, "path": "held-out.jsonl", "sha256": sha256, "count": 3}
    spec |= {"publishEverySteps": 2, "heldOut": {**data, "everySteps": 100, "set": "held-out"}}
    spec["training"] |= {"steps": 5, "rolloutMicroBatch": 1}
    assert run(folder, spec) == 0
    assert sizes == [3] * 4  # one prompt with its group of three
    assert published(folder) == [("step-2", 2), ("step-4", 4), ("final", 5)]
    exams = {event["step"]: event for event in jobs.events(folder, "eval")}
    assert sorted(exams) == [0, 2, 4, 5]
    for event in jobs.events(folder, "artifact.ready"):
        exam = exams[event["step"]]
        assert event["score"] == {
            name: exam[name] for name in ("set", "n", "checked", "mean", "correct", "format")
        }


@pytest.mark.parametrize("exam", [0, 1])
def test_who_is_told_to_stop_publishes_without_another_exam(
    folder: Path, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch, exam: int
) -> None:
    """It may take longer than the trainer has before it is killed: the one under way is cut, and no other is begun. Where it
    is the one before the first step, nothing could be compared with it any more: no step is made."""
    jobs.make_rows(folder / "held-out.jsonl", 6, "held-out")
    sha256 = file_sha256(folder / "held-out.jsonl")
    data = {"snapshot": sha256, "path": "held-out.jsonl", "sha256": sha256, "count": 6}
    spec["heldOut"] = {**data, "everySteps": 1, "set": "held-out"}
    spec["training"]["rolloutMicroBatch"] = 1  # six questions are two batches
    asked: list[int] = []
    ask = Generator._ask

    def stopped_in_an_exam(self: Generator, prompts: list[str], **how: Any) -> Any:
        asked.append(len(prompts))
        monkeypatch.setattr(Signalled, "came", len(asked) == 2 * exam + 1)
        return ask(self, prompts, **how)

    monkeypatch.setattr(Generator, "_ask", stopped_in_an_exam)
    assert run(folder, spec) == 0
    assert (jobs.events(folder)[-1]["reason"], jobs.events(folder)[-1]["step"]) == ("stopped", exam)
    assert asked == [3] * (2 * exam + 1)
    assert len(jobs.events(folder, "eval")) == exam
    assert [(e["step"], e["score"]) for e in jobs.events(folder, "artifact.ready")] == [(1, None)] * exam


def test_a_final_adapter_that_the_run_has_gone_on_from_is_published_anew(
    folder: Path, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was stopped after its first step and could not say so: the disk was full. Its adapter is not that of the third."""
    write = EventLog.write

    def full(log: EventLog, kind: str, /, **payload: Any) -> None:
        if kind == "artifact.ready":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(log, kind, **payload)

    with monkeypatch.context() as patched:
        patched.setattr(EventLog, "write", full)
        assert run(folder, spec, stop_after=2) == 1  # it is asked twice before the first step
    path = folder / "artifacts/final/manifest.json"
    assert json.loads(path.read_text())["step"] == 1
    with monkeypatch.context() as patched:
        patched.setattr(publishing, "compute_reference", lambda *_: 1 / 0)
        assert run(folder, spec, stop_after=2) == 1  # after the second step
    assert json.loads(path.read_text())["step"] == 1  # it stays until the new one is whole
    assert run(folder, spec) == 0
    manifest = json.loads(path.read_text())
    assert (manifest["step"], manifest["metrics"]) == (3, values(folder)[3])
    assert published(folder) == [("final", 3)]
    assert [each.name for each in (folder / "artifacts").iterdir()] == ["final"]


# --- time -------------------------------------------------------------------------------------------------------


def test_the_first_step_counts_without_its_compilation() -> None:
    told: list[tuple[str, str, float]] = []

    class Told:
        def expects(self, what: str, seconds: float) -> None:
            told.append(("expects", what, seconds))

        def needs(self, what: str, seconds: float) -> None:
            told.append(("needs", what, seconds))

    state: Any = SimpleNamespace(
        step=8, done_before=7, compiles=SimpleNamespace(seconds=40.0), stopper=Told()
    )
    TrainingRun.learn_duration(state, 400.0)
    assert told == [("expects", "step", 360.0), ("expects", "export", 40.0)]
    state.step = 9
    TrainingRun.learn_duration(state, 350.0)
    assert told[2:] == [("needs", "step", 350.0)]


def test_a_second_step_is_not_begun_that_does_not_fit(
    folder: Path, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a step took an hour: the deadline of half an hour ends the run after the first one."""
    learn = TrainingRun.learn_duration
    monkeypatch.setattr(TrainingRun, "learn_duration", lambda self, elapsed: learn(self, elapsed + 3600))
    spec["limits"]["deadlineMs"] = 1_800_000
    assert run(folder, spec) == 0
    done = jobs.events(folder)[-1]
    assert (done["reason"], done["step"]) == ("deadline", 1)
    assert published(folder) == [("final", 1)]


def test_a_single_operation_is_no_part_of_a_step() -> None:
    """It may be met later than the others, and on a busy machine it takes as long to compile as they do."""
    assert compiles.is_single("jit(equal)")
    assert not any(map(compiles.is_single, ["jit(train_step)", "jit(_decode_fn)", "jit(_prefill_fn)"]))


def test_what_jax_calls_its_own_operations_inside_is_none_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their public names, and what is compiled for them: _where, _take, _threefry_split, _einsum, and others."""
    monkeypatch.setattr(compiles, "NOTABLE_S", 1e-9)
    odd = jnp.arange(7 * 13.0).reshape(7, 13)  # no other test has met this shape
    watch = compiles.CompileWatch()
    jnp.where(odd > 3, odd, 0)
    jnp.take(odd, jnp.arange(5), axis=0)
    jnp.einsum("ij,kj->ik", odd, odd)
    jax.random.categorical(jax.random.split(jax.random.key(1), 17)[3], odd)
    took, notable = [name for name, _ in watch._took], watch.notable
    watch.close()
    assert {"jit(_where)", "jit(_take)", "jit(_einsum)", "jit(_threefry_split)"} <= set(took)
    assert not notable


# --- shapes, devices, the window --------------------------------------------------------------------------------


def test_a_shape_that_changes_is_told(
    folder: Path, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the second step on nothing compiles; here a function does, of another shape in each step."""
    monkeypatch.setattr(compiles, "NOTABLE_S", 1e-9)
    reward = GrpoRun.reward

    def summed_up(values: jax.Array) -> jax.Array:
        return jnp.cumsum(values)

    def growing(self: GrpoRun, texts: list[str], indices: list[int]) -> list[float]:
        if self.step != 3:
            jax.jit(summed_up)(jnp.ones(1000 + self.step)).block_until_ready()
        return reward(self, texts, indices)

    monkeypatch.setattr(GrpoRun, "reward", growing)
    spec["training"]["steps"] = 4
    assert run(folder, spec) == 0
    told = [e["message"] for e in jobs.events(folder, "warning") if e["code"] == "recompile"]
    assert [message.split(" compiled ")[0] for message in told] == ["Step 2", "Step 4"]
    assert all("summed_up" in message and "a shape has changed" in message for message in told)


def test_a_job_for_another_device_ends_before_anything(folder: Path, spec: dict[str, Any]) -> None:
    spec["env"]["platform"] = "tpu"
    failure = failure_of(folder, spec, "environment")
    assert "for a tpu (env.platform), but JAX runs on a cpu here. Nothing was trained" in failure["message"]
    assert {event["kind"] for event in jobs.events(folder)} <= {
        "start",
        "plan",
        "warning",
        "heartbeat",
        "failure",
    }


def test_a_stop_that_comes_just_before_the_first_step(
    folder: Path, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the run has looked whether to begin, and before Tunix asks for the first questions."""
    over = GrpoRun.over
    looks: list[bool] = []

    def told_at_the_second_look(self: GrpoRun) -> bool:
        looks.append(over(self))
        if len(looks) == 2:
            self.stopper.reason = "stopped"
        return over(self)

    monkeypatch.setattr(GrpoRun, "over", told_at_the_second_look)
    assert run(folder, spec) == 0
    done = jobs.events(folder)[-1]
    assert (done["kind"], done["reason"], done["step"]) == ("done", "stopped", 0)
    assert published(folder) == []


@pytest.mark.parametrize(
    ("named", "refused"), [("cpu", None), ("cuda", "gpu"), ("tpu,cpu", "tpu"), ("", None)]
)
def test_jax_platforms_is_held_to(monkeypatch: pytest.MonkeyPatch, named: str, refused: str | None) -> None:
    monkeypatch.setenv("JAX_PLATFORMS", named)
    if refused is None:
        check_platform("cpu")
        return
    with pytest.raises(Failure, match=rf"for a {refused} \(JAX_PLATFORMS\)"):
        check_platform(None)


def test_a_window_shorter_than_prompt_and_completion_is_told(
    folder: Path, spec: dict[str, Any], tmp_path: Path
) -> None:
    base = jobs.make_base(tmp_path / "narrow")
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps({**config, "sliding_window": 32}))
    spec["base"] |= {"path": str(base), "sha256": base_identity(base)}
    spec["limits"]["deadlineMs"] = 1  # the warning comes before the first step
    assert run(folder, spec) == 0
    [told] = [e["message"] for e in jobs.events(folder, "warning") if e["code"] == "sliding-window"]
    assert "may have 80 tokens, but the base's sliding window is 32" in told
