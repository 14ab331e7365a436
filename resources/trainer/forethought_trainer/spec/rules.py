"""Rules between fields that several kinds of job share."""

from __future__ import annotations

from collections.abc import Sequence

from forethought_trainer.checked import SpecError, shown
from forethought_trainer.spec.blocks import Data, HeldOut, Lora, RewardServer, RewardSuite, StopRule


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


def check_sources(data: Data, where: str) -> None:
    """Each count is a whole number above 0; whether the file has so many rows is seen when it is read."""
    if data.sources is None:
        return
    if not data.sources:
        raise SpecError(f"{where}.sources", "must name at least one data set, or be null for all rows.")
    for name, count in data.sources.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise SpecError(
                f"{where}.sources.{name}", f"must be a whole number of at least 1, but is {shown(count)}."
            )
    if sum(data.sources.values()) > data.count:
        raise SpecError(
            f"{where}.sources",
            f"asks for {sum(data.sources.values())} rows, but {where}.count is {data.count}.",
        )


def rows_used(data: Data) -> int:
    """How many rows the run draws from."""
    return data.count if data.sources is None else sum(data.sources.values())


def check_held_out(held_out: HeldOut | None, where: str = "heldOut") -> None:
    if held_out:
        check_sources(held_out, where)


def check_stop_rules(rules: Sequence[StopRule]) -> None:
    for i, rule in enumerate(rules):
        if [rule.below, rule.above, rule.below_best].count(None) != 2:
            raise SpecError(f"stopWhen[{i}]", "must have one of below, above and belowBest.")


def check_batches(size: int, micro: int | None) -> None:
    """A step is cut into parts of one size."""
    if micro is not None and size % micro:
        raise SpecError(
            "training.microBatch", f"is {micro}, which does not divide training.batchSize, {size}."
        )
