"""Writes the questions of "tiny-open": two small families of open tasks, with a trace in four steps for each.

They are what the second stage of the recipe learns on the embedded model: to sum up three sentences in one, and to
write two sentences about two things. There is no single right answer; a rubric of computed criteria scores them
(suite think-first-tiny). The traces are templates filled by a seed, in words
that the base was pretrained on: a stand-in for a teacher, and said to be one.

`python -m forethought_trainer open_tasks --out resources/models/tiny/open` makes the committed files.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forethought_trainer.habits import HEADINGS
from forethought_trainer.tasks import KINDS, LICENCE, NAMES, THINGS, pool_of

REVISION = "1"
# Shares in per cent. The base has not been pretrained on these tasks.
POOLS = {"train": 70, "validation": 10, "held-out": 20}


@dataclass(frozen=True)
class OpenTask:
    """context: the passage, None where there is none. sections and answer: the trace; reference: a good answer."""

    family: str
    domain: str
    question: str
    context: str | None
    key: str
    sections: tuple[str, str, str, str]
    answer: str


def summary(rng: random.Random) -> OpenTask:
    """Three sentences about what somebody has, to be said in one."""
    name = rng.choice(NAMES)
    things = rng.sample(THINGS, 3)
    counts = [rng.randint(11, 98) for _ in things]
    pairs = [f"{count} {thing}" for count, thing in zip(counts, things, strict=True)]
    passage = f"{name} has {pairs[0]}. {name} gets {pairs[1]}. {name} has {pairs[2]} more."
    return OpenTask(
        "summary",
        "summarization",
        "Sum up in one sentence.",
        passage,
        f"summary {name} {' '.join(sorted(pairs))}",
        (
            f"Start with {name} and add each of these.",
            f"Count of each: {pairs[0]}. {pairs[1]}. {pairs[2]}.",
            f"Going back, it has each of these: {', '.join(things)}.",
            f"{name} has each of these now.",
        ),
        f"{name} now has {pairs[0]}, {pairs[1]} and {pairs[2]}.",
    )


ACTS = ("gets", "has", "loses")
ENDS = ("is older than", "is faster than", "is taller than", "is richer than")


def story(rng: random.Random) -> OpenTask:
    """Two sentences about an animal, a tool and somebody, all of them in it."""
    animal = rng.choice(sorted({*KINDS["bird"], *KINDS["mammal"], *KINDS["insect"]}))
    tool = rng.choice(KINDS["tool"])
    act, end = rng.choice(ACTS), rng.choice(ENDS)
    name = rng.choice(NAMES)
    return OpenTask(
        "story",
        "creative",
        f"Write two sentences about {article(animal)}, {article(tool)} and {name}.",
        None,
        f"story {animal} {tool} {name}",
        (
            f"Start with the {animal} and the {tool}, add {name}.",
            f"The {animal} {act} it first, {name} gets it last.",
            f"Going back, it has each of these: {animal}, {tool}, {name}.",
            f"The {animal} is the first one, {name} is the last.",
        ),
        f"The {animal} {act} {article(tool)} and {name} gets it. The {animal} {end} {name}.",
    )


def article(thing: str) -> str:
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


FAMILIES: dict[str, Callable[[random.Random], OpenTask]] = {"summary": summary, "story": story}


def draw(pool: str, seed: int) -> Iterator[OpenTask]:
    """Endless tasks of one pool, the families in turn; a task's pool depends on its content alone."""
    rng = random.Random(f"open {pool} {seed}")
    while True:
        for family in FAMILIES.values():
            while pool_of((task := family(rng)).key, POOLS) != pool:
                pass
            yield task


def distinct(pool: str, seed: int, count: int) -> list[OpenTask]:
    """The first `count` tasks of a stream that differ in content, balanced over the families.

    There must be so many in the pool: else it never ends.
    """
    found: dict[str, OpenTask] = {}
    taken = dict.fromkeys(FAMILIES, 0)
    for task in draw(pool, seed):
        if len(found) == count:
            break
        if task.key not in found and taken[task.family] < count // len(FAMILIES):
            found[task.key] = task
            taken[task.family] += 1
    return list(found.values())


def trace(task: OpenTask) -> str:
    """The completion: four steps, then the answer; the trainer adds the end of the turn."""
    body = "\n".join(f"{heading}\n{text}" for heading, text in zip(HEADINGS, task.sections, strict=True))
    return f"<reasoning>\n{body}\n</reasoning>\n<answer>\n{task.answer}\n</answer>"


def to_row(task: OpenTask, split: str, index: int) -> dict[str, Any]:
    content = [task.question, None, None, task.context]
    return {
        "id": f"tiny-open:{task.family}:{split}:{index}",
        "question": task.question,
        "answer": None,
        "answerRaw": task.answer,
        "domain": task.domain,
        "choices": None,
        "context": task.context,
        "answerType": "open",
        "verifier": {"rubricId": "none", "reference": task.answer},
        "source": {
            "dataset": "tiny-open",
            "config": task.family,
            "split": split,
            "revision": REVISION,
            "index": index,
            "licence": LICENCE,
        },
        "choicePermutation": None,
        "flags": [],
        "hash": hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest(),
    }


SEED = 7
FILES = {"train": 400, "validation": 60, "held-out": 120}


def write_rows(folder: Path) -> None:
    """Writes the rows to be examined on, and traces.jsonl: training rows with the completions to learn from."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, count in FILES.items():
        tasks = distinct(split, SEED, count)
        rows = [to_row(task, split, i) for i, task in enumerate(tasks)]
        if split == "train":
            traces = [{"row": row, "completion": trace(task)} for row, task in zip(rows, tasks, strict=True)]
            write_lines(folder / "traces.jsonl", traces)
        else:
            write_lines(folder / f"{split}.jsonl", rows)


def write_lines(path: Path, lines: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    print(f"{path}: {len(lines)} lines")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="forethought_trainer open_tasks", description="Write the tiny-open row files."
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for traces, validation and held-out .jsonl"
    )
    write_rows(parser.parse_args(argv).out)
