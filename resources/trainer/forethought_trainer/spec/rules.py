"""Rules between fields that several kinds of job share."""

from __future__ import annotations

from forethought_trainer.checked import SpecError
from forethought_trainer.spec.blocks import Lora, RewardServer, RewardSuite


def check_lora(lora: Lora) -> None:
    if not lora.targets:
        raise SpecError("lora.targets", "must name at least one module.")
    if len(set(lora.targets)) < len(lora.targets):
        raise SpecError("lora.targets", "names a module twice.")
    if ("k_proj" in lora.targets) != ("v_proj" in lora.targets):
        raise SpecError(
            "lora.targets",
            "names only one of k_proj and v_proj: Tunix keeps them as one matrix, so name both or none.",
        )


def check_rewards(suite: RewardSuite, server: RewardServer) -> None:
    if not server.command:
        raise SpecError("rewardServer.command", "must hold at least the program's name.")
    parts = suite.suite.get("parts")
    if (
        not isinstance(parts, list)
        or not parts
        or not all(isinstance(p, dict) and p.get("id") for p in parts)
    ):
        raise SpecError("rewardSuite.suite.parts", "must be a list of at least one part with an id.")
