"""Questions that a policy answers and that are scored as in training: to see what it has learned, or forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forethought_trainer import metrics
from forethought_trainer.completion import Completion
from forethought_trainer.data import TrainingRow
from forethought_trainer.reward_client import RewardServer, Score

if TYPE_CHECKING:  # it imports JAX
    from forethought_trainer.generation import Generator


@dataclass(frozen=True)
class Result:
    """How a set was answered. correct is a share of the `checked` answers, format of all; None where nothing of the set
    can be checked so.

    scores: of each row, in the order of the set.
    """

    n: int
    checked: int
    mean: float
    correct: float | None
    format: float | None
    truncated: float
    distinct: float
    copied: float | None
    domains: dict[str, dict[str, Any]]
    seconds: float
    scores: Sequence[Score]

    def event(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "checked": self.checked,
            "mean": self.mean,
            "correct": self.correct,
            "format": self.format,
            "truncated": self.truncated,
            "distinct": self.distinct,
            "copied": self.copied,
            "domains": self.domains,
        }

    def score(self, name: str) -> dict[str, Any]:
        """In short, for the adapter that was examined."""
        told = self.event()
        return {"set": name} | {key: told[key] for key in ("n", "checked", "mean", "correct", "format")}

    def in_words(self) -> str:
        right = "" if self.correct is None else f", {self.correct:.1%} right of {self.checked}"
        return f"reward {self.mean:.3f} of {self.n}{right}"


class Grader:
    """A reward server with a suite, which scores completions and knows what the suite's parts mean."""

    def __init__(self, server: RewardServer, suite: Any, examples: Sequence[str]):
        """examples: completions of the worked examples in the prompt, which must not be copied."""
        loaded = server.load(suite.suite, suite.hash, examples)
        self.server, self.examples = server, list(examples)
        # How far the best and the worst total lie apart, which makes a difference of totals a share.
        self.range = float(loaded["max"]) - float(loaded["min"])
        self.format_parts = metrics.format_parts(suite.suite)

    def score(
        self, rows: Sequence[TrainingRow], completions: Sequence[Completion], limit: int, group_size: int = 1
    ) -> list[Score]:
        """Scores of completions that lie side by side by group; `limit` is how many tokens they may have had."""
        return self.server.score(
            [
                {
                    "row": row.row,
                    "prompt": row.prompt,
                    "group": str(i // group_size),
                    "completion": completion.text,
                    "tokens": completion.tokens,
                    "truncated": completion.tokens >= limit,
                }
                for i, (row, completion) in enumerate(zip(rows, completions, strict=True))
            ]
        )


class Exam:
    """A set of questions; `take` has the policy answer them greedily."""

    def __init__(self, name: str, rows: list[TrainingRow], generator: Generator, grader: Grader):
        self.name, self.rows, self.generator, self.grader = name, rows, generator, grader

    def take(self, cut: Callable[[], bool]) -> Result | None:
        """None where `cut`, which is asked before each batch, has said that there is no time for it any more."""
        began = time.perf_counter()
        limit = self.generator.lengths.max_completion_tokens
        completions = self.generator.greedy([row.prompt for row in self.rows], cut)
        if len(completions) < len(self.rows):
            return None
        scores = self.grader.score(self.rows, completions, limit)
        return summarise(self.rows, completions, scores, self.grader, limit, time.perf_counter() - began)


def summarise(
    rows: Sequence[TrainingRow],
    completions: Sequence[Completion],
    scores: Sequence[Score],
    grader: Grader,
    limit: int,
    seconds: float,
) -> Result:
    """One line for the whole set and one for each domain of it."""
    texts = [completion.text for completion in completions]
    told = metrics.text_metrics(texts, [row.id for row in rows], grader.examples)
    lengths = metrics.length_metrics([completion.tokens for completion in completions], limit)
    domains: dict[str, list[Score]] = {}
    for row, score in zip(rows, scores, strict=True):
        domains.setdefault(row.domain, []).append(score)
    whole = shares(scores, grader.format_parts)
    return Result(
        n=len(rows),
        checked=whole["checked"],
        mean=whole["mean"],
        correct=whole["correct"],
        format=whole["format"],
        truncated=lengths["completion/truncated_frac"],
        distinct=told["completion/distinct_frac"],
        copied=told.get("completion/copied_frac"),
        domains={name: shares(part, grader.format_parts) for name, part in sorted(domains.items())},
        seconds=seconds,
        scores=scores,
    )


def shares(scores: Sequence[Score], format_parts: Sequence[str]) -> dict[str, Any]:
    values = metrics.reward_metrics(scores, 1, format_parts)
    return {
        "n": len(scores),
        # Of how many `correct` is the share: where a set asks some things that have no right answer, not of all.
        "checked": sum(score.verdict != "not-applicable" for score in scores),
        "mean": values["reward/total/mean"],
        "correct": values.get("answer/correct_frac"),
        "format": values.get("format/strict_frac"),
    }
