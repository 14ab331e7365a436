"""Writes the questions of "tiny-tasks": four small families over mathematics, logic and general knowledge.

The tiny base learns from one pool of them, GRPO trains on a second, settings are chosen on a third and the
held-out pool is for the proof. A question's pool is a function of its content alone (`pool_of`), so no two
pools can ever share one, in whatever order or number questions are drawn.

`write_rows` makes the committed files: `python -m forethought_trainer tasks --out resources/models/tiny/tasks`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REVISION = "1"
LICENCE = "Apache-2.0"
LETTERS = "ABCD"

NAMES = ("Ann", "Ben", "Eva", "Ida", "Jon", "Kim", "Lea", "Max", "Sue", "Tom")
THINGS = ("apples", "books", "cards", "coins", "pens", "stones")


@dataclass(frozen=True)
class Question:
    """One question with what is needed to ask it, to check it and to write both habits' answers to it.

    key:   the content in canonical form: equal keys mean the same problem, however it is worded, whoever it
           is about and in whatever order its options stand.
    facts: the family's own values (numbers, chain, counts), from which habits.py writes the completions.
    """

    family: str
    domain: str
    text: str
    choices: tuple[str, ...] | None
    answer: str
    key: str
    facts: dict[str, Any]


# --- the pools ---------------------------------------------------------------------------------------------

# Shares in per cent. Pretraining gets most: the base has to master the work, GRPO only moves a habit.
POOLS = {"pretraining": 68, "train": 14, "validation": 8, "held-out": 10}
assert sum(POOLS.values()) == 100


def pool_of(key: str, pools: Mapping[str, int] = POOLS) -> str:
    """The one pool that a question with this key belongs to: the key's SHA-256, modulo 100."""
    bucket = int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % 100
    for pool, share in pools.items():
        if bucket < share:
            return pool
        bucket -= share
    raise AssertionError("the shares add up to 100")


# --- mathematics -------------------------------------------------------------------------------------------


def change(rng: random.Random) -> Question:
    """Gain or lose: a two-digit sum, or a two-digit difference of at least 10."""
    name, thing = rng.choice(NAMES), rng.choice(THINGS)
    gain = rng.random() < 0.5
    if gain:
        a, b = rng.randint(11, 98), rng.randint(11, 98)
        text = f"{name} has {a} {thing} and gets {b} more. How many {thing} does {name} have now?"
        answer, key = a + b, f"change {min(a, b)}+{max(a, b)}"  # 47+38 is the same sum as 38+47
    else:
        a = rng.randint(21, 98)
        b = rng.randint(11, a - 10)
        text = f"{name} has {a} {thing} and loses {b}. How many {thing} does {name} have now?"
        answer, key = a - b, f"change {a}-{b}"
    facts = {"name": name, "thing": thing, "a": a, "b": b, "gain": gain}
    return Question("change", "math", text, None, str(answer), key, facts)


# --- logic -------------------------------------------------------------------------------------------------

# comparative, its opposite, superlative, its opposite
SCALES = (
    ("older", "younger", "oldest", "youngest"),
    ("taller", "shorter", "tallest", "shortest"),
    ("faster", "slower", "fastest", "slowest"),
    ("richer", "poorer", "richest", "poorest"),
)


def order(rng: random.Random) -> Question:
    """A chain of three people from two comparisons; who stands at one end of it?"""
    chain = rng.sample(NAMES, 3)
    more, less, most, least = rng.choice(SCALES)
    sentences = []
    for high, low in (chain[:2], chain[1:]):
        forward = rng.random() < 0.5
        sentences.append(
            (f"{high} is {more} than {low}." if forward else f"{low} is {less} than {high}.", high, low)
        )
    rng.shuffle(sentences)
    top = rng.random() < 0.5
    choices = tuple(rng.sample(chain, 3))
    text = f"{sentences[0][0]} {sentences[1][0]} Who is the {most if top else least}?"
    facts = {
        "chain": chain,
        "pairs": [(high, low) for _, high, low in sentences],
        "more": more,
        "asked": most if top else least,
        "top": top,
    }
    winner = chain[0] if top else chain[2]
    key = f"order {more} {'>'.join(chain)} {'top' if top else 'end'}"
    return Question("order", "logic", text, choices, LETTERS[choices.index(winner)], key, facts)


# --- general knowledge -------------------------------------------------------------------------------------

KINDS = {
    "bird": ("crow", "duck", "eagle", "hawk", "owl", "swan"),
    "fish": ("carp", "cod", "eel", "salmon", "trout", "tuna"),
    "insect": ("ant", "bee", "beetle", "fly", "moth", "wasp"),
    "mammal": ("cow", "dog", "goat", "horse", "lion", "wolf"),
    "tool": ("chisel", "drill", "hammer", "rake", "saw", "spade"),
    "tree": ("ash", "birch", "cedar", "elm", "oak", "pine"),
}
KIND_OF = {thing: kind for kind, things in KINDS.items() for thing in things}

