"""The guard that asks again what the policy could answer at the start, and ends a run that has made it forget.

Each exam is compared with the first one, question by question. The best adapter that has passed is kept, on the disk
too, so that a run which goes on after a restart falls back on the same one.
"""

from __future__ import annotations

import json
from typing import Any

from forethought_trainer.artifact import replace_text
from forethought_trainer.checked import ROUNDING
from forethought_trainer.exam import Exam, Result
from forethought_trainer.kept import Kept
from forethought_trainer.paired import mcnemar, sign_flips
from forethought_trainer.spec import Retention
from forethought_trainer.training import TrainingRun
from forethought_trainer.validation import Validation

NOT_CHECKABLE = "not-applicable"


class RetentionGuard:
    """A measure of a run. Its state is <place>/retention/: exams.json, and the adapter that is kept."""

    def __init__(self, run: TrainingRun, wanted: Retention, exam: Exam, validation: Validation | None):
        self.run, self.wanted, self.exam, self.validation = run, wanted, exam, validation
        self.every_steps = wanted.every_steps
        self.folder = run.run.place / "retention"
        self.taken_at = -1
        self.exams: list[dict[str, Any]] = []
        self.kept: Kept | None = None
        self.goal: tuple[float, ...] | None = None  # of the kept adapter, the larger the better

    def restore(self) -> None:
        """After a restart: the exams up to the checkpoint, and the kept adapter where its file is whole. A run that was
        ended stays ended."""
        path = self.folder / "exams.json"
        done = self.run.done_before
        if not done or not path.is_file():
            return
        state = json.loads(path.read_text(encoding="utf-8"))
        self.exams = [exam for exam in state["exams"] if exam["step"] <= done]
        kept = state["kept"]
        if kept and kept["step"] <= done:
            goal = tuple(kept.pop("goal"))
            adapter = self.run.policy.read_snapshot(self.folder / f"adapter-{kept['step']}.npz")
            if adapter is not None:
                self.goal, self.kept = goal, Kept(adapter=adapter, **kept)
        if self.exams[-1]["step"] == done:
            self.taken_at = done
        if self.exams[-1]["lost"]:
            self.run.reject(self.exams[-1]["lost"], self.kept)

    def take(self) -> None:
        run, step = self.run, self.run.run.progress.step
        if self.taken_at == step or run.stopper.signalled:
            return
        assert self.exams or step == 0, "the exam before the first step is missing"
        # What the adapter has learned decides which of those that have kept the old is the best.
        run.examine()
        if self.validation:
            self.validation.take()
        asked = self.ask()
        if asked is None:
            return
        result, now = asked
        self.taken_at = step
        self.exams.append(now)
        if not now["lost"] and step > 0:
            self.keep_if_best(result)
        self.save()
        if now["lost"]:
            run.reject(now["lost"], self.kept)

    def make_up(self, kept: Kept) -> None:
        """Asks an earlier adapter that is to go out where it was not asked, so that gates can count it. Where it has lost too much,
        what was kept before it goes out instead. It is not saved: a process that goes on after a restart asks again.

        Time is left for one exam at the end, and the newest adapter may have had it: near the deadline none is asked.
        """
        if any(event["set"] == self.wanted.set for event in kept.evals):
            return
        if not self.run.stopper.fits("retention"):
            self.run.log.warn(
                "retention-skipped",
                f"What the adapter after step {kept.step} answers on {self.wanted.set} was not asked: the time left is for "
                "publishing it.",
            )
            return
        asked = self.ask()
        if asked and asked[1]["lost"]:
            earlier = self.kept if self.kept and self.kept.step < kept.step else None
            self.run.reject(asked[1]["lost"], earlier)

    def ask(self) -> tuple[Result, dict[str, Any]] | None:
        """The policy as it is, and how that compares with the first exam. None where a signal has cut it."""
        run, step = self.run, self.run.run.progress.step
        run.log.phase(
            "evaluating", f"{len(self.exam.rows)} questions of the set {self.wanted.set} after step {step}"
        )
        result = self.exam.take(lambda: run.stopper.signalled)
        if result is None:
            return None
        run.stopper.needs("retention", result.seconds)
        run.tell_result(self.wanted.set, result)
        now = {
            "step": step,
            "right": [None if s.verdict == NOT_CHECKABLE else s.verdict == "correct" for s in result.scores],
            "totals": [s.total for s in result.scores],
            "lost": "",
        }
        values = {"guard/retention_mean": result.mean, "perf/retention_s": result.seconds}
        if result.correct is not None:
            values["guard/retention_correct_frac"] = result.correct
        if self.exams:
            drop, p, words = compared(self.exams[0], now, self.exam.grader.range)
            values |= {"guard/retention_drop": drop, "guard/retention_p": p}
            if is_lost(self.wanted, drop, p):
                now["lost"] = (
                    f"After step {step} {self.wanted.set} is answered worse than at the start: {words}. That is more than "
                    f"guard.retention.maxDrop, {self.wanted.max_drop:g}, and less likely by chance than guard.retention.alpha, "
                    f"{self.wanted.alpha:g}."
                )
        run.log.write("metrics", step=step, values=values)
        run.values |= values
        return result, now

    def keep_if_best(self, result: Result) -> None:
        """By what was to be learned: held-out reward, else held-out loss; without either the newest is the best."""
        run = self.run
        step = run.run.progress.step
        if run.exam and run.result:
            goal: tuple[float, ...] = (run.result.mean, result.mean)
        elif self.validation:
            goal = (self.validation.goal, result.mean)
        else:
            goal = (step,)
        if self.goal is not None and goal < self.goal:
            return
        self.goal, self.kept = goal, run.as_it_is()
        self.folder.mkdir(parents=True, exist_ok=True)
        run.policy.write_snapshot(self.folder / f"adapter-{step}.npz", self.kept.adapter)

    def save(self) -> None:
        """exams.json after the adapter that it names; other adapters are not needed any more."""
        kept = None
        if self.kept:
            k = self.kept
            kept = {"step": k.step, "values": k.values, "score": k.score, "evals": k.evals, "goal": self.goal}
        self.folder.mkdir(parents=True, exist_ok=True)
        replace_text(self.folder / "exams.json", json.dumps({"exams": self.exams, "kept": kept}))
        for path in self.folder.glob("adapter-*.npz"):
            if not self.kept or path.name != f"adapter-{self.kept.step}.npz":
                path.unlink()


