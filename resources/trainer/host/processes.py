"""Which process is which, and files that are whole or absent: shared by shim.py and supervisor.py.

Standard library only, Python 3.8 or newer.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time


def boot_id():
    """Names this boot of the machine: a pid from before a reboot must never be taken for a living process."""
    with contextlib.suppress(OSError), open("/proc/sys/kernel/random/boot_id") as f:
        return f.read().strip()
    for key in ("kern.bootsessionuuid", "kern.boottime"):
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            return subprocess.check_output(["sysctl", "-n", key], universal_newlines=True).strip()
    return "unknown"


def start_time(pid, even_zombie=False):
    """When the process with this pid began, in the system's own words; None when there is no such process.

    A process that has ended and waits for its parent (a zombie) counts as gone unless `even_zombie`.
    """
    try:
        with open("/proc/%d/stat" % pid, "rb") as f:
            fields = f.read().rsplit(b")", 1)[1].split()
        return None if fields[0] in (b"Z", b"X") and not even_zombie else fields[19].decode()
    except (OSError, IndexError):
        if os.path.isdir("/proc/self"):
            return None
    try:  # macOS
        out = subprocess.check_output(["ps", "-o", "stat=,lstart=", "-p", str(pid)], universal_newlines=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    state, _, began = out.strip().partition(" ")
    return None if state.startswith("Z") and not even_zombie else began.strip() or None


def alive(identity):
    """True when the very process that `identity` {bootId, pid, startTime} describes is still running."""
    return (
        bool(identity)
        and identity.get("startTime") is not None
        and identity.get("bootId") == boot_id()
        and start_time(identity["pid"]) == identity["startTime"]
    )


def read_json(path):
    """The file's JSON, or None when it is missing or torn."""
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    except (OSError, ValueError):
        return None


def write_json(path, value):
    """Writes a file that is either whole or absent, whatever happens: temporary file, fsync, rename, fsync."""
    temporary = "%s.tmp-%d" % (path, os.getpid())
    with open(temporary, "w", encoding="utf-8") as f:
        json.dump(value, f, separators=(",", ":"))
        f.write("\n")
        f.flush()
        os.fsync(f.fileno())
    os.replace(temporary, path)
    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def unix_ms():
    return int(time.time() * 1000)
