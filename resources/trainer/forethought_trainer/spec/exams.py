"""Rules for kinds of job that may examine what they train: questions, and what is needed to have them answered and scored."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from forethought_trainer.checked import SpecError
from forethought_trainer.spec.blocks import Generation, HeldOut, RewardServer, RewardSuite
from forethought_trainer.spec.files import check_data
from forethought_trainer.spec.guard import DpoGuard, Guard, Retention
from forethought_trainer.spec.rules import check_held_out, check_rewards


class Examined(Protocol):
    """The fields of such a spec."""

    @property
    def held_out(self) -> HeldOut | None: ...
    @property
    def guard(self) -> Guard | DpoGuard | None: ...
    @property
    def reward_suite(self) -> RewardSuite | None: ...
    @property
    def reward_server(self) -> RewardServer | None: ...
    @property
    def generation(self) -> Generation | None: ...


def retention_of(spec: Examined) -> Retention | None:
    return spec.guard.retention if spec.guard else None


def check_exams(spec: Examined) -> None:
    """Sets that are told apart by name, and all that it takes to answer and score them."""
    retention = retention_of(spec)
    check_held_out(spec.held_out)
    check_held_out(retention, "guard.retention")
    if spec.held_out and retention and spec.held_out.set == retention.set:
        raise SpecError(
            "guard.retention.set", f"is {retention.set!r}, as heldOut.set: each needs its own name."
        )
    if spec.reward_suite and spec.reward_server:
        check_rewards(spec.reward_suite, spec.reward_server)
    if spec.held_out or retention:
        asks = "heldOut" if spec.held_out else "guard.retention"
        for name, value in (
            ("rewardSuite", spec.reward_suite),
            ("rewardServer", spec.reward_server),
            ("generation", spec.generation),
        ):
            if value is None:
                raise SpecError(name, f"is missing: {asks} has questions answered and scored.")


def check_exam_files(spec: Examined, folder: Path) -> None:
    retention = retention_of(spec)
    if spec.held_out:
        check_data(spec.held_out, folder, "heldOut")
    if retention:
        check_data(retention, folder, "guard.retention")


def longest(generation: Generation | None) -> int:
    """Tokens that an answered question may have, its prompt included."""
    return generation.max_prompt_tokens + generation.max_completion_tokens if generation else 0
