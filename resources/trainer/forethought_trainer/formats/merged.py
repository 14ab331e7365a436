"""A base with adapters in it: W + s1 B1 A1 + s2 B2 A2 … in float32, computed while it is read. Looks like a base."""

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
        from scipy.linalg.blas import sgemm  # pyright: ignore[reportAttributeAccessIssue]

        weight = np.ascontiguousarray(weight, np.float32)
        for adapter in adapters:
            b = adapter.pairs[name].b.rows(first, last).astype(np.float32, copy=False)
            # BLAS counts by columns: Wᵀ ← scale Aᵀ Bᵀ + Wᵀ, in place
            sgemm(adapter.scale, adapter.a(name).T, b.T, beta=1.0, c=weight.T, overwrite_c=True)
        return weight

    def dtype(self, name: str) -> np.dtype:
        return np.dtype(np.float32) if self.changing(name) else self.base.dtype(name)

    def tokenizer_model(self) -> bytes:
        return self.base.tokenizer_model()

    def side_files(self) -> dict[str, bytes]:
        return self.base.side_files()
