"""A model hub over HTTP, by the protocol of huggingface.co: what a repository holds, and its files with resume and checks.

huggingface_hub, which is installed, needs an HTTP library that the trainer does without; the standard library does.
The listing names the SHA-256 of large files and git's blob hash of small ones, so that no server in between need be trusted.
"""

from __future__ import annotations

import hashlib
import http.client
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forethought_trainer.checked import is_whole
from forethought_trainer.failures import NO_SPACE
from forethought_trainer.strict_json import parse

HUB = "https://huggingface.co"
CHUNK = 1024 * 1024
TIMEOUT_S = 60.0
# How often a connection that breaks is taken up again without a byte in between, and how long is waited before.
TRIES = 5
WAIT_S = 1.0
REPO = re.compile(r"\w[\w.-]*/\w[\w.-]*")


class HubError(Exception):
    """The hub does not give what was asked for; the message is a sentence that says what to do."""


class Unreachable(HubError):
    """Nobody answers."""


@dataclass(frozen=True)
class RemoteFile:
    """sha256: of a large file; a small one has git's blob hash instead."""

    name: str
    size: int
    sha256: str | None
    blob: str | None

    @property
    def hash(self) -> str:
        return self.sha256 or self.blob or ""


@dataclass(frozen=True)
class Repository:
    """A repository at one commit."""

    name: str
    commit: str
    files: dict[str, RemoteFile]


