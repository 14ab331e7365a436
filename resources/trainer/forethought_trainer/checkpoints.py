"""Checkpoints of a run: when to write one, and which are complete. Tunix and Orbax write and restore them.

They live in <job>/checkpoints/actor/<step>/ (LoRA parameters and optimizer state) and never leave the host.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp

from forethought_trainer.agreement import gather

KEEP = 2


class EveryInterval:
    """Orbax save policy: a checkpoint when so much time has passed since the last one, or since the start.

    Orbax counts updates; a checkpoint is only of use after a whole step. It is asked twice for each one that is written, by Tunix
    and then by Orbax itself: the clock must not begin anew in between.
    """

    def __init__(self, seconds: float, updates_per_step: int):
        self._seconds = seconds
        self._updates = updates_per_step
        self._last = time.monotonic()
        self._due_at: int | None = None

    def should_save(self, step: Any, previous_steps: Sequence[Any], *, context: Any) -> bool:
        if step.step % self._updates:
            return False
        if step.step == self._due_at:
            return True
        due = time.monotonic() - self._last >= self._seconds
        # All processes write their parts, or none does; each has a clock and a disk of its own.
        if not min(gather(int(due and not context.is_saving_in_progress))):
            return False
        self._last, self._due_at = time.monotonic(), step.step
        return True


def options(every_ms: int, updates_per_step: int = 1) -> ocp.CheckpointManagerOptions:
    """Written in the background; what a killed process left half-written is removed at the next start."""
    return ocp.CheckpointManagerOptions(
        save_decision_policy=EveryInterval(every_ms / 1000, updates_per_step),
        max_to_keep=KEEP,
        cleanup_tmp_directories=True,
        enable_async_checkpointing=True,
    )


# What Orbax, its storage and json raise of files that are cut off, empty or gone.
DAMAGED = (ValueError, KeyError, TypeError, FileNotFoundError)
# Of the same kinds, but no fault of the files: the storage's own words for a machine that could not read them now.
NOT_NOW = (
    "RESOURCE_EXHAUSTED",
    "PERMISSION_DENIED",
    "UNAVAILABLE",
    "DEADLINE_EXCEEDED",
    "CANCELLED",
    "ABORTED",
)


def set_aside_damaged(root: Path) -> list[tuple[int, str]]:
    """Moves the newest checkpoints that cannot be read to <root>.damaged/, so that a restore takes the last one that can.

    A machine that loses its power can leave a checkpoint's folder in its place and its files empty. Each is read whole, once, into
    the host's memory. To be called before a restore, by a run of one process. Returns the updates of each and what was said of it.
    """
    found: list[tuple[int, str]] = []
    while newest := Finished(root).latest():
        problem = problem_of(root, newest)
        if problem is None:
            break
        aside = root.with_name(f"{root.name}.damaged")
        aside.mkdir(exist_ok=True)
        shutil.rmtree(aside / str(newest), ignore_errors=True)
        (root / str(newest)).rename(aside / str(newest))
        found.append((newest, problem))
    return found


def problem_of(root: Path, updates: int) -> str | None:
    """What reading this checkpoint ends with; None where all of it can be read. What is not the files' fault is raised."""
    read_only = ocp.CheckpointManagerOptions(read_only=True)
    try:
        # Orbax reads one that is cut off as empty, and Tunix's own counts are in it.
        json.loads((root / str(updates) / "_CHECKPOINT_METADATA").read_bytes())
        with ocp.CheckpointManager(root, item_handlers=handlers(), options=read_only) as manager:
            found = manager.item_metadata(updates)
            args = {name: as_numpy(found[name]) for name in ("model_params", "optimizer_state")}
            manager.restore(updates, args=ocp.args.Composite(**args))
    except DAMAGED as error:
        if any(word in str(error) for word in NOT_NOW):
            raise
        return f"{type(error).__name__}: {error}"
    return None


def as_numpy(metadata: Any) -> ocp.args.PyTreeRestore:
    """Into the host's memory: whatever devices it was written from, and whatever they hold now."""
    return ocp.args.PyTreeRestore(
        restore_args=jax.tree.map(lambda _: ocp.RestoreArgs(restore_type=np.ndarray), metadata.tree)
    )


def handlers() -> dict[str, Any]:
    """As Tunix's own manager has them."""
    return {
        "model_params": ocp.PyTreeCheckpointHandler(),
        "optimizer_state": ocp.PyTreeCheckpointHandler(),
        "custom_metadata": ocp.JsonCheckpointHandler(),
    }


class Finished:
    """Notices checkpoints that have become complete: Orbax renames a folder into place, named by the updates made."""

    def __init__(self, root: Path):
        self.root = root
        self._reported = self.latest()

    def latest(self) -> int:
        """The updates of the newest complete checkpoint, 0 when there is none."""
        if not self.root.is_dir():
            return 0
        return max((int(path.name) for path in self.root.iterdir() if path.name.isdigit()), default=0)

    def news(self) -> int | None:
        """The updates of a checkpoint that was completed since the last call, or None."""
        latest = self.latest()
        if latest <= self._reported:
            return None
        self._reported = latest
        return latest
