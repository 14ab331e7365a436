"""A job from its folder to its exit code: what all kinds have in common. Each kind's module says only what it does.

A kind's module offers `prepare(spec, folder)`, which reads its rows and checks them before anything heavy is
imported, `make_plan(spec, folder, inputs)`, and `carry_out(run, spec, inputs)`, which does the work. One that only
reads and writes files says `USES_DEVICES = False`, and then JAX is not imported.

Exit 0: completed, or stopped in good order. Exit 2: the spec or a file it names is wrong; nothing was begun.
Exit 1: anything else, with a `failure` event that names its class, as far as the disk takes one.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import re
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forethought_trainer.checked import SpecError
from forethought_trainer.events import EventLog, Heartbeat, Progress
from forethought_trainer.failures import Failure, classify
from forethought_trainer.packages import differences
from forethought_trainer.plan import Plan
from forethought_trainer.slice_guard import UnwrittenLog, explained, sole_writer, watch
from forethought_trainer.slices import (
    ALONE,
    Slice,
    add_options,
    asks_for_slice,
    asks_to_be_first,
    check_slice,
    read_options,
)
from forethought_trainer.spec import Header, read_spec
from forethought_trainer.stopping import Stopper

JOB_ID = re.compile(r'"jobId"\s*:\s*"([^"\\]+)"')
# So many characters of a failure's detail are kept.
DETAIL = 4000


@dataclass
class Run:
    """What a kind's `carry_out` works with.

    folder is the job's; place is where this run's own files go (checkpoints, rollouts), and is the same unless
    the run is a stage of a program. prefix stands before the names of its artifacts, and first_step is how many
    steps of the program come before its own: what is told of a step counts from the program's start.
    """

    folder: Path
    place: Path
    log: EventLog
    progress: Progress
    stopper: Stopper
    prefix: str = ""
    first_step: int = 0


@dataclass(frozen=True)
class Ending:
    """How a run ended in good order: the reason of its `done` event, the last step that it made, what it left behind.

    best: of a program, which of its checkpoints is the best by its rule.
    """

    reason: str
    step: int
    artifact: str | None = None
    message: str = ""
    best: dict[str, Any] | None = None


def main(kind: str, argv: list[str], what: str) -> int:
    parser = argparse.ArgumentParser(prog=f"forethought_trainer {kind}", description=what)
    parser.add_argument("--job", type=Path, required=True, help="job folder with spec.json")
    add_options(parser)
    options = parser.parse_args(argv)
    folder = options.job.resolve()
    stopper = Stopper(folder)
    stopper.listen()
    stage = importlib.import_module(f"forethought_trainer.{kind}")
    try:
        part = read_options(options)
        spec = read_spec(folder)
        if spec.kind != kind:
            raise SpecError("kind", f"is {spec.kind!r}, but the stage {kind} was started.")
        check_slice(part, spec)
        inputs = stage.prepare(spec, folder)
    except SpecError as error:
        refuse(folder, options, Failure("spec", str(error), error.where))
        return 2
    except Exception as error:  # noqa: BLE001  what no check has foreseen is told as well
        refuse(folder, options, unforeseen(error))
        return 1
    if part.alone:
        return start(stage, spec, inputs, folder, stopper)
    try:
        return watch(folder, part, spec.job_id, lambda: start(stage, spec, inputs, folder, stopper, part))
    except SpecError as error:  # the place is taken, and with it the log: another process is writing it
        print(f"forethought_trainer: {error}", file=sys.stderr, flush=True)
        return 2
    except OSError as error:
        return end_in_failure(None, error)


def unforeseen(error: Exception) -> Failure:
    """How the checks of a spec broke, with the place for whoever mends it."""
    failure = classify(error)
    where = "".join(traceback.format_exception(error))[-DETAIL:]
    return Failure(failure.kind, f"The spec could not be checked. {failure.message}", where)


def refuse(folder: Path, options: argparse.Namespace, failure: Failure) -> None:
    """Says why nothing was begun: in a sentence to stderr, and in the job's log too, where the folder is a job's at all.

    Of a slice only process 0 writes the log, and only where no other one is running that does.
    """
    message, detail = (text.encode(errors="replace").decode() for text in (failure.message, failure.detail))
    print(f"forethought_trainer: {message}", file=sys.stderr, flush=True)
    in_slice = asks_for_slice(options)
    if in_slice and not asks_to_be_first(options):
        return
    job_id = job_named_in(folder)
    if job_id is None:
        return
    alone = sole_writer(folder) if in_slice else contextlib.nullcontext(True)
    with contextlib.suppress(OSError), alone as sole:
        if sole:
            log = EventLog(folder, job_id)
            log.last_words("failure", **{"class": failure.kind, "message": message, "detail": detail})
            log.close()


def job_named_in(folder: Path) -> str | None:
    """The job's id, found also in a spec.json that cannot be read as JSON: its log has to name it."""
    with contextlib.suppress(OSError):
        text = (folder / "spec.json").read_text(encoding="utf-8", errors="replace")
        found = JOB_ID.search(text)
        return found[1] if found else None
    return None


