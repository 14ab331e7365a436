"""The shim and its supervisor, with small programs in the trainer's place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import jobs

HOST = jobs.TRAINER / "host"
SHIM = HOST / "shim.py"
sys.path.insert(0, str(HOST))
import shim  # noqa: E402
import supervisor  # noqa: E402

# A trainer in good manners: on SIGTERM it ends its step and exits 0.
POLITE = """
import signal, sys, time
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
print("begun", flush=True)
while not stop:
    time.sleep(0.02)
time.sleep(0.1)
print("ended in order", flush=True)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("begun", flush=True)
time.sleep(600)
"""


def stage(root: Path, *argv: str, env: dict[str, Any] | None = None, deadline_ms: int | None = None) -> Path:
    """A complete job folder <root>/jobs/<id>."""
    job = root / "jobs" / "job-1"
    (job / "requests").mkdir(parents=True)
    (root / "tombstones").mkdir()
    command = {"argv": list(argv), "env": env or {}, "deadlineMs": deadline_ms}
    (job / "command.json").write_text(json.dumps(command))
    (job / "ready").touch()
    return job


def python(code: str) -> tuple[str, str, str]:
    return sys.executable, "-c", code


def launch(job: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SHIM), str(job), *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def wait_until(what: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Waits for something to be true; far longer than it takes, so that only what never happens fails."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def ending(job: Path) -> dict[str, Any]:
    return wait_until(lambda: shim.read_json(str(job / "exit.json")))


def pid_file(job: Path) -> dict[str, Any]:
    return wait_until(lambda: shim.read_json(str(job / "pid.json")))


def content(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def said(job: Path) -> str:
    path = job / "stdout.log"
    return path.read_text() if path.exists() else ""


def launch_lines(job: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (job / "launches.jsonl").read_text().splitlines()]


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A host's root; whatever a test left running ends with it."""
    yield tmp_path
    for path in tmp_path.glob("jobs/*/pid*.json"):
        pid = shim.read_json(str(path))
        if pid and shim.alive(pid):
            os.killpg(pid["pid"], signal.SIGKILL)


@pytest.mark.parametrize("code", [0, 1, 2, 77])
def test_the_exit_code_is_recorded(root: Path, code: int) -> None:
    job = stage(root, *python(f"import sys; print('hello'); print('oh', file=sys.stderr); sys.exit({code})"))
    answer = json.loads(launch(job).stdout)
    assert answer["launched"] is True
    end = ending(job)
    assert (end["code"], end["signal"], end["reason"], end["attempt"]) == (code, None, "exited", 1)
    assert said(job) == "hello\n"
    assert (job / "stderr.log").read_text() == "oh\n"
    assert len(launch_lines(job)) == 1
    assert not list(job.glob("*.tmp-*"))
    wait_until(lambda: not (job / "shim.reserve").exists())


def test_it_runs_in_the_job_folder_with_its_environment(root: Path) -> None:
    code = "import os; print(os.getcwd()); print(os.environ.get('A'), os.environ.get('HOME'))"
    job = stage(root, *python(code), env={"A": "set", "HOME": None})
    launch(job)
    ending(job)
    assert said(job).split() == [str(job), "set", "None"]


def test_kill_9_of_the_caller_changes_nothing(root: Path) -> None:
    job = stage(root, *python(POLITE))
    caller = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import subprocess, time; subprocess.run({[sys.executable, str(SHIM), str(job)]}); time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    pid = pid_file(job)
    wait_until(lambda: said(job))
    os.killpg(caller.pid, signal.SIGKILL)
    caller.wait()
    assert shim.alive(pid)
    assert os.getsid(pid["pid"]) != os.getsid(0)
    os.kill(pid["pid"], signal.SIGTERM)
    assert ending(job)["code"] == 0
    assert said(job) == "begun\nended in order\n"


