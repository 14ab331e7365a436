"""The file that keeps every rollout of a run; written by the stages that sample, read by the core along its events."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from forethought_trainer.events import append_whole


class RolloutFile:
    """rollouts/rollouts.jsonl in `place`: append only, one rollout a line; events point at byte ranges of it."""

    def __init__(self, folder: Path, place: Path):
        """folder: the job's, from which the events name the file."""
        path = place / "rollouts" / "rollouts.jsonl"
        self.name = path.relative_to(folder).as_posix()
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():  # a killed process may have left half a line; no event points there
            data = path.read_bytes()
            os.truncate(path, data.rfind(b"\n") + 1)
        self._fd = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)

    def append(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        """Appends a step's rollouts by one write; returns where they are."""
        data = b"".join(
            json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"
            for line in lines
        )
        offset = os.fstat(self._fd).st_size
        append_whole(self._fd, data)
        return {"file": self.name, "offset": offset, "bytes": len(data), "count": len(lines)}
