"""The learning rate and the optimizer of every stage that trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

import jax.numpy as jnp
import optax


class Schedule(Protocol):
    """The fields of a spec's `training` that say how fast it learns."""

    @property
    def steps(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def warmup_fraction(self) -> float: ...
    @property
    def schedule(self) -> Literal["cosine", "constant"]: ...
    @property
    def grad_clip(self) -> float: ...


def learning_rate(training: Schedule, updates_per_step: int = 1) -> Callable[..., Any]:
    """The schedule as a function of the number of updates made; no update has rate 0, however short the job.

    `xp` is the library that computes it: jax.numpy inside the optimizer, numpy for the charts.
    updates_per_step: the updates of one step have the same rate.

    Warm-up rises linearly and takes at most a quarter of the steps; then the rate is constant, or falls by a
    cosine and reaches 0 only after the last update.
    """
    steps = training.steps
    warmup = min(round(training.warmup_fraction * steps), steps // 4)
    peak = training.learning_rate

    def rate(count: Any, xp: Any = jnp) -> Any:
        if updates_per_step > 1:
            count = count // updates_per_step
        rising = (count + 1) / max(warmup, 1)
        if training.schedule == "constant":
            return peak * xp.minimum(1.0, rising) if warmup else peak
        along = (count - warmup) / max(steps - warmup, 1)
        falling = 0.5 * (1.0 + xp.cos(xp.pi * xp.clip(along, 0.0, 1.0)))
        return peak * xp.where(count < warmup, rising, falling)

    return rate


def optimizer(training: Schedule, updates_per_step: int = 1) -> optax.GradientTransformation:
    """AdamW with clipped gradients. A gradient that is not finite changes nothing, neither weights nor moments."""
    chain = optax.chain(
        optax.clip_by_global_norm(training.grad_clip),
        optax.adamw(learning_rate(training, updates_per_step), b1=0.9, b2=0.99, weight_decay=0.0),
    )
    return optax.apply_if_finite(chain, max_consecutive_errors=2**31 - 2)
