"""Starts one job on a host and records how it ended: `python3 shim.py <job folder>`; core/jobs calls it.

It detaches (double fork, new session, no inherited stdio), so that neither the end of an ssh connection nor
a kill -9 of whoever called it touches the job. Only a parent can read an exit status: this process is the
trainer's parent and does little else. Stop requests and the deadline are the supervisor's business.
Standard library only, Python 3.8 or newer.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import errno
import json
import os
import platform
import signal
import subprocess
import sys
import time

from processes import alive, boot_id, read_json, start_time, unix_ms, write_json

SWEEP_S = 2.0
RESERVE_BYTES = 64 * 1024
MAX_SUPERVISORS = 20
HERE = os.path.dirname(os.path.abspath(__file__))


# --- before the fork: is this job to be started, and by us? -------------------------------------------------


class Refusal(Exception):
    """The job cannot be started; the message says why in one sentence."""


def check_folder(job):
    """The command of a job folder that is complete and has no tombstone; raises Refusal otherwise."""
    if not os.path.isdir(job):
        raise Refusal("%s is not a folder" % job)
    if not os.path.exists(os.path.join(job, "ready")):
        raise Refusal("%s has no file 'ready': it was not staged completely" % job)
    tombstone = os.path.join(os.path.dirname(os.path.dirname(job)), "tombstones", os.path.basename(job))
    if os.path.exists(tombstone):
        raise Refusal("job %s has ended on this host and can never start again" % os.path.basename(job))
    command = read_json(os.path.join(job, "command.json"))
    if not isinstance(command, dict):
        raise Refusal("%s/command.json is missing or is not JSON" % job)
    argv = command.get("argv")
    if not isinstance(argv, list) or not argv or not all(isinstance(word, str) for word in argv):
        raise Refusal("argv in %s/command.json must be a list of strings" % job)
    env = command.get("env") or {}
    if not all(value is None or isinstance(value, str) for value in env.values()):
        raise Refusal("env in %s/command.json must map names to strings or null" % job)
    deadline = command.get("deadlineMs")
    if deadline is not None and not (isinstance(deadline, (int, float)) and deadline > 0):
        raise Refusal("deadlineMs in %s/command.json must be a positive number or null" % job)
    return command


def launches(job):
    """The lines of launches.jsonl, oldest first; a torn last line does not count."""
    try:
        with open(os.path.join(job, "launches.jsonl"), encoding="utf-8") as f:
            lines = [line for line in f.read().splitlines(True) if line.endswith("\n")]
    except OSError:
        return []
    return [json.loads(line) for line in lines]


def running(job):
    """True while the job's trainer or its shim lives."""
    pid = read_json(os.path.join(job, "pid.json"))
    if pid and (alive(pid) or alive(pid.get("shim"))):
        return True
    done = launches(job)
    return bool(done) and alive(done[-1].get("shim"))


def claim(job, attempt):
    """Takes the right to make this attempt: exactly one caller ever gets True, however many try at once."""
    if attempt > 1:
        if not os.path.exists(os.path.join(job, "launch-%d.claim" % (attempt - 1))):
            raise Refusal("attempt %d cannot start: attempt %d was never made" % (attempt, attempt - 1))
        if running(job):
            raise Refusal("attempt %d cannot start: attempt %d is still running" % (attempt, attempt - 1))
    try:
        fd = os.open(
            os.path.join(job, "launch-%d.claim" % attempt), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644
        )
    except FileExistsError:
        return False
    with os.fdopen(fd, "w") as f:
        json.dump({"bootId": boot_id(), "pid": os.getpid(), "startTime": start_time(os.getpid())}, f)
        f.flush()
        os.fsync(f.fileno())
    if attempt > 1:
        put_aside(job, attempt - 1)
    return True


