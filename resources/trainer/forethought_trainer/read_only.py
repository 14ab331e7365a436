"""Compiled functions that only look at a model."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
from flax import nnx


def read_only(function: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """nnx.jit for a function that changes nothing. That one puts every weight into the model anew, a copy of them all; here the
    model keeps its own."""
    compiled = nnx.jit(function)

    @functools.wraps(function)
    def look(model: nnx.Module, *arrays: Any) -> jax.Array:
        weights = jax.tree.map(lambda array: array, nnx.state(model))
        seen = compiled(model, *arrays)
        nnx.update(model, weights)
        return seen

    return look
