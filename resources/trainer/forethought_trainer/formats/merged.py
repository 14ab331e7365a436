"""A base with adapters in it: W + s1 B1 A1 + s2 B2 A2 …, computed while it is read. Looks like a base.

Summed in float64 and rounded once to float32: so the order of the sums hardly ever shows, and the core, which merges in
another language, makes the same bytes.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from forethought_trainer.formats.adapters import Adapter, check_fits
from forethought_trainer.formats.bases import BaseFiles

# Values summed at a time: what a float64 sum and its parts take of a core's own cache. Larger strips wait for the memory.
STRIP = 128 * 1024


class Merged(BaseFiles):
    """What changes is float32 here, whatever the base stores: a bfloat16 sum would lose what an adapter adds."""

    def __init__(self, base: BaseFiles, adapters: Sequence[Adapter]):
        for adapter in adapters:
            check_fits(adapter, base.shapes)
        self.base, self.adapters = base, list(adapters)
        # the blocks of a weight are read one after the other, and by several threads
        self._halves = lru_cache(maxsize=4)(self._read_halves)
        self._scratch = threading.local()
        self.path, self.config, self.geometry, self.shapes = (
            base.path,
            base.config,
            base.geometry,
            base.shapes,
        )

    def changing(self, name: str) -> list[Adapter]:
        return [adapter for adapter in self.adapters if name in adapter.pairs]

    def _read_halves(self, name: str) -> list[np.ndarray]:
        """lora_A of each adapter that changes this weight."""
        return [adapter.a(name).astype(np.float64) for adapter in self.changing(name)]

    def rows(self, name: str, first: int, last: int) -> np.ndarray:
        weight = self.base.rows(name, first, last)
        adapters = self.changing(name)
        if not adapters:
            return weight
        halves = [
            (adapter.scale * adapter.pairs[name].b.rows(first, last).astype(np.float64), a)
            for adapter, a in zip(adapters, self._halves(name), strict=True)
        ]
        result = np.empty(weight.shape, np.float32)
        step = max(1, STRIP // math.prod(weight.shape[1:]))
        for start in range(0, len(weight), step):
            strip = slice(start, start + step)
            result[strip] = self._sum(weight[strip], [(b[strip], a) for b, a in halves])
        return result

    def _sum(self, weight: np.ndarray, halves: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        """W + B1 A1 + B2 A2 … in float64, in memory that the thread's next strip uses again: to ask the system for memory
        takes longer than the sum."""
        single, product, total = self._arrays(weight.shape)
        # by way of float32: from bfloat16 straight to float64 takes ten times as long
        single[...] = weight
        total[...] = single
        for b, a in halves:
            np.matmul(b, a, out=product)
            total += product
        return total

    def _arrays(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One of float32 and two of float64, with anything in them."""
        size = math.prod(shape)
        if getattr(self._scratch, "size", 0) < size:
            self._scratch.size = size
            self._scratch.single = np.empty(size, np.float32)
            self._scratch.doubles = np.empty((2, size), np.float64)
        product, total = self._scratch.doubles[:, :size]
        return self._scratch.single[:size].reshape(shape), product.reshape(shape), total.reshape(shape)

    def dtype(self, name: str) -> np.dtype:
        return np.dtype(np.float32) if self.changing(name) else self.base.dtype(name)

    def tokenizer_model(self) -> bytes:
        return self.base.tokenizer_model()

    def side_files(self) -> dict[str, bytes]:
        return self.base.side_files()
