"""`npm run proof:slice`: two processes that run one job, as the hosts of a slice do, compute what one process computes.

A job of sft runs in one process with one device, then in two with two simulated devices each: with the data cut in four,
and with data and heads cut in two. In the second of these process 1 is killed on the way, and the job started again.
Last, process 0 is killed with all that stands by it, and a run is stopped by a signal to process 1 alone.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import proof_devices
import slice_runs
import supervised
from safetensors.numpy import load_file

import jobs

STEPS = 12
DEVICES = 2
BREAK_AFTER = 5
# Sums in another order: float32 rounds each to 6e-8 of itself, and Adam passes that on from step to step.
BOUND = 1e-5
COMPARED = ("policy/loss", "policy/grad_norm", "heldout/loss")
ENDLESS = 100_000


def make_job(folder: Path, base: Path, mesh: tuple[int, int], steps: int = STEPS) -> Path:
    """A job of sft with a batch of eight sequences, a loss on other rows, and a checkpoint after every step."""
    spec = supervised.make_spec(folder, base)
    jobs.put(spec, "training.batchSize", 8)
    jobs.put(spec, "training.learningRate", 1e-3)
    jobs.put(spec, "training.steps", steps)
    jobs.put(spec, "limits.checkpointEveryMs", 1)
    validation = supervised.write_rows(folder / "validation.jsonl", "validation", 5, "completion")
    spec["validation"] = validation | {"everySteps": 4}
    spec["mesh"] = {"fsdp": mesh[0], "tp": mesh[1]}
    jobs.write_spec(folder, spec)
    return folder


def expect(what: str, run: slice_runs.SliceRun, codes: list[int], **ending: Any) -> dict[str, Any]:
    """Waits for the end, which must be told once in the log, and prints it. Raises RuntimeError where it is another one."""
    found = run.codes()
    told = slice_runs.endings(run.folder)
    last = told[-1] if told else {}
    if found != codes or any(last.get(key) != value for key, value in ending.items()):
        raise RuntimeError(
            f"{what}: the processes ended with {found}, and the log with {last}:\n{run.said()}"
        )
    words = last.get("message") or f"{last['reason']} after step {last['step']}"
    print(f"{what}: exit {' and '.join(map(str, found))}, {last['kind']}: {words}", flush=True)
    return last


def run_whole(what: str, folder: Path) -> None:
    with slice_runs.SliceRun(folder, DEVICES) as run:
        expect(what, run, [0, 0], kind="done", reason="completed", step=STEPS)


def kill_one(folder: Path) -> None:
    """Process 1 is gone: process 0 notices, tells it and ends."""
    with slice_runs.SliceRun(folder, DEVICES) as run:
        run.until(slice_runs.has_step(folder, BREAK_AFTER))
        run.kill(1)
        expect("process 1 killed", run, [1, -signal.SIGKILL], kind="failure", **{"class": "slice"})


def kill_first(folder: Path) -> None:
    """Process 0 is gone with the only writer of the log: what stands by process 1 tells it."""
    with slice_runs.SliceRun(folder, DEVICES) as run:
        run.until(slice_runs.has_step(folder, BREAK_AFTER))
        run.kill(0)
        expect("process 0 killed", run, [-signal.SIGKILL, 1], kind="failure", **{"class": "slice"})


def stop_one(folder: Path) -> None:
    """A signal to one stops all after the same step."""
    with slice_runs.SliceRun(folder, DEVICES) as run:
        run.until(slice_runs.has_step(folder, BREAK_AFTER))
        run.processes[1].send_signal(signal.SIGTERM)
        last = expect("SIGTERM to process 1", run, [0, 0], kind="done", reason="stopped")
    check_traces(folder, last["step"], attempts=1)


def check_traces(folder: Path, steps: int, attempts: int) -> None:
    """One log without a gap, and one set of artifacts."""
    told = jobs.events(folder)
    assert [event["seq"] for event in told] == list(range(len(told))), "the log has gaps, or two writers"
    assert [event["attempt"] for event in told if event["kind"] == "start"] == list(range(1, attempts + 1))
    assert sorted(supervised.values(folder)) == list(range(steps + 1)), "steps are missing in the log"
    ready = [event["name"] for event in told if event["kind"] == "artifact.ready"]
    there = sorted(path.name for path in (folder / "artifacts").iterdir())
    assert ready == there == ["final"], f"artifacts: told {ready}, there {there}"


def largest_difference(one: Path, other: Path) -> tuple[float, float]:
    """Of the metrics, relative where the value is above 1; and of the adapter's weights, relative to the largest."""
    a, b = supervised.values(one), supervised.values(other)
    assert a.keys() == b.keys()
    metrics = max(
        abs(a[step][name] - b[step][name]) / max(1.0, abs(a[step][name]))
        for step in a
        for name in COMPARED
        if name in a[step]
    )
    x, y = (
        load_file(folder / "artifacts" / "final" / "adapter_model.safetensors") for folder in (one, other)
    )
    scale = max(float(np.abs(tensor).max()) for tensor in x.values())
    return metrics, max(float(np.abs(x[name] - y[name]).max()) for name in x) / scale


def losses(folder: Path) -> str:
    return " ".join(
        f"{values['policy/loss']:.7f}" for step, values in supervised.values(folder).items() if step
    )


def prove(place: Path) -> tuple[bool, str]:
    base = jobs.make_base(place / "base", heads=8, kv_heads=4)
    one = make_job(place / "one", base, (1, 1))
    proof_devices.run_on(1, [one])
    print(f"one process: loss {losses(one)}", flush=True)
    whole, broken = (make_job(place / name, base, mesh) for name, mesh in (("4x1", (4, 1)), ("2x2", (2, 2))))
    run_whole("two processes, fsdp 4 x tp 1", whole)
    kill_one(broken)
    run_whole("two processes, fsdp 2 x tp 2, started again", broken)
    worst = 0.0
    for name, folder, attempts in (
        ("fsdp 4 x tp 1", whole, 1),
        ("fsdp 2 x tp 2, killed and started again", broken, 2),
    ):
        check_traces(folder, STEPS, attempts)
        metrics, weights = largest_difference(one, folder)
        print(f"{name}: loss {losses(folder)}")
        print(
            f"    differs from one process by at most {metrics:.1e} in {', '.join(COMPARED)}, {weights:.1e} in weights"
        )
        worst = max(worst, metrics)
    kill_first(make_job(place / "kill-first", base, (4, 1), ENDLESS))
    stop_one(make_job(place / "stop", base, (4, 1), ENDLESS))
    words = (
        f"{STEPS} steps of SFT in two processes differ from one by at most {worst:.1e}, also when killed and started again; "
        "one log, one adapter; a killed process ends the job on both with a typed failure"
    )
    return worst <= BOUND, words


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        try:
            holds, words = prove(Path(place))
        except (AssertionError, RuntimeError) as error:
            holds, words = False, str(error)
    print(
        f"{'holds' if holds else 'MISSED'}: {words} (bound {BOUND:.0e}), in {time.monotonic() - began:.0f} s"
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
