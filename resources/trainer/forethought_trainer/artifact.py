"""Publishes an adapter: a folder that is either whole, with a manifest over every file, or not there.

artifacts/<name>/ is filled under a temporary name, each file is fsynced, the manifest comes last, then one
rename makes it visible. Whoever sees the folder may trust it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from forethought_trainer import VERSION
from forethought_trainer.spec import file_sha256
from forethought_trainer.spec.adapters import parent_of

MANIFEST = "manifest.json"
PACKAGES = (
    "google-tunix",
    "jax",
    "jaxlib",
    "flax",
    "qwix",
    "optax",
    "orbax-checkpoint",
    "numpy",
    "safetensors",
    "sentencepiece",
)


def describe_adapter(
    spec: Any, spec_sha256: str, name: str, step: int, metrics: Mapping[str, float]
) -> dict[str, Any]:
    """The manifest of an adapter, all but the files: where it comes from and what it is valid on.

    spec: of a kind that trains. An adapter that no reward has shaped names no suite.
    """
    suite = spec.reward_suite
    return {
        "version": 1,
        "name": name,
        "kind": "lora-adapter",
        "step": step,
        "parent": parent_of(spec.base),
        "jobId": spec.job_id,
        "specSha256": spec_sha256,
        "rewardSuite": {"name": suite.name, "hash": suite.hash} if suite else None,
        "dataSnapshot": spec.data.snapshot,
        "rank": spec.lora.rank,
        "alpha": spec.lora.alpha,
        "targets": list(spec.lora.targets),
        "trainer": {
            "version": VERSION,
            "packages": {package: metadata.version(package) for package in PACKAGES},
        },
        "metrics": dict(metrics),
    }


def publish(artifacts: Path, name: str, fill: Callable[[Path], None], manifest: dict[str, Any]) -> str:
    """Makes artifacts/<name>/ from what `fill` writes into an empty folder; returns the manifest's SHA-256.

    A name that is taken is never written again (FileExistsError). After any error, a full disk included, no
    folder of this name and nothing temporary is left.
    """
    final = artifacts / name
    if final.exists():
        raise FileExistsError(f"{final} is published already")
    temporary = artifacts / f"tmp-{name}"
    shutil.rmtree(temporary, ignore_errors=True)  # of a process that died here
    temporary.mkdir(parents=True)
    try:
        fill(temporary)
        files = {}
        for path in sorted(temporary.iterdir()):
            flush(path)
            files[path.name] = {"sha256": file_sha256(path), "bytes": path.stat().st_size}
        content = (
            json.dumps({**manifest, "files": files}, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        )
        (temporary / MANIFEST).write_text(content, encoding="utf-8")
        flush(temporary / MANIFEST)
        flush(temporary)
        temporary.rename(final)
        flush(artifacts)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return hashlib.sha256(content.encode()).hexdigest()


def published(artifacts: Path, name: str) -> str | None:
    """The SHA-256 of the manifest of artifacts/<name>, or None when there is none."""
    path = artifacts / name / MANIFEST
    return file_sha256(path) if path.is_file() else None


def flush(path: Path) -> None:
    """Forces a file or a folder to the disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
