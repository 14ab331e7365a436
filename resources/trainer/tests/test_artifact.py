"""Publishing an adapter: whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import jobs
from forethought_trainer.artifact import publish, publish_once, published, withdraw


def fill(folder: Path) -> None:
    (folder / "adapter_model.safetensors").write_bytes(b"weights" * 1000)
    (folder / "adapter_config.json").write_text("{}")


def test_the_manifest_covers_every_file(tmp_path: Path) -> None:
    sha256 = publish(tmp_path, "final", fill, {"version": 1, "name": "final"})
    manifest = tmp_path / "final" / "manifest.json"
    assert hashlib.sha256(manifest.read_bytes()).hexdigest() == sha256 == published(tmp_path, "final")
    content = json.loads(manifest.read_text())
    assert content["name"] == "final"
    assert content["files"] == {
        "adapter_config.json": {"sha256": hashlib.sha256(b"{}").hexdigest(), "bytes": 2},
        "adapter_model.safetensors": {"sha256": hashlib.sha256(b"weights" * 1000).hexdigest(), "bytes": 7000},
    }
    assert [path.name for path in tmp_path.iterdir()] == ["final"]


def test_a_published_name_is_never_written_again(tmp_path: Path) -> None:
    first = publish(tmp_path, "final", fill, {"version": 1})
    with pytest.raises(FileExistsError):
        publish(tmp_path, "final", fill, {"version": 2})
    assert published(tmp_path, "final") == first


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    publish(tmp_path, "earlier", fill, {"version": 1})

    def broken(folder: Path) -> None:
        fill(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        publish(tmp_path, "final", broken, {"version": 1})
    with pytest.raises(ValueError, match="JSON"):
        publish(tmp_path, "final", fill, {"metrics": {"policy/loss": float("nan")}})
    assert [path.name for path in tmp_path.iterdir()] == ["earlier"]
    assert published(tmp_path, "final") is None


def test_one_of_another_step_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    first = publish(tmp_path, "final", fill, {"step": 1})

    def broken(folder: Path) -> None:
        fill(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        publish(tmp_path, "final", broken, {"step": 2})
    assert published(tmp_path, "final") == published(tmp_path, "final", 1) == first
    assert published(tmp_path, "final", 2) is None
    second = publish(tmp_path, "final", fill, {"step": 2})
    assert published(tmp_path, "final", 2) == second != first
    assert os.listdir(tmp_path) == ["final"]
    withdraw(tmp_path, "final")
    withdraw(tmp_path, "final")
    assert not os.listdir(tmp_path)


def test_a_part_gives_way_to_the_whole(tmp_path: Path) -> None:
    """A process that was cut has published what it had, and could not say that it was done; another one goes on from that."""
    told: dict[str, str] = {}
    log: Any = SimpleNamespace(
        history=SimpleNamespace(artifacts=told),
        write=lambda _, name, manifestSha256, **__: told.update({name: manifestSha256}),
    )
    for step, complete in ((1, False), (3, True), (3, True)):
        manifest = {"name": "completions", "kind": "completions", "step": step, "complete": complete}
        publish_once(log, tmp_path, fill, manifest)
        assert json.loads((tmp_path / "completions/manifest.json").read_text())["complete"] is complete
        assert told == {"completions": published(tmp_path, "completions")}
    assert os.listdir(tmp_path) == ["completions"]


def test_kill_9_while_one_is_put_in_the_place_of_another_loses_none(tmp_path: Path) -> None:
    publish(tmp_path / "whole", "final", fill, {"step": 1})
    calls = int(killed_at(tmp_path / "whole", 10**6).stdout.split()[1])
    steps = []
    for call in range(1, calls + 1):
        folder = tmp_path / str(call)
        publish(folder, "final", fill, {"step": 1})
        assert killed_at(folder, call).returncode == -signal.SIGKILL
        if published(folder, "final") is None:  # between two renames: the next process puts it back
            with pytest.raises(ZeroDivisionError):
                publish(folder, "final", lambda _: {"never": 1 / 0}, {"step": 2})
        steps.append(json.loads((folder / "final" / "manifest.json").read_text())["step"])
    assert steps == sorted(steps)
    assert set(steps) == {1, 2}


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from forethought_trainer import artifact
target = int(sys.argv[2])
steps = [0]
def count(real):
    def wrapped(*args, **kwargs):
        steps[0] += 1
        if steps[0] == target:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return wrapped
for owner, name in ((os, "fsync"), (Path, "rename"), (Path, "write_text"), (artifact, "file_sha256"), (Path, "mkdir")):
    setattr(owner, name, count(getattr(owner, name)))
def fill(folder):
    (folder / "adapter_model.safetensors").write_bytes(b"weights" * 1000)
    (folder / "adapter_config.json").write_text("{}")
artifact.publish(Path(sys.argv[1]), "final", fill, {"version": 1, "step": 2})
print("calls", steps[0])
"""


def killed_at(folder: Path, call: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", KILLED_AT, str(folder), str(call)]
    return subprocess.run(
        command, env=jobs.environment(), capture_output=True, text=True, timeout=60, check=False
    )


def test_kill_9_at_any_moment_leaves_all_or_nothing(tmp_path: Path) -> None:
    whole = killed_at(tmp_path / "whole", 10**6)
    calls = int(whole.stdout.split()[1])
    assert calls >= 9
    seen = set()
    for call in range(1, calls + 1):
        folder = tmp_path / str(call)
        assert killed_at(folder, call).returncode == -signal.SIGKILL
        complete = published(folder, "final") is not None
        seen.add(complete)
        if complete:
            files = json.loads((folder / "final" / "manifest.json").read_text())["files"]
            for name, entry in files.items():
                assert hashlib.sha256((folder / "final" / name).read_bytes()).hexdigest() == entry["sha256"]
        else:
            assert not (folder / "final").exists()
            publish(folder, "final", fill, {"version": 1})  # a later process gets past the remains
            assert sorted(os.listdir(folder)) == ["final"]
    assert seen == {True, False}
