"""Rules that end a run in good order: a metric that stays beyond a bound, or that falls below the best it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from forethought_trainer.checked import ROUNDING
from forethought_trainer.spec import StopRule

Adapter = TypeVar("Adapter")

# Measured with the adapter after a step, and not after each. All else is measured while the step is made: with the
# adapter before it.
EXAMS = ("heldout/", "guard/retention_")
# Of the machine: no adapter is better or worse for it, and each process of a slice has its own.
MACHINE = ("perf/", "host/", "device/")


class Watch(Generic[Adapter]):
    """One rule under way: how many measurements in a row have broken it, and the last adapter that was good by it.

    Good is the adapter of the last measurement that kept the rule; where a fall from the best breaks it, the best's.
    """

    def __init__(self, rule: StopRule):
        self.rule = rule
        self.broken = 0
        self.good: Adapter | None = None
        self._at = -1
        self._value = 0.0
        self._best: float | None = None

    def take(self, step: int, value: float, before: Adapter | None, after: Adapter | None) -> bool:
        """Whether this measurement completes the rule. A step's second one, after a restart, says nothing new."""
        if step <= self._at:
            return False
        rule, is_best = self.rule, self._best is None or value > self._best
        self._at, self._value = step, value
        if is_best:
            self._best = value
        self.broken = self.broken + 1 if self._is_broken() else 0
        if is_best if rule.below_best is not None else not self.broken:
            is_machine = rule.metric.startswith(MACHINE)
            self.good = None if is_machine else after if self.is_exam else before
        return self.broken >= rule.for_steps

    @property
    def is_exam(self) -> bool:
        return self.rule.metric.startswith(EXAMS)

    @property
    def lasting(self) -> Adapter | None:
        """The good adapter, once it may stay the good one for long: the one before each step that keeps the rule is not."""
        is_passing = self.rule.below_best is None and not self.is_exam and not self.broken
        return None if is_passing else self.good

    def _is_broken(self) -> bool:
        rule, value = self.rule, self._value
        low = rule.below is not None and value < rule.below
        high = rule.above is not None and value > rule.above
        return low or high or (rule.below_best is not None and value < self.best - rule.below_best - ROUNDING)

    @property
    def best(self) -> float:
        """The highest value so far."""
        assert self._best is not None, "nothing was measured yet"
        return self._best

    def __str__(self) -> str:
        """How the rule was broken, in a sentence."""
        rule, count = self.rule, self.broken
        if rule.below_best is not None:
            bound = f"more than {rule.below_best:g} below its best, {self.best:g},"
        else:
            bound = f"below {rule.below:g}" if rule.below is not None else f"above {rule.above:g}"
        what = "measurement" if self.is_exam else "step"
        return f"{rule.metric} was {bound} for {count} {what}{'s'[: count != 1]}; it is {self._value:g}."


class StopRules(Generic[Adapter]):
    """The rules of a run."""

    def __init__(self, rules: Sequence[StopRule]):
        self.watches = [Watch[Adapter](rule) for rule in rules]

    def take(
        self,
        step: int,
        values: Mapping[str, float],
        before: Adapter | None = None,
        after: Adapter | None = None,
    ) -> int:
        """The place of the first rule that a step's values complete, or -1; a metric that is missing says nothing.

        before, after: the adapters before and after the step; none where they are not at hand any more.
        """
        completed = [
            i
            for i, watch in enumerate(self.watches)
            if (value := values.get(watch.rule.metric)) is not None and watch.take(step, value, before, after)
        ]
        return completed[0] if completed else -1

    def lasting(self) -> list[Adapter]:
        """The good adapters that are worth a place on the disk."""
        return [watch.lasting for watch in self.watches if watch.lasting is not None]
