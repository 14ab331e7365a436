"""The job's log: events.jsonl, one line for each thing that happened, each written by one write().

Written by the stages and by the heartbeat thread; read by the core, which trusts it line by line (sequence
number, CRC) and byte by byte (offset). A second process for the same job goes on in the same file.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
import uuid
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forethought_trainer.failures import NO_SPACE

VERSION = 1
STEP_TIME = "perf/step_s"
RESERVE_BYTES = 64 * 1024
# After these a reader may act on files, or nothing more may come: they must be on the disk.
DURABLE = frozenset({"start", "checkpoint", "artifact.ready", "failure", "done"})
# One of these is the last that an attempt says.
ENDS = frozenset({"failure", "done"})


def encode(event: dict[str, Any]) -> bytes:
    """The line of an event: its JSON, and in it the CRC-32 of the JSON without it, as 8 hex digits."""
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    crc = zlib.crc32(body.encode("utf-8"))
    return f'{body[:-1]},"crc":"{crc:08x}"}}\n'.encode()


def decode(line: bytes) -> dict[str, Any]:
    """The event of a line; raises ValueError when the line is torn or its CRC does not fit."""
    text = line.decode("utf-8").rstrip("\n")
    body, mark, crc = text.rpartition(',"crc":"')
    if not mark or crc != f'{zlib.crc32((body + "}").encode("utf-8")):08x}"}}':
        raise ValueError(f"a line of events.jsonl is damaged: {text[:80]}…")
    return json.loads(body + "}")


def told_by_step(folder: Path, kind: str, last: int) -> dict[int, list[dict[str, Any]]]:
    """Events of a kind by their step, up to the last one wanted: of the run, or of the stage that began last.

    A stage of a program may begin with an exam at the last step of the stage before it, so steps alone do not tell them apart.
    """
    path, stage = folder / "events.jsonl", None
    found: dict[int, list[dict[str, Any]]] = {}
    for line in path.read_bytes().splitlines():
        with contextlib.suppress(ValueError):
            event = decode(line)
            if event["kind"] == "stage" and event["id"] != stage:
                found, stage = {}, event["id"]
            elif event["kind"] == kind and event["step"] <= last:
                found.setdefault(event["step"], []).append(event)
    return found


@dataclass
class History:
    """What an earlier process of the same job has left in the log."""

    log: str = ""
    seq: int = 0
    mono: int = 0
    attempts: int = 0
    done: dict[str, Any] | None = None
    ended: bool = False  # the newest attempt has told how
    artifacts: dict[str, str] = field(default_factory=dict)  # name -> sha256 of its manifest
    stage: str = ""  # of a program, the one that has begun last
    # Of that stage, or of the run, the newest of each metric; of perf/step_s the newest that holds no compilation.
    values: dict[str, float] = field(default_factory=dict)
    compiling: bool = True  # the next step is the first of a process, or of a stage

    @staticmethod
    def read(path: Path, repair: bool = True) -> History:
        """Reads the log and cuts off a torn last line: no reader has taken it, and nothing may follow it.

        repair: whether to cut; only the log's writer may.
        """
        history = History()
        if not path.exists():
            return history
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if repair and whole < len(data):
            os.truncate(path, whole)
        for line in data[:whole].splitlines():
            with contextlib.suppress(ValueError):
                history.take(decode(line))
        return history

    def take(self, event: dict[str, Any]) -> None:
        self.seq, self.mono = event["seq"] + 1, event["mono"]
        if event["kind"] in ENDS:
            self.ended = True
        if event["kind"] == "start":
            self.log = event["log"]
            self.attempts = event["attempt"]
            self.ended = False
            self.compiling = True
        elif event["kind"] == "artifact.ready":
            self.artifacts[event["name"]] = event["manifestSha256"]
        elif event["kind"] == "metrics":
            self.take_values(event["values"])
        elif event["kind"] == "stage" and event["id"] != self.stage:
            self.stage, self.values, self.compiling = event["id"], {}, True
        elif event["kind"] == "done":
            self.done = event

    def take_values(self, values: dict[str, float]) -> None:
        if STEP_TIME in values and self.compiling:
            self.compiling = False
            values = {name: value for name, value in values.items() if name != STEP_TIME}
        self.values |= values


class EventLog:
    """The one writer of a job's events.jsonl; safe to use from several threads.

    begins: whether an attempt begins with it; without, it says a last word for one whose process has died.
    """

    def __init__(self, folder: Path, job_id: str, begins: bool = True):
        self.path = folder / "events.jsonl"
        self.history = History.read(self.path)
        self.attempt = self.history.attempts + begins
        self._lock = threading.Lock()
        self._seq = self.history.seq
        self._began = time.monotonic()
        self._reserve = folder / "events.reserve"
        self._fd = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)
        if not begins:
            self._began -= self.history.mono / 1000
            return
        self.write(
            "start",
            log=self.history.log or str(uuid.uuid4()),
            jobId=job_id,
            pid=os.getpid(),
            attempt=self.attempt,
        )
        # Room for the last words on a disk that has filled up.
        self._reserve.write_bytes(b"\0" * RESERVE_BYTES)

    def write(self, kind: str, **payload: Any) -> None:
        """Appends one event. Raises OSError when the disk is full, and then leaves no half line behind."""
        with self._lock:
            event = {
                "v": VERSION,
                "seq": self._seq,
                "mono": int((time.monotonic() - self._began) * 1000),
                "wall": int(time.time() * 1000),
                "kind": kind,
                **payload,
            }
            append_whole(self._fd, encode(event))
            self._seq += 1
            if kind in DURABLE:
                os.fsync(self._fd)

    def last_words(self, kind: str, **payload: Any) -> None:
        """Like write, and where the disk is full, in the room that was kept for it."""
        try:
            self.write(kind, **payload)
        except OSError as error:
            if error.errno not in NO_SPACE:
                raise
            self._reserve.unlink(missing_ok=True)
            self.write(kind, **payload)

    def phase(self, phase: str, message: str) -> None:
        """Says in words what the run is doing now."""
        self.write("phase", phase=phase, message=message)

    def warn(self, code: str, message: str, **more: Any) -> None:
        self.write("warning", code=code, message=message, **more)
        print(f"warning: {message}", flush=True)

    def close(self) -> None:
        self._reserve.unlink(missing_ok=True)
        os.close(self._fd)


def append_whole(fd: int, data: bytes) -> None:
    """Appends `data` by one write, or not at all: what a full disk took of it is cut off again."""
    before = os.fstat(fd).st_size
    written = 0
    try:
        while written < len(data):  # a regular file takes all at once, except on a disk that is filling up
            written += os.write(fd, data[written:])
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(fd, before)
        raise


@dataclass
class Progress:
    """Where the run is; the stage moves it on, the heartbeat reads it."""

    total_steps: int = 0
    step: int = 0


class Heartbeat:
    """Writes a heartbeat every two seconds from its own thread, so that silence means trouble and not work."""

    def __init__(self, log: EventLog, progress: Progress, seconds: float = 2.0):
        self._log = log
        self._progress = progress
        self._seconds = seconds
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def _beat(self) -> None:
        while not self._end.wait(self._seconds):
            # A disk that is full is the main thread's to report: it will meet it at its next write.
            with contextlib.suppress(OSError):
                self._log.write("heartbeat", step=self._progress.step, totalSteps=self._progress.total_steps)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
