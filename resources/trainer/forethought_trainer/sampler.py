"""Tunix's sampler, which builds its model once for each batch of prompts.

Tunix 0.1.7 puts its model together again whenever it reads a number of its configuration, four times for each batch: a
twentieth of a step of a small model.
"""

from __future__ import annotations

from typing import Any

from tunix.generate import sampler

CacheConfig = sampler.CacheConfig


class Sampler(sampler.Sampler):
    """The same sampler. A built model is kept while the batch is answered, and no longer: its weights may change then."""

    _answering = False
    _built: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._answering = True
        try:
            return super().__call__(*args, **kwargs)
        finally:
            self._answering, self._built = False, None

    @property
    def transformer(self) -> Any:
        if not self._answering:
            return super().transformer
        if self._built is None:
            self._built = super().transformer
        return self._built


def builds_once(rollout: Any) -> None:
    """Has the sampler of a Tunix rollout do so from now on."""
    rollout._sampler.__class__ = Sampler
