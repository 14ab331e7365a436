"""Publishes what a job makes: a folder that is either whole, with a manifest over every file, or not there.

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
from forethought_trainer.events import EventLog
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


def describe(spec: Any, spec_sha256: str, name: str, kind: str, step: int) -> dict[str, Any]:
    """What the manifest of every artifact says, all but the files: what it is, what it was made on, by whom.

    parent: the base with the adapters in it. An artifact that no reward has shaped names no suite.
    """
    suite, data = (getattr(spec, block, None) for block in ("reward_suite", "data"))
    return {
        "version": 1,
        "name": name,
        "kind": kind,
        "step": step,
        "parent": parent_of(spec.base),
        "jobId": spec.job_id,
        "specSha256": spec_sha256,
        "rewardSuite": {"name": suite.name, "hash": suite.hash} if suite else None,
        "dataSnapshot": data.snapshot if data else None,
        "trainer": {
            "version": VERSION,
            "packages": {package: metadata.version(package) for package in PACKAGES},
        },
    }


def describe_adapter(
    spec: Any, spec_sha256: str, name: str, step: int, metrics: Mapping[str, float]
) -> dict[str, Any]:
    """The manifest of an adapter that was trained; its parent is what it is valid on, also where it began from another."""
    start = spec.lora.start
    return {
        **describe(spec, spec_sha256, name, "lora-adapter", step),
        "rank": spec.lora.rank,
        "alpha": spec.lora.alpha,
        "targets": list(spec.lora.targets),
        **({"startedFrom": {"name": start.name, "sha256": start.sha256}} if start else {}),
        "metrics": dict(metrics),
    }


Fill = Callable[[Path], dict[str, Any] | None]


def publish_once(
    log: EventLog, artifacts: Path, fill: Fill, manifest: dict[str, Any], score: dict[str, Any] | None = None
) -> str:
    """Publishes what this manifest describes and tells of it; returns its name.

    What an earlier process of the job has published, or told, is not published, or told, again; but where that one was cut
    after fewer steps, its part gives way to the whole.
    """
    name = manifest["name"]
    sha256 = published(artifacts, name, manifest["step"])
    if sha256 is None:
        sha256 = publish(artifacts, name, fill, manifest)
    if log.history.artifacts.get(name) != sha256:
        log.write(
            "artifact.ready",
            name=name,
            path=f"artifacts/{name}",
            artifact=manifest["kind"],
            step=manifest["step"],
            manifestSha256=sha256,
            score=score,
        )
    return name


def publish(artifacts: Path, name: str, fill: Fill, manifest: dict[str, Any]) -> str:
    """Makes artifacts/<name>/ from what `fill` writes into an empty folder; returns the manifest's SHA-256.

    What `fill` returns goes into the manifest too: what is known only once the files are there. A name that is
    taken is never written again (FileExistsError), but for one of another step: the process that published it could
    not say that it was done, and the run has gone on since. It stays until the new one is whole. After any error, a
    full disk included, what was there before is there, and nothing temporary.
    """
    final, temporary, older = (artifacts / each for each in (name, f"tmp-{name}", f"tmp-{name}-older"))
    if published(artifacts, name, manifest.get("step")) is not None:
        raise FileExistsError(f"{final} is published already")
    put_back(older, final)  # a process may have died here
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        manifest = {**manifest, **(fill(temporary) or {})}
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
        if final.exists():
            final.rename(older)  # no rename puts a folder in the place of another one
        temporary.rename(final)
        flush(artifacts)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    finally:
        put_back(older, final)
    return hashlib.sha256(content.encode()).hexdigest()


def put_back(older: Path, final: Path) -> None:
    """What was moved aside counts again where nothing came in its place; else it goes."""
    if older.exists() and not final.exists():
        older.rename(final)
    shutil.rmtree(older, ignore_errors=True)


def withdraw(artifacts: Path, name: str) -> None:
    """Takes away what is published under this name, at once: nobody sees a part of it."""
    final, older = artifacts / name, artifacts / f"tmp-{name}-older"
    shutil.rmtree(older, ignore_errors=True)  # of a process that died while it put another one in its place
    if final.exists():
        final.rename(older)
        flush(artifacts)
        shutil.rmtree(older, ignore_errors=True)


def published(artifacts: Path, name: str, step: int | None = None) -> str | None:
    """The SHA-256 of the manifest of artifacts/<name>, or None when there is none. step: one of another step is none."""
    path = artifacts / name / MANIFEST
    if not path.is_file():
        return None
    of_another = step is not None and json.loads(path.read_text(encoding="utf-8")).get("step") != step
    return None if of_another else file_sha256(path)


def flush(path: Path) -> None:
    """Forces a file or a folder to the disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def replace_text(path: Path, content: str) -> None:
    """Writes a file whole or not at all: what was there before stays until the new one is on the disk."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(content, encoding="utf-8")
    flush(temporary)
    temporary.rename(path)
    flush(path.parent)
