"""Holds the installed packages against requirements.lock; called at the start of a run.

An interpreter that somebody has named, or an environment that somebody has changed, may train as well as the
locked one, but not the same: a run says so, that its numbers can be understood later.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

LOCK = Path(__file__).parent.parent / "requirements.lock"


def differences(lock: Path = LOCK) -> list[str]:
    """What is installed otherwise than locked, as "jax 0.9.0 (locked: 0.10.2)", in the lock's order."""
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    installed = {name: version_of(name) for name, _ in pins}
    return [
        f"{name} {installed[name] or 'missing'} (locked: {version})"
        for name, version in pins
        if installed[name] != version
    ]


def version_of(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
