"""Rules that end a run: when each is complete, and which adapter was the last good one by it."""

from __future__ import annotations

import dataclasses
import itertools
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import supervised

import jobs
from forethought_trainer.checked import read_object
from forethought_trainer.events import EventLog, Progress
from forethought_trainer.exam import Grader
from forethought_trainer.grpo_run import GrpoRun
from forethought_trainer.metrics import text_metrics
from forethought_trainer.rollouts import RolloutFile
from forethought_trainer.rules import StopRules
from forethought_trainer.sft_run import SftRun
from forethought_trainer.spec import StopRule
from forethought_trainer.stopping import Stopper

SHARED = json.loads(Path(__file__).with_name("stop_rules.json").read_text())
HELD_OUT = {"metric": "heldout/reward_mean", "belowBest": 0.3, "forSteps": 2}


def rules_of(*rules: dict[str, Any]) -> StopRules[int]:
    """An adapter is here the step that it was made in."""
    return StopRules([read_object(StopRule, rule, "stopWhen[0]") for rule in rules])


def end_of(rules: StopRules[int], metric: str, values: dict[int, float]) -> int | None:
    """The step after which a rule ends the run."""
    for step in range(max(values) + 1):
        told = {metric: values[step]} if step in values else {}
        if rules.take(step, told, step - 1, step) >= 0:
            return step
    return None


# --- the same curves as the health rules of the core --------------------------------------------------------------


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["rule"])
def test_each_rule_ends_the_run_that_health_warns_of(case: dict[str, Any]) -> None:
    every = case.get("everySteps", 1)
    curve = itertools.chain(*([value] * steps for steps, value in case["curve"]))
    rules = rules_of(case["stopRule"])
    values = {every * i: value for i, value in enumerate(curve, start=1)}
    assert end_of(rules, case["stopRule"]["metric"], values) == case["endsAfter"]
    assert rules.watches[0].good == case["good"]


@pytest.mark.parametrize(
    "case", SHARED["collapses"], ids=lambda case: f"{case['promptsPerStep']}x{case['groupSize']}"
)
def test_one_text_for_everything_is_below_the_bound(case: dict[str, Any]) -> None:
    questions, size = case["promptsPerStep"], case["groupSize"]
    few = {"metric": "completion/distinct_frac", "below": case["below"], "forSteps": 5}
    same = {"metric": "completion/same_answer_frac", "above": 0.8, "forSteps": 5}
    rules, before = rules_of(few, same), list[tuple[str, str]]()
    completed = set[int]()
    for step in range(1, 8):
        asked = [f"{step}:{i // size}" for i in range(questions * size)]
        values = text_metrics(["The same."] * len(asked), asked, [], before)
        assert values["completion/distinct_frac"] == case["distinct"]
        before += zip(["The same."] * len(asked), asked, strict=True)
        rules.take(step, values)
        completed |= {i for i, watch in enumerate(rules.watches) if watch.broken >= 5}
    assert completed == {0, 1}


# --- one rule ---------------------------------------------------------------------------------------------------


def test_a_fall_is_from_the_best_since_before_the_first_step() -> None:
    values = {0: 2.5, 10: 2.0, 20: 2.4, 30: 2.0, 40: 2.1}
    rules = rules_of(HELD_OUT)
    assert end_of(rules, "heldout/reward_mean", values) == 40
    assert rules.watches[0].good == 0
    assert str(rules.watches[0]) == (
        "heldout/reward_mean was more than 0.3 below its best, 2.5, for 2 measurements; it is 2.1."
    )
    assert end_of(rules_of(HELD_OUT), "heldout/reward_mean", {10: -2, 20: -1, 30: -1.3, 40: -1.3}) is None


def test_a_fall_that_is_as_deep_as_allowed_is_allowed() -> None:
    """0.8 - 0.1 is a little more than 0.7."""
    rule = {"metric": "heldout/correct_frac", "belowBest": 0.1, "forSteps": 1}
    assert end_of(rules_of(rule), "heldout/correct_frac", {0: 0.8, 10: 0.7}) is None
    assert end_of(rules_of(rule), "heldout/correct_frac", {0: 0.8, 10: 0.699}) == 10


