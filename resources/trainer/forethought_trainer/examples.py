"""Rows with completions as the arrays that a step learns from, all of one shape. No JAX: lengths are refused before that.

An example is BOS, prompt, completion and the end of the turn, without which a model would never learn to stop.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forethought_trainer.data import TrainingRow, encode, refuse_long


@dataclass(frozen=True)
class Example:
    """prompt: how many of the ids are the prompt's, BOS included; only what follows is learned."""

    row: TrainingRow
    ids: list[int]
    prompt: int

    @property
    def learned(self) -> int:
        return len(self.ids) - self.prompt


def end_token(tokenizer: Any, family: str) -> int:
    """What closes a completion of a prompt template: the end of the turn where it has turns, else the end of the text."""
    end = tokenizer.piece_to_id("<end_of_turn>")
    if family == "gemma" and end >= 0 and end != tokenizer.unk_id():
        return end
    return tokenizer.eos_id()


def examples_of(
    rows: Sequence[TrainingRow], tokenizer: Any, family: str, text: str = "completion"
) -> list[Example]:
    """text: which text of a row is learned. Prompt and text are encoded apart, as they are when it is sampled."""
    end = end_token(tokenizer, family)
    found = []
    for row in rows:
        prompt = encode(tokenizer, row.prompt)
        found.append(Example(row, [*prompt, *tokenizer.encode(row.texts[text]), end], len(prompt)))
    return found


def check_fits(examples: Sequence[Example], limit: int, where: str) -> None:
    """Raises SpecError that names the rows which have more tokens than `limit`."""
    refuse_long({e.row.id: len(e.ids) for e in examples}, limit, where, "rows with their completions")


def pack(lengths: Sequence[int], limit: int) -> list[list[int]]:
    """Indices by sequence: each goes where the least room is left that still holds it, in the order given (best fit)."""
    packs: list[list[int]] = []
    room: list[tuple[int, int]] = []  # what is left of a sequence and its number, least first
    for i, length in enumerate(lengths):
        at = bisect.bisect_left(room, (length, -1))
        if at == len(room):
            packs.append([i])
            left, number = limit - length, len(packs) - 1
        else:
            left, number = room.pop(at)
            packs[number].append(i)
            left -= length
        bisect.insort(room, (left, number))
    return packs


def alone(count: int) -> list[list[int]]:
    """A sequence for each row."""
    return [[i] for i in range(count)]


def batch_of(
    sequences: Sequence[Sequence[Example]], size: int, length: int, pad: int
) -> dict[str, np.ndarray]:
    """Arrays of shape (size, length), int32 but for `mask`; sequences that are missing stay empty.

    tokens:    padded on the right
    targets:   the token that follows each, within its row
    mask:      float32, 1 where the target belongs to a completion: all that is learned
    segments:  the row's number in its sequence from 1 on, 0 for padding
    positions: of a token in its row
    """
    tokens = np.full((size, length), pad, np.int32)
    targets = np.full((size, length), pad, np.int32)
    mask = np.zeros((size, length), np.float32)
    segments = np.zeros((size, length), np.int32)
    positions = np.zeros((size, length), np.int32)
    for i, sequence in enumerate(sequences):
        at = 0
        for number, example in enumerate(sequence, start=1):
            n = len(example.ids)
            tokens[i, at : at + n] = example.ids
            targets[i, at : at + n - 1] = example.ids[1:]
            mask[i, at + example.prompt - 1 : at + n - 1] = 1
            segments[i, at : at + n] = number
            positions[i, at : at + n] = np.arange(n)
            at += n
    return {"tokens": tokens, "targets": targets, "mask": mask, "segments": segments, "positions": positions}
