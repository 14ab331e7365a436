"""The spec of a job of kind sft."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from forethought_trainer.checked import SpecError, number
from forethought_trainer.formats.architecture import GEMMA2
from forethought_trainer.formats.bases import open_base
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
from forethought_trainer.spec.guard import Guard
from forethought_trainer.spec.rules import (
    check_batches,
    check_held_out,
    check_lora,
    check_sources,
    check_stop_rules,
    rows_used,
)


@dataclass(frozen=True)
class SftTraining:
    """Supervised training on completions, and its optimizer, AdamW.

    batchSize:  sequences of a step: a row each, or with packing as many rows as fit into one.
    maxTokens:  the length of a sequence, with BOS, completion and its end; shorter ones are padded to it, so that
        nothing is compiled twice. A row that is longer is refused.
    packing:    rows lie behind each other in a sequence, each with its own positions, and see nothing of each other.
    microBatch: sequences at once where a step does not fit into memory; the loss is still the step's.
    """

    steps: Annotated[int, number(low=1, high=100_000)]
    batch_size: Annotated[int, number(low=1, high=4096)]
    learning_rate: Annotated[float, number(above=0, high=1)]
    warmup_fraction: Annotated[float, number(low=0, high=0.9)]
    schedule: Literal["cosine", "constant"]
    grad_clip: Annotated[float, number(above=0, high=1e6)]
    max_tokens: Annotated[int, number(low=8, high=131_072)]
    micro_batch: Annotated[int | None, number(low=1, high=1024)] = None
    packing: bool = False


@dataclass(frozen=True, kw_only=True)
class SftSpec(Header):
    """validation: rows with completions; the loss on them is told every so many steps.

    heldOut: questions that are answered and scored; like guard.retention it needs suite, server and generation.
    """

    kind: Literal["sft"]
    data: Data
    lora: Lora
    training: SftTraining
    validation: HeldOut | None = None
    held_out: HeldOut | None = None
    guard: Guard | None = None
    reward_suite: RewardSuite | None = None
    reward_server: RewardServer | None = None
    generation: Generation | None = None
    publish_every_steps: Annotated[int | None, number(low=1, high=100_000)] = None
    stop_when: list[StopRule] = field(default_factory=list)

    @property
    def replay_rows(self) -> int:
        """How many sequences of a batch are drawn from guard.replay."""
        replay = self.guard.replay if self.guard else None
        return round(replay.share * self.training.batch_size) if replay else 0

    def check(self) -> None:
        """Rules between fields."""
        t, replay = self.training, self.guard.replay if self.guard else None
        check_lora(self.lora)
        check_sources(self.data, "data")
        check_held_out(self.validation, "validation")
        check_exams(self)
        check_stop_rules(self.stop_when)
        check_batches(t.batch_size, t.micro_batch)
        if self.guard and self.guard.kl_weight and self.guard.kl_rows == "replay" and not self.replay_rows:
            raise SpecError("guard.klRows", "is replay, but no rows are replayed: guard.replay is missing.")
        if replay:
            check_sources(replay, "guard.replay")
            if replay.share > 0 and not 0 < self.replay_rows < t.batch_size:
                what = "none" if self.replay_rows == 0 else "all"
                raise SpecError(
                    "guard.replay.share",
                    f"is {replay.share:g}, which is {what} of a batch of {t.batch_size}.",
                )
        if not t.packing:
            for data, size in ((self.data, t.batch_size - self.replay_rows), (replay, self.replay_rows)):
                if data and rows_used(data) < size:
                    raise SpecError(
                        "training.batchSize",
                        f"is {t.batch_size}, which takes {size} different rows a step, but only {rows_used(data)} of "
                        f"{'guard.replay' if data is replay else 'data'} are used.",
                    )

    def check_files(self, folder: Path) -> None:
        t, exam_tokens = self.training, longest(self.generation)
        if exam_tokens > t.max_tokens:
            check_model(
                self, folder, exam_tokens, "generation.maxCompletionTokens", "and maxPromptTokens are"
            )
        else:
            check_model(self, folder, t.max_tokens, "training.maxTokens", "lets prompt and completion have")
        check_start(self.lora, self.base, folder)
        g = open_base(folder / self.base.path).geometry
        if t.packing and g.architecture == GEMMA2 and g.window < t.max_tokens:
            raise SpecError(
                "training.packing",
                f"is true with training.maxTokens {t.max_tokens}, but the base's sliding window is {g.window}: Tunix's "
                "Gemma 2 measures the window from the start of a sequence, so that a packed row would lose its own text.",
            )
        check_data(self.data, folder, "data")
        if self.validation:
            check_data(self.validation, folder, "validation")
        if self.guard and self.guard.replay:
            check_data(self.guard.replay, folder, "guard.replay")
        check_exam_files(self, folder)
