"""Sees to it that a slice ends with a word, however one of its processes ends.

A process of a slice can end without being asked: killed, out of memory, or by JAX itself, which aborts a process when
it has lost another one. So each works in a child of a small parent that imports nothing heavy, waits, and writes the
job's `failure` event where nobody has written one.

Process 0 and its parent hold a lock on <job>/slice/lock as long as one of them lives. Whoever else wants to have the
last word gets the lock only when both are gone: there is never more than one writer of the log. On a disk without locks
nobody can know that, and only process 0 and its parent write.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from forethought_trainer.checked import SpecError
from forethought_trainer.events import EventLog, History
from forethought_trainer.failures import Failure
from forethought_trainer.slices import Slice

# How long the words of a process that has ended may take to be seen by another one.
WORDS_S = 3.0
# What asks a process to end.
ENDING = (signal.SIGTERM, signal.SIGINT)
AFTERWARDS = "All processes have ended; the last checkpoint and what was published are intact. Start the job again to go on."


def words_of(folder: Path, process: int) -> Path:
    """Where a process other than 0 leaves how it failed."""
    return folder / "slice" / f"process-{process}.json"


class UnwrittenLog(EventLog):
    """What processes other than 0 have instead of a log: they read what was before, and nothing they say is written.

    Only how one failed is left, for process 0 to tell.
    """

    def __init__(self, folder: Path, part: Slice):
        self.path = folder / "events.jsonl"
        self.history = History.read(self.path, repair=False)
        self._words = words_of(folder, part.process)

    def write(self, kind: str, **payload: Any) -> None:
        pass

    def warn(self, code: str, message: str, **more: Any) -> None:
        pass

    def last_words(self, kind: str, **payload: Any) -> None:
        leave_words(self._words, payload)

    def close(self) -> None:
        pass


def leave_words(path: Path, words: dict[str, Any]) -> None:
    """Whole or not at all: process 0 may be reading."""
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    temporary.rename(path)


def watch(folder: Path, part: Slice, job_id: str, work: Callable[[], int]) -> int:
    """Does the work in a child and returns its exit code, 1 where it has none. Raises SpecError for a taken place."""
    lock = open_lock(folder)
    try:
        if part.first and not take(lock):
            raise SpecError("--process-id", "is 0, but process 0 of this job is running already.")
        words_of(folder, part.process).unlink(missing_ok=True)
        code = run_child(work, part)
        if code in (0, 2):
            return code
        if not part.first:
            if code < 0:
                leave_words(words_of(folder, part.process), lost(part, code))
            if not wait_for(lock):
                return 1
        with held_back():
            have_last_word(folder, job_id, part, code)
        return 0 if part.first and History.read(folder / "events.jsonl").done else 1
    finally:
        os.close(lock)


def run_child(work: Callable[[], int], part: Slice) -> int:
    """The child's exit code, negative where a signal ended it. Signals to end are passed on to it, and end this one then."""
    sys.stdout.flush()
    sys.stderr.flush()
    guard = os.getpid()
    with held_back() as before:  # none is lost until there is somebody to pass it on
        child = os.fork()
        if child == 0:
            die_with(guard)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            finish_with(work, part)
        for number in ENDING:
            signal.signal(number, lambda number, _: end(child, number))
    if hasattr(os, "waitid"):  # not on every macOS
        # Until it is reaped, below, nobody else can have its number, to which signals are passed on.
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    with held_back():
        _, status = os.waitpid(child, 0)
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
    return os.waitstatus_to_exitcode(status)


@contextlib.contextmanager
def held_back() -> Iterator[set[Any]]:
    """Signals to end come only when this is over. Gives what was blocked before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield before
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def sole_writer(folder: Path) -> Iterator[bool]:
    """Whether nobody else writes the log as long as this lasts. Where that cannot be known, no."""
    lock = open_lock(folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        yield False
    else:
        yield True
    finally:
        os.close(lock)


def open_lock(folder: Path) -> int:
    (folder / "slice").mkdir(exist_ok=True)
    return os.open(folder / "slice" / "lock", os.O_CREAT | os.O_RDWR, 0o644)


def take(lock: int) -> bool:
    """Whether process 0 may begin: another one has not."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        warn_of_no_locks(error)
    return True


