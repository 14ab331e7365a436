"""The stage `grpo`: trains a LoRA adapter with GRPO as <job folder>/spec.json says, and publishes it.

    python -m forethought_trainer grpo --job <folder>

Exit 0: completed, or stopped in good order. Exit 2: the spec or a file it names is wrong; nothing was begun.
Exit 1: anything else, with a `failure` event that names its class.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forethought_trainer.checked import SpecError, parse_json
from forethought_trainer.data import (
    TrainingRow,
    check_lengths,
    check_turns,
    read_rows,
    rows_of_step,
    sampling_seed,
)
from forethought_trainer.events import EventLog, Heartbeat, Progress
from forethought_trainer.failures import Failure, classify
from forethought_trainer.packages import differences
from forethought_trainer.reward_client import RewardServer, Score
from forethought_trainer.rollouts import RolloutFile
from forethought_trainer.spec import GrpoSpec, describe, file_sha256, read_spec
from forethought_trainer.stopping import Stopper

if TYPE_CHECKING:
    from forethought_trainer.tunix_grpo import Session

# JAX, Tunix and what imports them are imported inside functions: a wrong spec must be refused before that.


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="forethought_trainer grpo", description="Train a LoRA adapter with GRPO."
    )
    parser.add_argument("--job", type=Path, required=True, help="job folder with spec.json")
    folder = parser.parse_args(argv).job.resolve()
    stopper = Stopper(folder)
    stopper.listen()
    try:
        spec = read_spec(folder)
        rows = read_rows(spec, folder)
        check_prompts(spec, folder, rows)
    except SpecError as error:
        print(f"forethought_trainer: {error}", file=sys.stderr, flush=True)
        refuse(folder, error)
        return 2
    return run(spec, folder, rows, stopper)


def check_prompts(spec: GrpoSpec, folder: Path, rows: list[TrainingRow]) -> None:
    """Every prompt fits and has its turns; sentencepiece is light enough to be asked before JAX."""
    import sentencepiece

    tokenizer = sentencepiece.SentencePieceProcessor(
        model_file=str(folder / spec.base.path / "tokenizer.model")
    )
    check_lengths(rows, tokenizer, spec.rollout.max_prompt_tokens)
    check_turns(rows, tokenizer, spec.prompt.family)


def refuse(folder: Path, error: SpecError) -> None:
    """Leaves the refusal in the job's log too, where the folder is a job's at all."""
    try:
        job_id = parse_json(folder)["jobId"]
        log = EventLog(folder, str(job_id))
    except (SpecError, OSError, KeyError, TypeError):
        return
    log.last_words("failure", **{"class": "spec", "message": str(error), "detail": error.where})
    log.close()


def run(spec: GrpoSpec, folder: Path, rows: list[TrainingRow], stopper: Stopper) -> int:
    """One process's share of the job, from the first event to the exit code."""
    try:
        log = EventLog(folder, spec.job_id)
    except OSError as error:
        return end_in_failure(None, classify(error), error)
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
    print(describe(spec), flush=True)
    progress = Progress(spec.training.steps)
    training = None
    try:
        warn_of_packages(log)
        server = RewardServer(spec.reward_server.command, folder, spec.reward_server.timeout_ms)
        with server, Heartbeat(log, progress):
            training = GrpoRun(spec, folder, rows, stopper, log, progress, server)
            training.train()
            reason = training.finish()
        log.write("done", reason=reason, step=progress.step)
        print(f"done: {reason} after step {progress.step} of {spec.training.steps}", flush=True)
        return 0
    except Exception as error:  # noqa: BLE001  every end has to leave its class behind
        failure = classify(error)
        if training is not None:
            training.rescue(failure)
        return end_in_failure(log, failure, error)
    finally:
        log.close()


def warn_of_packages(log: EventLog) -> None:
    found = differences()
    if found:
        log.warn(
            "packages",
            f"This Python's packages are not the locked ones: {', '.join(found)}. The run may behave otherwise than "
            "with them.",
        )


def end_in_failure(log: EventLog | None, failure: Failure, error: BaseException) -> int:
    """Says what went wrong: to stderr always, to the job's log as far as the disk allows."""
    traceback.print_exception(error)
    print(f"forethought_trainer: {failure.message}", file=sys.stderr, flush=True)
    if log is not None:
        try:
            words = {"class": failure.kind, "message": failure.message, "detail": failure.detail[:4000]}
            log.last_words("failure", **words)
        except OSError as unwritten:
            print(f"forethought_trainer: this could not be logged: {unwritten}", file=sys.stderr, flush=True)
    return 1


