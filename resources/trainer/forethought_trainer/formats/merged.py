"""A base with adapters in it: W + s1 B1 A1 + s2 B2 A2 …, computed while it is read. Looks like a base.

Summed in float64 and rounded once to float32: so the order of the sums hardly ever shows, and the core, which merges in
another language, makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from forethought_trainer.formats.adapters import Adapter, check_fits
from forethought_trainer.formats.bases import BaseFiles


class Merged(BaseFiles):
    """What changes is float32 here, whatever the base stores: a bfloat16 sum would lose what an adapter adds."""

    def __init__(self, base: BaseFiles, adapters: Sequence[Adapter]):
        for adapter in adapters:
            check_fits(adapter, base.shapes)
        self.base, self.adapters = base, list(adapters)
        # the blocks of a weight are read one after the other, and by several threads
        self._halves = lru_cache(maxsize=4)(self._read_halves)
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
        from scipy.linalg.blas import dgemm  # pyright: ignore[reportAttributeAccessIssue]

        # by way of float32: from bfloat16 straight to float64 takes ten times as long
        total = np.ascontiguousarray(weight.astype(np.float32, copy=False), np.float64)
        for adapter, a in zip(adapters, self._halves(name), strict=True):
            b = adapter.pairs[name].b.rows(first, last).astype(np.float64)
            # BLAS counts by columns: Wᵀ ← scale Aᵀ Bᵀ + Wᵀ, in place
            dgemm(adapter.scale, a.T, b.T, beta=1.0, c=total.T, overwrite_c=True)
        return total.astype(np.float32)

    def dtype(self, name: str) -> np.dtype:
        return np.dtype(np.float32) if self.changing(name) else self.base.dtype(name)

    def tokenizer_model(self) -> bytes:
        return self.base.tokenizer_model()

    def side_files(self) -> dict[str, bytes]:
        return self.base.side_files()