def test_the_caller_gets_its_pipe_back_at_once(root: Path) -> None:
    """ssh waits for the end of stdout: a shim that kept it open would hold the connection."""
    job = stage(root, *python(POLITE))
    with subprocess.Popen([sys.executable, str(SHIM), str(job)], stdout=subprocess.PIPE) as caller:
        assert caller.stdout
        caller.stdout.read()  # returns only when every holder of the pipe has closed it
        assert shim.alive(pid_file(job))
    os.kill(pid_file(job)["pid"], signal.SIGTERM)
    ending(job)


def test_twenty_callers_one_launch(root: Path) -> None:
    job = stage(root, *python(POLITE))
    command = [sys.executable, str(SHIM), str(job)]
    callers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(20)]
    answers = [json.loads(caller.communicate()[0]) for caller in callers]
    assert sum(answer["launched"] for answer in answers) == 1
    assert len(launch_lines(job)) == 1
    wait_until(lambda: said(job))
    os.kill(pid_file(job)["pid"], signal.SIGTERM)
    ending(job)
    assert json.loads(launch(job).stdout) == {"launched": False, "attempt": 1, "reason": "already launched"}
    assert len(launch_lines(job)) == 1
    assert said(job).count("begun") == 1


def test_a_stop_request_is_acknowledged_and_obeyed(root: Path) -> None:
    job = stage(root, *python(POLITE))
    launch(job)
    wait_until(lambda: said(job))
    (job / "requests" / "stop.new").write_text("{}")
    (job / "requests" / "stop.new").rename(job / "requests" / "stop")
    end = ending(job)
    assert (end["code"], end["reason"]) == (0, "stopped")
    assert said(job).endswith("ended in order\n")
    assert content(job / "requests" / "stop.ack")["pid"] == pid_file(job)["pid"]


def test_who_does_not_stop_is_killed_when_its_grace_is_over(root: Path) -> None:
    job = stage(root, *python(STUBBORN))
    launch(job)
    wait_until(lambda: said(job))
    (job / "requests" / "stop").write_text('{"graceMs": 300}')
    end = ending(job)
    assert (end["code"], end["signal"], end["reason"]) == (None, "SIGKILL", "stopped")


def test_a_kill_request(root: Path) -> None:
    job = stage(root, *python(STUBBORN))
    launch(job)
    wait_until(lambda: said(job))
    (job / "requests" / "kill").touch()
    end = ending(job)
    assert (end["signal"], end["reason"]) == ("SIGKILL", "signal")


def test_the_deadline(root: Path) -> None:
    job = stage(root, *python(POLITE), deadline_ms=700)
    launch(job)
    end = ending(job)
    assert (end["code"], end["reason"]) == (0, "deadline")
    assert (job / "requests" / "deadline.ack").exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_death_by_a_signal_is_recorded(root: Path, number: signal.Signals) -> None:
    job = stage(root, *python("import time; print('begun', flush=True); time.sleep(600)"))
    launch(job)
    wait_until(lambda: said(job))
    os.kill(pid_file(job)["pid"], number)
    end = ending(job)
    assert (end["code"], end["signal"], end["reason"]) == (None, number.name, "signal")


def test_a_program_that_cannot_be_started(root: Path) -> None:
    job = stage(root, "/no/such/python", "-m", "x")
    answer = json.loads(launch(job).stdout)
    assert (answer["launched"], answer["started"]) == (True, False)
    end = ending(job)
    assert (end["code"], end["reason"]) == (127, "not-started")
    assert "/no/such/python" in end["message"]


def test_a_dead_supervisor_is_replaced_and_the_run_goes_on(root: Path) -> None:
    job = stage(root, *python(POLITE))
    launch(job)
    pid = pid_file(job)
    wait_until(lambda: said(job))
    for _ in range(3):
        supervisor = wait_until(lambda: child_running(pid["shim"]["pid"], "supervisor.py"))
        os.kill(supervisor, signal.SIGKILL)
        wait_until(lambda gone=supervisor: shim.start_time(gone) is None)
    assert shim.alive(pid)
    (job / "requests" / "stop").touch()
    assert ending(job)["reason"] == "stopped"


