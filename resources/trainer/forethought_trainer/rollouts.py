"""The file that keeps every rollout of a run; written by the stages that sample, read by the core along its events."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forethought_trainer.events import append_whole

CHUNK = 1 << 16


class RolloutFile:
    """rollouts/rollouts.jsonl in `place`: append only, one rollout a line; events point at byte ranges of it.

    In rollouts.jsonl.gz each range is a gzip member of its own, so that any step can be read alone.
    """

    def __init__(self, folder: Path, place: Path, encoding: str = "plain"):
        """folder: the job's, from which the events name the file."""
        self._gzip = encoding == "gzip"
        path = place / "rollouts" / ("rollouts.jsonl.gz" if self._gzip else "rollouts.jsonl")
        self.name = path.relative_to(folder).as_posix()
        path.parent.mkdir(parents=True, exist_ok=True)
        # A killed process may have left half a line, or half a member; no event points there.
        if path.exists():
            os.truncate(path, self._whole(path))
        self._fd = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)

    def _whole(self, path: Path) -> int:
        """How many bytes of the file are whole."""
        if self._gzip:
            return max((end for _, end in whole_members(path)), default=0)
        return path.read_bytes().rfind(b"\n") + 1

    def append(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        """Appends a step's rollouts by one write; returns where they are."""
        data = b"".join(
            json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"
            for line in lines
        )
        if self._gzip:
            data = gzip.compress(data, compresslevel=6, mtime=0)
        offset = os.fstat(self._fd).st_size
        append_whole(self._fd, data)
        where: dict[str, Any] = {"file": self.name, "offset": offset, "bytes": len(data), "count": len(lines)}
        return {**where, "encoding": "gzip"} if self._gzip else where

    def close(self) -> None:
        os.close(self._fd)


def read_range(folder: Path, where: dict[str, Any]) -> list[dict[str, Any]]:
    """The rollouts that an event of the job in `folder` points at."""
    with (folder / where["file"]).open("rb") as file:
        file.seek(where["offset"])
        data = file.read(where["bytes"])
    return [
        json.loads(line) for line in (gzip.decompress(data) if "encoding" in where else data).splitlines()
    ]


def whole_members(path: Path) -> Iterator[tuple[bytes, int]]:
    """What each gzip member of a file holds, and where it ends; up to the first that is torn or damaged."""
    with path.open("rb") as file:
        packed, end = b"", 0
        while True:
            # 16: gzip's header and check sum around it
            unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            parts: list[bytes] = []
            while not unpacker.eof:
                packed = packed or file.read(CHUNK)
                if not packed:
                    return
                try:
                    parts.append(unpacker.decompress(packed))
                except zlib.error:
                    return
                end += len(packed) - len(unpacker.unused_data)
                packed = unpacker.unused_data
            yield b"".join(parts), end


def read_rollouts(folder: Path) -> Iterator[dict[str, Any]]:
    """Every whole line of a rollouts folder, plain and packed; nothing where there is none."""
    plain, packed = folder / "rollouts.jsonl", folder / "rollouts.jsonl.gz"
    if plain.is_file():
        with plain.open("rb") as lines:
            yield from (json.loads(line) for line in lines if line.endswith(b"\n"))
    if packed.is_file():
        for text, _ in whole_members(packed):
            yield from map(json.loads, text.splitlines())
