"""A run that trains, step after step: what every stage that trains has in common.

A stage says what one step is and calls `begin`, `updated` and `finish`; here is what happens around it: phases,
metrics, the guard against numbers that are none, checkpoints, the end, and the adapters that go out.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from forethought_trainer import artifact, checkpoints, metrics
from forethought_trainer.export_peft import write_peft
from forethought_trainer.failures import Failure, classify
from forethought_trainer.job import Ending, Run
from forethought_trainer.optimizer import learning_rate
from forethought_trainer.policy import Policy
from forethought_trainer.reference import PROMPTS, write_reference
from forethought_trainer.spec import file_sha256


class Session(Protocol):
    """The trainer behind a run, whichever of Tunix's it is."""

    @property
    def steps_done(self) -> int: ...
    @property
    def actor(self) -> Any: ...
    def close(self) -> None: ...
    def abandon(self) -> None: ...


class TrainingRun:
    """Steps under way. A stage's own run sets `session`, then calls `ready`."""

    session: Session

    def __init__(self, run: Run, spec: Any, prompts: Sequence[str]):
        """prompts: those of the rows, rendered; the first few are published with each adapter as a reference."""
        self.run, self.spec, self.prompts = run, spec, prompts
        self.log, self.stopper = run.log, run.stopper
        self.step = 0  # under way; run.progress has the last one that is complete
        self.step_began = 0.0
        self.values: dict[str, float] = {}
        self.log.phase("loading", f"loading the base {spec.base.model_id}")
        self.policy = Policy(spec.base, spec.lora, spec.seed, run.folder)
        self.rate = learning_rate(spec.training)

    def ready(self) -> None:
        """After the session was made, and restored where there was a checkpoint."""
        self.finished_checkpoints = checkpoints.Finished(self.run.place / "checkpoints")
        self.done_before = self.session.steps_done
        self.run.progress.step, self.run.progress.total_steps = self.done_before, self.spec.training.steps
        going_on = f"; going on after step {self.done_before}" if self.done_before else ""
        parameters = self.policy.trainable_parameters()
        self.log.phase("preparing", f"{parameters:,} trainable parameters{going_on}")

    def over(self) -> bool:
        """True when no other step may begin."""
        return self.run.progress.step >= self.spec.training.steps or self.stopper.now()

    def begin(self, step: int) -> None:
        self.step_began = time.perf_counter()
        self.step = step
        self.values = {}
        first = step == self.done_before + 1
        self.log.phase(
            "compiling" if first else "training",
            f"step {step} of {self.spec.training.steps}" + (", compiling" if first else ""),
        )

    def check(self, values: dict[str, float]) -> None:
        """A loss or gradient that is no number ends the run here; the optimizer has not applied it."""
        for name in ("loss", "grad_norm"):
            if not math.isfinite(values[name]):
                raise Failure(
                    "numerics",
                    f"The {name.replace('_', ' ')} of step {self.step} is {values[name]}. The update was not applied; "
                    f"the adapter after step {self.step - 1} is published. A lower learning rate may help.",
                    json.dumps(values),
                )

    def updated(self, seconds: float, words: str) -> None:
        """After each update, before the next step. seconds: of the update; words: the step in short, for stdout."""
        elapsed = time.perf_counter() - self.step_began
        self.values["policy/lr"] = float(self.rate(self.step - 1, np))
        self.values |= {"perf/train_s": seconds, "perf/step_s": elapsed} | metrics.host_metrics()
        self.run.progress.step = self.step
        self.log.write("metrics", step=self.step, values=self.values)
        print(f"step {self.step} of {self.spec.training.steps}: {words}, {elapsed:.2f} s", flush=True)
        self.report_checkpoint()
        if self.step > self.done_before + 1:  # the first one holds the compilation
            self.stopper.took(elapsed)

    def report_checkpoint(self) -> None:
        step = self.finished_checkpoints.news()
        if step is not None:
            place = self.finished_checkpoints.root.relative_to(self.run.folder)
            self.log.write("checkpoint", step=step, path=f"{place}/{step}")

    # --- the end -------------------------------------------------------------------------------------------

    def train(self) -> None:
        """All steps, until the last one or until no other may begin; then the last checkpoint is on the disk."""
        raise NotImplementedError

    def to_the_end(self) -> Ending:
        """Trains and publishes; where that fails, the adapter of the last good step still goes out."""
        try:
            self.train()
            return self.finish()
        except Exception as error:
            self.rescue(classify(error))
            raise

    def finish(self) -> Ending:
        """After the last step: the adapter goes out."""
        self.report_checkpoint()
        step = self.run.progress.step
        if step > 0:
            self.log.phase("exporting", "exporting the adapter")
            self.publish("final")
        completed = step >= self.spec.training.steps
        return Ending("completed" if completed else self.stopper.reason or "stopped", step)

    def publish(self, name: str) -> None:
        """Publishes base + adapter as they are now; a name that an earlier process published is only announced."""
        name = self.run.prefix + name
        artifacts = self.run.folder / "artifacts"
        step, lora, policy = self.run.progress.step, self.spec.lora, self.policy

        def fill(folder: Path) -> None:
            write_peft(
                self.session.actor, folder, lora.rank, lora.alpha, lora.targets, self.spec.base.model_id
            )
            with policy.mesh:
                write_reference(
                    folder, self.session.actor, policy.tokenizer, self.prompts[:PROMPTS], policy.end_tokens
                )

        manifest_sha256 = artifact.published(artifacts, name)
        if manifest_sha256 is None:
            spec_sha256 = file_sha256(self.run.folder / "spec.json")
            manifest = artifact.describe_adapter(self.spec, spec_sha256, name, step, self.values)
            manifest_sha256 = artifact.publish(artifacts, name, fill, manifest)
        if self.log.history.artifacts.get(name) != manifest_sha256:
            self.log.write(
                "artifact.ready",
                name=name,
                path=f"artifacts/{name}",
                step=step,
                manifestSha256=manifest_sha256,
            )

    def rescue(self, failure: Failure) -> None:
        """After a failure that left the weights whole, the adapter of the last good step still goes out."""
        try:
            self.session.abandon()
            if failure.kind in ("reward", "numerics") and self.run.progress.step > 0:
                self.publish(f"last-good-{self.run.progress.step}")
        except Exception as error:  # noqa: BLE001  the failure itself must still be told
            print(
                f"forethought_trainer: the last good adapter could not be published: {error!r}",
                file=sys.stderr,
            )
