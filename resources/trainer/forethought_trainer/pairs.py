"""Preference pairs as the arrays that a step learns from, all of one shape. No JAX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forethought_trainer.checked import SpecError
from forethought_trainer.data import TrainingRow, check_lengths, encode, refuse_long
from forethought_trainer.examples import end_token

TEXTS = ("chosen", "rejected")


@dataclass(frozen=True)
class Pair:
    """Token ids: the prompt with its BOS, both completions with the end of the turn."""

    row: TrainingRow
    prompt: list[int]
    chosen: list[int]
    rejected: list[int]


def pairs_of(rows: Sequence[TrainingRow], tokenizer: Any, family: str, where: str) -> list[Pair]:
    """Raises SpecError that names a row whose completions are the same: nothing can be preferred in it."""
    end = end_token(tokenizer, family)
    found = []
    for row in rows:
        chosen, rejected = ([*tokenizer.encode(row.texts[text]), end] for text in TEXTS)
        if chosen == rejected:
            raise SpecError(
                f"{where}.path", f"has a row whose chosen text is also the rejected one ({row.id})."
            )
        found.append(Pair(row, encode(tokenizer, row.prompt), chosen, rejected))
    return found


def check_fits(pairs: Sequence[Pair], tokenizer: Any, prompt: int, completion: int) -> None:
    """Raises SpecError that names the rows which have more tokens than the limits."""
    check_lengths([pair.row for pair in pairs], tokenizer, prompt, "training.maxPromptTokens")
    lengths = {pair.row.id: max(len(pair.chosen), len(pair.rejected)) for pair in pairs}
    refuse_long(lengths, completion, "training.maxCompletionTokens", "rows' completions")


def batch_of(pairs: Sequence[Pair], prompt: int, completion: int, pad: int) -> dict[str, np.ndarray]:
    """int32 arrays (pairs, prompt) padded on the left, and (pairs, completion) padded on the right, each with its mask."""
    arrays: dict[str, np.ndarray] = {}
    for name, length in (("prompt", prompt), ("chosen", completion), ("rejected", completion)):
        ids = np.full((len(pairs), length), pad, np.int32)
        mask = np.zeros((len(pairs), length), np.int32)
        for i, pair in enumerate(pairs):
            tokens: list[int] = getattr(pair, name)
            here = slice(length - len(tokens), length) if name == "prompt" else slice(0, len(tokens))
            ids[i, here], mask[i, here] = tokens, 1
        arrays |= {f"{name}_ids": ids, f"{name}_mask": mask}
    return arrays
