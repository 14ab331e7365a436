"""What the processes of a slice say to each other. A job that runs in one process agrees with itself, at no cost.

JAX runs one program on all devices: a process that decides otherwise than the others leaves them waiting for it for
ever. So whatever a process could see differently (a signal, a clock, a file) is decided in common here.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

from forethought_trainer.failures import Failure
from forethought_trainer.slices import Slice

# A process that says nothing for so long counts as lost. JAX says so from threads of its own, also while it compiles.
SILENCE_S = 60
JOIN_S = 300


def join(part: Slice, folder: Path) -> None:
    """Meets the other processes; to be called before anything asks JAX for a device. Raises Failure."""
    # On CPUs JAX has no collectives between processes unless it is told which; devices have their own.
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    # Where one process finds a program in its cache and another compiles it, they wait for each other for ever.
    jax.config.update("jax_enable_compilation_cache", False)
    # It would take SIGTERM for itself, which is how a run is asked to stop.
    jax.config.update("jax_enable_preemption_service", False)
    try:
        jax.distributed.initialize(
            part.coordinator,
            part.processes,
            part.process,
            cluster_detection_method="deactivate",
            initialization_timeout=JOIN_S,
            heartbeat_timeout_seconds=SILENCE_S,
        )
    except RuntimeError as error:
        raise Failure(
            "slice",
            f"The {part.processes} processes did not come together at {part.coordinator} within {JOIN_S} s: {error}",
            repr(error),
        ) from error
    check_folder(part, folder)


def check_folder(part: Slice, folder: Path) -> None:
    """All must see one job folder: checkpoints are written by all, and read by all."""
    path = folder / "slice" / "mark"
    mark = secrets.randbits(30)
    if part.first:
        path.parent.mkdir(exist_ok=True)
        path.write_text(str(mark), encoding="utf-8")
    wanted = gather(mark)[0]
    seen = path.is_file() and path.read_text(encoding="utf-8") == str(wanted)
    blind = [process for process, sees in enumerate(gather(int(seen))) if not sees]
    if blind:
        raise Failure(
            "slice",
            f"Process {blind[0]} does not see the job folder of process 0. All processes of a slice need one folder, on one "
            "machine or on a disk that they share.",
            str(folder),
        )


def leave() -> None:
    """Waits until the others have come to their end, too."""
    jax.distributed.shutdown()


def is_first() -> bool:
    return jax.process_index() == 0


def gather(value: int) -> list[int]:
    """What every process says, in their order; all must ask."""
    if jax.process_count() == 1:
        return [value]
    return [int(each) for each in multihost_utils.process_allgather(np.int32(value))]


def most_pressing(value: Any, order: Sequence[Any]) -> Any:
    """Of what the processes say, what stands last in the order."""
    return order[max(gather(order.index(value)))]


def whole(array: Any) -> np.ndarray:
    """An array with all its parts, wherever they lie; all processes must ask."""
    if not isinstance(array, jax.Array) or array.is_fully_addressable or array.is_fully_replicated:
        return np.asarray(array)
    return np.asarray(multihost_utils.process_allgather(array, tiled=True))
