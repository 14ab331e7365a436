"""A program: stages in one process, each on what an earlier one made; gates, shares of the time, restarts."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import supervised

import jobs
from forethought_trainer.answers import Answer
from forethought_trainer.checked import SpecError, read_object
from forethought_trainer.completion import Completion
from forethought_trainer.data import TrainingRow, teaches
from forethought_trainer.events import Progress
from forethought_trainer.failures import Failure
from forethought_trainer.formats.bases import open_base, open_tokenizer
from forethought_trainer.gates import Gates
from forethought_trainer.job import Ending, Run
from forethought_trainer.program import Program, prepare, write_right_rollouts
from forethought_trainer.rejection import publish
from forethought_trainer.reward_client import Score
from forethought_trainer.spec import ProgramSpec, file_sha256, read_spec
from forethought_trainer.spec.blocks import Base
from forethought_trainer.spec.program import Frame, Gate, Measure, Replay
from forethought_trainer.spec.rejection import Keep
from forethought_trainer.stage_log import Result, StageLog
from forethought_trainer.stopping import Stopper


def make_program(folder: Path, base: Path, **changes: Any) -> dict[str, Any]:
    """Two stages of GRPO, the second on what the first made; both are examined on the same held-out rows."""
    spec = jobs.make_spec(folder, base)
    jobs.make_rows(folder / "held-out.jsonl", 3, "held-out")
    sha256 = file_sha256(folder / "held-out.jsonl")
    held_out = {
        "snapshot": sha256,
        "path": "held-out.jsonl",
        "sha256": sha256,
        "count": 3,
        "everySteps": 100,
        "set": "held-out",
    }
    own = {name: spec.pop(name) for name in ("data", "lora", "training", "rollout")}
    own["training"]["steps"] = 2
    stages = [
        {"id": "first", "kind": "grpo", **own, "heldOut": held_out},
        {"id": "second", "kind": "grpo", "from": "first", **own, "heldOut": held_out},
    ]
    return {**spec, "kind": "program", "stages": stages, **changes}


def run(folder: Path, spec: dict[str, Any], code: int = 0) -> list[dict[str, Any]]:
    """The job's events after it has ended with this code."""
    jobs.write_spec(folder, spec)
    ran = jobs.train(folder, kind="program")
    assert ran.returncode == code, ran.stderr
    return jobs.events(folder)


def of_kind(log: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in log if event["kind"] == kind]


