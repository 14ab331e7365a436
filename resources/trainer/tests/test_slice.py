"""One job in several processes: what is refused, that it computes what one process computes, and how it ends."""

from __future__ import annotations

import argparse
import contextlib
import errno
import faulthandler
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import slice_runs
import supervised

import jobs
from forethought_trainer import job
from forethought_trainer.checked import SpecError
from forethought_trainer.events import EventLog, History
from forethought_trainer.slice_guard import UnwrittenLog, watch, words_of
from forethought_trainer.slices import Slice, add_options, check_slice, read_options
from forethought_trainer.spec import read_spec
from forethought_trainer.stopping import Stopper

GOOD: dict[str, str | None] = {"--processes": "2", "--process-id": "1", "--coordinator": "10.0.0.1:8476"}


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """What a guard does with signals ends with the test."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def read(options: dict[str, str | None]) -> Slice:
    parser = argparse.ArgumentParser()
    add_options(parser)
    words = [word for name, value in options.items() if value is not None for word in (name, value)]
    return read_options(parser.parse_args(words))


def test_options_make_a_slice_and_none_make_a_job_of_one_process() -> None:
    assert read(dict(GOOD)) == Slice(2, 1, "10.0.0.1:8476")
    assert read({}).alone
    assert read(GOOD | {"--coordinator": "[::1]:8476"}).coordinator == "[::1]:8476"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, None) for name in GOOD),
        ("--processes", "0"),
        ("--processes", "two"),
        ("--processes", "1.5"),
        ("--process-id", "2"),
        ("--process-id", "x"),
        ("--process-id", ""),
        ("--coordinator", "somewhere"),
        ("--coordinator", ":8476"),
        ("--coordinator", "host:0"),
        ("--coordinator", "host:http"),
        ("--coordinator", "host:70000"),
    ],
)
def test_each_bad_option_is_named(name: str, value: str | None) -> None:
    with pytest.raises(SpecError) as error:
        read(GOOD | {name: value})
    assert str(error.value).startswith(name)
    assert str(error.value).endswith(".")


def refusal(folder: Path, spec: dict[str, Any]) -> str:
    jobs.write_spec(folder, spec)
    with pytest.raises(SpecError) as error:
        check_slice(Slice(2, 0, "localhost:1"), read_spec(folder))
    return str(error.value)


def test_what_several_processes_cannot_do_is_refused(folder: Path, base: Path) -> None:
    spec = supervised.make_spec(folder, base, guard=True)
    assert refusal(folder, spec).startswith("heldOut has questions answered while the model trains")
    del spec["heldOut"]
    assert refusal(folder, spec).startswith("guard.retention has questions")
    del spec["guard"]["retention"]
    for block in ("rewardSuite", "rewardServer", "generation"):
        del spec[block]
    assert "2 processes cannot share evenly" in refusal(folder, spec | {"mesh": {"fsdp": 3, "tp": 1}})
    jobs.write_spec(folder, spec | {"mesh": {"fsdp": 2, "tp": 1}})
    check_slice(Slice(2, 0, "localhost:1"), read_spec(folder))
    assert "a job of kind dpo runs in one process" in refusal(
        folder, supervised.make_spec(folder, base, "dpo")
    )


def test_grpo_in_two_processes_is_refused_before_jax_is_imported(folder: Path, spec: dict[str, Any]) -> None:
    jobs.write_spec(folder, spec)
    without_jax = "import sys; sys.modules['jax'] = None; from forethought_trainer.__main__ import main; "
    words = ["grpo", "--job", str(folder), *(str(word) for pair in GOOD.items() for word in pair)]
    command = [sys.executable, "-c", f"{without_jax} sys.exit(main(sys.argv[1:]))", *words]
    ran = subprocess.run(command, env=jobs.environment(), capture_output=True, text=True)
    assert ran.returncode == 2
    assert (
        "--processes is 2, but a job of kind grpo runs in one process; only sft can run in several"
        in ran.stderr
    )
    assert not (folder / "events.jsonl").exists()  # process 0 tells it


# --- the last word --------------------------------------------------------------------------------------------


def guarded(folder: Path, part: Slice, how: str) -> int:
    """A process that begins a log where it is the first, and then ends as told; the exit code of its parent."""

    def work() -> int:
        log = EventLog(folder, jobs.JOB_ID) if part.first else UnwrittenLog(folder, part)
        if how == "fails":
            log.last_words("failure", **{"class": "memory", "message": "Too little.", "detail": ""})
            return 1
        if how == "completes":
            log.write("done", reason="completed", step=1)
        if how in ("completes", "dies after its work"):
            return 0
        faulthandler.disable()  # pytest's would print where it aborts
        os.kill(os.getpid(), signal.SIGKILL if how == "is killed" else signal.SIGABRT)
        return 0

    return watch(folder, part, jobs.JOB_ID, work)


def test_a_process_that_dies_leaves_a_failure(folder: Path) -> None:
    assert guarded(folder, Slice(2, 0, "h:1"), "is killed") == 1
    start, failure = jobs.events(folder)
    assert (start["kind"], failure["kind"], failure["class"]) == ("start", "failure", "slice")
    assert failure["seq"] == 1
    assert failure["message"].startswith("Process 0 of the slice of 2 was ended by SIGKILL.")


def test_another_process_tells_it_where_the_first_is_gone_with_its_parent(folder: Path) -> None:
    EventLog(folder, jobs.JOB_ID)
    assert guarded(folder, Slice(2, 1, "h:1"), "aborts") == 1
    assert jobs.events(folder)[-1]["message"].startswith(
        "Process 0 of the slice of 2 has ended without a word"
    )


def test_the_first_process_tells_what_another_one_has_failed_of(folder: Path) -> None:
    words_of(folder, 1).parent.mkdir()
    UnwrittenLog(folder, Slice(2, 1, "h:1")).last_words(
        "failure", **{"class": "memory", "message": "Too little.", "detail": ""}
    )
    assert guarded(folder, Slice(2, 0, "h:1"), "aborts") == 1
    failure = jobs.events(folder)[-1]
    assert (failure["class"], failure["message"]) == ("memory", "Process 1 of the slice failed: Too little.")


def test_what_has_been_told_is_not_told_again(folder: Path) -> None:
    assert guarded(folder, Slice(2, 0, "h:1"), "fails") == 1
    assert guarded(folder, Slice(2, 1, "h:1"), "is killed") == 1
    assert [event["kind"] for event in jobs.events(folder)] == ["start", "failure"]
    assert guarded(folder, Slice(2, 0, "h:1"), "completes") == 0
    assert History.read(folder / "events.jsonl").attempts == 2


def test_a_second_process_0_is_refused(folder: Path) -> None:
    def work() -> int:
        with contextlib.suppress(SpecError):
            return watch(folder, Slice(2, 0, "h:1"), jobs.JOB_ID, lambda: 0)
        return 7

    watch(folder, Slice(2, 0, "h:1"), jobs.JOB_ID, work)
    assert "ended with 7" in jobs.events(folder)[-1]["message"]


# --- the whole way from the options ---------------------------------------------------------------------------


@pytest.fixture
def ready(folder: Path, base: Path) -> Path:
    """The folder of a job that two processes can run."""
    jobs.write_spec(folder, supervised.make_spec(folder, base) | {"mesh": {"fsdp": 2, "tp": 1}})
    return folder


def words(folder: Path, process: str = "0", **other: str) -> list[str]:
    """The arguments of a process of a slice of two. other: an option that is wrong."""
    options = {"processes": "2", "process-id": process, "coordinator": "127.0.0.1:9"} | other
    return ["--job", str(folder), *(word for name, value in options.items() for word in (f"--{name}", value))]


def sft(arguments: list[str]) -> int:
    return job.main("sft", arguments, "")


def dies(*_: Any) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


class Locked:
    """Stands for a process 0 that is running: holds its lock, and is in the middle of a line of the log."""

    def __init__(self, folder: Path):
        EventLog(folder, jobs.JOB_ID)
        with (folder / "events.jsonl").open("ab") as log:
            log.write(b'{"v":1,"seq":1')
        (folder / "slice").mkdir()
        self._lock = os.open(folder / "slice" / "lock", os.O_CREAT | os.O_RDWR)

    def __enter__(self) -> Locked:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._lock)


@pytest.mark.parametrize(
    ("process", "other", "says"),
    [
        ("0", {}, "--process-id is 0, but process 0 of this job is running already."),
        ("0", {"coordinator": "nowhere"}, "--coordinator must be <host>:<port>"),
        ("00", {"processes": "two"}, "--processes must be a whole number"),
        ("1", {"processes": "two"}, "--processes must be a whole number"),
        ("2", {}, "--process-id must be a whole number"),
        ("x", {}, "--process-id must be a whole number"),
    ],
)
def test_a_refusal_leaves_the_log_of_a_running_process_0_alone(
    ready: Path, capfd: pytest.CaptureFixture[str], process: str, other: dict[str, str], says: str
) -> None:
    with Locked(ready):
        before = (ready / "events.jsonl").read_bytes()
        assert sft(words(ready, process, **other)) == 2
    assert says in capfd.readouterr().err
    assert (ready / "events.jsonl").read_bytes() == before


def test_process_0_alone_leaves_its_refusal_in_the_log(ready: Path) -> None:
    for process in ("2", "x", "1"):
        assert sft(words(ready, process, coordinator="nowhere")) == 2
        assert not (ready / "events.jsonl").exists()
    assert sft(words(ready, coordinator="nowhere")) == 2
    failure = jobs.events(ready)[-1]
    assert (failure["kind"], failure["class"], failure["detail"]) == ("failure", "spec", "--coordinator")


def test_a_job_in_one_process_leaves_its_refusal_in_the_log(ready: Path) -> None:
    assert job.main("dpo", ["--job", str(ready)], "") == 2
    assert [event["kind"] for event in jobs.events(ready)] == ["start", "failure"]


def test_a_folder_of_no_job_is_refused_and_left_as_it_was(folder: Path) -> None:
    assert sft(words(folder)) == 2
    assert list(folder.iterdir()) == []


def test_a_signal_that_comes_with_the_fork_reaches_the_child(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork = os.fork

    def signalled() -> int:
        child = fork()
        if child:
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        return child

    def until_stopped(stage: Any, spec: Any, inputs: Any, folder: Path, stopper: Stopper, part: Slice) -> int:
        for _ in range(3000):
            if stopper.now():
                return 0
            time.sleep(0.01)
        return 1

    monkeypatch.setattr(os, "fork", signalled)
    monkeypatch.setattr(job, "start", until_stopped)
    assert sft(words(ready)) == 0


def test_nothing_is_passed_on_to_a_child_that_is_gone(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "start", lambda *_: 0)
    assert sft(words(ready)) == 0
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == [signal.SIG_DFL] * 2
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & {signal.SIGTERM, signal.SIGINT}


def test_a_parent_that_waits_for_process_0_can_be_ended(ready: Path) -> None:
    with Locked(ready):
        before = (ready / "events.jsonl").read_bytes()
        process = subprocess.Popen(
            [sys.executable, "-m", "forethought_trainer", "sft", *words(ready, "1")], env=jobs.environment()
        )
        try:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            while not (found := children.read_text(encoding="ascii").split()):
                assert process.poll() is None
                time.sleep(0.05)
            os.kill(int(found[0]), signal.SIGKILL)
            while not words_of(ready, 1).exists():
                assert process.poll() is None
                time.sleep(0.05)
            process.terminate()
            assert process.wait(slice_runs.PATIENCE_S) == -signal.SIGTERM
        finally:
            process.kill()
        assert (ready / "events.jsonl").read_bytes() == before


def test_on_a_disk_without_locks_only_process_0_has_the_last_word(
    ready: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    monkeypatch.setattr(job, "start", dies)
    assert sft(words(ready, "1")) == 1
    assert "has no file locks" in capfd.readouterr().err
    assert sft(words(ready, coordinator="nowhere")) == 2
    assert not (ready / "events.jsonl").exists()
    assert sft(words(ready)) == 1
    assert "has no file locks" in capfd.readouterr().err
    assert [event["kind"] for event in jobs.events(ready)] == ["start", "failure"]


def test_what_ends_a_process_unforeseen_is_printed(
    ready: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def breaks(*_: Any) -> int:
        raise KeyboardInterrupt("at once")

    monkeypatch.setattr(job, "start", breaks)
    assert sft(words(ready)) == 1
    said = capfd.readouterr().err
    assert "Traceback" in said
    assert "KeyboardInterrupt: at once" in said
    assert "Process 0 of the slice of 2 ended with 1." in jobs.events(ready)[-1]["message"]


# --- two processes --------------------------------------------------------------------------------------------


def test_two_processes_train_as_one_and_end_together(tmp_path: Path, base: Path) -> None:
    """One start of two processes serves both: three steps that are compared, and the death of a process."""
    one, two = tmp_path / "one", tmp_path / "two"
    spec = supervised.make_spec(one, base)
    jobs.put(spec, "training.batchSize", 8)
    jobs.put(spec, "training.learningRate", 1e-3)
    assert supervised.run(one, spec) == 0
    supervised.make_spec(two, base)
    # Ends nothing, but the adapter that it may end with, which has parts in both processes, is whole on the disk.
    rule = {"metric": "heldout/loss", "above": 1e9, "forSteps": 1}
    validation = supervised.write_rows(two / "validation.jsonl", "validation", 4, "completion")
    jobs.put(spec, "validation", validation | {"everySteps": 3})
    jobs.put(spec, "training.steps", 100_000)
    jobs.write_spec(two, spec | {"mesh": {"fsdp": 2, "tp": 1}, "publishEverySteps": 3, "stopWhen": [rule]})
    with slice_runs.SliceRun(two, devices=1) as run:
        run.until(slice_runs.has_step(two, 4))
        run.kill_worker(1)
        assert run.codes() == [1, 1], run.said()
    told = jobs.events(two)
    assert [event["seq"] for event in told] == list(range(len(told)))
    assert told[-1]["kind"] == "failure"
    assert told[-1]["class"] == "slice"
    assert "Start the job again to go on." in told[-1]["message"]
    for step in (1, 2, 3):
        for name in ("policy/loss", "policy/grad_norm"):
            found, wanted = (supervised.values(folder)[step][name] for folder in (two, one))
            assert found == pytest.approx(wanted, abs=1e-5)
    assert next(event["name"] for event in told if event["kind"] == "artifact.ready") == "step-3"
    good = list((two / "rules").glob("*.json"))
    assert good and all(path.with_suffix(".npz").is_file() for path in good)
    published = json.loads((two / "artifacts" / "step-3" / "reference.json").read_text())["prompts"]
    alone = json.loads((one / "artifacts" / "final" / "reference.json").read_text())["prompts"]
    for a, b in zip(published, alone, strict=True):
        assert a["logits"] == pytest.approx(b["logits"], abs=1e-4)