def test_a_metric_that_is_missing_says_nothing() -> None:
    rule = {"metric": "heldout/correct_frac", "below": 0.5, "forSteps": 2}
    assert end_of(rules_of(rule), "heldout/correct_frac", {1: 0.4, 7: 0.4}) == 7
    assert end_of(rules_of(rule), "heldout/correct_frac", {1: 0.4, 7: 0.6, 9: 0.4}) is None


def test_what_is_measured_while_a_step_is_made_is_of_the_adapter_before_it() -> None:
    rules = rules_of({"metric": "policy/kl", "above": 1, "forSteps": 1})
    assert end_of(rules, "policy/kl", {1: 0.1, 2: 0.2, 3: 2}) == 3
    assert rules.watches[0].good == 1
    rules = rules_of({"metric": "heldout/loss", "above": 1, "forSteps": 1})
    assert end_of(rules, "heldout/loss", {1: 0.1, 2: 0.2, 3: 2}) == 3
    assert rules.watches[0].good == 2


def test_no_adapter_is_better_for_the_memory_that_it_takes() -> None:
    rules = rules_of({"metric": "host/mem_bytes", "above": 10, "forSteps": 2})
    assert end_of(rules, "host/mem_bytes", {1: 5, 2: 11, 3: 12}) == 3
    assert rules.watches[0].good is None


def test_all_rules_count_and_the_first_that_is_complete_is_named() -> None:
    rules = rules_of(
        {"metric": "a", "above": 1, "forSteps": 3},
        {"metric": "b", "below": 1, "forSteps": 2},
        {"metric": "b", "below": 1, "forSteps": 1},
    )
    assert [rules.take(step, {"a": 2, "b": step}) for step in (0, 1, 2)] == [2, -1, 0]


# --- texts ------------------------------------------------------------------------------------------------------


def test_a_text_that_answers_another_question_too() -> None:
    def share(texts: list[str], questions: list[str], before: list[tuple[str, str]]) -> float | None:
        return text_metrics(texts, questions, [], before).get("completion/same_answer_frac")

    assert share(["A", "A", "B", "A"], ["p", "p", "q", "q"], []) == 0.75
    assert share(["A", "A", "A"], ["p", "p", "p"], []) is None  # nothing to compare with
    assert share(["A", "A", "B"], ["p", "p", "p"], [("A", "p")]) is None
    assert share(["A", "A", "B"], ["p", "p", "p"], [("A", "q")]) == 2 / 3
    assert share(["A", "C"], ["p", "p"], [("B", "q"), ("B", "r")]) == 0


@pytest.mark.parametrize("encoding", ["plain", "gzip"])
def test_texts_of_before_a_restart_are_compared_too(folder: Path, encoding: str) -> None:
    log, rollouts = EventLog(folder, jobs.JOB_ID), RolloutFile(folder, folder, encoding)
    for step in range(11, 18):
        lines = [{"rowId": f"{step}", "completion": f"Größer\u2028{step}"}]
        log.write("rollouts", step=step, **rollouts.append(lines))
    log.close()
    run: Any = SimpleNamespace(run=SimpleNamespace(folder=folder, first_step=10), done_before=6)
    before = GrpoRun.answered_before(run)
    assert list(before) == [[(f"Größer\u2028{step}", f"{step}")] for step in (13, 14, 15, 16)]
    run.done_before = 0
    assert list(GrpoRun.answered_before(run)) == []


# --- a run --------------------------------------------------------------------------------------------------------


def falling(folder: Path, base: Path, rule: dict[str, Any]) -> dict[str, Any]:
    """A run of six steps whose learning rate, a metric that is known beforehand, falls from step to step."""
    spec = supervised.make_spec(folder, base)
    spec["training"] |= {"steps": 6, "schedule": "cosine", "warmupFraction": 0, "learningRate": 1e-3}
    spec["stopWhen"] = [rule]
    return spec


