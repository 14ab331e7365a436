"""Notices when JAX compiles: after the first step of a run nothing may, or a shape has changed."""

from __future__ import annotations

import contextlib
import functools
import sys
from typing import Any

import jax
import jax.monitoring
import jax.numpy as jnp

EVENT = "/jax/core/compile/backend_compile_duration"
# What compiles faster is no part of a step's own work.
NOTABLE_S = 0.05


class CompileWatch:
    """Counts what was compiled since `reset`; `close` ends the watch."""

    def __init__(self) -> None:
        self.reset()
        jax.monitoring.register_event_duration_secs_listener(self._heard)

    def _heard(self, event: str, duration_secs: float, **kwargs: Any) -> None:
        if event == EVENT:
            self._took.append((str(kwargs.get("fun_name", "a function")), duration_secs))

    def reset(self) -> None:
        self._took: list[tuple[str, float]] = []

    @property
    def seconds(self) -> float:
        """Of all compilations."""
        return sum(seconds for _, seconds in self._took)

    @property
    def notable(self) -> dict[str, float]:
        """Seconds by name of what a step is made of. A single operation that is met later than the others is none of it, and on
        a busy machine it may take as long."""
        found: dict[str, float] = {}
        for name, seconds in self._took:
            if not is_single(name):
                found[name] = found.get(name, 0.0) + seconds
        return found if sum(found.values()) >= NOTABLE_S else {}

    def close(self) -> None:
        # Tunix forgets all listeners when one of its loggers is closed.
        with contextlib.suppress(AssertionError, ValueError):
            jax.monitoring.unregister_event_duration_listener(self._heard)


def is_single(name: str) -> bool:
    """Whether it is one of JAX's own operations, such as jit(equal), also by the name that it has inside: jit(_where)."""
    inner = name.removeprefix("jit(").removesuffix(")")
    public = inner.removeprefix("_")
    return inner in compiled_by_jax() or hasattr(jnp, public) or hasattr(jax.lax, public)


@functools.cache
def compiled_by_jax() -> frozenset[str]:
    """Names of the functions of JAX's own modules that it compiles; most of them are private, and called by public ones."""
    compiled = type(jax.jit(len))
    modules = [module for name, module in list(sys.modules.items()) if name.split(".")[0] == "jax"]
    values = [value for module in modules for value in list(vars(module).values())]
    return frozenset(getattr(value, "__name__", "") for value in values if isinstance(value, compiled))
