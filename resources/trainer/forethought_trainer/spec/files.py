"""What the files that a spec names must be: there, whole, and the ones that were meant. Nothing heavy is imported."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from forethought_trainer.checked import SpecError, shown
from forethought_trainer.packages import LOCK
from forethought_trainer.spec.blocks import Base, Data, Env

TRAINABLE = "Gemma2ForCausalLM"


def file_sha256(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def base_identity(folder: Path) -> str:
    """SHA-256 over a line "<sha256>  <name>" for each *.safetensors of the folder, sorted by name."""
    lines = [f"{file_sha256(path)}  {path.name}\n" for path in sorted(folder.glob("*.safetensors"))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def check_base(base: Base, folder: Path) -> None:
    """The base is there, of a kind that can be trained, and has the identity that the spec names."""
    path = folder / base.path
    if not path.is_dir():
        raise SpecError("base.path", f"names {path}, which is not a folder on this host.")
    for name in ("config.json", "tokenizer.model"):
        if not (path / name).is_file():
            raise SpecError("base.path", f"names {path}, which has no {name}.")
    if not any(path.glob("*.safetensors")):
        raise SpecError("base.path", f"names {path}, which has no *.safetensors.")
    try:
        architectures = json.loads((path / "config.json").read_text(encoding="utf-8"))["architectures"]
    except (ValueError, KeyError, TypeError):
        raise SpecError("base.path", f"names {path}, whose config.json names no architectures.") from None
    if architectures != [TRAINABLE]:
        raise SpecError(
            "base.path", f"names {path}, which is {shown(architectures)}; only {TRAINABLE} can be trained."
        )
    found = base_identity(path)
    if found != base.sha256:
        raise SpecError("base.sha256", f"is {base.sha256}, but the weights in {path} have {found}.")


def check_context(base: Base, folder: Path, tokens: int, field: str, what: str) -> None:
    """The base's context has room for so many tokens; `field` and `what` are the sentence's beginning."""
    config = json.loads((folder / base.path / "config.json").read_text(encoding="utf-8"))
    longest = config.get("max_position_embeddings")
    if longest is not None and tokens > longest:
        raise SpecError(field, f"{what} {tokens} tokens together, but the base's context is {longest}.")


def check_data(data: Data, folder: Path, where: str) -> None:
    """The rows are there and are those of the spec; relative paths start at the job folder."""
    path = folder / data.path
    if not path.is_file():
        raise SpecError(f"{where}.path", f"names {path}, which is not a file on this host.")
    found = file_sha256(path)
    if found != data.sha256:
        raise SpecError(f"{where}.sha256", f"is {data.sha256}, but {path} has {found}.")


def check_env(env: Env) -> None:
    """This trainer's lock file is the one that the core believes in."""
    wanted = env.requirements_lock_sha256
    if wanted and file_sha256(LOCK) != wanted:
        raise SpecError(
            "env.requirementsLockSha256",
            f"is {wanted}, but this trainer's {LOCK.name} has {file_sha256(LOCK)}.",
        )
