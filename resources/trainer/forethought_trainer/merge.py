"""The stage `merge`: the base's adapters become new weights, or one adapter, as <job folder>/spec.json says.

    python -m forethought_trainer merge --job <folder>

It reads and writes files, a block of rows at a time; nothing is computed on a device and JAX is not imported.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from forethought_trainer import job
from forethought_trainer.formats.bases import base_identity
from forethought_trainer.formats.merge import write_folder
from forethought_trainer.plan import Plan
from forethought_trainer.spec import MergeSpec
from forethought_trainer.spec.adapters import chain_identity, chain_of, read_manifest
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


def main(argv: list[str]) -> int:
    return job.main("merge", argv, "Merge adapters into their base, or into one adapter.")


def prepare(spec: MergeSpec, folder: Path) -> None:
    """There are no rows."""


def make_plan(spec: MergeSpec, folder: Path, inputs: None) -> Plan:
    if spec.form == "merged":
        base = merged_base(spec, folder, spec.dtype)
        what = f"merged and written as {spec.dtype}, files of up to {spec.shard_bytes / 1e9:.1f} GB"
        return plan_of(spec, folder, [what], weight_bytes(base, spec.dtype))
    adapters = adapters_of(spec, folder)
    ranks = " + ".join(str(adapter.rank) for adapter in adapters)
    what = f"joined to one adapter, rank {ranks}" if adapters else "adapters joined to one"
    return plan_of(spec, folder, [what], adapter_bytes(adapters))


def carry_out(run: job.Run, spec: MergeSpec, inputs: None) -> job.Ending:
    run.log.phase("merging", ", ".join(adapter.name for adapter in spec.base.adapters))
    return merge_weights(run, spec) if spec.form == "merged" else merge_adapters(run, spec)


def merge_weights(run: job.Run, spec: MergeSpec) -> job.Ending:
    """A Hugging Face folder with an identity of its own.

    exact: nothing was rounded away, so that what was trained on the base with its adapters in it is valid here too.
    """
    base = merged_base(spec, run.folder, spec.dtype)
    progress = Progress(run, "merging", weight_bytes(base, spec.dtype))
    chain = chain_of(spec.base)
    more = {
        "dtype": spec.dtype,
        "exact": spec.dtype == "float32",
        "chain": chain,
        "chainSha256": chain_identity(chain),
    }

    def fill(folder: Path) -> dict[str, Any]:
        write_folder(base, folder, spec.dtype, spec.shard_bytes, progress)
        return {"identity": base_identity(folder)}

    return write_out(run, spec, "merged", "merged-model", more, fill)


def merge_adapters(run: job.Run, spec: MergeSpec) -> job.Ending:
    """A PEFT adapter, valid on what the first of them was trained on.

    With it the base computes what it computes with the last of them upon the others: whose reference.json, where it
    has one, is its own therefore. Suite and data are the last one's too.
    """
    manifests = [
        read_manifest(adapter, run.folder, f"base.adapters[{i}]")
        for i, adapter in enumerate(spec.base.adapters)
    ]
    last = manifests[-1]

    def fill(folder: Path) -> dict[str, Any]:
        joined = join_adapters(spec, run.folder, folder)
        if "reference.json" in last["files"]:
            reference = run.folder / spec.base.adapters[-1].path / "reference.json"
            (folder / "reference.json").write_bytes(reference.read_bytes())
        return {"rank": joined.rank, "alpha": joined.alpha, "targets": joined.targets}

    more = {
        "parent": manifests[0]["parent"],
        "rewardSuite": last.get("rewardSuite"),
        "dataSnapshot": last.get("dataSnapshot"),
        "joined": [
            {"name": adapter.name, "manifestSha256": adapter.manifest_sha256}
            for adapter in spec.base.adapters
        ],
        "metrics": {},
    }
    return write_out(run, spec, "joined", "lora-adapter", more, fill)
