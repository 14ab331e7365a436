"""The numbers of a step, by the names that the core charts; computed from the rollouts and Tunix's own values."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from forethought_trainer.reward_client import Score

# A group whose rewards are all equal has no advantage to learn from.
NO_SPREAD = 1e-9


def advantages(totals: Sequence[float], group_size: int, estimator: str = "grpo") -> np.ndarray:
    """Group-relative advantages as Tunix computes them, by the name of its estimator.

    grpo:   (r - mean) / (std with ddof 1 + 1e-6) per group
    drgrpo: r - mean; a group with little spread then weighs little (Liu et al. 2025, arXiv 2503.20783)
    rloo:   r - mean of the others in the group
    """
    groups = np.asarray(totals, dtype=np.float64).reshape(-1, group_size)
    centred = groups - groups.mean(axis=1, keepdims=True)
    if estimator == "drgrpo":
        return centred.ravel()
    if estimator == "rloo":
        return (centred * group_size / (group_size - 1)).ravel()
    assert estimator == "grpo", estimator
    return (centred / (groups.std(axis=1, ddof=1, keepdims=True) + 1e-6)).ravel()


# How much of a text must be taken over, or said again, to count; in words.
COPY_WORDS, LOOP_WORDS, LOOP_LEAST = 8, 4, 24
# A step may ask one question only: its texts are compared with those of the steps before it, too. So many in all.
COMPARED_STEPS = 5


def text_metrics(
    texts: Sequence[str],
    questions: Sequence[str],
    examples: Sequence[str],
    before: Iterable[tuple[str, str]] = (),
) -> dict[str, float]:
    """What the rewards may not see: shares of distinct texts, of answers to any question, of copies, of loops.

    questions: the id of each text's question; before: texts of the last steps, each with its question.
    same_answer: the very text answers another question too, here or before. It is left out where there is only one.
    copied: at least half of a text's runs of 8 words stand in an example; a shorter text must be one. It is left
    out where the prompt has no example. repeated: at least half of a text's runs of 4 words have come before.
    """
    answered: dict[str, set[str]] = {}
    for text, question in [*before, *zip(texts, questions, strict=True)]:
        answered.setdefault(text, set()).add(question)
    values = {
        "completion/distinct_frac": len(set(texts)) / len(texts),
        "completion/repeated_frac": sum(map(is_loop, texts)) / len(texts),
    }
    if len(set().union(*answered.values())) > 1:
        values["completion/same_answer_frac"] = sum(len(answered[text]) > 1 for text in texts) / len(texts)
    if examples:
        known = {run for example in examples for run in runs(example, COPY_WORDS)}
        whole = {" ".join(example.split()) for example in examples}
        values["completion/copied_frac"] = sum(is_copy(text, known, whole) for text in texts) / len(texts)
    return values


def runs(text: str, length: int) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + length]) for i in range(len(words) - length + 1)]


def is_copy(text: str, known: set[str], whole: set[str]) -> bool:
    found = runs(text, COPY_WORDS)
    if not found:
        return " ".join(text.split()) in whole
    return 2 * sum(run in known for run in found) >= len(found)


def is_loop(text: str) -> bool:
    found = runs(text, LOOP_WORDS)
    return len(found) > LOOP_LEAST - LOOP_WORDS and 2 * len(set(found)) <= len(found)


def reward_metrics(scores: Sequence[Score], group_size: int, format_parts: Sequence[str]) -> dict[str, float]:
    """Mean and standard deviation (over the step's completions) of the total and of each part, and what they say.

    A part counts only where it applies. answer/correct_frac is the share of completions with a checkable
    answer that were correct; format/strict_frac the share in the strict form.
    """
    values: dict[str, float] = {}
    columns = {"total": [score.total for score in scores]}
    for part in sorted({part for score in scores for part in score.parts}):
        columns[part] = [score.parts[part] for score in scores if score.parts.get(part) is not None]  # type: ignore[misc]
    for name, column in columns.items():
        if column:
            values[f"reward/{name}/mean"] = statistics.fmean(column)
            values[f"reward/{name}/std"] = statistics.pstdev(column)
    groups = np.asarray(columns["total"]).reshape(-1, group_size)
    values["reward/zero_std_frac"] = float((groups.std(axis=1) < NO_SPREAD).mean())
    checkable = [score for score in scores if score.verdict != "not-applicable"]
    if checkable:
        values["answer/correct_frac"] = sum(s.verdict == "correct" for s in checkable) / len(checkable)
    if format_parts or any(score.strict is not None for score in scores):
        values["format/strict_frac"] = statistics.fmean(is_strict(score, format_parts) for score in scores)
    return values


def is_strict(score: Score, format_parts: Sequence[str]) -> bool:
    """The server's own reading where it gives one, else a full score in every part that checks the form."""
    if score.strict is not None:
        return score.strict
    return all((score.parts.get(part) or 0.0) >= 1.0 for part in format_parts)


def format_parts(suite: dict[str, Any]) -> list[str]:
    """Ids of the suite's parts that check the structure."""
    return [part["id"] for part in suite["parts"] if part.get("fn") == "structure"]


def length_metrics(tokens: Sequence[int], limit: int) -> dict[str, float]:
    """Completion lengths in tokens, the end token not counted; a completion of `limit` tokens was cut off."""
    return {
        "completion/length_mean": statistics.fmean(tokens),
        "completion/length_min": float(min(tokens)),
        "completion/length_max": float(max(tokens)),
        "completion/truncated_frac": sum(n >= limit for n in tokens) / len(tokens),
    }
