"""A slice: one job in several processes, each with devices of its own. What it is started with, and what it cannot do.

Every process is started with the same job folder, which all must see (one machine, or a shared disk), and with

    --processes 4 --process-id 0..3 --coordinator <host of process 0>:<free port>

All read the same spec and rows and take the same steps; only process 0 speaks and writes. Nothing heavy is imported
here: wrong settings are refused before JAX is there.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from forethought_trainer.checked import SpecError

KINDS = ("sft",)


@dataclass(frozen=True)
class Slice:
    """This process among those of its job; alone unless told otherwise."""

    processes: int = 1
    process: int = 0
    coordinator: str = ""

    @property
    def alone(self) -> bool:
        return self.processes == 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.process == 0


ALONE = Slice()


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("slice", "one job in several processes; each is started with these")
    group.add_argument("--processes", metavar="N", help="how many there are")
    group.add_argument("--process-id", metavar="I", help="which one this is, from 0; process 0 writes")
    group.add_argument("--coordinator", metavar="HOST:PORT", help="where process 0 can be reached by all")


def options_given(options: argparse.Namespace) -> dict[str, str | None]:
    return {
        "--processes": options.processes,
        "--process-id": options.process_id,
        "--coordinator": options.coordinator,
    }


def asks_for_slice(options: argparse.Namespace) -> bool:
    """Whether any of a slice's options was given, right or wrong."""
    return any(value is not None for value in options_given(options).values())


def asks_to_be_first(options: argparse.Namespace) -> bool:
    """Whether this is started as process 0 of a slice, however wrong the other options are."""
    process = options.process_id
    return process is not None and process.isdecimal() and int(process) == 0


def read_options(options: argparse.Namespace) -> Slice:
    """The slice that the options describe. Raises SpecError with the option that is wrong."""
    if not asks_for_slice(options):
        return ALONE
    given = options_given(options)
    for name, value in given.items():
        if value is None:
            raise SpecError(name, f"is missing: a slice needs {', '.join(given)}.")
    processes = whole_number("--processes", options.processes, 1, 4096)
    process = whole_number("--process-id", options.process_id, 0, processes - 1)
    host, _, port = options.coordinator.rpartition(":")
    if not host:
        raise SpecError("--coordinator", f"must be <host>:<port>, but is {options.coordinator!r}.")
    whole_number("--coordinator", port, 1, 65535, "must end with a port")
    return Slice(processes, process, options.coordinator)


def whole_number(name: str, value: str, low: int, high: int, must: str = "must be a whole number") -> int:
    if not value.isdecimal() or not low <= int(value) <= high:
        raise SpecError(name, f"{must} from {low} to {high}, but is {value!r}.")
    return int(value)


def check_slice(part: Slice, spec: Any) -> None:
    """What several processes cannot do together. Raises SpecError."""
    if part.alone:
        return
    if spec.kind not in KINDS:
        raise SpecError(
            "--processes",
            f"is {part.processes}, but a job of kind {spec.kind} runs in one process; only {', '.join(KINDS)} can run in "
            "several. Start it without --processes.",
        )
    # Tunix's sampler reads its tokens as if all devices were its own.
    for where, asked in (
        ("heldOut", spec.held_out),
        ("guard.retention", spec.guard and spec.guard.retention),
    ):
        if asked:
            raise SpecError(
                where,
                f"has questions answered while the model trains, which {part.processes} processes cannot do together. "
                "Leave it out and evaluate the adapter afterwards; validation works.",
            )
    devices = spec.mesh.fsdp * spec.mesh.tp
    if devices % part.processes:
        raise SpecError(
            "mesh",
            f"has {devices} devices ({spec.mesh.fsdp} x {spec.mesh.tp}), which {part.processes} processes cannot share evenly.",
        )
