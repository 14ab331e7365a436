"""A base with adapters in it: W + s1 B1 A1 + s2 B2 A2 …, computed while it is read. Looks like a base.

Summed in float64 and rounded once to float32: so the order of the sums hardly ever shows, and the core, which merges in
another language, makes the same bytes. For a type of 16 bits, whose own rounding is thousands of times as large, float32 is
enough, and takes half the time.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from forethought_trainer.formats.adapters import Adapter, check_fits
from forethought_trainer.formats.bases import BaseFiles

# Bytes of a sum at a time: with its product, what lies in a core's own cache. Larger strips wait for the memory.
STRIP = 2**20


class Merged(BaseFiles):
    """What changes is float32 here, whatever the base stores: a bfloat16 sum would lose what an adapter adds."""

    def __init__(self, base: BaseFiles, adapters: Sequence[Adapter], dtype: str = "float32"):
        """dtype: what the sums are for."""
        for adapter in adapters:
            check_fits(adapter, base.shapes)
        self.base, self.adapters = base, list(adapters)
        self.sums = np.dtype(np.float64 if dtype == "float32" else np.float32)
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
        return [adapter.a(name).astype(self.sums) for adapter in self.changing(name)]

    def rows(self, name: str, first: int, last: int) -> np.ndarray:
        weight = self.base.rows(name, first, last)
        adapters = self.changing(name)
        if not adapters:
            return weight
        halves = [
            (self._scaled(adapter, name, first, last), a)
            for adapter, a in zip(adapters, self._halves(name), strict=True)
        ]
        result = np.empty(weight.shape, np.float32)
        step = max(1, STRIP // (self.sums.itemsize * math.prod(weight.shape[1:])))
        for start in range(0, len(weight), step):
            strip = slice(start, start + step)
            self._sum(weight[strip], [(b[strip], a) for b, a in halves], result[strip])
        return result

    def _scaled(self, adapter: Adapter, name: str, first: int, last: int) -> np.ndarray:
        """Rows of lora_B, times the adapter's scale."""
        return (adapter.scale * adapter.pairs[name].b.rows(first, last).astype(np.float64)).astype(self.sums)

    def _sum(
        self, weight: np.ndarray, halves: Sequence[tuple[np.ndarray, np.ndarray]], result: np.ndarray
    ) -> None:
        """W + B1 A1 + B2 A2 … in memory that the thread's next strip uses again: to ask the system for memory takes longer
        than the sum."""
        product, total = self._arrays(weight.shape)
        # by way of float32: from bfloat16 straight to float64 takes ten times as long
        result[...] = weight
        if self.sums == result.dtype:
            total = result
        else:
            total[...] = result
        for b, a in halves:
            np.matmul(b, a, out=product)
            total += product
        if total is not result:
            result[...] = total

    def _arrays(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Two, with anything in them."""
        size = math.prod(shape)
        if getattr(self._scratch, "size", 0) < size:
            self._scratch.size, self._scratch.both = size, np.empty((2, size), self.sums)
        product, total = self._scratch.both[:, :size]
        return product.reshape(shape), total.reshape(shape)

    def dtype(self, name: str) -> np.dtype:
        return np.dtype(np.float32) if self.changing(name) else self.base.dtype(name)

    def tokenizer_model(self) -> bytes:
        return self.base.tokenizer_model()

    def side_files(self) -> dict[str, bytes]:
        return self.base.side_files()
