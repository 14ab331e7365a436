"""The spec of a job of kind grpo."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from forethought_trainer.checked import SpecError, number
from forethought_trainer.spec.adapters import check_start
from forethought_trainer.spec.blocks import (
    Data,
    Header,
    HeldOut,
    Lora,
    RewardServer,
    RewardSuite,
    Rollout,
    StopRule,
)
from forethought_trainer.spec.files import check_data, check_model
from forethought_trainer.spec.rules import (
    check_held_out,
    check_lora,
    check_rewards,
    check_sources,
    check_stop_rules,
    rows_used,
)


@dataclass(frozen=True)
class GrpoTraining:
    """GRPO (Shao et al. 2024, arXiv 2402.03300) and its optimizer, AdamW.

    klEstimator: k3 is the estimator exp(d) - d - 1 of the KL to the policy as it starts, never negative; k1 is the plain
        difference of log probabilities.
    variant:    as Tunix 0.1.7 has them, see tunix_grpo.VARIANTS.
    iterations: updates on one batch of rollouts. With one, old and new policy are the same at each update: then
        nothing is ever clipped, and epsilon and gspo-token make no difference.
    epsilonHigh: the upper bound of the clip where it differs from epsilon (DAPO's "clip higher").
    *MicroBatch: prompts at once where a whole step does not fit into memory; null means all of a step.
    klStop:     the run ends, with the last adapter that was below it, when the KL of a step is above. It is measured
        for this with beta 0 too. The KL of a sound run is a few hundredths, of one that has broken 0.5 and more; a
        step of few completions may show a spike, so the stop lies above that.
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
    variant: Literal["grpo", "dr-grpo", "gspo-token", "dapo", "rloo"] = "grpo"
    iterations: Annotated[int, number(low=1, high=8)] = 1
    epsilon_high: Annotated[float | None, number(above=0, high=10)] = None
    train_micro_batch: Annotated[int | None, number(low=1, high=1024)] = None
    rollout_micro_batch: Annotated[int | None, number(low=1, high=1024)] = None
    logps_micro_batch: Annotated[int | None, number(low=1, high=1024)] = None
    kl_stop: Annotated[float | None, number(above=0, high=1e6)] = None

    @property
    def completions_at_once(self) -> int:
        """How many completions are sampled together, in a step and in an exam."""
        return (self.rollout_micro_batch or self.prompts_per_step) * self.group_size


@dataclass(frozen=True, kw_only=True)
class GrpoSpec(Header):
    kind: Literal["grpo"]
    data: Data
    reward_suite: RewardSuite
    reward_server: RewardServer
    lora: Lora
    training: GrpoTraining
    rollout: Rollout
    held_out: HeldOut | None = None
    publish_every_steps: Annotated[int | None, number(low=1, high=100_000)] = None
    stop_when: list[StopRule] = field(default_factory=list)

    def check(self) -> None:
        """Rules between fields."""
        t = self.training
        check_lora(self.lora)
        check_rewards(self.reward_suite, self.reward_server)
        check_sources(self.data, "data")
        check_held_out(self.held_out)
        check_stop_rules(self.stop_when)
        rows = rows_used(self.data)
        if rows < t.prompts_per_step:
            raise SpecError(
                "training.promptsPerStep",
                f"is {t.prompts_per_step}, but only {rows} rows are used: a step needs different prompts.",
            )
        if t.epsilon_high is not None and t.epsilon_high < t.epsilon:
            raise SpecError(
                "training.epsilonHigh", f"is {t.epsilon_high:g}, below training.epsilon, {t.epsilon:g}."
            )
        if t.variant == "dapo" and t.beta != 0:
            raise SpecError("training.beta", f"is {t.beta:g}, but dapo has no KL penalty: it must be 0.")
        if t.iterations > 1 and self.rollout.temperature != 1:
            raise SpecError(
                "training.iterations",
                f"is {t.iterations} at temperature {self.rollout.temperature:g}: Tunix 0.1.7 takes the old "
                "probabilities at temperature 1, so that more than one iteration needs rollout.temperature 1.",
            )
        for name in ("train_micro_batch", "rollout_micro_batch", "logps_micro_batch"):
            size = getattr(t, name)
            if size is not None and t.prompts_per_step % size:
                head, *rest = name.split("_")
                raise SpecError(
                    f"training.{head}{''.join(part.capitalize() for part in rest)}",
                    f"is {size}, which does not divide training.promptsPerStep, {t.prompts_per_step}.",
                )

    def check_files(self, folder: Path) -> None:
        total = self.rollout.max_prompt_tokens + self.rollout.max_completion_tokens
        check_model(self, folder, total, "rollout.maxCompletionTokens", "and maxPromptTokens are")
        check_start(self.lora, self.base, folder)
        check_data(self.data, folder, "data")
        if self.held_out:
            check_data(self.held_out, folder, "heldOut")
