"""The log: one line a write, CRC, sequence, going on after a crash, a full disk."""

from __future__ import annotations

import json
import os
import threading
import time
import zlib
from collections import Counter
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import jobs
from forethought_trainer import events, job
from forethought_trainer.events import (
    EventLog,
    Heartbeat,
    Progress,
    append_whole,
    decode,
    encode,
    told_by_step,
)
from forethought_trainer.plan import Plan
from forethought_trainer.stopping import Stopper


def test_the_crc_covers_the_json_without_it() -> None:
    line = encode({"v": 1, "seq": 0, "kind": "phase", "message": "größer → 日本"})
    text = line.decode()
    body = text[: text.rindex(',"crc":"')] + "}"
    crc = json.loads(text)["crc"]
    assert crc == f"{zlib.crc32(body.encode()):08x}"
    assert line.endswith(b'"}\n')
    assert decode(line)["message"] == "größer → 日本"


def test_what_was_told_of_the_stage_that_began_last(folder: Path) -> None:
    log = EventLog(folder, jobs.JOB_ID)
    for stage, steps in (
        ("a", (1, 2)),
        ("b", (2, 3, 4, 3)),
    ):  # it is examined before its first step, and was cut once
        log.write("stage", id=stage, state="begun")
        for step in steps:
            log.write("metrics", step=step, values={stage: step})
    log.write("stage", id="b", state="begun")
    log.close()
    told = told_by_step(folder, "metrics", 3)
    assert {step: [e["values"] for e in found] for step, found in told.items()} == {
        2: [{"b": 2}],
        3: [{"b": 3}, {"b": 3}],
    }
    assert told_by_step(folder, "rollouts", 3) == {}


def test_a_changed_byte_is_noticed() -> None:
    line = bytearray(encode({"v": 1, "seq": 12, "kind": "heartbeat"}))
    for i in range(len(line) - 1):
        damaged = line.copy()
        damaged[i] ^= 1
        with pytest.raises(ValueError):
            decode(bytes(damaged))


def test_each_event_is_one_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    real = os.write
    monkeypatch.setattr(events.os, "write", lambda fd, data: written.append(bytes(data)) or real(fd, data))
    log = EventLog(folder, jobs.JOB_ID)
    log.phase("loading", "x" * 5000)
    log.close()
    assert len(written) == 2
    assert all(data.endswith(b"\n") and data.count(b"\n") == 1 for data in written)


def test_threads_do_not_mix_lines(folder: Path) -> None:
    log = EventLog(folder, jobs.JOB_ID)
    with Heartbeat(log, Progress(5, 3), seconds=0):
        threads = [
            threading.Thread(target=lambda: [log.phase("training", "y" * 300) for _ in range(200)])
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    log.close()
    found = jobs.events(folder)
    assert [event["seq"] for event in found] == list(range(len(found)))
    kinds = Counter(event["kind"] for event in found)
    assert kinds["phase"] == 600 and kinds["heartbeat"] > 0
    assert {(e["step"], e["totalSteps"]) for e in found if e["kind"] == "heartbeat"} == {(3, 5)}
    assert found[0]["kind"] == "start"
    assert found[0]["pid"] == os.getpid()


def test_a_run_beats_while_it_works(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And tells where it is; when it is done it is silent."""
    monkeypatch.setattr(job, "Heartbeat", partial(Heartbeat, seconds=0.01))

    def beats() -> set[tuple[int, int]]:
        return {(event["step"], event["totalSteps"]) for event in jobs.events(folder, "heartbeat")}

    def work(run: job.Run, *_: Any) -> job.Ending:
        run.progress.total_steps, run.progress.step = 9, 4
        deadline = time.monotonic() + 20
        while (4, 9) not in beats() and time.monotonic() < deadline:
            time.sleep(0.01)
        return job.Ending("completed", 4)

    stage = SimpleNamespace(USES_DEVICES=False, make_plan=lambda *_: Plan([], 0, 0, 0, 9, 0), carry_out=work)
    spec = SimpleNamespace(job_id=jobs.JOB_ID, name="a test", limits=SimpleNamespace(deadline_ms=None))
    assert job.start(stage, spec, None, folder, Stopper(folder)) == 0
    assert (4, 9) in beats()
    assert jobs.events(folder)[-1]["kind"] == "done"


def test_a_second_process_goes_on_where_the_first_broke_off(folder: Path) -> None:
    first = EventLog(folder, jobs.JOB_ID)
    first.write("checkpoint", step=4, path="checkpoints/actor/4")
    first.write("artifact.ready", name="a", path="artifacts/a", step=4, manifestSha256="f" * 64)
    first.close()
    path = folder / "events.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"v":1,"seq":3,"kind":"met')  # killed in the middle of a line
    second = EventLog(folder, jobs.JOB_ID)
    second.phase("loading", "again")
    second.close()
    found = jobs.events(folder)
    assert path.read_bytes().startswith(whole)
    assert [event["seq"] for event in found] == [0, 1, 2, 3, 4]
    starts = [event for event in found if event["kind"] == "start"]
    assert [start["attempt"] for start in starts] == [1, 2]
    assert starts[0]["log"] == starts[1]["log"]
    assert second.history.artifacts == {"a": "f" * 64}
    assert second.history.done is None


def test_what_is_not_a_number_never_enters_the_log(folder: Path) -> None:
    log = EventLog(folder, jobs.JOB_ID)
    with pytest.raises(ValueError, match="JSON"):
        log.write("metrics", step=1, values={"policy/loss": float("nan")})
    log.write("metrics", step=1, values={"policy/loss": 0.5})
    log.close()
    assert [event["seq"] for event in jobs.events(folder)] == [0, 1]


def test_a_full_disk_leaves_no_half_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "x"
    fd = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.write(fd, b"whole\n")
    real = os.write
    calls = []

    def filling_up(fd: int, data: bytes) -> int:
        calls.append(len(data))
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return real(fd, data[:3])

    monkeypatch.setattr(events.os, "write", filling_up)
    with pytest.raises(OSError, match="No space"):
        append_whole(fd, b"not whole\n")
    os.close(fd)
    assert path.read_bytes() == b"whole\n"


def test_last_words_use_the_reserve(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog(folder, jobs.JOB_ID)
    real = os.write

    def full_until_freed(fd: int, data: bytes) -> int:
        if (folder / "events.reserve").exists():
            raise OSError(28, "No space left on device")
        return real(fd, data)

    monkeypatch.setattr(events.os, "write", full_until_freed)
    with pytest.raises(OSError, match="No space"):
        log.phase("training", "one step more")
    log.last_words("failure", message="the disk is full")
    log.close()
    assert [event["kind"] for event in jobs.events(folder)] == ["start", "failure"]
    assert [event["seq"] for event in jobs.events(folder)] == [0, 1]
