"""Whether the same questions are answered worse than before, or only differently. Used by the guard against forgetting.

The core shows the same tests: core/evals/statistics.ts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

# Up to so many pairs all signs are tried; for more they are drawn.
ALL_SIGNS_UP_TO = 14
DRAWS, DRAWS_AT_ONCE = 100_000, 10_000


def mcnemar(gained: int, lost: int) -> float:
    """Exact McNemar test, two-sided: the chance of a split of the pairs that changed at least as uneven as this one."""
    n, fewer = gained + lost, min(gained, lost)
    if gained == lost:
        return 1.0
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(fewer + 1)) / 2**n)


def sign_flips(differences: Sequence[float], seed: int = 0) -> float:
    """Sign-flip test of paired differences, two-sided: the chance of a mean at least as far from 0 when each could
    as well have the other sign (Fisher 1935). Exact for up to 14 pairs that differ, else by 100,000 seeded draws."""
    d = np.asarray([x for x in differences if x != 0], np.float64)
    if d.size == 0:
        return 1.0
    seen = abs(d.sum()) - 1e-9 * np.abs(d).sum()
    if d.size <= ALL_SIGNS_UP_TO:
        signs = 1 - 2 * (np.arange(2**d.size)[:, None] >> np.arange(d.size) & 1)
        return float((np.abs(signs @ d) >= seen).mean())
    rng = np.random.default_rng(seed)
    extreme = 0
    for _ in range(DRAWS // DRAWS_AT_ONCE):
        signs = rng.integers(0, 2, (DRAWS_AT_ONCE, d.size), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ d) >= seen).sum())
    return (1 + extreme) / (1 + DRAWS)