LEGS = {
    0: KINDS["fish"],
    2: KINDS["bird"],
    4: KINDS["mammal"],
    6: KINDS["insect"],
    8: ("mite", "scorpion", "spider", "tick"),
}
LEGS_OF = {animal: count for count, animals in LEGS.items() for animal in animals}


def kinds(rng: random.Random) -> Question:
    """Four things of four kinds; which one is of the kind asked for?"""
    four = rng.sample(sorted(KINDS), 4)
    choices = tuple(rng.choice(KINDS[kind]) for kind in four)
    place = rng.randrange(4)
    kind = four[place]
    article = "an" if kind[0] in "aeiou" else "a"
    facts = {"kind": kind, "article": article}
    key = f"kinds {kind} {' '.join(sorted(choices))}"
    text = f"Which of these is {article} {kind}?"
    return Question("kinds", "general-knowledge", text, choices, LETTERS[place], key, facts)


def legs(rng: random.Random) -> Question:
    """Three animals with three numbers of legs; which has the most, or the fewest?"""
    counts = rng.sample(sorted(LEGS), 3)
    choices = tuple(rng.choice(LEGS[count]) for count in counts)
    most = rng.random() < 0.5
    asked = "most" if most else "fewest"
    best = max(counts) if most else min(counts)
    key = f"legs {asked} {' '.join(sorted(choices))}"
    facts = {"counts": counts, "asked": asked, "best": best}
    text = f"Which of these has the {asked} legs?"
    return Question("legs", "general-knowledge", text, choices, LETTERS[counts.index(best)], key, facts)


FAMILIES: dict[str, Callable[[random.Random], Question]] = {
    "change": change,
    "order": order,
    "kinds": kinds,
    "legs": legs,
}


# --- drawing and writing -----------------------------------------------------------------------------------


def draw(pool: str, seed: int, families: tuple[str, ...] = tuple(FAMILIES)) -> Iterator[Question]:
    """Endless questions of one pool, the families in turn; the same seed gives the same stream.

    Questions come back after a while: a stream is a sample with replacement. `distinct` is without.
    """
    assert pool in POOLS, f"{pool} is no pool; there are {sorted(POOLS)}"
    rng = random.Random(f"{pool} {seed}")
    while True:
        for family in families:
            while pool_of((question := FAMILIES[family](rng)).key) != pool:
                pass
            yield question


def distinct(pool: str, seed: int, count: int) -> list[Question]:
    """The first `count` questions of a stream that differ in content, balanced over the families."""
    per_family = -(-count // len(FAMILIES))
    taken: dict[str, int] = dict.fromkeys(FAMILIES, 0)
    seen: set[str] = set()
    questions: list[Question] = []
    for question in draw(pool, seed):
        if len(questions) == count:
            return questions
        if question.key not in seen and taken[question.family] < per_family:
            seen.add(question.key)
            taken[question.family] += 1
            questions.append(question)
    raise AssertionError("a stream never ends")


def content_hash(question: Question) -> str:
    """SHA-256 over question, options in their order and answer, as the core hashes a row without a context."""
    content = [question.text, list(question.choices) if question.choices else None, question.answer]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def to_row(question: Question, split: str, index: int) -> dict[str, Any]:
    """The question as a Row, the record that datasets, trainer, rewards and evaluations share."""
    return {
        "id": f"tiny-tasks:{question.family}:{split}:{index}",
        "question": question.text,
        "answer": question.answer,
        "answerRaw": question.answer,
        "domain": question.domain,
        "choices": list(question.choices) if question.choices else None,
        "context": None,
        "answerType": "choice" if question.choices else "number",
        "verifier": None,
        "source": {
            "dataset": "tiny-tasks",
            "config": question.family,
            "split": split,
            "revision": REVISION,
            "index": index,
            "licence": LICENCE,
        },
        "choicePermutation": None,
        "flags": [],
        "hash": content_hash(question),
    }


SEED = 7
FILES = {"train": 1500, "validation": 300, "held-out": 400}  # all divide by the four families


def write_rows(folder: Path) -> None:
    """Writes train.jsonl, validation.jsonl and held-out.jsonl into `folder`, one Row a line."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, count in FILES.items():
        rows = [to_row(question, split, i) for i, question in enumerate(distinct(split, SEED, count))]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{split}.jsonl").write_text(lines, encoding="utf-8")
        print(f"{folder / split}.jsonl: {len(rows)} rows")


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="forethought_trainer tasks", description="Write the tiny-tasks row files."
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for train, validation and held-out .jsonl"
    )
    write_rows(parser.parse_args(argv).out)


if __name__ == "__main__":
    main()
