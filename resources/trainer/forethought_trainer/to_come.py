"""Rows that an earlier stage of a program is yet to make: what can be said of them before they are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forethought_trainer.checked import SpecError
from forethought_trainer.data import TrainingRow, encode
from forethought_trainer.plan import Finding

# A completion has one token at least, and its end.
SHORTEST_COMPLETION = 2


@dataclass(frozen=True)
class ToCome:
    """questions: what that stage answers. completion: how many tokens an answer may have, with its end."""

    stage: str
    questions: list[TrainingRow]
    completion: int


def check_room(rows: ToCome, tokenizer: Any, limit: int) -> list[Finding]:
    """Raises SpecError where none of the rows could fit into training.maxTokens; finds whether some may not."""
    lengths = [len(encode(tokenizer, row.prompt)) for row in rows.questions]
    if min(lengths) + SHORTEST_COMPLETION > limit:
        raise SpecError(
            "training.maxTokens",
            f"is {limit}, but the shortest prompt of stage {rows.stage} has {min(lengths)} tokens: with a completion "
            "none of its rows would fit.",
        )
    longest = max(lengths) + rows.completion
    if longest <= limit:
        return []
    return [
        Finding(
            "too-long",
            "training.maxTokens",
            f"A row that stage {rows.stage} makes may have {longest} tokens, but the limit is {limit}: longer ones will "
            "be left out.",
        )
    ]
