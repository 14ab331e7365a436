"""The rows of a job and the order in which steps draw them.

The order depends on the seed and the step alone, so that a job that goes on from a checkpoint sees exactly
the rows that it would have seen. Prompts come rendered from the core; no template lives here.
"""

from __future__ import annotations

import functools
import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forethought_trainer.checked import SpecError
from forethought_trainer.spec import Data
from forethought_trainer.strict_json import NotJson, parse

TURNS = ("<start_of_turn>", "<end_of_turn>")


@dataclass(frozen=True)
class TrainingRow:
    """`row` goes to the reward server as it is; `prompt` is the rendered text without BOS; texts are further ones."""

    id: str
    row: dict[str, Any]
    prompt: str
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        return str(self.row.get("domain") or "none")


def read_rows(
    data: Data,
    folder: Path,
    seed: int = 0,
    where: str = "data",
    texts: Sequence[str] = (),
    optional: bool = False,
) -> list[TrainingRow]:
    """Reads the data file and draws what `data.sources` asks for; raises SpecError that names the line.

    texts: what a line holds beside row and prompt, as "completion"; other fields of a line are left alone. Where
    they are optional, a line without them is read too.
    """
    path = folder / data.path
    rows = []
    with path.open("rb") as lines:
        for n, line in enumerate(lines, start=1):
            rows.append(read_line(line, f"{where}.path {path} line {n}", texts, optional))
    if len(rows) != data.count:
        raise SpecError(f"{where}.count", f"is {data.count}, but {path} has {len(rows)} lines.")
    return draw_sources(rows, data, seed, where)


def read_line(line: bytes, where: str, texts: Sequence[str], optional: bool) -> TrainingRow:
    wanted = ("row", "prompt", *(() if optional else texts))
    try:
        entry = parse(line)
    except NotJson as error:
        raise SpecError(where, f"is not JSON: {error}.") from None
    if not isinstance(entry, dict) or not entry.keys() >= set(wanted):
        raise SpecError(where, f"must be an object with {' and '.join(json.dumps(key) for key in wanted)}.")
    row = entry["row"]
    if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not row["id"]:
        raise SpecError(where, "has a row without an id.")
    found = {key: entry[key] for key in ("prompt", *texts) if key in entry}
    for key, value in found.items():
        if not isinstance(value, str) or not value:
            raise SpecError(where, f"has no {key} for row {row['id']}.")
        if value.startswith("<bos>"):
            raise SpecError(
                where, f"has a {key} that begins with <bos> (row {row['id']}); the tokenizer adds it."
            )
    prompt = found.pop("prompt")
    return TrainingRow(row["id"], row, prompt, found)


def draw_sources(rows: list[TrainingRow], data: Data, seed: int, where: str) -> list[TrainingRow]:
    """So many rows of each data set that `data.sources` names, drawn by the seed, in the order of the file."""
    if data.sources is None:
        return rows
    of: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        source = row.row.get("source")
        of.setdefault(str(source.get("dataset") if isinstance(source, dict) else None), []).append(i)
    taken: list[int] = []
    for name, count in data.sources.items():
        there = of.get(name, [])
        if count > len(there):
            raise SpecError(
                f"{where}.sources.{name}",
                f"is {count}, but the file has {len(there)} rows of {name}; it has {', '.join(sorted(of))}.",
            )
        taken += random.Random(f"{seed} source {name}").sample(there, count)
    return [rows[i] for i in sorted(taken)]


def some_rows(rows: list[TrainingRow], most: int | None, seed: int) -> list[TrainingRow]:
    """At most so many rows, a seeded choice in the order of the file."""
    if most is None or most >= len(rows):
        return rows
    return [rows[i] for i in sorted(random.Random(f"{seed} some").sample(range(len(rows)), most))]


def encode(tokenizer: Any, prompt: str) -> list[int]:
    """Token ids with exactly one BOS in front, as Tunix's sampler builds them."""
    return [tokenizer.bos_id(), *tokenizer.encode(prompt)]


