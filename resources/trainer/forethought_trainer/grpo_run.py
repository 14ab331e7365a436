"""What one step of GRPO is: prompts out, completions scored and recorded, an update. Made by grpo.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from forethought_trainer import metrics
from forethought_trainer.data import TrainingRow, rows_of_step, sampling_seed
from forethought_trainer.job import Run
from forethought_trainer.reward_client import RewardServer, Score
from forethought_trainer.rollouts import RolloutFile
from forethought_trainer.spec import GrpoSpec
from forethought_trainer.training import TrainingRun
from forethought_trainer.tunix_grpo import GrpoSession


class GrpoRun(TrainingRun):
    """Tunix calls the four methods of `Watcher`; each step goes through them in this order:

    sampling_seed, generated (the texts are there), reward (they are scored and recorded), updated_actor.
    """

    spec: GrpoSpec
    session: GrpoSession

    def __init__(self, run: Run, spec: GrpoSpec, rows: list[TrainingRow], server: RewardServer):
        super().__init__(run, spec, [row.prompt for row in rows])
        self.rows, self.server = rows, server
        self.rollouts = RolloutFile(run.folder, run.place)
        self.tokens: list[int] = []
        examples = [example.completion for example in spec.prompt.examples]
        server.load(spec.reward_suite.suite, spec.reward_suite.hash, examples)
        self.format_parts = metrics.format_parts(spec.reward_suite.suite)
        self.session = GrpoSession(spec, self.policy, run.place / "checkpoints", self)
        self.ready()
        self.warn_of_window()

    def warn_of_window(self) -> None:
        total = self.spec.rollout.max_prompt_tokens + self.spec.rollout.max_completion_tokens
        window = self.policy.config.sliding_window_size
        if window is not None and window < total:
            self.log.warn(
                "sliding-window",
                f"Prompt and completion may have {total} tokens, but the base's sliding window is {window}: "
                "in Tunix left padding counts into the window, so other engines may see a little more context.",
            )

    # --- the loop ------------------------------------------------------------------------------------------

    def train(self) -> None:
        if self.over():
            self.session.close()
        else:
            self.session.train(self.batches)

    def batches(self) -> Iterator[dict[str, Any]]:
        """The prompts of each step. Tunix draws those before a restart too, and drops them."""
        t = self.spec.training
        for step in range(1, t.steps + 1):
            indices = rows_of_step(self.spec.seed, step, t.prompts_per_step, len(self.rows))
            if step > self.done_before:
                if self.stopper.now():
                    return
                self.begin(step)
            yield {"prompts": np.array([self.rows[i].prompt for i in indices]), "row": np.array(indices)}

    # --- what Tunix calls ----------------------------------------------------------------------------------

    def sampling_seed(self) -> int:
        return sampling_seed(self.spec.seed, self.step)

    def generated(self, tokens: list[int], seconds: float) -> None:
        """perf/tokens_per_s is the speed of sampling alone: completion tokens per second of rollout."""
        self.tokens = tokens
        self.values |= metrics.length_metrics(tokens, self.spec.rollout.max_completion_tokens)
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
        self.values |= metrics.reward_metrics(scores, size, self.format_parts)
        self.record(texts, rows, scores)
        return [score.total for score in scores]

    def record(self, texts: list[str], rows: list[int], scores: list[Score]) -> None:
        """Keeps every rollout with its reward and its advantage."""
        size = self.spec.training.group_size
        gains = metrics.advantages([score.total for score in scores], size)
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

    def updated_actor(self, values: dict[str, float], seconds: float) -> None:
        self.check(values)
        self.values |= {
            "policy/loss": values["loss"],
            "policy/grad_norm": values["grad_norm"],
            "policy/clip_frac": values["pg_clipfrac"],
            "policy/entropy": values["entropy"],
        }
        if self.spec.training.beta > 0:  # without the penalty Tunix computes no KL
            self.values["policy/kl"] = values["kl"]
        reward, length = self.values["reward/total/mean"], self.values["completion/length_mean"]
        self.updated(seconds, f"reward {reward:.3f}, length {length:.0f}")
