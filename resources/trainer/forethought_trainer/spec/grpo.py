"""The spec of a job of kind grpo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from forethought_trainer.checked import SpecError, number
from forethought_trainer.spec.blocks import Data, Header, Lora, RewardServer, RewardSuite, Rollout
from forethought_trainer.spec.files import check_base, check_context, check_data, check_env
from forethought_trainer.spec.rules import check_lora, check_rewards


@dataclass(frozen=True)
class GrpoTraining:
    """GRPO (Shao et al. 2024, arXiv 2402.03300) and its optimizer, AdamW.

    k3 is the estimator exp(d) - d - 1 of the KL to the base, never negative; k1 is the plain difference of
    log probabilities.
    """

    steps: Annotated[int, number(low=1, high=100_000)]
    prompts_per_step: Annotated[int, number(low=1, high=1024)]
    group_size: Annotated[int, number(low=2, high=64)]
    learning_rate: Annotated[float, number(above=0, high=1)]
    warmup_fraction: Annotated[float, number(low=0, high=0.9)]
    schedule: Literal["cosine", "constant"]
    grad_clip: Annotated[float, number(above=0, high=1e6)]
    beta: Annotated[float, number(low=0, high=100)]
    epsilon: Annotated[float, number(above=0, high=1)]
    kl_estimator: Literal["k1", "k3"]


@dataclass(frozen=True, kw_only=True)
class GrpoSpec(Header):
    kind: Literal["grpo"]
    data: Data
    reward_suite: RewardSuite
    reward_server: RewardServer
    lora: Lora
    training: GrpoTraining
    rollout: Rollout

    def check(self) -> None:
        """Rules between fields."""
        check_lora(self.lora)
        check_rewards(self.reward_suite, self.reward_server)
        if self.data.count < self.training.prompts_per_step:
            raise SpecError(
                "training.promptsPerStep",
                f"is {self.training.prompts_per_step}, but data.count is only {self.data.count}: "
                "a step needs different prompts.",
            )

    def check_files(self, folder: Path) -> None:
        check_base(self.base, folder)
        total = self.rollout.max_prompt_tokens + self.rollout.max_completion_tokens
        check_context(self.base, folder, total, "rollout.maxCompletionTokens", "and maxPromptTokens are")
        check_data(self.data, folder, "data")
        check_env(self.env)
