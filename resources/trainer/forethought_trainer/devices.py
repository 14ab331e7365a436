"""Which devices a job runs on: those that it was meant for, laid out as its spec says."""

from __future__ import annotations

import os
from typing import Any

import jax
import numpy as np

from forethought_trainer.failures import Failure
from forethought_trainer.spec import Mesh


def check_platform(wanted: str | None) -> None:
    """JAX runs on what the spec names, and on the first of JAX_PLATFORMS: it falls back to a CPU without a word."""
    try:
        found = jax.default_backend()
    except RuntimeError as error:
        raise Failure(
            "environment",
            f"JAX found no device that it may use: {error}",
            os.environ.get("JAX_PLATFORMS", ""),
        ) from error
    named = os.environ.get("JAX_PLATFORMS", "").split(",")[0].strip()
    named = {"cuda": "gpu", "rocm": "gpu"}.get(named, named)
    for source, platform in (("env.platform", wanted), ("JAX_PLATFORMS", named)):
        if platform and platform != found:
            raise Failure(
                "environment",
                f"The job is for a {platform} ({source}), but JAX runs on a {found} here. Nothing was trained.",
                f"devices: {jax.devices()}",
            )


def make_mesh(shape: Mesh) -> jax.sharding.Mesh:
    """The mesh of the spec over the first devices; raises Failure where there are too few."""
    needed, there = shape.fsdp * shape.tp, jax.devices()
    if needed > len(there):
        raise Failure(
            "environment",
            f"The mesh of {shape.fsdp} x {shape.tp} needs {needed} devices, but JAX has {len(there)} here.",
            f"devices: {there}",
        )
    if needed < len(there) and jax.process_count() > 1:
        raise Failure(
            "environment",
            f"The mesh of {shape.fsdp} x {shape.tp} has {needed} devices, but the {jax.process_count()} processes have "
            f"{len(there)} together: all must be used, or a process would have nothing to do.",
            f"devices: {there}",
        )
    return jax.sharding.Mesh(np.array(there[:needed]).reshape(shape.fsdp, shape.tp), ("fsdp", "tp"))


def device_metrics() -> dict[str, float]:
    """Memory of the fullest device in bytes, now and at its peak; empty on a CPU, whose memory is the host's."""
    stats: list[dict[str, Any]] = [device.memory_stats() or {} for device in jax.local_devices()]
    used = [s["bytes_in_use"] for s in stats if "bytes_in_use" in s]
    peak = [s["peak_bytes_in_use"] for s in stats if "peak_bytes_in_use" in s]
    values = {}
    if used:
        values["device/mem_bytes"] = float(max(used))
    if peak:
        values["device/mem_peak_bytes"] = float(max(peak))
    return values
