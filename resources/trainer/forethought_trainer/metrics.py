"""The numbers of a step, by the names that the core charts; computed from the rollouts and Tunix's own values."""

from __future__ import annotations

import resource
import statistics
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import psutil

from forethought_trainer.reward_client import Score

# A group whose rewards are all equal has no advantage to learn from.
NO_SPREAD = 1e-9


def advantages(totals: Sequence[float], group_size: int) -> np.ndarray:
    """Group-relative advantages as Tunix computes them: (r - mean) / (std with ddof 1 + 1e-6) per group."""
    groups = np.asarray(totals, dtype=np.float64).reshape(-1, group_size)
    mean = groups.mean(axis=1, keepdims=True)
    spread = groups.std(axis=1, ddof=1, keepdims=True)
    return ((groups - mean) / (spread + 1e-6)).ravel()


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


def host_metrics() -> dict[str, float]:
    """Memory of this process in bytes, now and at its peak."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "host/mem_bytes": float(psutil.Process().memory_info().rss),
        "host/mem_peak_bytes": float(peak if sys.platform == "darwin" else peak * 1024),
    }
