"""Adapters that lie under a new one: which chain they form, and whether each belongs where it is put. No JAX.

An adapter is valid on exactly what it was trained on. Its manifest names that by hash, and it is refused elsewhere
before its weights are read: on another base it would load without a word and look plausible.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from forethought_trainer.checked import SpecError, unreadable
from forethought_trainer.formats.adapters import (
    WEIGHTS,
    Needed,
    UnsupportedAdapter,
    check_fits,
    needed_for,
    open_adapter,
)
from forethought_trainer.formats.bases import BaseFiles, file_sha256, open_base
from forethought_trainer.spec.blocks import Adapter, Base, Lora, Start
from forethought_trainer.strict_json import NotJson, parse


def chain_of(base: Base) -> list[str]:
    """What is computed with, from the bottom up: the base and each adapter by hash."""
    return [f"base {base.sha256}", *(f"adapter {adapter.manifest_sha256}" for adapter in base.adapters)]


def chain_identity(chain: list[str]) -> str:
    """Known by the base's own hash, or with adapters in it by the hash of the chain, a line each."""
    if len(chain) == 1:
        return chain[0].removeprefix("base ")
    return hashlib.sha256("".join(f"{line}\n" for line in chain).encode()).hexdigest()


def parent_of(base: Base) -> dict[str, Any]:
    """The parent that the manifest of an adapter names which is trained on this base with its adapters."""
    chain, merged = chain_of(base), base.merged_from
    parent: dict[str, Any] = {"modelId": base.model_id, "sha256": chain_identity(chain)}
    if len(chain) > 1:
        parent["chain"] = chain
    if merged:
        parent["mergedFrom"] = {"chain": merged.chain, "exact": merged.exact}
    return parent


