"""What a stage of a program leaves behind: its result, and what it tells, as part of the program's own log and progress."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from forethought_trainer.artifact import replace_text
from forethought_trainer.events import EventLog, Progress

RESULT = "result.json"
EVALS = "evals.json"


@dataclass
class Result:
    """How a stage ended, and what it measured of the checkpoint that it leaves: the last `eval` event of each set. Exams of
    others count for nothing. before: those of what it began with.

    base: the model after it, as a spec's base.
    """

    reason: str
    step: int
    artifact: str | None
    message: str
    base: dict[str, Any]
    evals: dict[str, dict[str, Any]] = field(default_factory=dict)
    before: dict[str, dict[str, Any]] = field(default_factory=dict)

    @staticmethod
    def read(path: Path) -> Result | None:
        return Result(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None

    def write(self, path: Path) -> None:
        """Whole or not at all: a restart believes it."""
        replace_text(path, json.dumps(asdict(self), ensure_ascii=False))


class StageLog:
    """The program's log for one stage: its steps count from the program's start, its exams are kept for the gates.

    They are kept in the stage's folder: what it began with is examined once, and not again after a restart.
    """

    def __init__(self, log: EventLog, stage: str, first_step: int, place: Path):
        self._log, self._first_step, self.stage = log, first_step, stage
        self.history = log.history
        self._path = place / EVALS
        # By what was examined, then by set.
        self._exams: dict[str, dict[str, dict[str, Any]]] = {}
        if self._path.is_file():
            self._exams = json.loads(self._path.read_text(encoding="utf-8"))

    def exams_of(self, checkpoint: str) -> dict[str, dict[str, Any]]:
        """The last exam on each set of what `eval` events name so."""
        return self._exams.get(checkpoint, {})

    def write(self, kind: str, **payload: Any) -> None:
        if "step" in payload:
            payload["step"] += self._first_step
        if kind == "eval":
            self.keep(payload)
        self._log.write(kind, **payload)

    def keep(self, exam: dict[str, Any]) -> None:
        self._exams.setdefault(exam["of"], {})[exam["set"]] = exam
        replace_text(self._path, json.dumps(self._exams))

    def phase(self, phase: str, message: str) -> None:
        self._log.phase(phase, f"{self.stage}: {message}")

    def warn(self, code: str, message: str, **more: Any) -> None:
        self._log.warn(code, f"{self.stage}: {message}", **more)


class StageProgress(Progress):
    """A stage's own count of steps, told to the program's."""

    def __init__(self, whole: Progress, first_step: int):
        self._whole, self._first_step = whole, first_step

    @property
    def step(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._whole.step - self._first_step

    @step.setter
    def step(self, value: int) -> None:
        self._whole.step = self._first_step + value