def is_lost(wanted: Retention, drop: float, p: float) -> bool:
    """Whether so much less than at the start is more than allowed, and less likely by chance than allowed."""
    return wanted.max_drop is not None and drop > wanted.max_drop + ROUNDING and p < wanted.alpha


def compared(start: dict[str, Any], now: dict[str, Any], span: float) -> tuple[float, float, str]:
    """How much lower an exam lies than the first one as a share, the p of the paired test, and both in words.

    span: how far the best and the worst reward lie apart, for questions none of which can be checked.
    """
    pairs = [
        (a, b) for a, b in zip(start["right"], now["right"], strict=True) if a is not None and b is not None
    ]
    if pairs:
        before, after = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
        lost, gained = sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)
        p = mcnemar(gained, lost)
        return (
            before - after,
            p,
            f"{after:.1%} right of {len(pairs)} instead of {before:.1%}, {lost} lost and {gained} gained "
            f"(exact McNemar p = {p:.2g})",
        )
    differences = [b - a for a, b in zip(start["totals"], now["totals"], strict=True)]
    n = len(differences)
    p = sign_flips(differences)
    return (
        -sum(differences) / n / span,
        p,
        f"mean reward {sum(now['totals']) / n:.3f} of {n} instead of {sum(start['totals']) / n:.3f} "
        f"(sign-flip test p = {p:.2g})",
    )
