"""What the files that a spec names must be: there, whole, and the ones that were meant. Nothing heavy is imported."""

from __future__ import annotations

from pathlib import Path

from forethought_trainer.checked import SpecError, unreadable
from forethought_trainer.formats.architecture import UnsupportedBase
from forethought_trainer.formats.bases import BaseFiles, base_identity, file_sha256, open_base, open_tokenizer
from forethought_trainer.packages import LOCK
from forethought_trainer.spec.adapters import check_adapters
from forethought_trainer.spec.blocks import Base, Data, Env, Header


def check_model(spec: Header, folder: Path, tokens: int, field: str, what: str) -> None:
    """All about a model that computes: base, adapters under the new one, context, mesh, environment.

    tokens: what prompt and completion may have together; `field` and `what` begin the sentence about too many.
    """
    geometry = check_weights(spec, folder).geometry
    if tokens > geometry.context:
        raise SpecError(
            field, f"{what} {tokens} tokens together, but the base's context is {geometry.context}."
        )
    if geometry.kv_heads % spec.mesh.tp:
        raise SpecError(
            "mesh.tp",
            f"is {spec.mesh.tp}, which does not divide the base's {geometry.kv_heads} key/value heads.",
        )


def check_weights(spec: Header, folder: Path) -> BaseFiles:
    """Base, adapters and environment: all that a kind needs which only reads and writes weights."""
    base = check_base(spec.base, folder)
    check_adapters(spec.base, folder, base)
    check_env(spec.env)
    return base


def check_base(base: Base, folder: Path) -> BaseFiles:
    """The base is there, of a kind that can be trained, and has the identity that the spec names."""
    path = folder / base.path
    try:
        if not path.exists():
            raise SpecError("base.path", f"names {path}, which is not on this host.")
        files = open_base(path)
        open_tokenizer(files)
        found = base_identity(path)
    except UnsupportedBase as error:
        raise SpecError("base.path", f"names a base that cannot be used: {error}") from None
    except OSError as error:
        raise SpecError("base.path", unreadable(path, error)) from None
    if found != base.sha256:
        raise SpecError("base.sha256", f"is {base.sha256}, but the weights in {path} have {found}.")
    return files


def check_data(data: Data, folder: Path, where: str) -> None:
    """The rows are there and are those of the spec; relative paths start at the job folder."""
    path = folder / data.path
    try:
        if not path.is_file():
            raise SpecError(f"{where}.path", f"names {path}, which is not a file on this host.")
        found = file_sha256(path)
    except OSError as error:
        raise SpecError(f"{where}.path", unreadable(path, error)) from None
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