@pytest.mark.parametrize(
    ("rule", "ended", "good"),
    [
        ({"metric": "policy/lr", "below": 8e-4, "forSteps": 2}, 4, 1),
        ({"metric": "policy/lr", "belowBest": 4e-4, "forSteps": 1}, 4, None),
        ({"metric": "policy/lr", "below": 2, "forSteps": 3}, 3, 3),
    ],
    ids=["a bound", "the best was the start's", "from the first step on"],
)
def test_a_run_ends_with_the_last_good_adapter(
    folder: Path, base: Path, rule: dict[str, Any], ended: int, good: int | None
) -> None:
    assert supervised.run(folder, falling(folder, base, rule)) == 0
    log = jobs.events(folder)
    assert (log[-1]["kind"], log[-1]["reason"], log[-1]["step"]) == ("done", "stop-rule", ended)
    assert log[-1]["message"].startswith("policy/lr was ")
    ready = [(e["name"], e["step"]) for e in log if e["kind"] == "artifact.ready"]
    assert ready == ([("final", good)] if good else [])


def examined(
    folder: Path,
    base: Path,
    monkeypatch: pytest.MonkeyPatch,
    right: dict[int, int],
    every: int = 1,
    kept: dict[int, int] | None = None,
) -> dict[str, Any]:
    """A run whose four held-out questions are answered right so often after each step, by a grader that knows; kept: the same of
    the eight that it is guarded by."""
    spec = supervised.make_spec(folder, base, guard=True)
    spec["guard"] = {"retention": spec["guard"]["retention"] | {"maxDrop": 0.2}} if kept else None
    del spec["validation"]
    spec["heldOut"] |= {"everySteps": every}
    spec["training"] |= {"steps": 6}
    spec["limits"]["checkpointEveryMs"] = 1
    score, examine, now = Grader.score, SftRun.examine, [Progress()]

    def at_step(run: SftRun) -> None:
        now[0] = run.run.progress
        examine(run)

    def fixed(grader: Grader, rows: Any, *rest: Any) -> Any:
        count = (kept if kept and len(rows) == 8 else right)[now[0].step]
        scores = enumerate(score(grader, rows, *rest))
        return [
            dataclasses.replace(s, verdict="correct" if i < count else "wrong", total=float(i < count))
            for i, s in scores
        ]

    monkeypatch.setattr(SftRun, "examine", at_step)
    monkeypatch.setattr(Grader, "score", fixed)
    return spec


def exams_of(log: list[dict[str, Any]]) -> list[tuple[int, float]]:
    return [(e["step"], round(e["mean"] * e["n"])) for e in log if e["kind"] == "eval"]


def test_a_fall_on_held_out_questions_ends_the_run_with_the_best_adapter(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = examined(folder, base, monkeypatch, {0: 2, 1: 4, 2: 3, 3: 1, 4: 1})
    spec["stopWhen"] = [HELD_OUT]
    assert supervised.run(folder, spec) == 0
    log = jobs.events(folder)
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 4)
    assert log[-1]["message"].endswith("The adapter after step 1 is published as the final one.")
    ready = next(e for e in log if e["kind"] == "artifact.ready")
    assert (ready["name"], ready["step"]) == ("final", 1)
    # The last word is about what goes out.
    assert exams_of(log) == [(0, 2), (1, 4), (2, 3), (3, 1), (4, 1), (1, 4)]


def test_the_adapter_that_goes_out_is_the_one_that_is_examined(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = examined(folder, base, monkeypatch, {0: 2, 1: 3}, every=1000)
    spec["training"] |= {"schedule": "cosine", "warmupFraction": 0, "learningRate": 1e-3}
    spec["stopWhen"] = [{"metric": "policy/lr", "below": 8e-4, "forSteps": 2}]
    assert supervised.run(folder, spec) == 0
    log = jobs.events(folder)
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 4)
    ready = next(e for e in log if e["kind"] == "artifact.ready")
    assert (ready["step"], ready["score"]["set"]) == (1, "held-out")
    assert exams_of(log) == [(0, 2), (1, 3)]


def test_a_loss_on_rows_set_aside_is_a_score_too(folder: Path, base: Path) -> None:
    """Where no questions are asked; the adapter that goes out was not measured when it was the newest."""
    spec = falling(folder, base, {"metric": "policy/lr", "below": 8e-4, "forSteps": 2})
    spec["validation"] = supervised.write_rows(folder / "validation.jsonl", "validation", 5, "completion")
    spec["validation"] |= {"everySteps": 1000, "set": "set aside"}
    assert supervised.run(folder, spec) == 0
    [ready] = jobs.events(folder, "artifact.ready")
    assert (ready["step"], ready["score"]["set"]) == (1, "set aside")
    assert ready["score"]["loss"] == supervised.values(folder)[1]["heldout/loss"]


