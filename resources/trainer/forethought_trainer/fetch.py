"""The stage `fetch`: brings a base from a model hub, the files that are needed and no others.

    python -m forethought_trainer fetch --repo google/gemma-2-2b-it --to <folder> [--revision <branch, tag or commit>]

What was broken off goes on where it was; what is there is not fetched again. Each file is held against the hash that the
hub lists. A token for models with terms comes from HF_TOKEN, another hub's address from HF_ENDPOINT. With `--file` it
brings one file, such as a GGUF. It ends with the identity that a spec names the base by. Exit 0, or 1 with a sentence.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from forethought_trainer.formats.architecture import UnsupportedBase, read_geometry
from forethought_trainer.formats.bases import (
    SIDE_FILES,
    base_identity,
    open_base,
    open_tokenizer,
    read_config,
)
from forethought_trainer.formats.safetensors_files import INDEX
from forethought_trainer.hub import HUB, REPO, Hub, HubError, RemoteFile, Repository, is_same

TELL_EVERY_S = 5.0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="forethought_trainer fetch", description="Bring a base from a model hub."
    )
    parser.add_argument("--repo", required=True, help="<owner>/<name>")
    parser.add_argument("--revision", default="main", help="a branch, a tag or a commit (main)")
    parser.add_argument("--file", help="one file only, such as a GGUF")
    parser.add_argument("--to", type=Path, required=True, help="the folder; made where it is not there")
    asked = parser.parse_args(argv)
    if not REPO.fullmatch(asked.repo):
        parser.error(f"--repo is {asked.repo!r}; it must be <owner>/<name>, such as google/gemma-2-2b-it")
    hub = Hub(os.environ.get("HF_ENDPOINT") or HUB, os.environ.get("HF_TOKEN") or None)
    try:
        print(fetch(hub, asked.repo, asked.revision, asked.to, asked.file), flush=True)
        return 0
    except (HubError, UnsupportedBase) as error:
        print(f"forethought_trainer: {error}", file=sys.stderr)
    except OSError as error:
        print(f"forethought_trainer: {asked.to} cannot be written: {error}.", file=sys.stderr)
    return 1


def fetch(hub: Hub, repo: str, revision: str, folder: Path, only: str | None) -> str:
    """Brings the files and returns a line with the base's place and identity."""
    repository = hub.look_up(repo, revision)
    files = [one_file(repository, only)] if only else needed(repository)
    print(f"{repo} at commit {repository.commit}", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    check_space(folder, files)
    for file in files:
        bring(hub, repository, file, folder / Path(file.name).name)
        if file.name == "config.json":  # before gigabytes come that cannot be used
            read_geometry(read_config(folder / "config.json"), str(folder / "config.json"))
    path = folder / Path(only).name if only else folder
    if only is None or only.endswith(".gguf"):
        open_tokenizer(open_base(path))
    return f"base.path {path}\nbase.sha256 {base_identity(path)}"


def needed(repository: Repository) -> list[RemoteFile]:
    """The files of a base, small ones first: what open_base reads and what a merged folder takes over."""
    files = repository.files
    if "config.json" not in files:
        raise HubError(
            f"{repository.name} has no config.json: it is no model in the Hugging Face layout. A GGUF is fetched by "
            "--file <its name>."
        )
    if "tokenizer.model" not in files:
        raise HubError(
            f"{repository.name} has no tokenizer.model: the SentencePiece model is read, not tokenizer.json. Nothing was "
            "fetched."
        )
    weights = [name for name in files if name.endswith(".safetensors") and "/" not in name]
    # beside shards of one model some repositories keep a copy under another name
    weights = [name for name in weights if name.startswith("model")] or weights
    if not weights:
        raise HubError(f"{repository.name} has no *.safetensors, and other weights are not read here.")
    side = [name for name in (*SIDE_FILES, INDEX) if name in files]
    return sorted(
        (files[name] for name in [*side, *weights]), key=lambda file: (file.name != "config.json", file.size)
    )


def one_file(repository: Repository, name: str) -> RemoteFile:
    if name not in repository.files:
        there = ", ".join(sorted(repository.files)[:20])
        raise HubError(f"{repository.name} has no file {name}; it has {there}.")
    return repository.files[name]


def check_space(folder: Path, files: Sequence[RemoteFile]) -> None:
    missing = sum(file.size - there(folder, file) for file in files)
    free = shutil.disk_usage(folder).free
    if free < missing:
        raise HubError(
            f"{folder} has room for {free / 1e9:.1f} GB, and {missing / 1e9:.1f} GB are to be fetched. Free space, or name "
            "another folder with --to."
        )


def there(folder: Path, file: RemoteFile) -> int:
    """Bytes of a file that are here already, whole or in part."""
    name = Path(file.name).name
    found = [folder / name, folder / f"{name}.{file.hash[:12]}.part"]
    return max((path.stat().st_size for path in found if path.is_file()), default=0)


def bring(hub: Hub, repository: Repository, file: RemoteFile, target: Path) -> None:
    if target.exists():
        if is_same(target, file):
            print(f"{target.name}: is here", flush=True)
            return
        raise HubError(
            f"{target} is there and is not the file of {repository.name} at {repository.commit[:12]}. Name another folder "
            "with --to, or move it away."
        )
    began, told_at = time.monotonic(), time.monotonic()

    def told(done: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at > TELL_EVERY_S:
            told_at = time.monotonic()
            print(f"{target.name}: {done / 1e6:,.0f} of {file.size / 1e6:,.0f} MB", flush=True)

    hub.download(repository, file, target, told)
    print(
        f"{target.name}: {file.size / 1e6:,.1f} MB in {time.monotonic() - began:.1f} s, hash as listed",
        flush=True,
    )
