"""Logits only at the positions that somebody reads.

A Gemma has 262,144 logits for each position, one for each token that it knows: at batch 6 and 256 tokens 1.6 GB of
them. Tunix computes all, then reads those of the completions (training) or of the last position (sampling). What is
read stands at the end of the sequences in both cases, so the model is told how many positions at the end count.

Used by load_base.py, which makes models that can be told, and by whoever samples or trains with one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import jax
from tunix.models.gemma import model as gemma2
from tunix.models.gemma3 import model as gemma3

_at_end: ContextVar[int | None] = ContextVar("_at_end", default=None)
_found: ContextVar[list[jax.Array] | None] = ContextVar("_found", default=None)


@contextmanager
def logits_at_end(count: int) -> Iterator[None]:
    """While this holds, models give the logits of the last `count` positions only: (batch, count, vocabulary).

    It is read when a function is traced, so one compiled function has to be called with one count always.
    """
    token = _at_end.set(count)
    try:
        yield
    finally:
        _at_end.reset(token)


@contextmanager
def hidden_states() -> Iterator[list[jax.Array]]:
    """While this holds, models compute no logits: the list gets the (batch, length, width) that they are made from."""
    found: list[jax.Array] = []
    token = _found.set(found)
    try:
        yield found
    finally:
        _found.reset(token)


def cut(x: jax.Array) -> jax.Array:
    """Hidden states (batch, length, width) of the positions whose logits are wanted, which may be none."""
    found = _found.get()
    if found is not None:
        found.append(x)
        return x[:, :0]
    count = _at_end.get()
    return x if count is None else x[:, -count:]


class Gemma2Embedder(gemma2.Embedder):
    def decode(self, x: Any) -> jax.Array:
        return super().decode(cut(x))


class Gemma3Embedder(gemma3.Embedder):
    def decode(self, x: Any) -> jax.Array:
        return super().decode(cut(x))


EMBEDDERS = {gemma2.Embedder: Gemma2Embedder, gemma3.Embedder: Gemma3Embedder}


def can_be_told(model: Any) -> Any:
    """The model itself, whose embedder (in Gemma it makes the logits too) heeds `logits_at_end` from now on."""
    model.embedder.__class__ = EMBEDDERS[type(model.embedder)]
    return model
