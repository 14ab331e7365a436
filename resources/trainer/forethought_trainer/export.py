"""The stage `export`: files for other programs, as <job folder>/spec.json says.

    python -m forethought_trainer export --job <folder>

An adapter becomes llama.cpp's GGUF LoRA; a base with its adapters a GGUF or a Hugging Face folder. It reads and writes
files, a block of rows at a time; nothing is computed on a device and JAX is not imported.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from forethought_trainer import job
from forethought_trainer.formats.bases import base_identity, open_base
from forethought_trainer.formats.gguf_write import ARCHITECTURE_OF, write_gguf, write_gguf_lora
from forethought_trainer.formats.merge import write_folder
from forethought_trainer.plan import Plan
from forethought_trainer.spec import ExportSpec
from forethought_trainer.writing import (
    Progress,
    adapter_bytes,
    adapters_of,
    join_adapters,
    merged_base,
    plan_of,
    weight_bytes,
    write_out,
)

USES_DEVICES = False
ADAPTER_FILE, MODEL_FILE = "adapter.gguf", "model.gguf"


def main(argv: list[str]) -> int:
    return job.main("export", argv, "Write a model or an adapter for other programs.")


def prepare(spec: ExportSpec, folder: Path) -> None:
    """There are no rows."""


def make_plan(spec: ExportSpec, folder: Path, inputs: None) -> Plan:
    if spec.what == "adapter":
        adapters = adapters_of(spec, folder)
        rank = sum(adapter.rank for adapter in adapters)
        return plan_of(spec, folder, [f"a GGUF LoRA of rank {rank}"], adapter_bytes(adapters))
    what = "a GGUF" if spec.format == "gguf" else "a Hugging Face folder"
    size = weight_bytes(merged_base(spec, folder, spec.dtype), spec.dtype)
    return plan_of(spec, folder, [f"{what} in {spec.dtype}"], size)


def carry_out(run: job.Run, spec: ExportSpec, inputs: None) -> job.Ending:
    run.log.phase("exporting", f"writing the {spec.what} as {spec.format}")

    def fill(folder: Path) -> dict[str, Any]:
        if spec.what == "adapter":
            export_adapter(run, spec, folder / ADAPTER_FILE)
            return {}
        base = merged_base(spec, run.folder, spec.dtype)
        progress = Progress(run, "exporting", weight_bytes(base, spec.dtype))
        if spec.format == "hf":
            write_folder(base, folder, spec.dtype, told=progress)
            return {"identity": base_identity(folder)}
        write_gguf(base, folder / MODEL_FILE, spec.name, spec.dtype, told=progress)
        return {"identity": base_identity(folder / MODEL_FILE)}

    more = {"what": spec.what, "format": spec.format, "dtype": spec.dtype}
    return write_out(run, spec, "export", "export", more, fill)


def export_adapter(run: job.Run, spec: ExportSpec, target: Path) -> None:
    """The adapters as one file: several are joined first, beside the target."""
    architecture = ARCHITECTURE_OF[open_base(run.folder / spec.base.path).geometry.architecture]
    adapters = adapters_of(spec, run.folder)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        adapter = adapters[0] if len(adapters) == 1 else join_adapters(spec, run.folder, Path(folder))
        write_gguf_lora(adapter, target, architecture, spec.name)
