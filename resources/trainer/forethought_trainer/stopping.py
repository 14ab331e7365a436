"""When a run has to end early: a SIGTERM, or a deadline that is near. It ends between steps, with everything saved.

Used by the stages; must be listening before the slow imports begin.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path

# Saving and exporting after the last step; far less is needed for a small model.
EXPORT_RESERVE_S = 5.0
# Why no other step may begin, what presses more behind what presses less.
REASONS = ("deadline", "stopped")


class Signalled:
    """Whether a signal to end has come; the stages of a program share one."""

    came = False


class Stopper:
    """Knows whether another step may begin. `reason` is "stopped" or "deadline" once it may not."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._began = time.monotonic()
        self._signal_of = Signalled()
        self._whole = self
        self._needs: dict[str, float] = {}
        self._guesses: dict[str, float] = {}
        self.deadline_s: float | None = None
        self.reason: str | None = None

    def listen(self) -> None:
        """SIGTERM and SIGINT set a flag from now on; the main thread has to call this."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: object) -> None:
        if number == signal.SIGINT and self._signal_of.came:
            raise KeyboardInterrupt  # a person who presses Ctrl+C twice means now
        self._signal_of.came = True

    @property
    def signalled(self) -> bool:
        """True once a signal has come: whoever sent it kills what is not over in time."""
        return self._signal_of.came

    def share(self, seconds: float | None) -> Stopper:
        """A stopper for a part of the run, which has so many seconds from now (None: no end) and hears the same signals."""
        part = Stopper(self._folder)
        part._signal_of, part._whole = self._signal_of, self._whole
        part.deadline_s = seconds
        return part

    @property
    def left_s(self) -> float | None:
        """Seconds until the deadline, None without one."""
        return None if self.deadline_s is None else self.deadline_s - (time.monotonic() - self._began)

    def needs(self, what: str, seconds: float) -> None:
        """Learns how long a step takes, or what comes after the last one, such as an exam; the longest time counts."""
        self._needs[what] = max(self._needs.get(what, 0.0), seconds)

    def expects(self, what: str, seconds: float) -> None:
        """What `needs` has not said yet is taken to last so long."""
        self._guesses[what] = seconds

    def fits(self, what: str) -> bool:
        """Whether there is time for one thing more and the export after it. Until the deadline of all: a part of the run
        that takes more than its share leaves less to the others, and ends nothing."""
        known, left = self._guesses | self._needs, self._whole.left_s
        needed = 1.2 * (known.get(what, 0.0) + known.get("export", 0.0)) + EXPORT_RESERVE_S
        return left is None or left >= needed

    def now(self) -> bool:
        """True when no other step may begin."""
        if self._signal_of.came:
            # The supervisor leaves this file before it sends the signal for the deadline's sake.
            by_deadline = (self._folder / "requests" / "deadline.ack").exists()
            self.reason = "deadline" if by_deadline else "stopped"
            return True
        needed = 1.2 * sum((self._guesses | self._needs).values()) + EXPORT_RESERVE_S
        if self.left_s is not None and self.left_s < needed:
            self.reason = "deadline"
            return True
        return False
