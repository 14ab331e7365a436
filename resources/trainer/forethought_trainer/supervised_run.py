"""A run whose rows are known beforehand: what sft and dpo have in common beyond what all training has."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from forethought_trainer.data import TrainingRow
from forethought_trainer.exam import Exam, Grader
from forethought_trainer.generation import Generator
from forethought_trainer.job import Run
from forethought_trainer.kept import Kept
from forethought_trainer.retention import RetentionGuard
from forethought_trainer.reward_client import RewardServer
from forethought_trainer.spec import HeldOut
from forethought_trainer.training import TrainingRun
from forethought_trainer.tunix_peft import PeftSession
from forethought_trainer.validation import Validation


class SupervisedRun(TrainingRun):
    """A stage's own run sets `session`, calls `ready` and `measured`, and says what a step is made of."""

    session: PeftSession

    def __init__(self, run: Run, spec: Any, rows: Sequence[TrainingRow]):
        super().__init__(run, spec, rows)
        self.tokens = 0  # of the step, without padding
        self.validation: Validation | None = None
        self.retention: RetentionGuard | None = None

    def measured(
        self,
        server: RewardServer | None,
        held_out: list[TrainingRow],
        retention: list[TrainingRow],
        validation: Validation | None,
    ) -> None:
        """What is measured between steps. Exams share a generator, and a grader."""
        spec = self.spec
        self.validation = validation
        if validation:
            self.measures.append(validation)
        if server is None:
            return
        generator = Generator(self.policy, spec.generation)
        grader = Grader(server, spec.reward_suite, [e.completion for e in spec.prompt.examples])
        self.warn_of_window(spec.generation.max_prompt_tokens + spec.generation.max_completion_tokens)

        def exam(wanted: HeldOut, rows: list[TrainingRow]) -> Exam:
            return Exam(wanted.set, rows, generator, grader)

        if spec.held_out:
            self.exam = (spec.held_out, exam(spec.held_out, held_out))
        wanted = spec.guard.retention if spec.guard else None
        if wanted:
            self.retention = RetentionGuard(self, wanted, exam(wanted, retention), validation)
            self.retention.restore()
            self.measures.append(self.retention)

    def examine(self) -> None:
        """Where no questions are answered, the loss on rows set aside is what there is to say of an adapter."""
        if self.exam is None and self.validation:
            self.validation.take()
        super().examine()

    def make_up(self, kept: Kept) -> None:
        super().make_up(kept)
        if self.retention:
            self.retention.make_up(kept)

    def score(self) -> dict[str, Any] | None:
        if self.exam or not self.validation or self.validation.taken_at != self.run.progress.step:
            return super().score()
        return self.validation.score()

    def parts(self, step: int) -> list[Any]:
        """The micro-batches of a step; says in `batch` what they are made of, and how many `tokens` they have."""
        raise NotImplementedError

    def told(self, values: dict[str, float]) -> str:
        """Puts the values of an update among the step's metrics; returns it in short, for stdout."""
        raise NotImplementedError

    def train(self) -> None:
        while not self.over():
            self.begin(self.run.progress.step + 1)
            parts = self.parts(self.step)
            began = time.perf_counter()
            values = self.session.update(parts)
            seconds = time.perf_counter() - began
            self.check(values)
            self.updated(seconds, self.told(values))
        self.session.close()

    def updated(self, seconds: float, words: str) -> None:
        """perf/tokens_per_s: tokens of rows, prompts included and padding not, per second of the update."""
        self.values["perf/tokens_per_s"] = self.tokens / seconds
        super().updated(seconds, words)
