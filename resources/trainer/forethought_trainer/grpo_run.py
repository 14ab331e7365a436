"""What one step of GRPO is: prompts out, completions scored and recorded, an update. Made by grpo.py."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from forethought_trainer import metrics
from forethought_trainer.completion import Completion
from forethought_trainer.data import TrainingRow, rows_of_step, sampling_seed
from forethought_trainer.events import told_by_step
from forethought_trainer.exam import Exam, Grader
from forethought_trainer.failures import Failure
from forethought_trainer.generation import Generator
from forethought_trainer.host_memory import give_back
from forethought_trainer.job import Run
from forethought_trainer.metrics import COMPARED_STEPS
from forethought_trainer.reward_client import RewardServer, Score
from forethought_trainer.rollouts import RolloutFile, read_range
from forethought_trainer.spec import Generation, GrpoSpec
from forethought_trainer.training import TrainingRun
from forethought_trainer.tunix_grpo import VARIANTS, GrpoSession, mean_over_tokens


class GrpoRun(TrainingRun):
    """Tunix calls the four methods of `Watcher`; each step goes through them in this order:

    sampling_seed, generated (the texts are there), reward (they are scored and recorded), updated_actor.
    """

    spec: GrpoSpec
    session: GrpoSession

    checkpoint_folder = "actor"

    def __init__(
        self,
        run: Run,
        spec: GrpoSpec,
        rows: list[TrainingRow],
        held_out: list[TrainingRow],
        server: RewardServer,
    ):
        super().__init__(run, spec, rows)
        self.rows = rows
        self.rollouts = RolloutFile(run.folder, run.place, spec.rollout_encoding)
        self.tokens: list[int] = []
        self.grader = Grader(server, spec.reward_suite, [e.completion for e in spec.prompt.examples])
        self.updates_per_step = spec.training.iterations
        self.session = GrpoSession(spec, self.policy, run.place / "checkpoints", self)
        self.ready()
        self.answered = self.answered_before()
        if spec.held_out:
            r, at_once = spec.rollout, spec.training.completions_at_once
            lengths = Generation(r.max_prompt_tokens, r.max_completion_tokens, at_once)
            exam = Exam(spec.held_out.set, held_out, Generator(self.policy, lengths), self.grader)
            self.exam = (spec.held_out, exam)
        self.warn_of_window(spec.rollout.max_prompt_tokens + spec.rollout.max_completion_tokens)

    # --- the loop ------------------------------------------------------------------------------------------

    def train(self) -> None:
        if self.over():
            self.session.close()
        else:
            self.session.train(self.batches)

    def batches(self) -> Iterator[dict[str, Any]]:
        """The prompts of each step. Tunix draws and drops as many batches as updates were made before a restart."""
        t = self.spec.training
        for step in range(1 - self.done_before * t.iterations, t.steps - self.done_before + 1):
            indices = rows_of_step(
                self.spec.seed, max(step, 1) + self.done_before, t.prompts_per_step, len(self.rows)
            )
            if step > 0:
                if self.over():
                    return
                self.begin(step + self.done_before)
            yield {"prompts": np.array([self.rows[i].prompt for i in indices]), "row": np.array(indices)}

    # --- what Tunix calls ----------------------------------------------------------------------------------

    def sampling_seed(self, part: int) -> int:
        return sampling_seed(self.spec.seed, self.step, part)

    def generated(self, tokens: list[int], seconds: float) -> None:
        """perf/tokens_per_s is the speed of sampling alone: completion tokens per second of rollout."""
        self.tokens = tokens
        self.values |= metrics.length_metrics(tokens, self.spec.rollout.max_completion_tokens)
        self.values["perf/rollout_s"] = seconds
        self.values["perf/tokens_per_s"] = sum(tokens) / seconds

    def reward(self, texts: list[str], indices: list[int]) -> list[float]:
        """Scores all completions of the step at once; prompts repeat, a group's samples lie side by side."""
        began = time.perf_counter()
        t, r = self.spec.training, self.spec.rollout
        rows = [self.rows[i] for i in indices]
        completions = [Completion(text, tokens) for text, tokens in zip(texts, self.tokens, strict=True)]
        self.batch = [
            {"row": row.row, "prompt": row.prompt, "completion": c.text, "tokens": c.tokens}
            for row, c in zip(rows, completions, strict=True)
        ]
        questions = [row.id for row in rows]
        self.values |= metrics.text_metrics(texts, questions, self.grader.examples, chain(*self.answered))
        self.answered.append(list(zip(texts, questions, strict=True)))
        scores = self.grader.score(rows, completions, r.max_completion_tokens, t.group_size)
        for row, score in zip(self.batch, scores, strict=True):
            row |= {"total": score.total, "parts": score.parts}
        self.values["perf/reward_s"] = time.perf_counter() - began
        self.values |= metrics.reward_metrics(scores, t.group_size, self.grader.format_parts)
        self.record(texts, rows, scores)
        give_back()  # sampling is over, and the update takes the most
        return [score.total for score in scores]

    def answered_before(self) -> deque[list[tuple[str, str]]]:
        """The texts of the last steps, each with its question: of those before a restart, too."""
        last = self.run.first_step + self.done_before
        told = told_by_step(self.run.folder, "rollouts", last) if self.done_before else {}
        steps = [read_range(self.run.folder, told[step][-1]) for step in sorted(told)[1 - COMPARED_STEPS :]]
        return deque(
            ([(line["completion"], line["rowId"]) for line in lines] for lines in steps),
            maxlen=COMPARED_STEPS - 1,
        )

    def record(self, texts: list[str], rows: list[TrainingRow], scores: list[Score]) -> None:
        """Keeps every rollout with its reward and its advantage."""
        size = self.spec.training.group_size
        estimator = VARIANTS[self.spec.training.variant].advantage
        gains = metrics.advantages([score.total for score in scores], size, estimator)
        lines = [
            {
                "step": self.run.first_step + self.step,
                "group": i // size,
                "sample": i % size,
                "rowId": row.id,
                "prompt": row.prompt,
                "completion": text,
                "tokens": self.tokens[i],
                "truncated": self.tokens[i] >= self.spec.rollout.max_completion_tokens,
                "strict": metrics.is_strict(score, self.grader.format_parts),
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

    def updated_actor(self, values: dict[str, float], seconds: float) -> None:
        if not self.session.has_kl:
            values.pop("kl")  # Tunix then says 0
        self.check(values)
        self.check_kl(values)
        t, limit = self.spec.training, self.spec.rollout.max_completion_tokens
        self.values |= {
            "policy/loss": values["loss"],
            "policy/grad_norm": values["grad_norm"],
            "policy/clip_frac": values["pg_clipfrac"],
            "policy/entropy": mean_over_tokens(values["entropy"], t, self.tokens, limit),
        }
        if "kl" in values:
            self.values["policy/kl"] = values["kl"]
        reward, length = self.values["reward/total/mean"], self.values["completion/length_mean"]
        self.updated(seconds, f"reward {reward:.3f}, length {length:.0f}")

    def check_kl(self, values: dict[str, float]) -> None:
        """A KL above klStop ends the run.

        It was measured before this update: the adapter before it is at fault already, and the one before that is the
        last that was seen below. On the first step after a restart that one is not at hand.
        """
        limit = self.spec.training.kl_stop
        if limit is None or values["kl"] <= limit:
            return
        self.suspect = True
        raise Failure(
            "numerics",
            f"The KL of step {self.step} is {values['kl']:g}, above training.klStop, {limit:g}: the policy has run away "
            "from where it began. A lower learning rate or a higher beta may help.",
        )