class _SameHostOnly(urllib.request.HTTPRedirectHandler):
    """Large files lie with a store on another host, which must not see the token."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new and urllib.parse.urlsplit(newurl).netloc != urllib.parse.urlsplit(req.full_url).netloc:
            new.remove_header("Authorization")
        return new


class Hub:
    def __init__(self, url: str = HUB, token: str | None = None):
        self.url, self.token = url.rstrip("/"), token
        self._opener = urllib.request.build_opener(_SameHostOnly)

    def look_up(self, repo: str, revision: str) -> Repository:
        """What the repository holds at a revision: a branch, a tag or a commit."""
        where = f"{self.url}/api/models/{repo}/revision/{urllib.parse.quote(revision, safe='')}?blobs=true"
        what = f"{repo} at {revision}"
        with self._open(where, {}, what) as response:
            try:
                answer = response.read()
            except (OSError, http.client.HTTPException) as error:
                raise self._unreachable(what, error) from None
        try:
            said = parse(answer)
            files = [listed(entry) for entry in said["siblings"]]
            return Repository(repo, str(said["sha"]), {file.name: file for file in files})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise HubError(
                f"{self.url} answers, but its listing of {repo} is not that of a hub of models ({error!r})."
            ) from None

    def download(
        self, repository: Repository, file: RemoteFile, target: Path, told: Callable[[int], None]
    ) -> None:
        """Puts a file at `target`, whole and of the listed hash, or not at all. What an earlier call has got of it is kept.

        told: hears how many bytes are there. Raises HubError, and OSError where the disk is full.
        """
        where = f"{repository.name}/{file.name}"
        part = target.with_name(f"{target.name}.{file.hash[:12]}.part")
        failures = 0
        while (done := part.stat().st_size if part.exists() else 0) < file.size:
            told(done)
            try:
                self._fetch(repository, file, part, done, told)
                why = "the connection was closed early"
            except (OSError, http.client.HTTPException, Unreachable) as error:
                if is_local(error):
                    raise
                why = str(error) or type(error).__name__
            got = part.stat().st_size if part.exists() else 0
            failures = 0 if got > done else failures + 1
            if failures == TRIES:
                raise HubError(
                    f"{where} broke off after {got:,} of {file.size:,} bytes. They are kept: the same command goes on from "
                    f"there. ({why})"
                )
            if got < file.size:
                time.sleep(WAIT_S * failures)
        if file.size == 0:
            part.touch()
        told(file.size)
        if not is_same(part, file):
            part.unlink()
            raise HubError(
                f"{where} came with other bytes than the hub lists. Nothing of it was kept; try again."
            )
        part.rename(target)

    def _fetch(
        self, repository: Repository, file: RemoteFile, part: Path, done: int, told: Callable[[int], None]
    ) -> None:
        """Appends what comes of the rest of a file; from the start where the server gives no ranges."""
        url = f"{self.url}/{repository.name}/resolve/{repository.commit}/{urllib.parse.quote(file.name)}"
        ask = {"Range": f"bytes={done}-"} if done else {}
        with self._open(url, ask, f"{repository.name}/{file.name}") as response:
            goes_on = response.status == 206
            with part.open("ab" if goes_on else "wb") as f:
                got = done if goes_on else 0
                while got < file.size and (data := response.read(min(CHUNK, file.size - got))):
                    got += f.write(data)
                    told(got)

    def _open(self, url: str, headers: dict[str, str], what: str) -> Any:
        """Asks the hub; what it or the network says becomes a sentence about `what`."""
        try:
            request = urllib.request.Request(url, headers={"User-Agent": "forethought-trainer", **headers})
            if self.token:
                request.add_header("Authorization", f"Bearer {self.token}")
            return self._opener.open(request, timeout=TIMEOUT_S)
        except urllib.error.HTTPError as error:
            raise HubError(refusal(error, what, self.token is not None)) from None
        except (
            OSError,
            http.client.HTTPException,
            ValueError,
        ) as error:  # a ValueError: HF_ENDPOINT is no address
            raise self._unreachable(what, error) from None

    def _unreachable(self, what: str, error: Exception) -> Unreachable:
        """Nobody is there, or who is there hangs or ends the connection."""
        reason = " ".join(str(getattr(error, "reason", None) or error).split()) or type(error).__name__
        return Unreachable(
            f"The hub {self.url} cannot be reached for {what} ({reason}). A base that is on this machine needs no hub: its "
            "folder, or its .gguf file, is a spec's base.path."
        )


def refusal(error: urllib.error.HTTPError, what: str, with_token: bool) -> str:
    code = error.headers.get("X-Error-Code", "")
    if error.code in (401, 403):
        if code == "GatedRepo" or error.code == 403:
            token = "the account of HF_TOKEN has not done so" if with_token else "put its token into HF_TOKEN"
            return (
                f"The hub does not give out {what} without consent ({error.code}): accept the model's terms on its page "
                f"with your account, and {token}. Files that were got elsewhere do as well: their folder is a spec's "
                "base.path."
            )
        token = "HF_TOKEN is not accepted for it" if with_token else "HF_TOKEN is not set"
        return f"The hub does not give out {what} ({error.code}): there is no such model, or it is private, and {token}."
    if error.code == 404:
        part = {"RevisionNotFound": "no such revision", "EntryNotFound": "no such file"}.get(
            code, "no such model"
        )
        return f"The hub has not got {what}: {part}. Look it up on the hub's page."
    if error.code == 416:
        return f"The hub cannot go on with {what} where it was broken off (416). Delete its .part file and try again."
    if error.code == 429:
        return f"The hub asks for fewer requests (429, {what}): wait some minutes."
    return f"The hub answered {error.code} for {what}: {error.reason}. Try again later."


def listed(entry: dict[str, Any]) -> RemoteFile:
    """A file as the listing has it."""
    lfs = entry.get("lfs")
    return RemoteFile(
        name=str(entry["rfilename"]),
        size=whole(lfs["size"] if lfs else entry["size"]),
        sha256=lfs["sha256"] if lfs else None,
        blob=None if lfs else entry["blobId"],
    )


def whole(size: Any) -> int:
    if not is_whole(size) or size < 0:
        raise ValueError(f"a size of {size!r}")
    return size


def is_same(path: Path, file: RemoteFile) -> bool:
    """The file here has the size and the hash that the hub lists."""
    if path.stat().st_size != file.size:
        return False
    digest = hashlib.sha256() if file.sha256 else hashlib.sha1(f"blob {file.size}\0".encode())
    with path.open("rb") as f:
        while data := f.read(CHUNK):
            digest.update(data)
    return digest.hexdigest() == file.hash


def is_local(error: BaseException) -> bool:
    """True for an error of this machine's disk, which asking again does not mend."""
    return isinstance(error, OSError) and (error.filename is not None or error.errno in NO_SPACE)