def test_a_fall_after_the_last_step_counts(folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last exam comes when no step is left to be stopped; the adapter that goes out is still the best one."""
    spec = examined(folder, base, monkeypatch, {0: 2, 2: 4, 3: 1}, every=2)
    spec["training"] |= {"steps": 3}
    spec["stopWhen"] = [{**HELD_OUT, "forSteps": 1}]
    assert supervised.run(folder, spec) == 0
    log = jobs.events(folder)
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 3)
    assert [(e["name"], e["step"]) for e in log if e["kind"] == "artifact.ready"] == [("final", 2)]
    assert exams_of(log) == [(0, 2), (2, 4), (3, 1), (2, 4)]


def test_a_gate_on_what_is_guarded_counts_the_adapter_that_a_rule_goes_back_to(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those questions were not due after its step, the held-out ones were."""
    spec = examined(folder, base, monkeypatch, {0: 2, 1: 4, 2: 1, 3: 1}, kept={0: 4, 1: 5, 2: 4})
    own = ("data", "lora", "training", "generation", "heldOut", "guard")
    stage = {"id": "guarded", "kind": "sft", "stopWhen": [HELD_OUT], **{name: spec.pop(name) for name in own}}
    stage["gate"] = {"metric": "mean", "set": "retention", "noWorseThan": "base"}
    best = {"metric": "mean", "set": "retention"}
    assert supervised.run(folder, spec | {"kind": "program", "stages": [stage], "best": best}) == 0
    log = jobs.events(folder)
    [gate] = [e for e in log if e["kind"] == "gate"]
    assert (gate["value"], gate["bound"], gate["passed"]) == (5 / 8, 4 / 8, True)
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 3)
    assert (log[-1]["best"]["artifact"], log[-1]["best"]["value"]) == ("guarded-final", 5 / 8)
    # What was asked of it then is not asked again, but told as the last word.
    told = [(e["set"], e["step"]) for e in log if e["kind"] == "eval"]
    assert told[-3:] == [("held-out", 3), ("retention", 1), ("held-out", 1)]
    manifest = json.loads((folder / "artifacts/guarded-final/manifest.json").read_text())
    assert (manifest["step"], manifest["score"]["set"], manifest["score"]["correct"]) == (1, "held-out", 1)
    assert manifest["metrics"]["guard/retention_mean"] == 5 / 8


@pytest.mark.parametrize(
    ("second", "goes_out"), [(2, 2), (0, None)], ids=["the guard's", "the guard's is later"]
)
def test_what_a_rule_goes_back_to_must_not_have_forgotten(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch, second: int, goes_out: int | None
) -> None:
    """The third one, as only the exam says that was not due then: what the guard has kept before it goes out instead."""
    right = {0: 2, 1: 2, 2: second, 3: 4, 4: 1, 5: 1}
    spec = examined(folder, base, monkeypatch, right, kept={0: 8, 2: 8, 3: 1, 4: 8})
    spec["stopWhen"] = [HELD_OUT]
    assert supervised.run(folder, spec) == 0
    log = jobs.events(folder)
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 5)
    by_rule, forgot, instead = (
        "heldout/reward_mean was more than 0.3 below its best, 1, for 2 measurements; it is 0.25. "
        "The run was ended after step 5 as its rule says. ",
        "After step 3 retention is answered worse than at the start: ",
        "The adapter after step 2 is published as the final one."
        if goes_out
        else "No earlier adapter that was good is at hand, so none is published as the final one.",
    )
    message = log[-1]["message"]
    assert message.startswith(by_rule + forgot)
    assert message.endswith(f". {instead}")
    assert message.count("published") == 1
    # The log has it before the exams of the way back, which may be cut.
    assert next(e["message"] for e in log if e.get("phase") == "ending") == by_rule.strip()
    assert [e["message"] for e in log if e.get("code") == "stop-rule"] == [message]
    ready = [e["step"] for e in log if e["kind"] == "artifact.ready"]
    assert ready == ([goes_out] if goes_out else [])