def put_aside(job, attempt):
    """Keeps what an earlier attempt left, under its number, and clears requests that were meant for it."""
    for name in ("pid.json", "exit.json"):
        with contextlib.suppress(FileNotFoundError):
            stem, ending = os.path.splitext(name)
            os.replace(os.path.join(job, name), os.path.join(job, "%s-%d%s" % (stem, attempt, ending)))
    requests = os.path.join(job, "requests")
    for name in os.listdir(requests) if os.path.isdir(requests) else []:
        os.unlink(os.path.join(requests, name))


# --- after the fork: the trainer's parent -------------------------------------------------------------------


def detach(job, keep):
    """Leaves the caller's terminal and its file descriptors (all but `keep`); own complaints go to shim.log."""
    os.chdir(job)
    os.closerange(3, keep)
    os.closerange(keep + 1, 4096)
    null = os.open(os.devnull, os.O_RDWR)
    log = os.open("shim.log", os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(null)
    os.close(log)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        # A function, not SIG_IGN: an ignored signal would stay ignored in the trainer.
        signal.signal(number, lambda *_: None)
    with contextlib.suppress(Exception):  # Linux: orphans of the trainer become ours, so the sweep finds them
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def spawn_trainer(job, command):
    """The trainer, in a process group of its own, writing straight to the log files."""
    env = dict(os.environ)
    for name, value in (command.get("env") or {}).items():
        if value is None:
            env.pop(name, None)
        else:
            env[name] = value
    flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
    out = os.open(os.path.join(job, "stdout.log"), flags, 0o644)
    err = os.open(os.path.join(job, "stderr.log"), flags, 0o644)
    try:
        return subprocess.Popen(
            command["argv"],
            cwd=job,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    finally:
        os.close(out)
        os.close(err)


def spawn_supervisor(job):
    return subprocess.Popen(
        [sys.executable, os.path.join(HERE, "supervisor.py"), job], stdin=subprocess.DEVNULL, close_fds=True
    )


def append_launch(job, record):
    with open(os.path.join(job, "launches.jsonl"), "a", encoding="utf-8") as f:
        f.write(json.dumps(record, separators=(",", ":")) + "\n")
        f.flush()
        os.fsync(f.fileno())


def wait_for(trainer_pid, job):
    """Waits for the trainer; a supervisor that dies on the way is replaced. Returns the wait status."""
    supervisor = spawn_supervisor(job)
    started = 1
    while True:
        try:
            pid, status = os.waitpid(-1, 0)
        except InterruptedError:
            continue
        if pid == trainer_pid:
            supervisor.terminate()
            return status
        if pid == supervisor.pid and started < MAX_SUPERVISORS:
            supervisor = spawn_supervisor(job)
            started += 1


def sweep(group):
    """Ends what the trainer left behind in its process group: first by asking, then by force."""
    for number, patience in ((signal.SIGTERM, SWEEP_S), (signal.SIGKILL, SWEEP_S)):
        try:
            os.killpg(group, number)
        except OSError:
            return
        limit = time.monotonic() + patience
        while time.monotonic() < limit:
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            try:
                os.killpg(group, 0)
            except OSError:
                return
            time.sleep(0.02)


def how_it_ended(job, status):
    """exit.json's {code, signal, reason}: reason tells an asked-for end from one that nobody asked for."""
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    requests = os.path.join(job, "requests")
    if os.path.exists(os.path.join(requests, "deadline.ack")):
        reason = "deadline"
    elif os.path.exists(os.path.join(requests, "stop.ack")):
        reason = "stopped"
    else:
        reason = "exited" if ended_by is None else "signal"
    return {
        "code": os.WEXITSTATUS(status) if ended_by is None else None,
        "signal": signal.Signals(ended_by).name if ended_by is not None else None,
        "reason": reason,
    }


def write_exit(job, attempt, ending):
    """exit.json; on a full disk the reserve makes room for it."""
    record = dict(ending, attempt=attempt, wall=unix_ms())
    reserve = os.path.join(job, "shim.reserve")
    try:
        write_json(os.path.join(job, "exit.json"), record)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        with contextlib.suppress(FileNotFoundError):
            os.unlink(reserve)
        write_json(os.path.join(job, "exit.json"), record)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(reserve)


def run(job, command, attempt, tell):
    """The shim's life. `tell` sends the one answer that the caller is waiting for."""
    own = {"bootId": boot_id(), "pid": os.getpid(), "startTime": start_time(os.getpid())}
    os.makedirs(os.path.join(job, "requests"), exist_ok=True)
    with contextlib.suppress(OSError), open(os.path.join(job, "shim.reserve"), "wb") as f:
        f.write(b"\0" * RESERVE_BYTES)
    append_launch(job, {"attempt": attempt, "wall": unix_ms(), "host": platform.node(), "shim": own})
    try:
        trainer = spawn_trainer(job, command)
    except OSError as error:
        message = "cannot start %s: %s" % (command["argv"][0], error.strerror or error)
        write_exit(job, attempt, {"code": 127, "signal": None, "reason": "not-started", "message": message})
        tell({"launched": True, "attempt": attempt, "started": False, "message": message})
        return
    identity = {
        "bootId": own["bootId"],
        "pid": trainer.pid,
        "startTime": start_time(trainer.pid, even_zombie=True),
        "attempt": attempt,
        "wall": unix_ms(),
        "monoMs": int(time.monotonic() * 1000),
        "deadlineMs": command.get("deadlineMs"),
        "shim": own,
    }
    try:
        write_json(os.path.join(job, "pid.json"), identity)
    except OSError as error:  # a trainer that nobody can find again must not run on unseen
        os.killpg(trainer.pid, signal.SIGKILL)
        trainer.wait()
        message = "cannot write pid.json: %s; the trainer was ended again" % (error.strerror or error)
        write_exit(job, attempt, {"code": None, "signal": None, "reason": "not-started", "message": message})
        tell({"launched": True, "attempt": attempt, "started": False, "message": message})
        return
    tell({"launched": True, "attempt": attempt, "started": True, "pid": trainer.pid})
    status = wait_for(trainer.pid, job)
    sweep(trainer.pid)
    write_exit(job, attempt, how_it_ended(job, status))


def launch(job, command, attempt):
    """Forks the shim away and returns its answer."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        os.waitpid(child, 0)
        with os.fdopen(reader) as answer:
            return json.loads(answer.readline() or "{}")
    try:
        os.close(reader)
        os.setsid()
        if os.fork():
            os._exit(0)
        detach(job, writer)

        def tell(answer):
            os.write(writer, (json.dumps(answer) + "\n").encode())
            os.close(writer)

        run(job, command, attempt, tell)
    except BaseException as error:  # nothing may run on as a second copy of the caller
        print("shim: %s: %s" % (type(error).__name__, error), file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def status(job):
    """What a host can say about a job without reading its log."""
    pid = read_json(os.path.join(job, "pid.json"))
    return {
        "ready": os.path.exists(os.path.join(job, "ready")),
        "launches": len(launches(job)),
        "running": running(job),
        "trainerAlive": alive(pid),
        "pid": pid,
        "exit": read_json(os.path.join(job, "exit.json")),
    }


def main():
    parser = argparse.ArgumentParser(prog="shim.py", description="Start a staged job once, detached.")
    parser.add_argument("job", help="job folder with spec.json, command.json and ready")
    parser.add_argument(
        "--attempt", type=int, default=1, help="2 and more: again, after the one before has died"
    )
    parser.add_argument(
        "--status", action="store_true", help="print what is known about the job, start nothing"
    )
    options = parser.parse_args()
    job = os.path.abspath(options.job)
    if options.status:
        print(json.dumps(status(job)))
        return 0
    try:
        command = check_folder(job)
        if not claim(job, options.attempt):
            print(json.dumps({"launched": False, "attempt": options.attempt, "reason": "already launched"}))
            return 0
    except Refusal as refusal:
        print("shim: %s" % refusal, file=sys.stderr)
        return 2
    answer = launch(job, command, options.attempt)
    if not answer:
        print("shim: it died while starting; see %s" % os.path.join(job, "shim.log"), file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