def kill_when(folder: Path, spec: dict[str, Any], ready: Callable[[], bool]) -> None:
    """Starts the program and kills it as soon as this is so."""
    jobs.write_spec(folder, spec)
    process = subprocess.Popen(
        [sys.executable, "-m", "forethought_trainer", "program", "--job", str(folder)],
        env=jobs.environment(),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not ready():
            assert process.poll() is None, "it ended before that"
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def completed(tmp_path_factory: pytest.TempPathFactory, base: Path) -> Path:
    folder = tmp_path_factory.mktemp("program") / "job"
    spec = make_program(folder, base, best={"metric": "mean", "set": "held-out"})
    spec["stages"][1]["gate"] = {"metric": "mean", "set": "held-out", "noWorseThan": "base", "margin": 10}
    run(folder, spec)
    return folder


def test_steps_count_from_the_programs_start(completed: Path) -> None:
    log = jobs.events(completed)
    assert [event["step"] for event in of_kind(log, "metrics") if "perf/step_s" in event["values"]] == [
        1,
        2,
        3,
        4,
    ]
    assert [event["step"] for event in of_kind(log, "rollouts")] == [1, 2, 3, 4]
    told = [(e["id"], e["state"], e["firstStep"], e["steps"]) for e in of_kind(log, "stage")]
    assert told == [
        ("first", "begun", 0, 2),
        ("first", "done", 0, 2),
        ("second", "begun", 2, 2),
        ("second", "done", 2, 2),
    ]
    lines = (completed / "stages/second/rollouts/rollouts.jsonl").read_text().splitlines()
    assert {json.loads(line)["step"] for line in lines} == {3, 4}
    assert of_kind(log, "plan")[0]["steps"] == 4
    # 0 while it is not known: on a busy machine a heartbeat comes before the plan
    assert {event["totalSteps"] for event in of_kind(log, "heartbeat")} <= {0, 4}


def test_a_stage_works_on_what_an_earlier_one_made(completed: Path) -> None:
    log = jobs.events(completed)
    ready = {event["name"]: event for event in of_kind(log, "artifact.ready")}
    assert list(ready) == ["first-final", "second-final"]
    assert [event["step"] for event in ready.values()] == [2, 4]
    first, second = (json.loads((completed / f"artifacts/{n}/manifest.json").read_text()) for n in ready)
    assert "chain" not in first["parent"]
    assert second["parent"]["chain"] == [
        f"base {first['parent']['sha256']}",
        f"adapter {ready['first-final']['manifestSha256']}",
    ]


def test_the_second_stage_begins_where_the_first_one_ended(completed: Path) -> None:
    """The exam of the base of the second stage is that of the first stage's end: the adapter was merged in truly."""
    exams = [(e["step"], e["mean"]) for e in of_kind(jobs.events(completed), "eval")]
    assert [step for step, _ in exams] == [0, 2, 2, 4]
    assert exams[1] == exams[2]
    assert exams[0] != exams[1]


def test_gate_and_best_checkpoint_are_told(completed: Path) -> None:
    log = jobs.events(completed)
    [gate] = of_kind(log, "gate")
    assert (gate["stage"], gate["metric"], gate["set"], gate["passed"]) == (
        "second",
        "mean",
        "held-out",
        True,
    )
    exams = of_kind(log, "eval")
    assert gate["bound"] == exams[0]["mean"] and gate["value"] == exams[-1]["mean"]
    done = log[-1]
    assert (done["kind"], done["reason"], done["step"]) == ("done", "completed", 4)
    values = {"first-final": exams[1]["mean"], "second-final": exams[-1]["mean"]}
    assert done["best"]["artifact"] == max(values, key=lambda name: values[name])
    assert done["best"]["value"] == max(values.values())
    assert "The best checkpoint so far is" in done["message"]


def test_a_gate_that_fails_ends_the_program(tmp_path: Path, base: Path) -> None:
    folder = tmp_path / "job"
    spec = make_program(folder, base, best={"metric": "mean", "set": "held-out"})
    spec["stages"][0]["gate"] = {"metric": "mean", "set": "held-out", "atLeast": 1000}
    log = run(folder, spec)
    assert [event["id"] for event in of_kind(log, "stage")] == ["first", "first"]
    done = log[-1]
    assert (done["reason"], done["best"]["artifact"]) == ("gate", "first-final")
    assert "below 1000.000: the stages after it were not begun" in done["message"]


def test_a_rule_that_ends_the_last_stage_ends_the_program(tmp_path: Path, base: Path) -> None:
    folder = tmp_path / "job"
    spec = make_program(folder, base)
    spec["stages"][1]["stopWhen"] = [{"metric": "policy/lr", "below": 1, "forSteps": 1}]
    done = run(folder, spec)[-1]
    assert (done["reason"], done["step"]) == ("stop-rule", 3)
    assert "policy/lr was below 1" in done["message"]


def test_a_stage_that_fails_is_named(tmp_path: Path, base: Path) -> None:
    folder = tmp_path / "job"
    server = [sys.executable, str(jobs.FAKE_SERVER), "infinite", "2"]  # its first request is the exam
    spec = make_program(folder, base)
    spec["stages"][1]["rewardServer"] = {**spec["rewardServer"], "command": server}
    log = run(folder, spec, code=1)
    failure = log[-1]
    assert (failure["kind"], failure["class"]) == ("failure", "reward")
    assert failure["message"].startswith("Stage second: The reward of row")
    assert [e["state"] for e in of_kind(log, "stage")] == ["begun", "done", "begun", "failed"]
    assert (folder / "artifacts/first-final/manifest.json").is_file()


def test_a_stage_that_cannot_begin_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def too_little(*_: Any) -> None:
        raise Failure("spec", "No rollout was right.")

    monkeypatch.setattr(Program, "ready", too_little)
    program = Program.__new__(Program)
    log = SimpleNamespace(write=lambda _, **said: told.append(said["state"]))
    program.run = SimpleNamespace(place=tmp_path, log=log)  # type: ignore[assignment]
    stage = SimpleNamespace(frame=Frame("guarded", "sft"), plan=SimpleNamespace(steps=2))
    with pytest.raises(Failure, match=r"No rollout was right\."):
        program.carry_out_stage(0, stage, 0)  # type: ignore[arg-type]
    assert told == ["begun", "failed"]


Play = Callable[[Run], Ending]
MEAN = Measure("mean", "held-out")


def play(
    folder: Path,
    *stages: tuple[Frame, Play],
    best: Measure | None = MEAN,
    base: str = "base",
    prepare: Any = None,
    stopper: Stopper | None = None,
) -> tuple[Ending, list[dict[str, Any]]]:
    """How a program ends whose stages do only this, two steps each at most, and what is told of it."""
    told: list[dict[str, Any]] = []
    log = SimpleNamespace(
        write=lambda kind, **said: told.append({"kind": kind, **said}),
        warn=lambda code, message: told.append({"kind": "warning", "code": code, "message": message}),
        history=None,
    )

    def stage_spec(i: int, under: dict[str, Any], *_: Any) -> Any:
        check = lambda *_: None  # noqa: E731
        return SimpleNamespace(
            kind=stages[i][0].kind,
            base=read_object(Base, under, "base"),
            check_chain=check,
            check_files=check,
        )

    def prepared(frame: Frame, does: Play) -> Any:
        module = SimpleNamespace(carry_out=lambda part, *_: does(part), prepare=prepare)
        return SimpleNamespace(frame=frame, plan=SimpleNamespace(steps=2), module=module, inputs=None)

    run: Any = SimpleNamespace(
        folder=folder, place=folder, log=log, progress=Progress(), stopper=stopper or Stopper(folder)
    )
    spec: Any = SimpleNamespace(best=best, base=Base("base", base, "a" * 64), stage_spec=stage_spec)
    return Program(run, spec, [prepared(*stage) for stage in stages]).to_the_end(), told


def does(
    *exams: tuple[str, float],
    leaves: tuple[str, int] | None = None,
    reason: str = "completed",
    step: int = 2,
    first: Callable[[Run], None] = lambda _: None,
) -> Play:
    """Tells of these exams on held-out questions, and leaves an adapter of such a step."""

    def carry_out(part: Run) -> Ending:
        first(part)
        for of, mean in exams:
            part.log.write("eval", step=0, set="held-out", of=of, mean=mean)
        if leaves is None:
            return Ending(reason, step, None, "As it is.")
        place = part.folder / "artifacts" / leaves[0]
        place.mkdir(parents=True, exist_ok=True)
        (place / "manifest.json").write_text(json.dumps({"kind": "lora-adapter", "step": leaves[1]}))
        return Ending(reason, step, leaves[0])

    return carry_out


def signalled(part: Run) -> None:
    part.stopper._on_signal(signal.SIGTERM, None)


AT_LEAST_2 = Gate("mean", "held-out", at_least=2)


@pytest.mark.parametrize(
    ("what", "artifact", "value", "says"),
    [
        # The exam of its own adapter was cut.
        (does(("base", 3.0), ("step-1", 3.0), leaves=("a-final", 2)), None, None, "nothing that taught"),
        # A rule went back to an earlier one, which was examined before the newest.
        (does(("base", 1.0), ("step-1", 3.0), ("step-2", 0.0), leaves=("a-final", 1)), "a-final", 3.0, ""),
        # No adapter went out: what is left is the base.
        (does(("base", 1.0), ("step-2", 3.0), reason="stop-rule"), None, 1.0, "is 1.000"),
        # Nor here, where it had gone on from an adapter, which is no model of the program's.
        (does(("start", 3.0), ("step-2", 3.0), reason="stop-rule"), None, None, "nothing that taught"),
    ],
    ids=["exam-cut", "went-back", "rejected", "rejected-start"],
)
def test_only_an_exam_of_what_a_stage_leaves_counts(
    tmp_path: Path, what: Play, artifact: str | None, value: float | None, says: str
) -> None:
    """For its gate and for the best: neither may be about what nobody can have."""
    ending, told = play(tmp_path, (Frame("taught", "sft", gate=AT_LEAST_2), what))
    [gate] = of_kind(told, "gate")
    assert (gate["value"], gate["passed"]) == (value, not says)
    assert says in ending.message
    assert (ending.best and (ending.best["artifact"], ending.best["value"])) == (value and (artifact, value))


def test_an_exam_of_earlier_checkpoints_is_not_the_last_ones(tmp_path: Path) -> None:
    """A stage that examines each, and is cut by its share before the last."""
    exam = Frame("exam", "evaluate", from_="first", gate=AT_LEAST_2)
    first = (Frame("first", "sft"), does(leaves=("first-final", 2)))
    ending, _ = play(tmp_path, first, (exam, does(("base", 3.0), reason="deadline", step=1)))
    assert (ending.reason, ending.best) == ("gate", None)


def test_a_signal_in_a_stages_last_step_comes_before_its_gate(tmp_path: Path) -> None:
    """It has cut the exam that the gate is about."""
    taught = does(("base", 1.0), leaves=("a-final", 2), first=signalled)
    ending, told = play(tmp_path, (Frame("taught", "sft", gate=AT_LEAST_2), taught))
    assert (ending.reason, ending.step, of_kind(told, "gate")) == ("stopped", 2, [])


def test_the_best_may_be_of_the_stage_under_way(tmp_path: Path) -> None:
    first = (Frame("first", "sft"), does(("base", 1.0), ("step-2", 2.0), leaves=("first-final", 2)))
    cut = does(("step-1", 3.0), leaves=("cut-final", 1), reason="stopped", step=1, first=signalled)
    ending, _ = play(tmp_path, first, (Frame("cut", "sft", from_="first"), cut))
    assert (ending.reason, ending.step, ending.artifact) == ("stopped", 3, "cut-final")


def test_a_stage_that_keeps_nothing_ends_only_what_needs_it(tmp_path: Path) -> None:
    def none_kept(_: Run) -> Ending:
        raise Failure("nothing-kept", "Nothing is left to train on: 0 of 4.")

    sample = (Frame("sample", "rejection"), none_kept)
    other = (Frame("other", "sft"), does(("step-2", 1.0), leaves=("other-final", 2)))
    ending, told = play(tmp_path, sample, other, (Frame("learn", "sft", data_from="sample"), does()))
    states = [(event["id"], event["state"]) for event in of_kind(told, "stage")]
    assert states == [("sample", "begun"), ("sample", "done"), ("other", "begun"), ("other", "done")]
    assert (ending.reason, ending.artifact) == ("nothing-left", "other-final")
    assert "What learn needs of sample (nothing-left) is not there" in ending.message
    assert "0 of 4" in ending.message


@pytest.mark.parametrize("whole", [True, False], ids=["deadline", "share"])
def test_a_stage_that_was_cut_before_it_kept_anything_ends_by_the_clock(
    tmp_path: Path, base: Path, whole: bool
) -> None:
    """And does not ask for a lower bar. Where the program's time is over too, the stage goes on when that is resumed."""
    stopper = Stopper(tmp_path)
    stopper.deadline_s = 1000
    row = TrainingRow("r", {"id": "r"}, "p")
    low = Answer(row, 0, Completion("1", 2), Score(0.0, {}, "wrong", None, {}, None))
    spec: Any = SimpleNamespace(
        base=SimpleNamespace(path=str(base)),
        rollout=SimpleNamespace(max_completion_tokens=8),
        samples_per_prompt=2,
        keep=Keep(1, min_total=1.0),
    )

    def cut(part: Run) -> Ending:
        for each in (part.stopper, stopper) if whole else (part.stopper,):
            each._began -= 1000
        asking: Any = SimpleNamespace(cut=part.stopper.now(), step=1)
        return publish(part, spec, [row, row, row], asking, [low, low])

    ending, told = play(tmp_path, (Frame("sample", "rejection"), cut), stopper=stopper)
    stage = of_kind(told, "stage")[-1]
    assert (stage["state"], stage["reason"], ending.reason) == ("done", "deadline", "deadline")
    assert stage["message"].endswith("It was cut after 1 of 3 prompts (deadline): more time may help.")
    assert (tmp_path / "stages/sample/result.json").exists() != whole


@pytest.mark.parametrize(("verdict", "reason"), [("correct", "completed"), ("wrong", "nothing-left")])
def test_what_grpo_did_well_is_repeated_without_its_adapter(
    tmp_path: Path, base: Path, verdict: str, reason: str
) -> None:
    """A rule let none out; the rollouts are there, and need only be right."""

    def roll_out(part: Run) -> None:
        line = {"rowId": "a", "prompt": "p", "completion": "1", "verdict": verdict, "strict": True}
        (part.place / "rollouts").mkdir()
        path = part.place / "rollouts" / "rollouts.jsonl"
        path.write_text(json.dumps({**line, "truncated": False}) + "\n")

    rolled = (Frame("rolled", "grpo"), does(reason="stop-rule", first=roll_out))
    learn = Frame("learn", "sft", replay_from=Replay("rolled", 0.5))
    ending, _ = play(
        tmp_path,
        rolled,
        (learn, does(leaves=("learn-final", 2))),
        base=str(base),
        prepare=lambda *_, **__: None,
    )
    assert ending.reason == reason


def test_the_best_checkpoint_is_what_was_examined() -> None:
    """A merged model or the base, where the stage that has examined it has made no adapter, or only answers. An adapter that the
    base came with is none of the program's, even if it has the name of one."""
    measure = Measure("mean", "held-out")
    given = {"name": "grpo-final", "path": "/lab/adapter-1"}
    made = {"name": "grpo-final", "path": "artifacts/grpo-final"}
    for path, adapters, artifact, name in (
        ("artifacts/merge-merged", [], None, "merge-merged"),
        ("artifacts/merge-merged", [], "exam-evaluation", "merge-merged"),
        ("/bases/tiny", [], "exam-evaluation", None),
        ("/bases/tiny", [given], "exam-evaluation", None),
        ("/bases/tiny", [given, made], "exam-evaluation", "grpo-final"),
    ):
        base = {"path": path, "adapters": adapters}
        exam = Result("completed", 1, artifact, "", base, {"held-out": {"mean": 1.0}})
        gates = Gates(None, SimpleNamespace(best=measure), [Frame("exam", "evaluate")], {"exam": exam})  # type: ignore[arg-type]
        best = gates.best()
        assert best and best["artifact"] == name


def test_a_killed_program_goes_on_at_the_stage_that_was_cut(
    tmp_path: Path, base: Path, completed: Path
) -> None:
    folder = tmp_path / "job"
    spec = make_program(folder, base)
    spec["limits"]["checkpointEveryMs"] = 1
    kill_when(folder, spec, lambda: (folder / "stages/first/result.json").is_file())
    log = run(folder, spec)
    begun = [event["id"] for event in of_kind(log, "stage") if event["state"] == "begun"]
    assert begun.count("first") == 1 and begun[-1] == "second"
    assert (log[-1]["reason"], log[-1]["step"]) == ("completed", 4)
    # The same numbers as the one that was never cut: what is in the artifact does not depend on the kill.
    weights = "artifacts/second-final/adapter_model.safetensors"
    assert (folder / weights).read_bytes() == (completed / weights).read_bytes()


def test_a_gate_compares_with_the_base_also_after_a_kill(tmp_path: Path, base: Path) -> None:
    """The base was examined by the process that was killed; the exam at the end is not about it."""
    folder = tmp_path / "job"
    spec = make_program(folder, base)
    spec["limits"]["checkpointEveryMs"] = 1
    # The reward server holds the third step (its first request is the exam), so that the kill comes in time.
    spec["rewardServer"]["command"] += ["slow", "4"]
    first = spec["stages"][0]
    first["training"] = {**first["training"], "steps": 4}
    first["gate"] = {"metric": "mean", "set": "held-out", "noWorseThan": "base", "margin": 10}
    spec["stages"] = [first]
    checkpoints = folder / "stages/first/checkpoints/actor"
    kill_when(folder, spec, lambda: any(path.name.isdigit() for path in checkpoints.glob("*")))
    log = run(folder, spec)
    of_base, *_, last = of_kind(log, "eval")
    assert (of_base["of"], last["of"]) == ("base", "step-4")
    assert sum(exam["of"] == "base" for exam in of_kind(log, "eval")) == 1, "it was killed too late"
    [gate] = of_kind(log, "gate")
    assert (gate["bound"], gate["value"]) == (of_base["mean"], last["mean"])
    assert gate["bound"] != gate["value"]


def test_a_signal_ends_the_program_in_order(tmp_path: Path, base: Path) -> None:
    folder = tmp_path / "job"
    spec = make_program(folder, base)
    spec["stages"][0]["training"]["steps"] = 100_000
    jobs.write_spec(folder, spec)
    process = subprocess.Popen(
        [sys.executable, "-m", "forethought_trainer", "program", "--job", str(folder)],
        env=jobs.environment(),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not (folder / "events.jsonl").exists() or not any(
            event["step"] for event in of_kind(events_so_far(folder), "metrics")
        ):
            assert process.poll() is None
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGTERM)
        _, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    log = jobs.events(folder)
    assert log[-1]["reason"] == "stopped"
    assert {event["id"] for event in of_kind(log, "stage")} == {"first"}
    assert (folder / "artifacts/first-final/manifest.json").is_file()


def events_so_far(folder: Path) -> list[dict[str, Any]]:
    whole = (folder / "events.jsonl").read_bytes().rpartition(b"\n")[0]
    return [jobs.decode(line) for line in whole.splitlines(keepends=True) if line] if whole else []


def test_a_stage_repeats_what_an_earlier_one_did_well(tmp_path: Path, base: Path) -> None:
    """replayFrom: the right and strict rollouts of GRPO are rows of the supervised stage, beside its own."""
    folder = tmp_path / "job"
    spec = make_program(folder, base)
    first, second = spec["stages"]
    lines = [json.loads(line) for line in (folder / "held-out.jsonl").read_text().splitlines()]
    own = "".join(json.dumps({**line, "completion": "1 and 2"}) + "\n" for line in lines)
    (folder / "traces.jsonl").write_text(own)
    sha256 = file_sha256(folder / "traces.jsonl")
    training = {
        **{key: first["training"][key] for key in ("learningRate", "warmupFraction", "schedule", "gradClip")},
        "steps": 1,
        "batchSize": 2,
        "maxTokens": 80,
    }
    del first["heldOut"]
    first["training"]["steps"] = 24  # few of the random base's completions end by themselves
    spec["stages"][1] = {
        "id": "second",
        "kind": "sft",
        "from": "first",
        "lora": second["lora"],
        "training": training,
        "data": {"snapshot": sha256, "path": "traces.jsonl", "sha256": sha256, "count": 3},
        "replayFrom": {"stage": "first", "share": 0.5},
    }
    run(folder, spec)
    rows = [json.loads(line) for line in (folder / "stages/second/replay.jsonl").read_text().splitlines()]
    rollouts = [
        json.loads(x) for x in (folder / "stages/first/rollouts/rollouts.jsonl").read_text().splitlines()
    ]
    right = [r for r in rollouts if r["verdict"] == "correct" and r["strict"] and not r["truncated"]]
    assert {row["row"]["id"] for row in rows} == {r["rowId"] for r in right}
    assert {row["completion"] for row in rows} <= {r["completion"] for r in right}
    assert rows


# --- without JAX ------------------------------------------------------------------------------------------------


def test_time_that_a_stage_does_not_need_is_the_next_ones(tmp_path: Path, base: Path) -> None:
    folder = tmp_path / "job"
    spec = make_program(folder, base)
    spec["stages"][0]["share"] = 0.75
    jobs.write_spec(folder, spec)
    read = read_spec(folder)
    stopper = Stopper(folder)
    run: Any = SimpleNamespace(stopper=stopper, place=folder, log=None)
    program = Program(run, read, prepare(read, folder))
    assert program.seconds_for(0) is None
    stopper.deadline_s = 1000
    assert program.seconds_for(0) == pytest.approx(750, abs=1)
    assert program.seconds_for(1) == pytest.approx(1000, abs=1)


def test_exams_are_kept_by_what_was_examined(tmp_path: Path) -> None:
    """Also those that an earlier process heard."""
    told: list[dict[str, Any]] = []
    whole: Any = SimpleNamespace(write=lambda kind, **event: told.append(event), history=None)
    log = StageLog(whole, "grpo", 10, tmp_path)
    log.write("eval", step=0, set="held-out", of="base", mean=1.0)
    log.write("eval", step=5, set="held-out", of="step-5", mean=2.0)
    again = StageLog(whole, "grpo", 10, tmp_path)
    again.write("eval", step=9, set="held-out", of="step-9", mean=3.0)
    again.write("eval", step=9, set="other", of="step-9", mean=4.0)
    for of, means in (("base", [1.0]), ("step-9", [3.0, 4.0]), ("step-10", [])):
        assert [exam["mean"] for exam in again.exams_of(of).values()] == means
    assert [event["step"] for event in told] == [10, 15, 19, 19]


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    result = Result("completed", 3, "a-final", "", {"path": "x"}, {"held-out": {"mean": 1.5}})
    result.write(tmp_path / "result.json")
    assert Result.read(tmp_path / "result.json") == result
    assert Result.read(tmp_path / "none.json") is None


BAD = [
    ("stages", [], "stages must hold"),
    ("stages.0.kind", "ppo", "stages[0].kind must be one of grpo"),
    ("stages.0.kind", "program", "stages[0].kind must be one of grpo"),
    ("stages.0.id", "First", "stages[0].id must be lowercase"),
    ("stages.0.id", "base", "stages[0].id is base"),
    ("stages.1.id", "first", "stages[1].id is first"),
    ("stages.0.from", "second", "stages[0].from names second"),
    ("stages.1.share", 0, "stages[1].share must be"),
    ("stages.1.share", 1.5, "stages[1].share must be"),
    ("stages.1.surprise", 1, "stages[1].surprise is not known"),
    ("stages.1.lora.rank", 0, "stages[1].lora.rank must be"),
    ("stages.1.training.promptsPerStep", 99, "stages[1].training.promptsPerStep is 99"),
    ("stages.1.data.count", 5, "stages[1].data.count is 5"),
    ("stages.1.data.path", "none.jsonl", "stages[1].data.path names"),
    ("stages.1.rollout.maxPromptTokens", 9, "stages[1].rollout.maxPromptTokens is 9"),
    ("stages.1.dataFrom", "first", "stages[1].dataFrom names first"),
    ("stages.1.replayFrom", {"stage": "first", "share": 0.5}, "stages[1].replayFrom names first"),
    ("stages.1.replayFrom", {"stage": "first", "share": 1}, "stages[1].replayFrom.share must be"),
    ("stages.1.replayFrom", {"stage": "", "share": 0.5}, "stages[1].replayFrom.stage must not be empty"),
    ("stages.1.gate", {"metric": "mean", "set": "x"}, "stages[1].gate must have one"),
    ("stages.1.gate", {"metric": "mood", "set": "x", "atLeast": 1}, "stages[1].gate.metric must be"),
    (
        "stages.1.gate",
        {"metric": "mean", "set": "x", "noWorseThan": "third"},
        "stages[1].gate.noWorseThan names",
    ),
    (
        "stages.1.gate",
        {"metric": "mean", "set": "x", "atLeast": 1, "margin": -1},
        "stages[1].gate.margin must",
    ),
    ("stages.1.gate", {"metric": "mean", "set": "", "atLeast": 1}, "stages[1].gate.set must not be empty"),
    ("stages.1.gate", {"metric": "mean", "set": "x", "atLeast": "1"}, "stages[1].gate.atLeast must be"),
    ("best", {"metric": "mean"}, "best.set is missing"),
    ("best", {"metric": "mood", "set": "held-out"}, "best.metric must be"),
    ("rewardServer", None, "stages[0].rewardServer is missing"),
]


@pytest.mark.parametrize(("path", "value", "says"), BAD, ids=[f"{p}={str(v)[:20]}" for p, v, _ in BAD])
def test_each_bad_field_is_named(tmp_path: Path, base: Path, path: str, value: Any, says: str) -> None:
    said = str(supervised.refuse(tmp_path, spoiled(tmp_path, base, path, value)))
    assert said.startswith(says), said


def spoiled(folder: Path, base: Path, path: str, value: Any) -> dict[str, Any]:
    """A program with a wrong value at the dotted path."""
    spec = json.loads(json.dumps(make_program(folder, base)))
    *parents, last = path.split(".")
    node: Any = spec
    for name in parents:
        node = node[int(name)] if name.isdigit() else node[name]
    node[last] = value
    return spec


# What a program says for its stages is a wrong field of the first of them, unless it is wrong by itself.
SHARED = [
    *supervised.OF_EVERY_KIND,
    *((path, value) for path, value in supervised.BAD if re.match(r"reward(Suite|Server)\.", path)),
]


def test_each_bad_field_that_the_stages_share_is_named(folder: Path, base: Path) -> None:
    for path, value in SHARED:
        spec = make_program(folder, base)
        supervised.spoil(spec, path, value)
        said = str(supervised.refuse(folder, spec))
        assert said.removeprefix("stages[0].").startswith(path), said


def test_every_field_has_a_bad_case() -> None:
    told = {says.split()[0] for *_, says in BAD}
    assert supervised.untested(ProgramSpec, told | {path for path, _ in SHARED}) == []
    assert supervised.untested(Frame, {re.sub(r"^stages\[\d\]\.", "", field) for field in told}) == []


def test_exit_code_2_without_jax(tmp_path: Path, base: Path) -> None:
    """All of the cases: some show in the fields, some in the files, some in the rows of a late stage."""
    folders = [tmp_path / str(i) for i in range(len(BAD))]
    for folder, (path, value, _) in zip(folders, BAD, strict=True):
        jobs.write_spec(folder, spoiled(folder, base, path, value))
    ended = supervised.without_jax("program", folders)
    for folder, (*_, says), (code, said) in zip(folders, BAD, ended, strict=True):
        assert (code, says in said) == (2, True), said
        assert [failure["class"] for failure in jobs.events(folder, "failure")] == ["spec"]


def gated(
    folder: Path, gate: Gate, **evals: dict[str, dict[str, float]]
) -> tuple[str | None, dict[str, Any]]:
    """What is said of the gate after the stage `exam`, and the event; the last exams of each stage are these."""
    told: list[dict[str, Any]] = []
    log = SimpleNamespace(write=lambda kind, **event: told.append({"kind": kind, **event}))
    frames = [Frame(name, "evaluate", gate=gate) for name in evals]
    results = {name: Result("deadline", 1, None, "", {}, exams) for name, exams in evals.items()}
    gates = Gates(log, SimpleNamespace(stages=[{}] * len(frames)), frames, results)  # type: ignore[arg-type]
    missed = gates.missed(frames[-1])
    [event] = told
    return missed, event


@pytest.mark.parametrize(
    ("bound", "says"),
    [
        ({"at_least": 0.5}, "nothing that exam leaves was examined on held-out"),
        ({"no_worse_than": "first"}, "nothing that exam leaves was examined on held-out"),
    ],
)
def test_a_stage_that_was_cut_before_its_exam_misses_its_gate(
    folder: Path, bound: dict[str, Any], says: str
) -> None:
    """By its share of the time: what was made before it is still named and kept."""
    gate = Gate("correct", "held-out", **bound)
    missed, event = gated(folder, gate, first={"held-out": {"correct": 0.7}}, exam={})
    assert missed == f"After stage exam, {says}: the stages after it were not begun."
    assert (event["kind"], event["value"], event["passed"]) == ("gate", None, False)


@pytest.mark.parametrize(
    ("than", "says"),
    [
        ("first", "nothing that first leaves was examined on held-out"),
        ("base", "the base was not examined on held-out in time"),
    ],
)
def test_a_gate_misses_what_it_compares_with(folder: Path, than: str, says: str) -> None:
    gate = Gate("correct", "held-out", no_worse_than=than)
    missed, event = gated(folder, gate, first={}, exam={"held-out": {"correct": 0.7}})
    assert missed == f"After stage exam, {says}: the stages after it were not begun."
    assert (event["value"], event["bound"], event["passed"]) == (0.7, None, False)


def test_a_gate_lets_pass_what_is_below_by_its_margin(folder: Path) -> None:
    """0.8 - 0.1 is a little more than 0.7."""
    gate = Gate("correct", "held-out", no_worse_than="first", margin=0.1)
    for value, passed in ((0.7, True), (0.699, False)):
        missed, event = gated(
            folder, gate, first={"held-out": {"correct": 0.8}}, exam={"held-out": {"correct": value}}
        )
        assert (missed is None, event["passed"]) == (passed, passed)


def test_an_exam_stage_that_its_share_cuts_ends_the_program_at_its_gate(tmp_path: Path, base: Path) -> None:
    """In good order, with the best checkpoint named."""
    folder = tmp_path / "job"
    spec = make_program(folder, base, best={"metric": "mean", "set": "held-out"})
    first = spec["stages"][0]
    questions = {key: value for key, value in first["heldOut"].items() if key != "everySteps"}
    spec["limits"]["deadlineMs"] = 600_000
    spec["stages"][1] = {
        "id": "exam",
        "kind": "evaluate",
        "from": "first",
        "share": 1e-6,
        "sets": [questions],
        "generation": {"maxPromptTokens": 64, "maxCompletionTokens": 16, "batchSize": 4},
        "gate": {"metric": "mean", "set": "held-out", "atLeast": 0},
    }
    first["share"] = 0.5
    last = {**spec["stages"][1], "id": "last", "share": 0.4}
    del last["gate"]
    spec["stages"].append(last)
    log = run(folder, spec)
    assert {event["id"] for event in of_kind(log, "stage")} == {"first", "exam"}
    done = log[-1]
    assert (done["reason"], done["best"]["artifact"]) == ("gate", "first-final")
    assert "nothing that exam leaves was examined on held-out" in done["message"]


@pytest.mark.parametrize("reason", ["stop-rule", "deadline"])
@pytest.mark.parametrize(
    ("kind", "needs"),
    [
        ("sft", {"from_": "first"}),
        ("merge", {"from_": "first"}),
        ("rejection", {"data_from": "first"}),
        ("grpo", {"replay_from": Replay("first", 0.5)}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_stage_without_what_it_works_on_ends_the_program(
    tmp_path: Path, base: Path, kind: str, needs: dict[str, Any], reason: str
) -> None:
    """In good order, and after those that need nothing of it."""
    ending, told = play(
        tmp_path,
        (Frame("first", kind), does(reason=reason, step=0)),
        (Frame("other", "sft"), does(leaves=("other-final", 2))),
        (Frame("last", "sft", **needs), does()),
        base=str(base),
    )
    begun = [event["id"] for event in of_kind(told, "stage") if event["state"] == "begun"]
    assert (ending.reason, ending.step, begun) == ("nothing-left", 4, ["first", "other"])
    assert f"What last needs of first ({reason}) is not there: last and the stages" in ending.message
    assert "As it is." in ending.message
    assert (tmp_path / "stages/first/result.json").exists(), "what comes later would be told again"


def test_rows_that_are_too_few_for_a_batch_are_nothing_left(tmp_path: Path) -> None:
    def too_few(*_: Any, **__: Any) -> None:
        raise SpecError("training.batchSize", "is 4, which takes 4 different sequences a step.")

    def sampled(part: Run) -> None:
        traces = part.folder / "artifacts" / "sample-traces" / "traces.jsonl"
        traces.parent.mkdir(parents=True)
        traces.write_text("{}\n")

    sample = (Frame("sample", "rejection"), does(leaves=("sample-traces", 2), first=sampled))
    learn = (Frame("learn", "sft", data_from="sample"), does())
    ending, told = play(tmp_path, sample, learn, prepare=too_few)
    assert (ending.reason, len(of_kind(told, "stage"))) == ("nothing-left", 2)
    assert "were not begun. training.batchSize is 4" in ending.message


def test_what_would_refuse_the_stage_is_not_repeated(tmp_path: Path, base: Path) -> None:
    """A completion that was cut off, one with a mark of a turn, an empty one; an earlier one of the question is."""
    right = {"verdict": "correct", "strict": True, "truncated": False, "prompt": "p"}
    lines = [
        {**right, "rowId": "a", "completion": "1"},
        {**right, "rowId": "a", "completion": "1 and 2", "truncated": True},
        {**right, "rowId": "b", "completion": "2<end_of_turn>"},
        {**right, "rowId": "c", "completion": " "},
        {**right, "rowId": "d", "completion": "3", "strict": False},
    ]
    (tmp_path / "rollouts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    tokenizer = open_tokenizer(open_base(base))
    assert write_right_rollouts(tmp_path, tmp_path / "replay", lambda text: teaches(text, tokenizer)) == 1
    assert json.loads((tmp_path / "replay").read_text())["completion"] == "1"


def test_shares_are_not_more_than_all(tmp_path: Path, base: Path) -> None:
    folder = tmp_path / "job"
    spec = make_program(folder, base)
    spec["stages"][0]["share"] = spec["stages"][1]["share"] = 0.6
    jobs.write_spec(folder, spec)
    with pytest.raises(SpecError, match=r"stages have shares that sum to 1\.2"):
        read_spec(folder)
