"""Memory of this process: what it takes, and giving back what it no longer needs."""

from __future__ import annotations

import ctypes
import resource
import sys

import psutil

TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


# Below it nothing is given back: to ask for pages again takes a tenth of a step of a small model, and a machine has that much.
WORTH_GIVING_BACK = 3e9


def host_metrics() -> dict[str, float]:
    """Memory of this process in bytes, now and at its peak."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "host/mem_bytes": float(resident()),
        "host/mem_peak_bytes": float(peak if sys.platform == "darwin" else peak * 1024),
    }


def resident() -> int:
    """Bytes of this process that are in memory."""
    return psutil.Process().memory_info().rss


def give_back() -> None:
    """Returns freed memory to the system, where the C library can be told to (glibc), if the process holds much.

    It keeps what each of XLA's threads has freed for that thread's next request: with a vocabulary of 262,144 nearly
    4 GB after a step of SFT, which then lie beside what sampling needs.
    """
    if TRIM is not None and resident() > WORTH_GIVING_BACK:
        TRIM(0)