def check_lengths(
    rows: list[TrainingRow], tokenizer: Any, limit: int, where: str = "rollout.maxPromptTokens"
) -> None:
    """Raises SpecError when a prompt has more than `limit` tokens; Tunix would recompile, or stop mid-run."""
    lengths = {row.id: len(encode(tokenizer, row.prompt)) for row in rows}
    refuse_long(lengths, limit, where, "prompts")


def refuse_long(lengths: dict[str, int], limit: int, where: str, what: str) -> None:
    """lengths: tokens by row id."""
    long = [row_id for row_id, length in lengths.items() if length > limit]
    if long:
        named = ", ".join(long[:5]) + (", …" if len(long) > 5 else "")
        raise SpecError(
            where,
            f"is {limit}, but {len(long)} of {len(lengths)} {what} are longer (the longest has "
            f"{max(lengths.values())} tokens): {named}.",
        )


def check_turns(rows: list[TrainingRow], tokenizer: Any, family: str, where: str = "data") -> None:
    """Raises SpecError when a prompt has other turn tokens than its template, or another text has any.

    A question would speak as somebody else, and a completion would go on after its end.
    """
    opens, closes = (tokenizer.piece_to_id(mark) for mark in TURNS)
    marks = turn_marks(tokenizer)
    wanted = [opens, closes, opens] if family == "gemma" else []
    for row in rows:
        found = [i for i in tokenizer.encode(row.prompt) if i in (opens, closes) and i in marks]
        if found != wanted:
            raise SpecError(
                f"{where}.path", f"has a prompt whose turns are not those of the template (row {row.id})."
            )
        for name, text in row.texts.items():
            if any(i in marks for i in tokenizer.encode(text)):
                raise SpecError(
                    f"{where}.path",
                    f"has a {name} that ends its own turn (row {row.id}); the trainer adds the end.",
                )


def turn_marks(tokenizer: Any) -> set[int]:
    """The tokens that begin or end a turn, as far as this tokenizer has them."""
    return {*map(tokenizer.piece_to_id, TURNS), tokenizer.eos_id()} - {tokenizer.unk_id()}


def teaches(text: str, tokenizer: Any) -> bool:
    """Whether a completion that a model has made can be trained on: one that is empty or has a mark of a turn cannot."""
    marks = turn_marks(tokenizer)
    return bool(text.strip()) and not any(token in marks for token in tokenizer.encode(text))


def check_apart(rows: list[TrainingRow], held_out: list[TrainingRow], where: str) -> None:
    """Raises SpecError when a held-out question is among those that are trained on."""

    def keys(row: TrainingRow) -> set[str]:
        return {row.id, str(row.row.get("hash") or row.id)}

    trained = {key for row in rows for key in keys(row)}
    shared = [row.id for row in held_out if keys(row) & trained]
    if shared:
        raise SpecError(
            f"{where}.path",
            f"shares {len(shared)} of its {len(held_out)} rows with the rows that are trained on: "
            f"{', '.join(shared[:5])}.",
        )


@functools.lru_cache(maxsize=2)  # each step of a pass asks for it
def order_of_pass(seed: int | str, number: int, count: int) -> Sequence[int]:
    """A permutation of range(count) for the pass with this number over the data."""
    order = list(range(count))
    random.Random(f"{seed} pass {number}").shuffle(order)
    return tuple(order)


def rows_of_step(seed: int | str, step: int, size: int, count: int) -> list[int]:
    """Indices of the `size` rows of a 1-based step: passes over the rows, each in its own order.

    A pass has as many steps as it has whole ones; the few rows left over wait for another pass. So no row comes
    twice in a pass, nor in a step: the groups of a step are about different questions.
    """
    number, place = divmod(step - 1, count // size)
    return list(order_of_pass(seed, number, count)[place * size : (place + 1) * size])


def sampling_seed(seed: int, step: int, part: int = 0) -> int:
    """The seed of a step's sampling, 31 bits: Tunix draws the same numbers every step unless it is told.

    part: the number of the micro-batch, whose rows would else draw the same numbers as those of the first.
    """
    text = f"{seed} step {step}" + (f" part {part}" if part else "")
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
