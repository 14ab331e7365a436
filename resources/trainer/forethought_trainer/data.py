"""The training rows of a job and the order in which steps draw them.

The order depends on the seed and the step alone, so that a job that goes on from a checkpoint sees exactly
the rows that it would have seen. Prompts come rendered from the core; no template lives here.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forethought_trainer.checked import SpecError
from forethought_trainer.spec import Base, Data


@dataclass(frozen=True)
class TrainingRow:
    """`row` goes to the reward server as it is; `prompt` is the rendered text without BOS."""

    id: str
    row: dict[str, Any]
    prompt: str


def open_tokenizer(base: Base, folder: Path) -> Any:
    """The base's tokenizer; sentencepiece is light enough to be asked before JAX."""
    import sentencepiece

    return sentencepiece.SentencePieceProcessor(model_file=str(folder / base.path / "tokenizer.model"))


def read_rows(data: Data, folder: Path) -> list[TrainingRow]:
    """Reads the data file; raises SpecError that names the line."""
    path = folder / data.path
    rows = []
    with path.open(encoding="utf-8") as lines:
        for n, line in enumerate(lines, start=1):
            where = f"data.path {path} line {n}"
            try:
                entry = json.loads(line)
            except json.JSONDecodeError as error:
                raise SpecError(where, f"is not JSON: {error}.") from None
            if not isinstance(entry, dict) or entry.keys() != {"row", "prompt"}:
                raise SpecError(where, 'must be an object with exactly "row" and "prompt".')
            row, prompt = entry["row"], entry["prompt"]
            if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not row["id"]:
                raise SpecError(where, "has a row without an id.")
            if not isinstance(prompt, str) or not prompt:
                raise SpecError(where, f"has no prompt for row {row['id']}.")
            if prompt.startswith("<bos>"):
                raise SpecError(
                    where, f"has a prompt that begins with <bos> (row {row['id']}); the tokenizer adds it."
                )
            rows.append(TrainingRow(row["id"], row, prompt))
    if len(rows) != data.count:
        raise SpecError("data.count", f"is {data.count}, but {path} has {len(rows)} lines.")
    return rows


def encode(tokenizer: Any, prompt: str) -> list[int]:
    """Token ids with exactly one BOS in front, as Tunix's sampler builds them."""
    return [tokenizer.bos_id(), *tokenizer.encode(prompt)]


def check_lengths(rows: list[TrainingRow], tokenizer: Any, limit: int) -> None:
    """Raises SpecError when a prompt has more than `limit` tokens; Tunix would recompile, or stop mid-run."""
    lengths = {row.id: len(encode(tokenizer, row.prompt)) for row in rows}
    long = [row_id for row_id, length in lengths.items() if length > limit]
    if long:
        named = ", ".join(long[:5]) + (", …" if len(long) > 5 else "")
        raise SpecError(
            "rollout.maxPromptTokens",
            f"is {limit}, but {len(long)} of {len(lengths)} prompts are longer (the longest has "
            f"{max(lengths.values())} tokens): {named}.",
        )


def check_turns(rows: list[TrainingRow], tokenizer: Any, family: str) -> None:
    """Raises SpecError when a prompt has other turn tokens than its template: a question would speak as somebody else."""
    opens, closes = (tokenizer.piece_to_id(mark) for mark in ("<start_of_turn>", "<end_of_turn>"))
    wanted = [opens, closes, opens] if family == "gemma" else []
    for row in rows:
        found = [i for i in tokenizer.encode(row.prompt) if i in (opens, closes) and i != tokenizer.unk_id()]
        if found != wanted:
            raise SpecError(
                "data.path", f"has a prompt whose turns are not those of the template (row {row.id})."
            )


def order_of_pass(seed: int, number: int, count: int) -> list[int]:
    """A permutation of range(count) for the pass with this number over the data."""
    order = list(range(count))
    random.Random(f"{seed} pass {number}").shuffle(order)
    return order


def rows_of_step(seed: int, step: int, size: int, count: int) -> list[int]:
    """Indices of the `size` rows of a 1-based step: passes over the rows, each in its own order.

    A pass has as many steps as it has whole ones; the few rows left over wait for another pass. So no row comes
    twice in a pass, nor in a step: the groups of a step are about different questions.
    """
    number, place = divmod(step - 1, count // size)
    return order_of_pass(seed, number, count)[place * size : (place + 1) * size]


def sampling_seed(seed: int, step: int) -> int:
    """The seed of a step's sampling, 31 bits: Tunix draws the same numbers every step unless it is told."""
    return int.from_bytes(hashlib.sha256(f"{seed} step {step}".encode()).digest()[:4], "big") >> 1