def test_why_it_was_ended_is_told_where_the_way_back_fails(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not what goes out, which is another question then."""
    spec = examined(folder, base, monkeypatch, {0: 2, 1: 4, 2: 1, 3: 1})
    spec["stopWhen"] = [HELD_OUT]

    def fails(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(SftRun, "make_up", fails)
    assert supervised.run(folder, spec) == 1
    [told] = [e["message"] for e in jobs.events(folder) if e.get("code") == "stop-rule"]
    assert told.startswith("heldout/reward_mean was more than 0.3 below its best")
    assert told.endswith("The run was ended after step 3 as its rule says.")


@pytest.mark.parametrize(("left", "asked"), [(700.0, False), (1500.0, True)], ids=["too late", "in time"])
def test_near_the_deadline_what_a_rule_goes_back_to_is_not_asked_what_is_guarded(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch, left: float, asked: bool
) -> None:
    """As if those questions took ten minutes, and the last exam were over when so many seconds are left."""
    spec = examined(folder, base, monkeypatch, {0: 2, 2: 4, 3: 1}, every=2, kept={0: 8, 2: 8, 3: 8})
    spec["guard"]["retention"] |= {"everySteps": 4}
    spec["training"] |= {"steps": 3}
    spec["stopWhen"] = [{**HELD_OUT, "forSteps": 1}]
    needs, back = Stopper.needs, SftRun.go_back

    def slow(stopper: Stopper, what: str, seconds: float) -> None:
        needs(stopper, what, seconds + 600 * (what == "retention"))

    def late(run: SftRun, kept: Any) -> None:
        run.stopper.deadline_s = time.monotonic() - run.stopper._began + left
        back(run, kept)

    monkeypatch.setattr(Stopper, "needs", slow)
    monkeypatch.setattr(SftRun, "go_back", late)
    assert supervised.run(folder, spec) == 0
    log = jobs.events(folder)
    assert [e["step"] for e in log if e["kind"] == "artifact.ready"] == [2]
    assert [e["step"] for e in log if e.get("set") == "retention"] == [0, 3, *([2] if asked else [])]
    warned = [e["message"] for e in log if e.get("code") == "retention-skipped"]
    assert len(warned) == (not asked)
    assert all("the adapter after step 2 answers on retention was not asked" in said for said in warned)


# --- a restart ----------------------------------------------------------------------------------------------------


def cut(
    folder: Path, spec: dict[str, Any], method: str, before: int | str, stop_after: int | None = None
) -> None:
    """A run that dies when this method of it is called for this step, or this name; see supervised.run."""
    called = getattr(SftRun, method)

    def dies(run: SftRun, what: int | str, *rest: Any) -> Any:
        if what == before:
            raise RuntimeError("killed")
        return called(run, what, *rest)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SftRun, method, dies)
        assert supervised.run(folder, spec, stop_after) == 1


def resumed(folder: Path, spec: dict[str, Any]) -> list[dict[str, Any]]:
    """What is told from the restart on."""
    before = len(jobs.events(folder))
    assert supervised.run(folder, spec) == 0
    return jobs.events(folder)[before:]


def test_after_a_restart_the_rules_count_on(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died before its third step: the best of before is still the best, and its adapter goes out with its own score."""
    spec = examined(folder, base, monkeypatch, {0: 2, 1: 4, 2: 1, 3: 1, 4: 1})
    spec["stopWhen"] = [{**HELD_OUT, "forSteps": 3}]
    cut(folder, spec, "begin", 3)
    log = resumed(folder, spec)
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 4)
    assert "below its best, 1, for 3 measurements" in log[-1]["message"]
    [ready] = [e for e in log if e["kind"] == "artifact.ready"]
    assert (ready["step"], ready["score"]["correct"]) == (1, 1.0)
    metrics = json.loads((folder / "artifacts/final/manifest.json").read_text())["metrics"]
    told = supervised.values(folder)[1]
    assert {name: told[name] for name in metrics if name != "perf/eval_s"} == {
        name: value for name, value in metrics.items() if name != "perf/eval_s"
    }
    assert {"policy/loss", "heldout/reward_mean"} <= metrics.keys()
    assert exams_of(log)[-1] == (1, 4)


