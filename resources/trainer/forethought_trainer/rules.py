"""Rules that end a run in good order: a metric that stays below or above a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forethought_trainer.spec import StopRule


class StopRules:
    """Counts, step by step, how long each rule has been broken."""

    def __init__(self, rules: Sequence[StopRule]):
        self._rules = list(rules)
        self._steps = [0] * len(self._rules)

    def broken_by(self, values: Mapping[str, float]) -> str | None:
        """A sentence about the first rule that these values complete, or None; a metric that is missing breaks none."""
        for i, rule in enumerate(self._rules):
            value = values.get(rule.metric)
            if value is None:
                continue
            low = rule.below is not None and value < rule.below
            high = rule.above is not None and value > rule.above
            self._steps[i] = self._steps[i] + 1 if low or high else 0
            if self._steps[i] >= rule.for_steps:
                bound = f"below {rule.below:g}" if low else f"above {rule.above:g}"
                return f"{rule.metric} was {bound} for {self._steps[i]} steps; it is {value:g}."
        return None
