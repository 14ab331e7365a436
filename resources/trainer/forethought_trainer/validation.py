"""The loss on rows that are never trained on, told as `heldout/…` metrics. Used by the stages that train on rows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from forethought_trainer.failures import Failure
from forethought_trainer.spec import HeldOut
from forethought_trainer.training import TrainingRun


class Validation:
    """A measure of a run."""

    def __init__(self, run: TrainingRun, wanted: HeldOut, rows: int, measure: Callable[[], dict[str, float]]):
        """measure: the values, of which `loss` says how much was learned, the less the better."""
        self.run, self.wanted, self.rows, self.measure = run, wanted, rows, measure
        self.every_steps = wanted.every_steps
        self.taken_at = -1
        self.values: dict[str, float] = {}

    @property
    def goal(self) -> float:
        """What was learned, the larger the better."""
        return -self.values["loss"]

    def score(self) -> dict[str, Any]:
        """In short, for an adapter of a run in which no questions are answered."""
        rewards = dict.fromkeys(("mean", "correct", "format"))
        return {"set": self.wanted.set, "n": self.rows, **rewards, "loss": self.values["loss"]}

    def take(self) -> None:
        run, step = self.run, self.run.run.progress.step
        if self.taken_at == step:
            return
        self.taken_at = step
        began = time.perf_counter()
        run.log.phase("evaluating", f"the loss on held-out rows after step {step}")
        self.values = self.measure()
        seconds = time.perf_counter() - began
        run.stopper.needs("validation", seconds)
        for name, value in self.values.items():
            if not math.isfinite(value):
                raise Failure(
                    "numerics", f"The held-out {name.replace('_', ' ')} after step {step} is {value}."
                )
        values = {f"heldout/{name}": value for name, value in self.values.items()} | {
            "perf/validation_s": seconds
        }
        run.log.write("metrics", step=step, values=values)
        run.values |= values
        told = ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in self.values.items())
        print(f"held-out rows after step {step}: {told}", flush=True)