def test_a_rule_that_was_complete_before_a_kill_is_taken_up_again(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died before its adapter was published: no step is made again, and the same adapter goes out."""
    spec = examined(folder, base, monkeypatch, {0: 2, 1: 4, 2: 3, 3: 1, 4: 1})
    spec["stopWhen"] = [HELD_OUT]
    cut(folder, spec, "publish", "final")
    told = jobs.events(folder)
    log = resumed(folder, spec)
    assert not [e for e in log if "perf/step_s" in e.get("values", {})]
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 4)
    assert [e["message"] for e in told if e.get("code") == "stop-rule"] == [log[-1]["message"]]
    assert [(e["name"], e["step"]) for e in log if e["kind"] == "artifact.ready"] == [("final", 1)]


def test_an_adapter_that_was_good_before_a_bound_was_passed_outlives_a_restart(
    folder: Path, base: Path
) -> None:
    """policy/lr is below 8e-4 from the third step on, which was made with the adapter of the second."""
    spec = falling(folder, base, {"metric": "policy/lr", "below": 8e-4, "forSteps": 2})
    cut(folder, spec, "publish", "final", stop_after=3)
    log = resumed(folder, spec)
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 4)
    assert [(e["name"], e["step"]) for e in log if e["kind"] == "artifact.ready"] == [("final", 1)]


def test_a_rule_that_is_complete_by_what_was_due_at_the_cut_ends_the_run(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died between its third step, whose checkpoint is whole, and the exam after it."""
    spec = examined(folder, base, monkeypatch, {0: 2, 1: 4, 2: 1, 3: 1, 4: 1})
    spec["stopWhen"] = [HELD_OUT]
    measure = SftRun.measure

    def saved_first(run: SftRun, step: int = 0) -> None:
        until = time.monotonic() + 30
        while run.finished_checkpoints.latest() < step and time.monotonic() < until:
            time.sleep(0.01)
        if step == 3:
            raise RuntimeError("killed")
        measure(run, step)

    with monkeypatch.context() as patched:
        patched.setattr(SftRun, "measure", saved_first)
        assert supervised.run(folder, spec) == 1
    log = resumed(folder, spec)
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 3)
    assert [(e["name"], e["step"]) for e in log if e["kind"] == "artifact.ready"] == [("final", 1)]


def test_a_final_adapter_that_a_rule_rejects_later_is_withdrawn(
    folder: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was stopped after its second step and could not say so. What the rule ends with after the restart is gone."""
    spec = falling(folder, base, {"metric": "policy/lr", "below": 8e-4, "forSteps": 2})
    write = EventLog.write

    def full(log: EventLog, kind: str, /, **payload: Any) -> None:
        if kind == "done":
            raise OSError(28, "No space left on device")
        write(log, kind, **payload)

    with monkeypatch.context() as patched:
        patched.setattr(EventLog, "write", full)
        assert supervised.run(folder, spec, stop_after=2) == 1
    assert (folder / "artifacts/final").exists()
    log = resumed(folder, spec)
    assert "none is published as the final one" in log[-1]["message"]
    assert not list((folder / "artifacts").iterdir())


def test_an_adapter_that_is_not_whole_on_the_disk_is_not_at_hand(folder: Path, base: Path) -> None:
    """As a power loss leaves it; the run goes on without it."""
    spec = falling(folder, base, {"metric": "policy/lr", "below": 8e-4, "forSteps": 2})
    cut(folder, spec, "publish", "final", stop_after=3)
    assert sorted(path.name for path in (folder / "rules").iterdir()) == ["1.json", "1.npz"]
    (folder / "rules/1.npz").write_bytes(b"")
    (folder / "rules/2.npz").write_bytes(b"without a word of it")
    log = resumed(folder, spec)
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 4)
    assert "No earlier adapter that was good is at hand" in log[-1]["message"]
    assert not list((folder / "rules").iterdir())


def test_an_adapter_that_is_not_at_hand_is_not_replaced_by_a_bad_one(folder: Path, base: Path) -> None:
    """The first step after the restart is the first beyond the bound: what was good is gone, and nothing is final."""
    spec = falling(folder, base, {"metric": "policy/lr", "below": 8e-4, "forSteps": 2})
    cut(folder, spec, "publish", "final", stop_after=2)
    log = resumed(folder, spec)
    assert (log[-1]["reason"], log[-1]["step"]) == ("stop-rule", 4)
    assert "No earlier adapter that was good is at hand" in log[-1]["message"]
    assert not [e for e in log if e["kind"] == "artifact.ready"]
