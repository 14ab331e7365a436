"""Sets of questions that a policy answers while it trains: read and checked before anything heavy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forethought_trainer.data import (
    TrainingRow,
    check_apart,
    check_lengths,
    check_turns,
    read_rows,
    some_rows,
)
from forethought_trainer.spec import Header, HeldOut


def read_questions(
    spec: Header,
    folder: Path,
    held_out: HeldOut,
    trained: Sequence[TrainingRow],
    tokenizer: Any,
    where: str,
    limit: tuple[int, str] | None = None,
    texts: Sequence[str] = (),
) -> list[TrainingRow]:
    """The rows of a set, none of which is trained on.

    limit: the tokens that a prompt may have and the field that says so; None where the caller sees to lengths.
    """
    rows = read_rows(held_out, folder, spec.seed, where, texts)
    rows = some_rows(rows, held_out.max_rows, spec.seed)
    check_apart(list(trained), rows, where)
    if limit:
        check_lengths(rows, tokenizer, *limit)
    check_turns(rows, tokenizer, spec.prompt.family, where)
    return rows
