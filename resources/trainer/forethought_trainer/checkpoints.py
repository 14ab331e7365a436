"""Checkpoints of a run: when to write one, and which are complete. Tunix and Orbax write and restore them.

They live in <job>/checkpoints/actor/<step>/ (LoRA parameters and optimizer state) and never leave the host.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
