"""`npm run proof:devices`: the stages on meshes of eight simulated devices compute what one device does.

The same jobs run once in a process with one CPU device and once, mesh by mesh, in processes with eight
(--xla_force_host_platform_device_count). The base is random, with four key/value heads: `mesh.tp` cuts these heads, so
that the embedded model with its two can have no tp of 4, which is what the preset "think first" asks for on eight chips.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import supervised

import jobs

DEVICES = 8
# (fsdp, tp): the presets' own meshes on eight chips are 8 x 1 for sft and 1 x 4 for grpo, whose other chips then idle.
MESHES: dict[str, list[tuple[int, int]]] = {"sft": [(8, 1), (4, 2)], "grpo": [(1, 4), (4, 2)]}
# Sums in another order: float32 rounds each to 6e-8 of itself, and three steps of Adam pass that on.
BOUND = 1e-5
COMPARED = {
    "sft": ("policy/loss", "policy/grad_norm"),
    "grpo": ("policy/loss", "policy/kl", "policy/grad_norm", "reward/total/mean"),
}


def make_job(folder: Path, base: Path, kind: str, mesh: tuple[int, int]) -> Path:
    """A job of three steps, with a batch of eight sequences: one for each device at most."""
    if kind == "sft":
        spec = supervised.make_spec(folder, base)
        jobs.put(spec, "training.batchSize", 8)
    else:
        spec = jobs.make_spec(folder, base)
        jobs.put(spec, "training.groupSize", 4)
    jobs.put(spec, "training.learningRate", 1e-3)
    spec["mesh"] = {"fsdp": mesh[0], "tp": mesh[1]}
    jobs.write_spec(folder, spec)
    return folder


def run_here(folders: Sequence[Path]) -> int:
    """The stages, one after the other in this process."""
    for folder in folders:
        code = supervised.run(folder, json.loads((folder / "spec.json").read_text(encoding="utf-8")))
        if code:
            return code
    return 0


def run_on(devices: int, folders: Sequence[Path], timeout: float | None = None) -> None:
    """The same in a process of its own that has so many devices. Raises RuntimeError where a stage fails; one that takes
    more seconds than `timeout` is killed, and TimeoutExpired raised."""
    env = jobs.environment()
    env["XLA_FLAGS"] = f"{env.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    command = [sys.executable, __file__, "--run", *map(str, folders)]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=timeout)
    if ran.returncode:
        raise RuntimeError(f"A stage failed on {devices} devices:\n{ran.stdout[-2000:]}{ran.stderr[-4000:]}")


def largest_difference(kind: str, one: Path, other: Path) -> tuple[float, list[str]]:
    """Over all steps and metrics, relative to the value where that is above 1; and the values in words."""
    a, b = supervised.values(one), supervised.values(other)
    assert a.keys() == b.keys() == {1, 2, 3}
    largest, words = 0.0, []
    for name in COMPARED[kind]:
        for step in a:
            x, y = a[step][name], b[step][name]
            largest = max(largest, abs(x - y) / max(1.0, abs(x)))
        words.append(f"{name} " + " ".join(f"{b[step][name]:.7f}" for step in b))
    return largest, words


def completions(folder: Path) -> list[str]:
    """What a run of grpo sampled, in order."""
    return [
        json.loads(line)["completion"]
        for path in sorted((folder / "rollouts").iterdir())
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def prove_meshes(place: Path, base: Path) -> tuple[bool, str]:
    """Prints what each mesh computes beside the one device; whether all are within the bound, and the result in short."""
    ones = {kind: make_job(place / f"{kind}-one", base, kind, (1, 1)) for kind in MESHES}
    many = {
        (kind, mesh): make_job(place / f"{kind}-{mesh[0]}x{mesh[1]}", base, kind, mesh)
        for kind in MESHES
        for mesh in MESHES[kind]
    }
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(run_on, 1, list(ones.values()))]
        runs += [pool.submit(run_on, DEVICES, [many[kind, mesh] for mesh in MESHES[kind]]) for kind in MESHES]
        for run in runs:
            run.result()
    holds, worst = True, 0.0
    for (kind, mesh), folder in many.items():
        difference, words = largest_difference(kind, ones[kind], folder)
        same = kind != "grpo" or completions(folder) == completions(ones[kind])
        told = "" if kind != "grpo" else ", the same completions" if same else ", OTHER COMPLETIONS"
        print(
            f"{kind} fsdp {mesh[0]} x tp {mesh[1]}: differs from one device by at most {difference:.1e}{told}"
        )
        print("".join(f"    {each}\n" for each in words), end="", flush=True)
        worst = max(worst, difference)
        holds = holds and same and difference <= BOUND
    return holds, f"{len(many)} meshes of {DEVICES} simulated devices differ from one by at most {worst:.1e}"


def main(argv: Any = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", nargs="+", type=Path, help="job folders to run in this process")
    folders = parser.parse_args(argv).run
    if folders:
        return run_here(folders)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        base = jobs.make_base(Path(place) / "base", heads=8, kv_heads=4)
        holds, words = prove_meshes(Path(place), base)
    print(
        f"{'holds' if holds else 'MISSED'}: {words} (bound {BOUND:.0e}), in {time.monotonic() - began:.0f} s"
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
