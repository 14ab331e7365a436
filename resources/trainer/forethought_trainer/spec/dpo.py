"""The spec of a job of kind dpo."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from forethought_trainer.checked import SpecError, number
from forethought_trainer.spec.adapters import check_start
from forethought_trainer.spec.blocks import (
    Data,
    Generation,
    Header,
    HeldOut,
    Lora,
    RewardServer,
    RewardSuite,
    StopRule,
)
from forethought_trainer.spec.exams import check_exam_files, check_exams, longest
from forethought_trainer.spec.files import check_data, check_model
from forethought_trainer.spec.guard import DpoGuard
from forethought_trainer.spec.rules import (
    check_batches,
    check_held_out,
    check_lora,
    check_sources,
    check_stop_rules,
    rows_used,
)


@dataclass(frozen=True)
class DpoTraining:
    """Preference pairs, and the optimizer, AdamW.

    algorithm:  dpo (Rafailov et al. 2023, arXiv 2305.18290): the chosen completion gains on the rejected one, both
        against the policy as it starts. orpo (Hong et al. 2024, arXiv 2403.07691): the likelihood of the
        chosen one, plus lambdaOrpo times the log odds ratio; no reference. Tunix 0.1.7 takes the odds of whole
        completions, where the paper takes those of the mean token.
    beta:       of dpo, how strongly the policy is held to the reference.
    labelSmoothing: how often a pair is believed to be the wrong way round.
    microBatch: pairs at once where a step does not fit into memory.
    Lengths in tokens: a prompt with its BOS, a completion with its end. Each is padded to its limit.
    """

    algorithm: Literal["dpo", "orpo"]
    steps: Annotated[int, number(low=1, high=100_000)]
    batch_size: Annotated[int, number(low=1, high=4096)]
    learning_rate: Annotated[float, number(above=0, high=1)]
    warmup_fraction: Annotated[float, number(low=0, high=0.9)]
    schedule: Literal["cosine", "constant"]
    grad_clip: Annotated[float, number(above=0, high=1e6)]
    beta: Annotated[float, number(above=0, high=100)]
    lambda_orpo: Annotated[float, number(above=0, high=100)]
    label_smoothing: Annotated[float, number(low=0, high=0.5)]
    max_prompt_tokens: Annotated[int, number(low=8, high=131_072)]
    max_completion_tokens: Annotated[int, number(low=8, high=131_072)]
    micro_batch: Annotated[int | None, number(low=1, high=1024)] = None


@dataclass(frozen=True, kw_only=True)
class DpoSpec(Header):
    """validation: pairs; the loss on them is told every so many steps.

    heldOut: questions that are answered and scored; like guard.retention it needs suite, server and generation.
    """

    kind: Literal["dpo"]
    data: Data
    lora: Lora
    training: DpoTraining
    validation: HeldOut | None = None
    held_out: HeldOut | None = None
    guard: DpoGuard | None = None
    reward_suite: RewardSuite | None = None
    reward_server: RewardServer | None = None
    generation: Generation | None = None
    publish_every_steps: Annotated[int | None, number(low=1, high=100_000)] = None
    stop_when: list[StopRule] = field(default_factory=list)

    def check(self) -> None:
        """Rules between fields."""
        t, rows = self.training, rows_used(self.data)
        check_lora(self.lora)
        check_sources(self.data, "data")
        check_held_out(self.validation, "validation")
        check_exams(self)
        check_stop_rules(self.stop_when)
        check_batches(t.batch_size, t.micro_batch)
        if rows < t.batch_size:
            raise SpecError(
                "training.batchSize",
                f"is {t.batch_size}, but only {rows} rows are used: a step needs different pairs.",
            )

    def check_files(self, folder: Path) -> None:
        t, exam_tokens = self.training, longest(self.generation)
        tokens = t.max_prompt_tokens + t.max_completion_tokens
        block = "generation" if exam_tokens > tokens else "training"
        check_model(
            self,
            folder,
            max(tokens, exam_tokens),
            f"{block}.maxCompletionTokens",
            "and maxPromptTokens are",
        )
        check_start(self.lora, self.base, folder)
        check_data(self.data, folder, "data")
        if self.validation:
            check_data(self.validation, folder, "validation")
        check_exam_files(self, folder)