def test_a_replaced_supervisor_knows_when_to_kill(root: Path) -> None:
    """One that was asked to stop and does not is killed when its grace is over, whoever watches by then."""
    job = stage(root, *python(STUBBORN))
    launch(job)
    wait_until(lambda: said(job))
    (job / "requests" / "stop").write_text('{"graceMs": 1000}')
    ack = wait_until(lambda: shim.read_json(str(job / "requests" / "stop.ack")))
    os.kill(wait_until(lambda: child_running(pid_file(job)["shim"]["pid"], "supervisor.py")), signal.SIGKILL)
    end = ending(job)
    assert (end["signal"], end["reason"]) == ("SIGKILL", "stopped")
    assert end["wall"] - ack["wall"] >= 900


def test_a_stop_gives_no_more_time_than_the_deadline(root: Path) -> None:
    job = stage(root, *python(STUBBORN))
    now = shim.unix_ms()
    for name, grace in (("deadline", 120_000), ("stop", 900_000)):
        (job / "requests" / f"{name}.ack").write_text(json.dumps({"wall": now - 20_000, "graceMs": grace}))
    watch = supervisor.Watch(str(job), {"pid": 1, "bootId": "gone", "startTime": "1"})
    assert watch.kill_at == pytest.approx(time.monotonic() + 100, abs=5)
    watch.acknowledge("stop", 900)
    assert watch.kill_at == pytest.approx(time.monotonic() + 100, abs=5)
    (job / "requests" / "kill.ack").write_text("{}")
    again = supervisor.Watch(str(job), watch.pid)
    assert again.kill_at == pytest.approx(time.monotonic(), abs=5)


def child_running(parent: int, what: str) -> int | None:
    """The pid of a child whose command line contains `what`."""
    listing = subprocess.check_output(["ps", "-ww", "-eo", "pid=,ppid=,stat=,args="], text=True)
    for line in listing.splitlines():
        pid, ppid, state, args = line.split(None, 3)
        if int(ppid) == parent and what in args and not state.startswith("Z"):
            return int(pid)
    return None


def test_a_dead_shim_leaves_the_run_alive_and_its_end_unknown(root: Path) -> None:
    job = stage(root, *python(POLITE))
    launch(job)
    pid = pid_file(job)
    wait_until(lambda: said(job))
    wait_until(lambda: child_running(pid["shim"]["pid"], "supervisor.py"))
    os.kill(pid["shim"]["pid"], signal.SIGKILL)
    time.sleep(0.3)
    assert shim.alive(pid)
    (job / "requests" / "stop").touch()
    end = ending(job)
    assert (end["code"], end["signal"], end["reason"]) == (None, None, "unknown")
    assert said(job).endswith("ended in order\n")


def test_what_the_trainer_leaves_behind_is_swept_away(root: Path) -> None:
    code = (
        "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', %r]).pid, flush=True)"
        % STUBBORN
    )
    job = stage(root, *python(code))
    launch(job)
    assert ending(job)["code"] == 0
    orphan = int(said(job).split()[0])
    assert shim.start_time(orphan) is None