def merged_from(base: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """`mergedFrom` of a base that is a merged model with this manifest. base: the spec's, that it was made of."""
    before = base.get("mergedFrom") or {"chain": manifest["chain"][:1], "exact": True}
    return {
        "chain": before["chain"] + manifest["chain"][1:],
        "exact": before["exact"] and manifest["exact"],
    }


def trained_on(manifest: dict[str, Any]) -> set[str]:
    """What an adapter is valid on: its parent, and where that was merged without rounding, what it was made of."""
    parent = manifest.get("parent") or {}
    merged = parent.get("mergedFrom") or {}
    if not merged.get("exact"):
        return {str(parent.get("sha256"))}
    upon = parent.get("chain") or [""]
    return {str(parent.get("sha256")), chain_identity(merged["chain"] + upon[1:])}


def also_known_as(base: Base, folder: Path) -> set[str]:
    """Identities of the bare base: its own, and the chain's that a merged model was made of without rounding."""
    known = {base.sha256}
    path = folder / base.path / "manifest.json"
    if path.is_file():
        manifest = read_object_in(path, "base.path")
        is_this = manifest.get("kind") == "merged-model" and manifest.get("identity") == base.sha256
        if is_this and manifest.get("exact"):
            known.add(str(manifest.get("chainSha256")))
    return known


def read_object_in(path: Path, where: str) -> dict[str, Any]:
    """The JSON object in a file; empty for JSON that is none, which says nothing. where: the field that names its folder."""
    try:
        content = parse(path.read_bytes())
    except NotJson as error:
        raise SpecError(
            where,
            f"names {path.parent}, whose {path.name} is not JSON: {error}. Get it again, or move it away.",
        ) from None
    return content if isinstance(content, dict) else {}


def check_adapters(base: Base, folder: Path, files: BaseFiles) -> None:
    """Each adapter is whole, is the one that was meant, and was trained on what lies under it.

    The parent is compared before the weights are opened. files: the opened base.
    """
    chain = [f"base {base.sha256}"]
    for i, adapter in enumerate(base.adapters):
        where = f"base.adapters[{i}]"
        try:
            manifest = read_manifest(adapter, folder, where)
            check_trained_on(manifest, chain, adapter.name, base, folder, where)
            for name, entry in manifest["files"].items():
                path = folder / adapter.path / name
                if not path.is_file() or file_sha256(path) != entry["sha256"]:
                    raise SpecError(
                        f"{where}.path", f"names {folder / adapter.path}, whose {name} is not as published."
                    )
            check_fits(open_adapter(folder / adapter.path), files.shapes)
        except UnsupportedAdapter as error:
            raise SpecError(f"{where}.path", f"names an adapter that cannot be used: {error}") from None
        except OSError as error:
            raise SpecError(f"{where}.path", unreadable(folder / adapter.path, error)) from None
        chain.append(f"adapter {adapter.manifest_sha256}")


def check_trained_on(
    manifest: dict[str, Any], chain: list[str], name: str, base: Base, folder: Path, where: str
) -> None:
    """chain: what lies under the adapter of this name, by hash."""
    valid = also_known_as(base, folder) if len(chain) == 1 else {chain_identity(chain)}
    if not trained_on(manifest) & valid:
        raise SpecError(
            where,
            f"({name}) was trained on {manifest['parent']['sha256']}, but what lies under it here is "
            f"{chain_identity(chain)}: on other weights it means something else.",
        )


def read_manifest(adapter: Adapter, folder: Path, where: str) -> dict[str, Any]:
    """The manifest of an adapter, held to the hash that the spec names."""
    path = folder / adapter.path / "manifest.json"
    if not path.is_file():
        raise SpecError(f"{where}.path", f"names {path.parent}, which has no manifest.json.")
    found = file_sha256(path)
    if found != adapter.manifest_sha256:
        raise SpecError(f"{where}.manifestSha256", f"is {adapter.manifest_sha256}, but {path} has {found}.")
    manifest = read_object_in(path, f"{where}.path")
    if not is_published(manifest):
        raise SpecError(f"{where}.path", f"names {path.parent}, which is no published adapter.")
    return manifest


def is_published(manifest: dict[str, Any]) -> bool:
    """Whether this says of an adapter what artifact.py says: its files by hash, and what it was trained on."""
    files, parent = manifest.get("files"), manifest.get("parent")
    if manifest.get("kind") != "lora-adapter" or not isinstance(files, dict) or not isinstance(parent, dict):
        return False
    merged = parent.get("mergedFrom")
    whole = all(isinstance(entry, dict) and isinstance(entry.get("sha256"), str) for entry in files.values())
    return (
        whole
        and WEIGHTS in files
        and isinstance(parent.get("sha256"), str)
        and is_chain(parent.get("chain") or [])
        and (merged is None or (isinstance(merged, dict) and is_chain(merged.get("chain"))))
    )


def is_chain(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def check_start(lora: Lora, base: Base, folder: Path) -> None:
    """The adapter that training goes on from is the one that was meant, belongs to this base, and fits the new one.

    As far as a manifest says what it was trained on, that is compared before the weights are opened.
    """
    if lora.start is None:
        return
    start, place = lora.start, folder / lora.start.path
    try:
        if not (place / WEIGHTS).is_file():
            raise SpecError("lora.start.path", f"names {place}, which has no {WEIGHTS}.")
        check_parent(start, place, base, folder)
        found = file_sha256(place / WEIGHTS)
        if found != start.sha256:
            raise SpecError("lora.start.sha256", f"is {start.sha256}, but {place / WEIGHTS} has {found}.")
        adapter = open_adapter(place)
        check_fits(adapter, open_base(folder / base.path).shapes)
    except UnsupportedAdapter as error:
        raise SpecError("lora.start.path", f"names an adapter that cannot be used: {error}") from None
    except OSError as error:
        raise SpecError("lora.start.path", unreadable(place, error)) from None
    check_needed(lora, needed_for(adapter))


def check_parent(start: Start, place: Path, base: Base, folder: Path) -> None:
    """Of an adapter with a manifest; one that PEFT made has none, and only its shapes can tell."""
    path = place / "manifest.json"
    if not path.is_file():
        return
    manifest = read_object_in(path, "lora.start.path")
    try:
        check_trained_on(manifest, chain_of(base), start.name, base, folder, "lora.start")
    except (KeyError, TypeError, AttributeError):
        raise SpecError("lora.start.path", f"names {place}, whose manifest.json is no adapter's.") from None


def check_needed(lora: Lora, needed: Needed) -> None:
    name = lora.start.name if lora.start else ""
    twice = "" if needed.shared else ": its keys and values have an A each, which takes twice its own"
    if lora.rank != needed.rank:
        raise SpecError(
            "lora.rank", f"is {lora.rank}, but {name}, which it goes on from, needs {needed.rank}{twice}."
        )
    if lora.alpha != needed.alpha:
        raise SpecError(
            "lora.alpha",
            f"is {lora.alpha:g}, but {name}, which it goes on from, needs {needed.alpha:g}{twice}.",
        )
    if set(lora.targets) != set(needed.targets):
        raise SpecError(
            "lora.targets",
            f"are {', '.join(lora.targets)}, but {name}, which it goes on from, needs {', '.join(needed.targets)}.",
        )
