"""A base with adapters in it: W + s1 B1 A1 + s2 B2 A2 …, computed while it is read. Looks like a base.

Summed in float64 and rounded once to float32: so the order of the sums hardly ever shows, and the core, which merges in
another language, makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forethought_trainer.formats.adapters import Adapter, check_fits
from forethought_trainer.formats.bases import BaseFiles


class Merged(BaseFiles):
    """What changes is float32 here, whatever the base stores: a bfloat16 sum would lose what an adapter adds."""

    def __init__(self, base: BaseFiles, adapters: Sequence[Adapter]):
        for adapter in adapters:
            check_fits(adapter, base.shapes)
        self.base, self.adapters = base, list(adapters)
        self._last_a: tuple[str, list[np.ndarray]] = ("", [])
        self.path, self.config, self.geometry, self.shapes = (
            base.path,
            base.config,
            base.geometry,
            base.shapes,
        )

    def changing(self, name: str) -> list[Adapter]:
        return [adapter for adapter in self.adapters if name in adapter.pairs]

    def rows(self, name: str, first: int, last: int) -> np.ndarray:
        weight = self.base.rows(name, first, last)
        adapters = self.changing(name)
        if not adapters:
            return weight
        from scipy.linalg.blas import dgemm  # pyright: ignore[reportAttributeAccessIssue]

        if self._last_a[0] != name:  # the blocks of a weight are read one after the other
            self._last_a = name, [adapter.a(name).astype(np.float64) for adapter in adapters]
        total = np.ascontiguousarray(weight, np.float64)
        for adapter, a in zip(adapters, self._last_a[1], strict=True):
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
