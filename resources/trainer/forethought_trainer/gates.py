"""What the stages of a program have measured: whether the next one may begin, and which checkpoint is the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forethought_trainer.checked import ROUNDING
from forethought_trainer.events import EventLog
from forethought_trainer.failures import Failure
from forethought_trainer.spec import ProgramSpec
from forethought_trainer.spec.program import Frame, Gate, Measure
from forethought_trainer.stage_log import Result


class NotExamined(Exception):
    """What a gate compares was not measured: a stage was cut before its exam, or has let no adapter out."""


class Gates:
    """results: of the stages that have ended, by their id; the program adds to them."""

    def __init__(
        self, log: EventLog, spec: ProgramSpec, frames: Sequence[Frame], results: Mapping[str, Result]
    ):
        self.log, self.spec, self.frames, self.results = log, spec, frames, results

    def missed(self, frame: Frame) -> str | None:
        """A sentence about the gate after this stage when it does not hold."""
        gate = frame.gate
        if gate is None:
            return None
        value, bound = None, gate.at_least
        try:
            value = self.measured(frame.id, gate)
            if bound is None:
                bound = self.bound_of(gate)
            passed = value >= bound - gate.margin - ROUNDING
            than = f"the {bound:.3f} of {gate.no_worse_than}" if gate.no_worse_than else f"{bound:.3f}"
            said = f"{gate.metric} on {gate.set} is {value:.3f}, below {than}"
        except NotExamined as missing:
            passed, said = False, str(missing)
        self.log.write(
            "gate",
            stage=frame.id,
            metric=gate.metric,
            set=gate.set,
            value=value,
            bound=bound,
            margin=gate.margin,
            passed=passed,
        )
        if passed:
            return None
        return f"After stage {frame.id}, {said}: the stages after it were not begun."

    def bound_of(self, gate: Gate) -> float:
        assert gate.no_worse_than
        if gate.no_worse_than == "base":
            return self.of_base(gate)
        return self.measured(gate.no_worse_than, gate)

    def of_base(self, measure: Measure) -> float:
        """The base as a stage that begins with it has found it before its first step."""
        for frame in self.frames:
            result = self.results.get(frame.id)
            if result and frame.from_ == "base" and measure.set in result.before:
                return number(result.before[measure.set], measure, "base")
        raise NotExamined(f"the base was not examined on {measure.set} in time")

    def measured(self, stage: str, measure: Measure) -> float:
        evals = self.results[stage].evals
        if measure.set not in evals:
            raise NotExamined(f"nothing that {stage} leaves was examined on {measure.set}")
        return number(evals[measure.set], measure, stage)

    def best(self) -> dict[str, Any] | None:
        """By the program's measure: the highest, and of equals the earliest. Without one, the last stage's."""
        measure = self.spec.best
        made = [(frame.id, self.results[frame.id]) for frame in self.frames if frame.id in self.results]
        if measure is None:
            found = [(name, result.artifact) for name, result in made if result.artifact]
            return {"stage": found[-1][0], "artifact": found[-1][1]} if found else None
        scores = []
        for name, result in made:
            if measure.set in result.evals:
                value = result.evals[measure.set].get(measure.metric)
                if value is not None:
                    scores.append((float(value), name, self.checkpoint_of(name)))
        if not scores:
            return None
        value, stage, artifact = max(scores, key=lambda score: score[0])
        return {
            "stage": stage,
            "artifact": artifact,
            "metric": measure.metric,
            "set": measure.set,
            "value": value,
        }

    def checkpoint_of(self, stage: str) -> str | None:
        """The adapter or model of this job that a stage's exams were about; None for the base that the job was given, with the
        adapters in it: the name of one of those may be an artifact's of this job, too."""
        base = self.results[stage].base
        *_, last = [base, *base.get("adapters", [])]
        folder, _, name = last.get("path", "").rpartition("/")
        return name if folder == "artifacts" else None


def number(event: dict[str, Any], measure: Measure, stage: str) -> float:
    value = event.get(measure.metric)
    if value is None:
        raise Failure(
            "spec",
            f"{measure.metric} on {measure.set} cannot be measured after {stage}: nothing of the set can be checked.",
        )
    return float(value)