def start(stage: Any, spec: Any, inputs: Any, folder: Path, stopper: Stopper, part: Slice = ALONE) -> int:
    """One process's share of the job, from the first event to the exit code."""
    try:
        log = EventLog(folder, spec.job_id) if part.first else UnwrittenLog(folder, part)
    except OSError as error:
        return end_in_failure(None, error)
    if log.history.done:
        print(
            f"forethought_trainer: job {spec.job_id} is finished ({log.history.done['reason']} after step "
            f"{log.history.done['step']}) and cannot start again; make a new job.",
            file=sys.stderr,
        )
        log.close()
        return 2
    if spec.limits.deadline_ms is not None:
        stopper.deadline_s = spec.limits.deadline_ms / 1000
    print(f"job {spec.job_id}: {spec.name}", flush=True)
    progress = Progress()
    try:
        warn_of_packages(log)
        tell(log, stage.make_plan(spec, folder, inputs))
        with Heartbeat(log, progress):
            if not part.alone:
                meet(log, part, folder)
            if getattr(stage, "USES_DEVICES", True):
                check_devices(spec)
            ending = stage.carry_out(Run(folder, folder, log, progress, stopper), spec, inputs)
        said: dict[str, Any] = {"message": ending.message} if ending.message else {}
        if ending.best:
            said["best"] = ending.best
        log.write("done", reason=ending.reason, step=ending.step, **said)
        print(f"done: {ending.reason} after step {ending.step}", flush=True)
        if not part.alone:
            part_ways()
        return 0
    except Exception as error:  # noqa: BLE001  every end has to leave its class behind
        return end_in_failure(log, error, part)
    finally:
        log.close()


def tell(log: EventLog, plan: Plan) -> None:
    """Says what is going to be done, and what of it would be for nothing."""
    print("\n".join(plan.text), flush=True)
    log.write("plan", **plan.event())
    for finding in plan.findings:
        log.warn(f"finding/{finding.code}", finding.message, field=finding.where)


def meet(log: EventLog, part: Slice, folder: Path) -> None:
    from forethought_trainer.agreement import join  # imports JAX

    log.phase("preparing", f"waiting for all {part.processes} processes at {part.coordinator}")
    join(part, folder)


def part_ways() -> None:
    """What happens to another process after its work is done does not undo this one's."""
    from forethought_trainer.agreement import leave

    with contextlib.suppress(RuntimeError):
        leave()


def check_devices(spec: Header) -> None:
    from forethought_trainer.devices import check_platform  # imports JAX

    check_platform(spec.env.platform)


def warn_of_packages(log: EventLog) -> None:
    found = differences()
    if found:
        log.warn(
            "packages",
            f"This Python's packages are not the locked ones: {', '.join(found)}. The run may behave otherwise than "
            "with them.",
        )


def end_in_failure(log: EventLog | None, error: Exception, part: Slice = ALONE) -> int:
    """Says what went wrong: to stderr always, to the job's log as far as the disk allows. log: None where none could begin."""
    failure = classify(error)
    if log is not None:
        failure = explained(log.path.parent, part, failure, error)
        traceback.print_exception(error)
    print(f"forethought_trainer: {failure.message}", file=sys.stderr, flush=True)
    if log is not None:
        try:
            words = {"class": failure.kind, "message": failure.message, "detail": failure.detail[:DETAIL]}
            if failure.batch:
                words["batch"] = failure.batch
            log.last_words("failure", **words)
        except OSError as unwritten:
            print(f"forethought_trainer: this could not be logged: {unwritten}", file=sys.stderr, flush=True)
    return 1
