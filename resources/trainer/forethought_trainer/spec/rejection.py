"""The spec of a job of kind rejection."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from forethought_trainer.checked import SpecError, number
from forethought_trainer.spec.blocks import Data, Header, RewardServer, RewardSuite, Rollout
from forethought_trainer.spec.files import check_data, check_model
from forethought_trainer.spec.rules import check_rewards, check_sources


@dataclass(frozen=True)
class Keep:
    """Which of a prompt's completions become traces: the best ones that may, by their total.

    minTotal:    what a completion must earn at least; null: anything.
    correctOnly: only those whose answer was checked and found right; so none for a row that nobody can check.
    """

    per_prompt: Annotated[int, number(low=1, high=64)]
    min_total: Annotated[float | None, number()] = None
    correct_only: bool = False


@dataclass(frozen=True, kw_only=True)
class RejectionSpec(Header):
    """Completions that a suite lets pass, as rows to train on (rejection sampling, Yuan et al. 2023, arXiv 2308.01825).

    batchSize: prompts of a step; so many completions are sampled at once, samplesPerPrompt times.
    """

    kind: Literal["rejection"]
    data: Data
    reward_suite: RewardSuite
    reward_server: RewardServer
    rollout: Rollout
    samples_per_prompt: Annotated[int, number(low=1, high=1024)]
    batch_size: Annotated[int, number(low=1, high=4096)]
    keep: Keep

    def check(self) -> None:
        """Rules between fields."""
        check_rewards(self.reward_suite, self.reward_server)
        check_sources(self.data, "data")
        if self.keep.per_prompt > self.samples_per_prompt:
            raise SpecError(
                "keep.perPrompt",
                f"is {self.keep.per_prompt}, but samplesPerPrompt is {self.samples_per_prompt}.",
            )

    def check_files(self, folder: Path) -> None:
        total = self.rollout.max_prompt_tokens + self.rollout.max_completion_tokens
        check_model(self, folder, total, "rollout.maxCompletionTokens", "and maxPromptTokens are")
        check_data(self.data, folder, "data")
