"""Starts one job in several processes, as the hosts of a slice do, and ends some of them. Used by the test and the proof."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jobs

PROCESSES = 2
PATIENCE_S = 300


class SliceRun:
    """The processes of a job, each with a parent of its own in a process group of its own."""

    def __init__(self, folder: Path, devices: int):
        """devices: how many each process simulates."""
        self.folder = folder
        env = jobs.environment()
        env["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
        coordinator = f"127.0.0.1:{free_port()}"
        self.processes = [self._start(number, coordinator, env) for number in range(PROCESSES)]

    def _start(self, number: int, coordinator: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "forethought_trainer", "sft", "--job", str(self.folder)]
        command += ["--processes", str(PROCESSES), "--process-id", str(number), "--coordinator", coordinator]
        with self._said(number).open("wb") as said:
            return subprocess.Popen(
                command, env=env, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
            )

    def _said(self, number: int) -> Path:
        return self.folder / f"said-{number}.log"

    def until(self, there: Callable[[], bool]) -> None:
        """Waits while all work. Raises RuntimeError with what was said where one ends before, or nothing comes."""
        limit = time.monotonic() + PATIENCE_S
        while not there():
            if time.monotonic() > limit or any(process.poll() is not None for process in self.processes):
                raise RuntimeError(f"It did not come so far:\n{self.said()}")
            time.sleep(0.05)

    def kill(self, number: int) -> None:
        """A process with its parent, at once, as when its machine dies."""
        os.killpg(self.processes[number].pid, signal.SIGKILL)

    def kill_worker(self, number: int) -> None:
        """Only the process that works, as when its memory runs out."""
        pid = self.processes[number].pid
        child = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()[0]
        os.kill(int(child), signal.SIGKILL)

    def codes(self) -> list[int]:
        return [process.wait(PATIENCE_S) for process in self.processes]

    def said(self) -> str:
        return "\n".join(
            self._said(number).read_text(encoding="utf-8", errors="replace")[-4000:]
            for number in range(PROCESSES)
        )

    def __enter__(self) -> SliceRun:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def has_step(folder: Path, step: int) -> Callable[[], bool]:
    """Whether the log tells of this step."""

    def there() -> bool:
        path = folder / "events.jsonl"
        return path.exists() and f'"kind":"metrics","step":{step},' in path.read_text(encoding="utf-8")

    return there


def endings(folder: Path) -> list[dict[str, Any]]:
    """The last words of the job's log."""
    return [event for event in jobs.events(folder) if event["kind"] in ("failure", "done")]
