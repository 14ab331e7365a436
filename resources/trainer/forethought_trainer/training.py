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
from dataclasses import replace
from typing import Any, Protocol

import jax
import numpy as np

from forethought_trainer import artifact, checkpoints
from forethought_trainer.agreement import gather, is_first, most_pressing
from forethought_trainer.compiles import CompileWatch
from forethought_trainer.data import TrainingRow
from forethought_trainer.devices import device_metrics
from forethought_trainer.events import STEP_TIME, told_by_step
from forethought_trainer.exam import Exam, Result
from forethought_trainer.failures import Failure, classify
from forethought_trainer.host_memory import give_back, host_metrics
from forethought_trainer.job import Ending, Run
from forethought_trainer.kept import Kept, KeptAdapters
from forethought_trainer.optimizer import learning_rate
from forethought_trainer.policy import Policy
from forethought_trainer.publishing import publish_adapter
from forethought_trainer.rules import StopRules
from forethought_trainer.spec import HeldOut
from forethought_trainer.stopping import REASONS

# A duration is told once it does not hold the compilation any more.
ESTIMATE_AFTER = 3
# What the end of a run needs time for, and the metric that says how long it took.
DURATIONS = {
    "step": STEP_TIME,
    "exam": "perf/eval_s",
    "validation": "perf/validation_s",
    "retention": "perf/retention_s",
}


class Session(Protocol):
    """The trainer behind a run, whichever of Tunix's it is."""

    @property
    def steps_done(self) -> int: ...
    @property
    def actor(self) -> Any: ...
    def close(self) -> None: ...
    def abandon(self) -> None: ...


class Measure(Protocol):
    """Something that is measured before the first step, every so many steps and at the end, and told as metrics."""

    every_steps: int

    def take(self) -> None:
        """Measures after the last complete step; a second call after the same step does nothing."""


