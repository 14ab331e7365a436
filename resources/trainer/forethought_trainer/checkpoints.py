"""Checkpoints of a run: when to write one, and which are complete. Tunix and Orbax write and restore them.

They live in <job>/checkpoints/actor/<step>/ (LoRA parameters and optimizer state) and never leave the host.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orbax.checkpoint as ocp

KEEP = 2


class EveryInterval:
    """Orbax save policy: a checkpoint when so much time has passed since the last one, or since the start."""

    def __init__(self, seconds: float):
        self._seconds = seconds
        self._last = time.monotonic()

    def should_save(self, step: Any, previous_steps: Sequence[Any], *, context: Any) -> bool:
        if context.is_saving_in_progress or time.monotonic() - self._last < self._seconds:
            return False
        self._last = time.monotonic()
        return True


def options(every_ms: int) -> ocp.CheckpointManagerOptions:
    """Written in the background; what a killed process left half-written is removed at the next start."""
    return ocp.CheckpointManagerOptions(
        save_decision_policy=EveryInterval(every_ms / 1000),
        max_to_keep=KEEP,
        cleanup_tmp_directories=True,
        enable_async_checkpointing=True,
    )


class Finished:
    """Notices checkpoints that have become complete: Orbax renames a step's folder into place."""

    def __init__(self, root: Path):
        self.root = root / "actor"
        self._reported = self.latest()

    def latest(self) -> int:
        """The step of the newest complete checkpoint, 0 when there is none."""
        if not self.root.is_dir():
            return 0
        return max((int(path.name) for path in self.root.iterdir() if path.name.isdigit()), default=0)

    def news(self) -> int | None:
        """The step of a checkpoint that was completed since the last call, or None."""
        latest = self.latest()
        if latest <= self._reported:
            return None
        self._reported = latest
        return latest
