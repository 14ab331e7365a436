"""Notices when JAX compiles: after the first step of a run nothing may, or a shape has changed."""

from __future__ import annotations

import contextlib
from typing import Any

import jax.monitoring

EVENT = "/jax/core/compile/backend_compile_duration"
# Single operations that a step meets later than the others take milliseconds.
NOTABLE_S = 0.05


class CompileWatch:
    """Counts what was compiled since `reset`; `close` ends the watch."""

    def __init__(self) -> None:
        self.reset()
        jax.monitoring.register_event_duration_secs_listener(self._heard)

    def _heard(self, event: str, duration_secs: float, **kwargs: Any) -> None:
        if event == EVENT:
            self.seconds += duration_secs
            self.names.append(str(kwargs.get("fun_name", "a function")))

    def reset(self) -> None:
        self.seconds = 0.0
        self.names: list[str] = []

    @property
    def notable(self) -> bool:
        return self.seconds >= NOTABLE_S

    def close(self) -> None:
        # Tunix forgets all listeners when one of its loggers is closed.
        with contextlib.suppress(AssertionError, ValueError):
            jax.monitoring.unregister_event_duration_listener(self._heard)