def test_a_second_attempt_only_after_the_first_is_dead(root: Path) -> None:
    job = stage(root, *python(POLITE))
    assert "attempt 1 was never made" in launch(job, "--attempt", "2").stderr
    launch(job)
    wait_until(lambda: said(job))
    refused = launch(job, "--attempt", "2")
    assert refused.returncode == 2
    assert "attempt 1 is still running" in refused.stderr
    os.kill(pid_file(job)["pid"], signal.SIGKILL)
    ending(job)
    wait_until(lambda: not shim.running(str(job)))
    (job / "requests" / "stop").touch()  # was meant for the first one
    assert json.loads(launch(job, "--attempt", "2").stdout)["launched"] is True
    wait_until(lambda: said(job).count("begun") == 2)
    assert [line["attempt"] for line in launch_lines(job)] == [1, 2]
    assert content(job / "exit-1.json")["signal"] == "SIGKILL"
    time.sleep(0.5)
    assert shim.alive(pid_file(job))
    (job / "requests" / "stop").touch()
    assert (ending(job)["code"], ending(job)["attempt"]) == (0, 2)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda job: (job / "ready").unlink(), "not staged completely"),
        (lambda job: (job.parent.parent / "tombstones" / job.name).touch(), "can never start again"),
        (lambda job: (job / "command.json").unlink(), "command.json is missing"),
        (lambda job: (job / "command.json").write_text("{"), "command.json is missing or is not JSON"),
        (lambda job: (job / "command.json").write_text('{"argv": "x"}'), "argv in"),
        (lambda job: (job / "command.json").write_text('{"argv": ["x"], "env": {"A": 1}}'), "env in"),
        (lambda job: (job / "command.json").write_text('{"argv": ["x"], "deadlineMs": -1}'), "deadlineMs in"),
    ],
)
def test_what_must_not_be_started(root: Path, spoil: Callable[[Path], Any], says: str) -> None:
    job = stage(root, *python("print('never')"))
    spoil(job)
    refused = launch(job)
    assert refused.returncode == 2
    assert says in refused.stderr
    assert not (job / "launches.jsonl").exists()
    assert not list(job.glob("launch-*.claim"))


def test_status_tells_without_touching(root: Path) -> None:
    job = stage(root, *python(POLITE))
    before = json.loads(launch(job, "--status").stdout)
    assert before == {
        "ready": True,
        "launches": 0,
        "running": False,
        "trainerAlive": False,
        "pid": None,
        "exit": None,
    }
    launch(job)
    wait_until(lambda: said(job))
    during = json.loads(launch(job, "--status").stdout)
    assert (during["running"], during["trainerAlive"], during["launches"]) == (True, True, 1)
    os.kill(pid_file(job)["pid"], signal.SIGTERM)
    ending(job)
    after = wait_until(lambda: (s := json.loads(launch(job, "--status").stdout)) and not s["running"] and s)
    assert after["exit"]["code"] == 0


def test_another_process_with_the_same_pid_is_not_ours() -> None:
    own = {"bootId": shim.boot_id(), "pid": os.getpid(), "startTime": shim.start_time(os.getpid())}
    assert shim.alive(own)
    assert not shim.alive({**own, "startTime": "1"})
    assert not shim.alive({**own, "bootId": "another boot"})
    assert not shim.alive(None)
    assert not shim.alive({**own, "startTime": None})


def test_a_full_disk_still_gets_its_exit_json(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = stage(root, *python("pass"))
    (job / "shim.reserve").write_bytes(b"0" * 10)
    real = shim.write_json

    def full(path: str, value: Any) -> None:
        if (job / "shim.reserve").exists():
            raise OSError(28, "No space left on device")
        real(path, value)

    monkeypatch.setattr(shim, "write_json", full)
    shim.write_exit(str(job), 1, {"code": 1, "signal": None, "reason": "exited"})
    assert content(job / "exit.json")["code"] == 1


def test_a_disk_too_full_for_pid_json_leaves_no_trainer_behind(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = stage(root, *python(STUBBORN))
    real = shim.write_json
    running: list[int] = []

    def full(path: str, value: Any) -> None:
        if path.endswith("pid.json"):
            running.append(value["pid"])
            raise OSError(28, "No space left on device")
        real(path, value)

    monkeypatch.setattr(shim, "write_json", full)
    answers: list[dict[str, Any]] = []
    shim.run(str(job), json.loads((job / "command.json").read_text()), 1, answers.append)
    assert answers[0]["started"] is False
    assert content(job / "exit.json")["reason"] == "not-started"
    assert shim.start_time(running[0]) is None


@pytest.mark.parametrize("version", ["3.8", "3.9"])
def test_old_pythons_can_read_it(version: str) -> None:
    """Hosts bring their own Python; and the package itself must at least be able to refuse."""
    import ast

    minor = int(version.split(".")[1])
    package = jobs.TRAINER / "forethought_trainer"
    for path in (*HOST.glob("*.py"), package / "__init__.py", package / "__main__.py"):
        ast.parse(path.read_text(), feature_version=(3, minor))
