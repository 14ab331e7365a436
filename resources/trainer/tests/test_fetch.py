"""Bringing a base from a hub: the files that are needed, resumed and checked, or a sentence that says why not."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import jobs
import models
from forethought_trainer import fetch, hub
from forethought_trainer.formats.bases import base_identity, open_base
from forethought_trainer.formats.gguf_write import write_gguf
from hub_server import COMMIT, LocalHub

INDEX = "model.safetensors.index.json"
SHARDS = [f"model-0000{i}-of-00003.safetensors" for i in (1, 2, 3)]
NEEDED = {"config.json", "tokenizer_config.json", "tokenizer.model", INDEX, *SHARDS}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub") / "base"
    models.write_base(folder, dtype="bfloat16", shards=3)
    (folder / "tokenizer_config.json").write_text("{}")
    return folder


@pytest.fixture
def files(source: Path) -> dict[str, bytes]:
    """The base, and beside it what no base needs."""
    more = {"README.md": b"# a card", "original/model.safetensors": b"x" * 20_000, "model.bin": b"y" * 20_000}
    return {path.name: path.read_bytes() for path in sorted(source.iterdir())} | more


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "WAIT_S", 0.0)
    for name in ("HF_TOKEN", "HF_ENDPOINT", "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def run(at: LocalHub | str, folder: Path, *more: str, repo: str = "somebody/small-gemma") -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", at if isinstance(at, str) else at.url)
        return fetch.main(["--repo", repo, "--to", str(folder), *more])


def fails(
    at: LocalHub | str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    *more: str,
    repo: str = "somebody/small-gemma",
) -> str:
    """The sentence of a fetch that does not succeed."""
    assert run(at, folder, *more, repo=repo) == 1
    said = capsys.readouterr().err.strip()
    assert said.startswith("forethought_trainer: ")
    assert said.endswith((".", ")"))
    assert "\n" not in said
    return said


def asked_for(local: LocalHub, name: str) -> list[str | None]:
    """The ranges that were asked of a file in the store."""
    return [asked.range for asked in local.asked if asked.host == "store" and name in asked.path]


def test_the_files_of_a_base_and_no_others(
    files: dict[str, bytes], source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LocalHub(files) as local:
        assert run(local, tmp_path / "base") == 0
    found = tmp_path / "base"
    assert {path.name for path in found.iterdir()} == NEEDED
    assert all((found / name).read_bytes() == files[name] for name in NEEDED)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"somebody/small-gemma at commit {COMMIT}"
    assert said[-2:] == [f"base.path {found}", f"base.sha256 {base_identity(source)}"]
    assert local.asked[1].path.endswith("/config.json"), "the configuration comes first"
    assert all(COMMIT in asked.path for asked in local.asked[1:] if asked.host == "hub")


def test_what_is_here_is_not_fetched_again(
    files: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LocalHub(files) as local:
        assert run(local, tmp_path) == 0
        (tmp_path / SHARDS[1]).unlink()
        local.asked.clear()
        assert run(local, tmp_path, "--revision", COMMIT) == 0
    assert [asked.path for asked in local.asked if asked.host == "store"] == [f"/{SHARDS[1]}?signed=yes"]
    assert f"{SHARDS[0]}: is here" in capsys.readouterr().out


@pytest.mark.parametrize("ranges", [True, False])
def test_a_connection_that_breaks_is_taken_up_again(
    files: dict[str, bytes], tmp_path: Path, ranges: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each connection gives 50,000 bytes. Where the server knows no ranges, it always gives the same ones."""
    with LocalHub(files, cut=50_000, ranges=ranges) as local:
        if ranges:
            assert run(local, tmp_path) == 0
            size = len(files[SHARDS[0]])
            ranged = [f"bytes={n}-" for n in range(50_000, size, 50_000)]
            assert size > 100_000
            assert asked_for(local, SHARDS[0]) == [None, *ranged]
        else:
            said = fails(local, tmp_path, capsys)
            assert "broke off after 50,000 of" in said
            assert len(asked_for(local, SHARDS[0])) <= 1 + hub.TRIES
    assert (tmp_path / SHARDS[0]).exists() == ranges