def wait_for(lock: int) -> bool:
    """Waits until process 0 and its parent are gone, and others that wait for the same; no where nobody can know that."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError as error:
        warn_of_no_locks(error)
        return False
    return True


def warn_of_no_locks(error: OSError) -> None:
    print(
        f"warning: the disk of the job folder has no file locks ({error}). Only process 0 and its parent write the log, so "
        "that it has no last word when both are killed; and nothing keeps a second process 0 from being started.",
        file=sys.stderr,
        flush=True,
    )


def die_with(guard: int) -> None:
    """A process whose parent was killed must not go on unseen (Linux; elsewhere it ends with the others' sentence)."""
    with contextlib.suppress(Exception):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != guard:
        os._exit(1)


def finish_with(work: Callable[[], int], part: Slice) -> None:
    """The child's life. It ends without Python's farewells: JAX's would wait for processes that are gone."""
    code = 1
    try:
        if not part.first:
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  to the end of the process
        code = work()
    except BaseException:  # noqa: BLE001  this is the process's end, whatever it is
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def end(child: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


def have_last_word(folder: Path, job_id: str, part: Slice, code: int) -> None:
    """Writes the failure where the log has no end."""
    history = History.read(folder / "events.jsonl")
    if history.ended:
        return
    words = told_by_others(folder, part) or lost(part, code)
    print(f"forethought_trainer: {words['message']}", file=sys.stderr, flush=True)
    log = EventLog(folder, job_id, begins=not history.log)
    log.last_words("failure", **words)
    log.close()


def lost(part: Slice, code: int) -> dict[str, Any]:
    """How this process ended; one that JAX has aborted had lost another one, which has told nothing."""
    if code == -signal.SIGABRT:
        gone = "Another process" if part.first else "Process 0"
        message = (
            f"{gone} of the slice of {part.processes} has ended without a word, for which JAX ended process "
            f"{part.process} (SIGABRT)."
        )
    else:
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        message = f"Process {part.process} of the slice of {part.processes} {how}."
    return {"class": "slice", "message": f"{message} {AFTERWARDS}", "detail": ""}


def told_by_others(folder: Path, part: Slice, patience: float = 0.0) -> dict[str, Any] | None:
    """How another process says it failed. One that JAX has aborted has lost another one, and comes last."""
    limit = time.monotonic() + patience
    while True:
        found = []
        for process in range(1, part.processes):
            with contextlib.suppress(OSError, ValueError):
                if process != part.process:
                    words = json.loads(words_of(folder, process).read_text(encoding="utf-8"))
                    found.append((process, words))
        if found or time.monotonic() >= limit:
            break
        time.sleep(0.05)
    if not found:
        return None
    process, words = min(found, key=lambda each: "SIGABRT" in each[1]["message"])
    if words["class"] != "slice":
        words["message"] = f"Process {process} of the slice failed: {words['message']}"
    return words


def explained(folder: Path, part: Slice, failure: Failure, error: Exception) -> Failure:
    """A failure in process 0 that is another one's doing, with that one's words where it has left some."""
    if part.alone or failure.kind != "internal" or not is_lost_peer(error):
        return failure
    words = told_by_others(folder, part, WORDS_S)
    if words:
        return Failure(words["class"], words["message"], words.get("detail", ""))
    return Failure(
        "slice",
        f"Another process of the slice of {part.processes} has ended, or cannot be reached any more. {AFTERWARDS}",
        failure.detail,
    )


def is_lost_peer(error: Exception) -> bool:
    """Whether JAX, its collectives or its coordination say so."""
    text = repr(error)
    return any(sign in text for sign in ("Gloo", "gloo", "UNAVAILABLE", "DEADLINE_EXCEEDED", "oordination"))
