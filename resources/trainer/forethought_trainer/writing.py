"""Weights on their way into an artifact: what the stages that only read and write files have in common."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forethought_trainer import artifact, job
from forethought_trainer.formats.adapters import Adapter, concat_adapters, open_adapter
from forethought_trainer.formats.bases import BLOCK, BaseFiles, open_base
from forethought_trainer.formats.merged import Merged
from forethought_trainer.formats.safetensors_files import DTYPES
from forethought_trainer.plan import Finding, Plan
from forethought_trainer.spec import Header, file_sha256

# A block of rows as it is stored, in float64, and as it is written, in units of its float32 form.
BLOCKS_AT_ONCE = 4


class Stopped(Exception):
    """The run has to end before the file is whole."""


class Progress:
    """Says in words, every tenth of the way, how much has been written; ends the writing when the run has to end."""

    def __init__(self, run: job.Run, phase: str, total: int):
        self._run, self._phase, self._total = run, phase, total
        self._written = 0
        self._tenth = 0

    def __call__(self, written: int) -> None:
        self._written += written
        tenth = 10 * self._written // max(self._total, 1)
        if tenth > self._tenth:
            self._tenth = tenth
            self._run.log.phase(
                self._phase, f"{self._written / 1e9:.2f} of {self._total / 1e9:.2f} GB written"
            )
        if self._run.stopper.now():
            raise Stopped


def merged_base(spec: Header, folder: Path, dtype: str) -> BaseFiles:
    """The spec's base with its adapters in it, to be written in this type."""
    base = open_base(folder / spec.base.path)
    adapters = adapters_of(spec, folder)
    return Merged(base, adapters, dtype) if adapters else base


def adapters_of(spec: Header, folder: Path) -> list[Adapter]:
    return [open_adapter(folder / adapter.path) for adapter in spec.base.adapters]


def join_adapters(spec: Header, folder: Path, out: Path) -> Adapter:
    """One adapter that is all of the spec's, written to `out`."""
    return concat_adapters([folder / adapter.path for adapter in spec.base.adapters], out)


def weight_bytes(base: BaseFiles, dtype: str) -> int:
    return parameters(base) * DTYPES[{"float32": "F32", "bfloat16": "BF16", "float16": "F16"}[dtype]].itemsize


def parameters(base: BaseFiles) -> int:
    return sum(math.prod(shape) for shape in base.shapes.values())


def adapter_bytes(adapters: Sequence[Adapter]) -> int:
    """Of one adapter that is all of these: every weight that any of them changes gets the sum of their ranks."""
    rank = sum(adapter.rank for adapter in adapters)
    pairs = {name: pair for adapter in adapters for name, pair in adapter.pairs.items()}
    return 4 * rank * sum(pair.a.shape[1] + pair.b.shape[0] for pair in pairs.values())


def plan_of(spec: Header, folder: Path, text: list[str], size: int) -> Plan:
    """text: what is made; size: bytes that it takes on the disk."""
    lines = [f"base {spec.base.model_id} {spec.base.sha256[:12]}"]
    lines += [f"  with {a.name} {a.manifest_sha256[:12]}" for a in spec.base.adapters]
    plan = Plan(
        [*lines, *text, f"{size / 1e9:.2f} GB on the disk"],
        parameters(open_base(folder / spec.base.path)),
        trainable=0,
        memory_bytes=BLOCKS_AT_ONCE * BLOCK * 4,
        steps=0,
        tokens_per_step=0,
    )
    free = shutil.disk_usage(folder).free
    if free < size:
        plan.findings.append(
            Finding(
                "disk",
                "base.path",
                f"The disk of the job folder has {free / 1e9:.2f} GB left, and {size / 1e9:.2f} GB are to be written.",
            )
        )
    return plan


def write_out(
    run: job.Run, spec: Header, name: str, kind: str, more: dict[str, Any], fill: artifact.Fill
) -> job.Ending:
    """Publishes what `fill` writes, and ends the stage. more: what the manifest says beside what each one says."""
    spec_sha256 = file_sha256(run.folder / "spec.json")
    manifest = artifact.describe(spec, spec_sha256, run.prefix + name, kind, step=0)
    try:
        published = artifact.publish_once(run.log, run.folder / "artifacts", fill, {**manifest, **more})
    except Stopped:
        return job.Ending(run.stopper.reason or "stopped", 0)
    return job.Ending("completed", 0, published)