class GrpoRun:
    """A run under way. Tunix calls the four methods of `Watcher`; each step goes through them in this order:

    sampling_seed, generated (the texts are there), reward (they are scored and recorded), updated.
    """

    def __init__(
        self,
        spec: GrpoSpec,
        folder: Path,
        rows: list[TrainingRow],
        stopper: Stopper,
        log: EventLog,
        progress: Progress,
        server: RewardServer,
    ):
        self.spec, self.folder, self.rows = spec, folder, rows
        self.stopper, self.log, self.progress, self.server = stopper, log, progress, server
        self.rollouts = RolloutFile(folder)
        self.step = 0
        self.step_began = 0.0
        self.tokens: list[int] = []
        self.values: dict[str, float] = {}

        log.phase("loading", f"loading the base {spec.base.model_id}")
        from forethought_trainer import checkpoints, metrics, tunix_grpo

        self.metrics = metrics
        examples = [example.completion for example in spec.prompt.examples]
        self.server.load(spec.reward_suite.suite, spec.reward_suite.hash, examples)
        self.format_parts = metrics.format_parts(spec.reward_suite.suite)
        self.session: Session = tunix_grpo.Session(spec, folder, self)
        self.finished_checkpoints = checkpoints.Finished(folder / "checkpoints")
        self.done_before = progress.step = self.session.steps_done
        going_on = f"; going on after step {self.done_before}" if self.done_before else ""
        self.log.phase("preparing", f"{self.session.trainable_parameters():,} trainable parameters{going_on}")
        self.warn_of_window()

    def warn_of_window(self) -> None:
        total = self.spec.rollout.max_prompt_tokens + self.spec.rollout.max_completion_tokens
        window = self.session.config.sliding_window_size
        if window is not None and window < total:
            self.log.warn(
                "sliding-window",
                f"Prompt and completion may have {total} tokens, but the base's sliding window is {window}: "
                "in Tunix left padding counts into the window, so other engines may see a little more context.",
            )

    # --- the loop ------------------------------------------------------------------------------------------

    def train(self) -> None:
        if self.session.steps_done >= self.spec.training.steps or self.stopper.now():
            self.session.close()
            return
        self.session.train(self.batches)

    def batches(self) -> Iterator[dict[str, Any]]:
        """The prompts of each step. Tunix draws those before a restart too, and drops them."""
        import numpy as np

        t = self.spec.training
        for step in range(1, t.steps + 1):
            indices = rows_of_step(self.spec.seed, step, t.prompts_per_step, len(self.rows))
            if step > self.done_before:
                if self.stopper.now():
                    return
                self.begin(step)
            yield {"prompts": np.array([self.rows[i].prompt for i in indices]), "row": np.array(indices)}

    def begin(self, step: int) -> None:
        self.step_began = time.perf_counter()
        self.step = step
        self.values = {}
        first = step == self.done_before + 1
        self.log.phase(
            "compiling" if first else "training",
            f"step {step} of {self.spec.training.steps}" + (", compiling" if first else ""),
        )

    # --- what Tunix calls ----------------------------------------------------------------------------------

    def sampling_seed(self) -> int:
        return sampling_seed(self.spec.seed, self.step)

    def generated(self, tokens: list[int], seconds: float) -> None:
        """perf/tokens_per_s is the speed of sampling alone: completion tokens per second of rollout."""
        self.tokens = tokens
        self.values |= self.metrics.length_metrics(tokens, self.spec.rollout.max_completion_tokens)
        self.values["perf/rollout_s"] = seconds
        self.values["perf/tokens_per_s"] = sum(tokens) / seconds

    def reward(self, texts: list[str], rows: list[int]) -> list[float]:
        """Scores all completions of the step at once; prompts repeat, a group's samples lie side by side."""
        began = time.perf_counter()
        limit = self.spec.rollout.max_completion_tokens
        size = self.spec.training.group_size
        scores = self.server.score(
            [
                {
                    "row": self.rows[row].row,
                    "prompt": self.rows[row].prompt,
                    "group": str(sample // size),
                    "completion": text,
                    "tokens": tokens,
                    "truncated": tokens >= limit,
                }
                for sample, (row, text, tokens) in enumerate(zip(rows, texts, self.tokens, strict=True))
            ]
        )
        self.values["perf/reward_s"] = time.perf_counter() - began
        self.values |= self.metrics.reward_metrics(scores, size, self.format_parts)
        self.record(texts, rows, scores)
        return [score.total for score in scores]

    def record(self, texts: list[str], rows: list[int], scores: list[Score]) -> None:
        """Keeps every rollout with its reward and its advantage."""
        size = self.spec.training.group_size
        gains = self.metrics.advantages([score.total for score in scores], size)
        lines = [
            {
                "step": self.step,
                "group": i // size,
                "sample": i % size,
                "rowId": self.rows[row].id,
                "prompt": self.rows[row].prompt,
                "completion": text,
                "tokens": self.tokens[i],
                "truncated": self.tokens[i] >= self.spec.rollout.max_completion_tokens,
                "total": score.total,
                "parts": score.parts,
                "verdict": score.verdict,
                "extracted": score.extracted,
                "advantage": float(gains[i]),
                "why": score.why,
            }
            for i, (row, text, score) in enumerate(zip(rows, texts, scores, strict=True))
        ]
        self.log.write("rollouts", step=self.step, **self.rollouts.append(lines))

    def updated(self, values: dict[str, float], seconds: float) -> None:
        """After each update, before the next step: a number that is not one ends the run here."""
        for name in ("loss", "grad_norm"):
            if not math.isfinite(values[name]):
                raise Failure(
                    "numerics",
                    f"The {name.replace('_', ' ')} of step {self.step} is {values[name]}. The update was not applied; "
                    f"the adapter after step {self.step - 1} is published. A lower learning rate may help.",
                    json.dumps(values),
                )
        policy = {
            "policy/loss": values["loss"],
            "policy/grad_norm": values["grad_norm"],
            "policy/clip_frac": values["pg_clipfrac"],
            "policy/entropy": values["entropy"],
            "policy/lr": self.session.rate(self.step),
        }
        if self.spec.training.beta > 0:  # without the penalty Tunix computes no KL
            policy["policy/kl"] = values["kl"]
        elapsed = time.perf_counter() - self.step_began
        self.values |= (
            policy | {"perf/train_s": seconds, "perf/step_s": elapsed} | self.metrics.host_metrics()
        )
        self.progress.step = self.step
        self.log.write("metrics", step=self.step, values=self.values)
        print(
            f"step {self.step} of {self.spec.training.steps}: reward {self.values['reward/total/mean']:.3f}, "
            f"length {self.values['completion/length_mean']:.0f}, {elapsed:.2f} s",
            flush=True,
        )
        self.report_checkpoint()
        if self.step > self.done_before + 1:  # the first one holds the compilation
            self.stopper.took(elapsed)

    def report_checkpoint(self) -> None:
        step = self.finished_checkpoints.news()
        if step is not None:
            self.log.write("checkpoint", step=step, path=f"checkpoints/actor/{step}")

    # --- the end -------------------------------------------------------------------------------------------

    def finish(self) -> str:
        """After the last step: the adapter goes out. Returns the reason of the `done` event."""
        self.report_checkpoint()
        if self.progress.step > 0:
            self.log.phase("exporting", "exporting the adapter")
            self.publish("final")
        completed = self.progress.step >= self.spec.training.steps
        return "completed" if completed else self.stopper.reason or "stopped"

    def publish(self, name: str) -> None:
        """Publishes base + adapter as they are now; a name that an earlier process published is only announced."""
        from forethought_trainer import artifact
        from forethought_trainer.export_peft import write_peft
        from forethought_trainer.reference import PROMPTS, write_reference

        artifacts = self.folder / "artifacts"
        step, lora = self.progress.step, self.spec.lora

        def fill(folder: Path) -> None:
            write_peft(
                self.session.actor, folder, lora.rank, lora.alpha, lora.targets, self.spec.base.model_id
            )
            prompts = [row.prompt for row in self.rows[:PROMPTS]]
            with self.session.mesh:
                write_reference(
                    folder, self.session.actor, self.session.tokenizer, prompts, self.session.end_tokens
                )

        manifest_sha256 = artifact.published(artifacts, name)
        if manifest_sha256 is None:
            spec_sha256 = file_sha256(self.folder / "spec.json")
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
            if failure.kind in ("reward", "numerics") and self.progress.step > 0:
                self.publish(f"last-good-{self.progress.step}")
        except Exception as error:  # noqa: BLE001  the failure itself must still be told
            print(
                f"forethought_trainer: the last good adapter could not be published: {error!r}",
                file=sys.stderr,
            )