class TrainingRun:
    """Steps under way. A stage's own run sets `session`, then calls `ready`."""

    session: Session
    # Tunix's own folder for checkpoints in checkpoints/, and the updates that make a step.
    checkpoint_folder = ""
    updates_per_step = 1

    def __init__(self, run: Run, spec: Any, rows: Sequence[TrainingRow]):
        """rows: the prompts of the first few are published with each adapter as a reference."""
        self.run, self.spec, self.rows = run, spec, rows
        self.log, self.stopper = run.log, run.stopper
        self.step = 0  # under way; run.progress has the last one that is complete
        self.step_began = 0.0
        self.values: dict[str, float] = {}
        self.batch: list[dict[str, Any]] = []  # the step's rows in words, kept where it breaks
        self.exam: tuple[HeldOut, Exam] | None = None
        self.result: Result | None = None  # of the exam after the last complete step
        self.examined_at = -1
        self.measures: list[Measure] = []  # besides the held-out questions
        self.evals: dict[str, dict[str, Any]] = {}  # of each set, the `eval` event that was told last
        self.rejected = False  # the newest adapter, which must not be published as final
        self.kept: Kept | None = None  # what is published instead
        self.rules = StopRules[Kept](spec.stop_when)
        self.hurried = False  # nothing is measured any more
        self.ended: str | None = None  # by a rule, with the reason of the `done` event
        self.message = ""  # why, and at the end what goes out instead
        self.end_told = False
        self.log.phase("loading", f"loading the base {spec.base.model_id}")
        self.checkpoints = run.place / "checkpoints" / self.checkpoint_folder
        self.set_aside_damaged()
        self.policy = Policy(spec, run.folder, spec.lora)
        self.good = KeptAdapters(self.policy, run.place / "rules")
        # The adapters after the last complete step and before it: what a failure or a rule falls back on.
        self.trail: list[Kept] = []
        self.suspect = False  # the newest is what has failed

    def set_aside_damaged(self) -> None:
        """A slice's processes would each have to find the same: there a damaged checkpoint ends the attempt."""
        if jax.process_count() > 1:
            return
        for updates, problem in checkpoints.set_aside_damaged(self.checkpoints):
            self.log.warn(
                "checkpoint-damaged",
                f"The checkpoint {updates} cannot be read and was set aside ({problem}). The run goes on from the one before "
                "it, or from the start where there is none.",
            )

    def ready(self) -> None:
        """After the session was made, and restored where there was a checkpoint."""
        self.rate = learning_rate(self.spec.training)
        self.finished_checkpoints = checkpoints.Finished(self.checkpoints)
        self.done_before = self.session.steps_done
        self.policy.model = self.session.actor
        self.run.progress.step, self.run.progress.total_steps = self.done_before, self.spec.training.steps
        self.trail = [self.as_it_is()]
        if self.spec.stop_when:
            good = self.good.read(self.done_before)
            if self.done_before:
                self.take_up_rules(good)
        self.recall_durations()
        self.compiles = CompileWatch()
        going_on = f"; going on after step {self.done_before}" if self.done_before else ""
        parameters = self.policy.trainable_parameters()
        self.log.phase("preparing", f"{parameters:,} trainable parameters{going_on}")

    def recall_durations(self) -> None:
        """After a restart nothing may be due for long: what was measured before it counts until it is measured anew."""
        before = self.log.history.values if self.done_before else {}
        for what, metric in DURATIONS.items():
            if metric in before:
                self.stopper.expects(what, before[metric])

    def warn_of_window(self, tokens: int) -> None:
        """tokens: what a sampled prompt and its completion may have together."""
        window = self.policy.config.sliding_window_size
        if window is not None and window < tokens:
            self.log.warn(
                "sliding-window",
                f"Prompt and completion may have {tokens} tokens, but the base's sliding window is {window}: "
                "in Tunix left padding counts into the window, so other engines may see a little more context.",
            )

    # --- a step --------------------------------------------------------------------------------------------

    def over(self) -> bool:
        """True when no other step may begin; asked before each. Before the first one what is due is measured."""
        if self.ended or self.run.progress.step >= self.spec.training.steps:
            return True
        self.look()
        if self.stopper.reason is None and self.run.progress.step == self.done_before:
            self.catch_up()
            if self.signalled():  # an exam that it has cut would be missing in all that comes after
                self.look()
        return self.stopper.reason is not None or self.ended is not None

    def look(self) -> None:
        """Asks whether the run has to end, and agrees on why."""
        self.stopper.now()
        self.stopper.reason = most_pressing(self.stopper.reason, (None, *REASONS))

    def signalled(self) -> bool:
        """Whether a signal has come to any process."""
        return any(gather(int(self.stopper.signalled)))

    def catch_up(self) -> None:
        """Measures what is due before the first step, and after a restart what was due when the run was cut: a rule that this
        completes ends the run. A second call does nothing."""
        self.measure(self.done_before)
        self.trail = [self.as_it_is()]
        if self.done_before:
            self.follow_rules()
        else:  # the base ends no run
            self.rules.take(0, self.values, after=self.trail[0])

    def begin(self, step: int) -> None:
        first = step == self.done_before + 1
        self.step_began = time.perf_counter()
        give_back()  # what the step before, its compilation and an exam have left
        self.step = step
        self.values, self.batch = {}, []
        self.compiles.reset()
        self.log.phase(
            "compiling" if first else "training",
            f"step {step} of {self.spec.training.steps}" + (", compiling" if first else ""),
        )

    def check(self, values: dict[str, float]) -> None:
        """A number that is none ends the run here; the optimizer has not applied it."""
        for name, value in values.items():
            if not math.isfinite(value):
                raise Failure(
                    "numerics",
                    f"The {name.replace('_', ' ')} of step {self.step} is {value}. The update was not applied. "
                    "A lower learning rate may help.",
                    json.dumps({key: str(each) for key, each in values.items()}),
                )

    def updated(self, seconds: float, words: str) -> None:
        """After each update, before the next step. seconds: of the update; words: the step in short, for stdout."""
        elapsed = time.perf_counter() - self.step_began
        self.values["policy/lr"] = float(self.rate(self.step - 1, np))
        self.values |= {"perf/train_s": seconds, STEP_TIME: elapsed}
        self.values |= host_metrics() | device_metrics()
        self.run.progress.step = self.step
        self.trail = [self.as_it_is(), *self.trail][:2]
        self.log.write("metrics", step=self.step, values=self.values)
        print(f"step {self.step} of {self.spec.training.steps}: {words}, {elapsed:.2f} s", flush=True)
        self.report_checkpoint()
        self.tell_compiles()
        self.learn_duration(elapsed)
        if self.step == self.done_before + ESTIMATE_AFTER:
            self.tell_estimate(elapsed)
        self.between_steps()

    def learn_duration(self, elapsed: float) -> None:
        """The first step holds the compilation: what is left without it counts until there is a second one.

        How long an export takes is known from the first one; until then it is taken to compile for as long as a step
        does, which is what most of a first export is.
        """
        if self.step > self.done_before + 1:
            self.stopper.needs("step", elapsed)
            return
        self.stopper.expects("step", max(0.0, elapsed - self.compiles.seconds))
        self.stopper.expects("export", self.compiles.seconds)

    def tell_compiles(self) -> None:
        again = self.compiles.notable
        if self.step > self.done_before + 1 and again:
            self.log.warn(
                "recompile",
                f"Step {self.step} compiled {', '.join(again)} again, which took {sum(again.values()):.1f} s: a shape has "
                "changed, which it should not.",
            )

    def tell_estimate(self, seconds: float) -> None:
        left = (self.spec.training.steps - self.step) * seconds
        self.log.write("estimate", step=self.step, secondsPerStep=seconds, secondsLeft=left)
        print(f"about {seconds:.1f} s a step; the steps left take about {left / 60:.0f} min", flush=True)

    def report_checkpoint(self) -> None:
        updates = self.finished_checkpoints.news()
        if updates is not None:
            place = self.finished_checkpoints.root.relative_to(self.run.folder)
            self.log.write("checkpoint", step=updates // self.updates_per_step, path=f"{place}/{updates}")

    # --- between steps -------------------------------------------------------------------------------------

    def between_steps(self) -> None:
        """Held-out questions, an adapter for home, rules that end the run: each when it is due."""
        last = self.step >= self.spec.training.steps
        if not last:
            self.measure(self.step)
        every = self.spec.publish_every_steps
        if every and self.step % every == 0 and not last and not self.rejected:
            self.examine()
            self.log.phase("exporting", f"exporting the adapter after step {self.step}")
            self.publish(f"step-{self.step}")
        self.trail[0] = self.as_it_is()  # with what was measured by now
        self.follow_rules()

    def take_up_rules(self, good: dict[int, Kept]) -> None:
        """After a restart: the rules count on from what was measured before it. A run that was ended stays ended.

        good: the adapters that the process before has kept for them, by step.
        """
        completed = -1
        at_hand = {self.done_before: self.trail[0]} | good

        def after(step: int) -> Kept:
            return at_hand.get(step) or Kept(step, None, {}, None, [])

        told = told_by_step(self.run.folder, "metrics", self.run.first_step + self.done_before)
        for told_as in sorted(told):
            step = told_as - self.run.first_step
            values = {name: value for event in told[told_as] for name, value in event["values"].items()}
            completed = self.rules.take(step, values, after(step - 1), after(step))
        if completed >= 0:
            self.end_by_rule(completed)

    def follow_rules(self) -> None:
        """Ends the run when a rule is complete; the adapters that it may end with are on the disk by then."""
        if not self.spec.stop_when:
            return
        newest, *older = self.trail
        completed = self.rules.take(newest.step, self.values, older[0] if older else None, newest)
        self.good.keep(kept for kept in self.rules.lasting() if kept.can_go_out)
        # Some metrics are a process's own, such as its memory; process 0's count.
        completed = gather(completed)[0]
        if completed >= 0 and not self.rejected:
            self.end_by_rule(completed)

    def end_by_rule(self, completed: int) -> None:
        """Ends the run with the last adapter that was good by its rule, where one was seen; else with what there is."""
        watch = self.rules.watches[completed]
        said = f"{watch} The run was ended after step {self.run.progress.step} as its rule says."
        if watch.good:
            self.reject(said, watch.good if watch.good.can_go_out else None)
        else:
            self.end_early("stop-rule", said)

    def end_early(self, reason: str, message: str) -> None:
        """What was said before is kept: where the run was ended already, only what goes out is another now."""
        self.ended, self.message = reason, f"{self.message} {message}".strip()
        self.log.phase("ending", message)
        print(message, flush=True)

    def tell_end(self) -> None:
        """Why the run was ended, once: when it is known what goes out, or that it will not be known."""
        if self.ended and not self.end_told:
            self.end_told = True
            self.log.warn(self.ended, self.message)

    def measure(self, step: int = 0) -> None:
        """What is due after a step; at 0, all that is measured."""
        if self.exam and step % self.exam[0].every_steps == 0:
            self.examine()
        for measure in self.measures:
            if step % measure.every_steps == 0:
                measure.take()

    def reject(self, message: str, kept: Kept | None) -> None:
        """Ends the run with an earlier adapter as its final one, or with none. `finish` says which: it may be ruled out too."""
        self.rejected, self.kept = True, kept
        self.end_early("stop-rule", message)

    def examine(self) -> None:
        """Has the policy answer the held-out questions, once a step. A signal cuts it, for it may take longer than whoever has
        sent that will wait."""
        step = self.run.progress.step
        if self.exam is None or self.examined_at == step or self.stopper.signalled:
            return
        held_out, exam = self.exam
        self.log.phase("evaluating", f"{len(exam.rows)} held-out questions after step {step}")
        result = exam.take(lambda: self.stopper.signalled)
        if result is None:
            return
        self.result, self.examined_at = result, step
        self.stopper.needs("exam", result.seconds)
        self.tell_result(held_out.set, result)
        values = {"heldout/reward_mean": result.mean, "perf/eval_s": result.seconds}
        if result.correct is not None:
            values["heldout/correct_frac"] = result.correct
        if result.format is not None:
            values["heldout/format_frac"] = result.format
        self.log.write("metrics", step=step, values=values)
        self.values |= values

    def tell_result(self, name: str, result: Result) -> None:
        step = self.run.progress.step
        of = f"step-{step}" if step else "start" if self.spec.lora.start else "base"
        event = {"step": step, "set": name, "of": of, **result.event()}
        self.tell_exam(event)
        print(f"{name} after step {step}: {result.in_words()}", flush=True)

    def tell_exam(self, event: dict[str, Any]) -> None:
        self.log.write("eval", **event)
        self.evals[event["set"]] = event

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
        finally:
            self.compiles.close()

    def finish(self) -> Ending:
        """After the last step: the adapter goes out. After a signal nothing is measured before that; of a deadline that the run
        sees coming, time for the exam is left."""
        self.report_checkpoint()
        step = self.run.progress.step
        artifact_name = None
        self.hurried = self.signalled()
        if step > 0:
            if not self.rejected and not self.hurried:
                self.measure()
                self.trail[0] = self.as_it_is()
                self.follow_rules()
            if self.kept:
                self.go_back(self.kept)
            if self.rejected:
                self.message = f"{self.message} {self.instead()}"
            self.tell_end()
            if not self.rejected or self.kept:
                self.log.phase("exporting", "exporting the adapter")
                artifact_name = self.publish("final", self.kept)
            elif is_first():  # of a process that stopped earlier and could not say so
                artifact.withdraw(self.run.folder / "artifacts", f"{self.run.prefix}final")
        # A person's or the deadline's end keeps its name, whatever the last exam says.
        reason = self.stopper.reason or self.ended
        if not reason:
            reason = "completed" if step >= self.spec.training.steps else "stopped"
        return Ending(reason, step, artifact_name, self.message)

    def instead(self) -> str:
        """What is published in place of the newest adapter."""
        if self.kept is None:
            return "No earlier adapter that was good is at hand, so none is published as the final one."
        return f"The adapter after step {self.kept.step} is published as the final one."

    def go_back(self, kept: Kept) -> None:
        """To an earlier adapter; it is examined where it was not, so that its own scores go out with it."""
        self.policy.restore(kept.adapter)
        if self.hurried:
            return
        made = self.run.progress.step
        self.run.progress.step, self.values = kept.step, dict(kept.values)
        self.make_up(kept)
        if self.kept is kept:  # else what was made up for has ruled it out
            now = self.as_it_is()
            self.kept = replace(now, score=now.score or kept.score, evals=[*kept.evals, *now.evals])
        self.run.progress.step = made

    def make_up(self, kept: Kept) -> None:
        """Asks of an earlier adapter, which the policy holds, what was not asked when it was the newest."""
        if kept.score is None:
            self.examine()

    def score(self) -> dict[str, Any] | None:
        """In short, what was measured after the last complete step."""
        if self.result is None or self.exam is None or self.examined_at != self.run.progress.step:
            return None
        return self.result.score(self.exam[0].set)

    def as_it_is(self) -> Kept:
        """The adapter as it is now, with what was measured after this step."""
        step = self.run.progress.step
        evals = [event for event in self.evals.values() if event["step"] == step]
        return Kept(step, self.policy.snapshot(), dict(self.values), self.score(), evals)

    def publish(self, name: str, kept: Kept | None = None) -> str:
        """Publishes the adapter as it is now, or a kept one; returns its whole name."""
        began = time.perf_counter()
        name = self.run.prefix + name
        if kept:
            self.policy.restore(kept.adapter)
            for event in kept.evals:  # the last word about each set is about what is published
                if event != self.evals.get(event["set"]):
                    self.tell_exam(event)
        publish_adapter(self.run, self.spec, self.policy, self.rows, name, kept or self.as_it_is())
        self.stopper.needs("export", time.perf_counter() - began)
        return name

    def rescue(self, failure: Failure) -> None:
        """After a failure that left the weights whole, the adapter of the last good step still goes out."""
        try:
            self.session.abandon()
            self.tell_end()
            if failure.kind in ("reward", "numerics"):
                failure.batch = self.save_batch()
                failure.message = f"{failure.message} {self.publish_last_good()}"
        except Exception as error:  # noqa: BLE001  the failure itself must still be told
            print(
                f"forethought_trainer: the last good adapter could not be published: {error!r}",
                file=sys.stderr,
            )

    def publish_last_good(self) -> str:
        """The newest adapter that computes: one whose weights or logits are no numbers refuses to be exported.

        Returns a sentence about it: only here is known what goes out.
        """
        for kept in self.trail[1:] if self.suspect else self.trail:
            if not kept.can_go_out:
                break
            try:
                name = self.publish(f"last-good-{kept.step}", kept)
                return f"The adapter after step {kept.step} is published as {name}."
            except (AssertionError, ValueError) as error:
                print(
                    f"the adapter after step {kept.step} is not whole: {error}", file=sys.stderr, flush=True
                )
        return "No earlier adapter is at hand that is good, so none is published; what was published before stays."

    def save_batch(self) -> str | None:
        """Keeps the rows that the broken step was made of, for whoever looks for the cause; names the file."""
        if not self.batch or not is_first():
            return None
        path = self.run.place / "offending" / f"step-{self.step}.json"
        path.parent.mkdir(exist_ok=True)
        content = {
            "step": self.step,
            # JSON has no word for the very numbers that matter here.
            "values": {
                key: value if math.isfinite(value) else str(value) for key, value in self.values.items()
            },
            "rows": self.batch,
        }
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        return path.relative_to(self.run.folder).as_posix()