def test_a_fetch_that_was_killed_goes_on(files: dict[str, bytes], tmp_path: Path) -> None:
    with LocalHub(files, cut=60_000) as local:
        environment = {**jobs.environment(), "HF_ENDPOINT": local.url, "NO_PROXY": "127.0.0.1"}
        command = [sys.executable, "-c", KILLED, "--repo", local.repo, "--to", str(tmp_path)]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 9, ran.stderr
        parts = list(tmp_path.glob("*.part"))
        assert [part.stat().st_size for part in parts] == [60_000]
        name = parts[0].name.split(".safetensors")[0] + ".safetensors"
        local.cut = None
        local.asked.clear()
        assert run(local, tmp_path) == 0
        assert asked_for(local, name) == ["bytes=60000-"]
    assert {path.name for path in tmp_path.iterdir()} == NEEDED
    assert (tmp_path / name).read_bytes() == files[name]


# Ends as kill -9 would, at the second request for the same file.
KILLED = """
import os, sys
from forethought_trainer import fetch, hub
ask = hub.Hub._open
def dying(self, url, headers, what):
    return os._exit(9) if headers else ask(self, url, headers, what)
hub.Hub._open = dying
fetch.main(sys.argv[1:])
"""


@pytest.mark.parametrize("name", [SHARDS[2], "tokenizer.model", "config.json"])
def test_other_bytes_than_listed_are_not_kept(
    files: dict[str, bytes], tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def spoil(asked: str, data: bytes) -> bytes:
        return data[:-1] + bytes([data[-1] ^ 1]) if asked == name else data

    with LocalHub(files, spoil=spoil) as local:
        said = fails(local, tmp_path, capsys)
        assert f"small-gemma/{name} came with other bytes than the hub lists. Nothing of it was kept" in said
        assert not (tmp_path / name).exists()
        assert not list(tmp_path.glob("*.part"))
        local.spoil = lambda asked, data: data
        assert run(local, tmp_path) == 0


def test_a_file_that_is_something_else_is_not_overwritten(
    files: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tokenizer.model").write_bytes(b"mine")
    with LocalHub(files) as local:
        said = fails(local, tmp_path, capsys)
    assert f"tokenizer.model is there and is not the file of somebody/small-gemma at {COMMIT[:12]}" in said
    assert (tmp_path / "tokenizer.model").read_bytes() == b"mine"


def test_the_token_goes_to_the_hub_and_to_no_store(
    files: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with LocalHub(files, token="hf_secret") as local:
        said = fails(local, tmp_path, capsys)
        assert "without consent (401): accept the model's terms" in said
        assert "put its token into HF_TOKEN" in said
        assert "their folder is a spec's base.path" in said
        local.asked.clear()
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        assert run(local, tmp_path) == 0
    assert {asked.token for asked in local.asked if asked.host == "hub"} == {"Bearer hf_secret"}
    assert {asked.token for asked in local.asked if asked.host == "store"} == {None}
    output = capsys.readouterr()
    assert "hf_secret" not in output.out + output.err


@pytest.mark.parametrize(
    ("refuse", "token", "says"),
    [
        (
            (401, "RepoNotFound"),
            None,
            "(401): there is no such model, or it is private, and HF_TOKEN is not set.",
        ),
        (
            (401, ""),
            "x",
            "(401): there is no such model, or it is private, and HF_TOKEN is not accepted for it.",
        ),
        ((403, "GatedRepo"), "x", "without consent (403): accept the model's terms"),
        ((403, ""), "x", "and the account of HF_TOKEN has not done so."),
        ((404, "RepoNotFound"), None, "has not got somebody/small-gemma at main: no such model."),
        ((404, "RevisionNotFound"), None, "has not got somebody/small-gemma at main: no such revision."),
        ((429, ""), None, "asks for fewer requests (429, somebody/small-gemma at main): wait some minutes."),
        (
            (503, ""),
            None,
            "answered 503 for somebody/small-gemma at main: Service Unavailable. Try again later.",
        ),
    ],
)
def test_what_the_hub_refuses(
    refuse: tuple[int, str],
    token: str | None,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    with LocalHub({}, refuse=refuse) as local:
        assert says in fails(local, tmp_path / "base", capsys)
    assert not (tmp_path / "base").exists()


def test_a_revision_that_is_not_there(
    files: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LocalHub(files) as local:
        said = fails(local, tmp_path, capsys, "--revision", "refs/pr/7")
        assert "has not got somebody/small-gemma at refs/pr/7: no such revision." in said
        assert "no such model" in fails(local, tmp_path, capsys, repo="somebody/else")


def test_without_a_network_a_local_path_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    said = fails(url, tmp_path / "base", capsys)
    assert f"The hub {url} cannot be reached for somebody/small-gemma at main" in said
    assert (
        "A base that is on this machine needs no hub: its folder, or its .gguf file, is a spec's base.path."
        in said
    )


@pytest.mark.parametrize("url", ["hub", "http://[::1", "http://127.0.0.1:port", "http://a b"])
def test_an_address_that_is_none(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"The hub {url} cannot be reached for" in fails(url, tmp_path / "base", capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, "timed out"),
        (b"", "Remote end closed connection without response"),
        (b"SSH-2.0-x\r\n", "SSH-2.0-x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "IncompleteRead"),
    ],
)
def test_a_hub_that_hangs_or_hangs_up(
    answer: bytes | None,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is the hub that is named, not the folder."""
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                if answer is None:
                    connection.recv(1)  # until the other side gives up
                else:
                    connection.sendall(answer)

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        said = fails(url, tmp_path / "base", capsys)
        serving.join(timeout=5)
    assert f"The hub {url} cannot be reached for somebody/small-gemma at main (" in said
    assert says in said
    assert "cannot be written" not in said


@pytest.mark.parametrize(
    "listing",
    [
        [],
        {},
        {"sha": COMMIT},
        {"sha": COMMIT, "siblings": [{"rfilename": "a"}]},
        {"sha": COMMIT, "siblings": [{"rfilename": "a", "size": 1e999, "blobId": "b"}]},
        {"sha": COMMIT, "siblings": [{"rfilename": "a", "lfs": "x"}]},
        "x",
    ],
)
def test_an_answer_that_is_not_a_hubs(
    listing: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LocalHub({}, listing=listing) as local:
        assert "is not that of a hub of models" in fails(local, tmp_path, capsys)


def test_a_model_that_cannot_be_trained_is_refused_before_its_weights_come(
    files: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files["config.json"] = b'{"architectures": ["LlamaForCausalLM"]}'
    with LocalHub(files) as local:
        said = fails(local, tmp_path, capsys)
    assert "Gemma2ForCausalLM and Gemma3ForCausalLM can be trained" in said
    assert not [asked for asked in local.asked if asked.host == "store"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "config.json",
            "has no config.json: it is no model in the Hugging Face layout. A GGUF is fetched by --file",
        ),
        ("*.safetensors", "has no *.safetensors, and other weights are not read here."),
        ("tokenizer.model", "has no tokenizer.model: the SentencePiece model is read, not tokenizer.json."),
    ],
)
def test_a_repository_that_lacks_something(
    files: dict[str, bytes], tmp_path: Path, name: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    there = {key: data for key, data in files.items() if not Path(key).match(name) or "/" in key}
    with LocalHub(there) as local:
        assert says in fails(local, tmp_path, capsys)
    assert len(local.asked) == 1, "nothing is fetched that would not do"


def test_one_gguf_file(
    files: dict[str, bytes], source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_gguf(open_base(source), tmp_path / "small.gguf", "small", "bfloat16")
    files["gguf/small.gguf"] = (tmp_path / "small.gguf").read_bytes()
    target = tmp_path / "to"
    with LocalHub(files) as local:
        assert run(local, target, "--file", "gguf/small.gguf") == 0
        assert [path.name for path in target.iterdir()] == ["small.gguf"]
        said = capsys.readouterr().out.splitlines()
        assert said[-1] == f"base.sha256 {base_identity(target / 'small.gguf')}"
        assert "has no file other.gguf; it has " in fails(local, target, capsys, "--file", "other.gguf")


def test_too_little_room_is_said_before_anything_comes(
    files: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda _: usage)
    with LocalHub(files) as local:
        assert "has room for 0.0 GB" in fails(local, tmp_path, capsys)
    assert len(local.asked) == 1


def test_a_folder_that_cannot_be_written(
    files: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    with LocalHub(files) as local:
        assert f"{tmp_path}/taken cannot be written" in fails(local, tmp_path / "taken", capsys)


@pytest.mark.parametrize("repo", ["gemma", "a/b/c", "../x", "a/ b", ""])
def test_a_name_that_is_no_repository(repo: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        fetch.main(["--repo", repo, "--to", "x"])
    assert ended.value.code == 2
    assert "it must be <owner>/<name>" in capsys.readouterr().err
