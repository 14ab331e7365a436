"""Watches one running job for its shim: stop and kill requests, the deadline, a shim that died.

It holds nothing: what it knows is in the job folder, so the shim (or a person) can start another at any time.
Requests are files that core/jobs renames into place; each is acknowledged by a file before it is acted on. One that
was acknowledged by a supervisor which then died is acted on again.
Standard library only, Python 3.8 or newer.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

from processes import alive, read_json, unix_ms, write_json
from shim import write_exit

POLL_S = 0.2
# A trainer that was asked to stop finishes its step, saves and exports; a step of a large model takes minutes.
STOP_GRACE_S = 900.0
DEADLINE_GRACE_S = 120.0


class Watch:
    """One job under watch; `look` is called until it returns False."""

    def __init__(self, job, pid):
        self.job = job
        self.pid = pid
        self.kill_at = None
        for name in ("stop", "deadline"):
            if os.path.exists(self.path(name + ".ack")):
                self.signal(signal.SIGTERM)
                self.kill_after(self.grace_left(name))
        if os.path.exists(self.path("kill.ack")):
            self.kill_after(0.0)

    def path(self, name):
        return os.path.join(self.job, "requests", name)

    def grace_left(self, name):
        """Seconds that are left of an acknowledged request's grace."""
        ack = read_json(self.path(name + ".ack")) or {"wall": unix_ms(), "graceMs": STOP_GRACE_S * 1000}
        grace = ack["graceMs"] / 1000
        # A clock that was set back gives no more of it.
        return min(grace, grace - (unix_ms() - ack["wall"]) / 1000)

    def kill_after(self, grace_s):
        """The shortest of the graces counts: a stop gives no more time than the deadline does."""
        at = time.monotonic() + grace_s
        self.kill_at = at if self.kill_at is None else min(self.kill_at, at)

    def acknowledge(self, name, grace_s):
        """Asks the trainer to stop, for a reason that is on disk before the signal leaves."""
        write_json(
            self.path(name + ".ack"),
            {"wall": unix_ms(), "pid": self.pid["pid"], "graceMs": int(grace_s * 1000)},
        )
        self.signal(signal.SIGTERM)
        self.kill_after(grace_s)

    def signal(self, number, group=False):
        """To the trainer alone (its reward server must live until the step ends) or to its whole group."""
        if not alive(self.pid):
            return
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid["pid"], number)

    def asked(self, name):
        return os.path.exists(self.path(name)) and not os.path.exists(self.path(name + ".ack"))

    def overdue(self):
        limit = self.pid.get("deadlineMs")
        return limit is not None and time.monotonic() * 1000 >= self.pid["monoMs"] + limit

    def look(self):
        if not alive(self.pid):
            return False
        if self.asked("kill"):
            write_json(self.path("kill.ack"), {"wall": unix_ms(), "pid": self.pid["pid"]})
            self.signal(signal.SIGKILL, group=True)
        if self.asked("stop"):
            wish = read_json(self.path("stop"))
            grace = wish.get("graceMs") if isinstance(wish, dict) else None
            self.acknowledge("stop", grace / 1000 if isinstance(grace, (int, float)) else STOP_GRACE_S)
        if self.overdue() and not os.path.exists(self.path("deadline.ack")):
            self.acknowledge("deadline", DEADLINE_GRACE_S)
        if self.kill_at is not None and time.monotonic() >= self.kill_at:
            self.signal(signal.SIGKILL, group=True)
        return True


def main():
    job = os.path.abspath(sys.argv[1])
    pid = read_json(os.path.join(job, "pid.json"))
    if not pid:
        print("supervisor: %s has no pid.json" % job, file=sys.stderr)
        return 1
    watch = Watch(job, pid)
    while watch.look():
        time.sleep(POLL_S)
    # The shim writes the ending. If it is dead too, nobody knows the exit status, and that is what is written.
    if not alive(pid.get("shim")) and not os.path.exists(os.path.join(job, "exit.json")):
        write_exit(job, pid.get("attempt", 1), {"code": None, "signal": None, "reason": "unknown"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
