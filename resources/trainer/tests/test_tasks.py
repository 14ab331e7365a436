"""The questions are right, the pools are disjoint, and both habits say what they should.

Nothing here trusts the generator: `solve` reads a question's text and options as a person would, and works
out the answer and the content for itself.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from forethought_trainer import habits, tasks

TINY = Path(__file__).parents[2] / "models" / "tiny"
SPLITS = ("train", "validation", "held-out")

# What everybody knows, written down a second time.
BY_KIND = """
bird: crow duck eagle hawk owl swan
fish: carp cod eel salmon trout tuna
insect: ant bee beetle fly moth wasp
mammal: cow dog goat horse lion wolf
tool: chisel drill hammer rake saw spade
tree: ash birch cedar elm oak pine
spider-like: mite scorpion spider tick
"""
KIND = {
    thing: line.split(":")[0] for line in BY_KIND.strip().splitlines() for thing in line.split(":")[1].split()
}
LEGS = {"fish": 0, "bird": 2, "mammal": 4, "insect": 6, "spider-like": 8}
OPPOSITE = {"younger": "older", "shorter": "taller", "slower": "faster", "poorer": "richer"}


def solve(text: str, choices: list[str] | None) -> tuple[str, tuple[Any, ...]]:
    """(answer, content) of a question from what is printed. Content ignores names of people and things in
    sums, wording, order of sentences and order of options."""

    def letter(option: str) -> str:
        assert choices and choices.count(option) == 1
        return "ABCD"[choices.index(option)]

    if m := re.fullmatch(
        r"(\w+) has (\d+) (\w+) and (gets|loses) (\d+)(?: more)?\. How many \3 does \1 have now\?", text
    ):
        a, b = int(m[2]), int(m[5])
        return (
            (str(a + b), ("sum", *sorted((a, b)))) if m[4] == "gets" else (str(a - b), ("difference", a, b))
        )
    if m := re.fullmatch(r"(\w+) is (\w+) than (\w+)\. (\w+) is (\w+) than (\w+)\. Who is the (\w+)\?", text):
        above = set()
        for x, word, y in (m.groups()[:3], m.groups()[3:6]):
            above.add((y, x) if word in OPPOSITE else (x, y))
        scale = {OPPOSITE.get(m[2], m[2]), OPPOSITE.get(m[5], m[5])}
        assert len(scale) == 1, "both sentences must be about the same scale"
        people = {person for pair in above for person in pair}
        chains = [c for c in itertools.permutations(sorted(people)) if above <= set(itertools.pairwise(c))]
        assert len(chains) == 1, "the sentences must settle the order"
        (comparative,) = scale
        superlative = m[7]
        top = superlative == comparative[:-1] + "st"
        bottom = {worse[:-1] + "st" for worse, better in OPPOSITE.items() if better == comparative}
        assert top or superlative in bottom
        return letter(chains[0][0 if top else 2]), ("order", comparative, chains[0], top)
    if m := re.fullmatch(r"Which of these is an? (\w+)\?", text):
        assert choices
        (right,) = (choice for choice in choices if KIND[choice] == m[1])
        return letter(right), ("kinds", m[1], *sorted(choices))
    if m := re.fullmatch(r"Which of these has the (most|fewest) legs\?", text):
        assert choices
        counts = [LEGS[KIND[choice]] for choice in choices]
        best = max(counts) if m[1] == "most" else min(counts)
        assert counts.count(best) == 1, "only one option may be right"
        return letter(choices[counts.index(best)]), ("legs", m[1], *sorted(choices))
    raise AssertionError(f"no family asks this: {text}")


def committed(split: str) -> list[dict[str, Any]]:
    lines = (TINY / "tasks" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def sample() -> dict[str, list[tasks.Question]]:
    """6,000 questions of each pool."""
    return {pool: list(itertools.islice(tasks.draw(pool, seed=11), 6000)) for pool in tasks.POOLS}


def test_gold_answers_agree_with_a_solver_that_reads_the_text(
    sample: dict[str, list[tasks.Question]],
) -> None:
    for question in itertools.chain.from_iterable(sample.values()):
        answer, _ = solve(question.text, list(question.choices) if question.choices else None)
        assert answer == question.answer, question


def test_equal_content_means_equal_key_and_the_other_way_round(
    sample: dict[str, list[tasks.Question]],
) -> None:
    """So the key, by which pools are told apart, is the content and nothing less."""
    key_of: dict[tuple[Any, ...], str] = {}
    content_of: dict[str, tuple[Any, ...]] = {}
    for question in itertools.chain.from_iterable(sample.values()):
        _, content = solve(question.text, list(question.choices) if question.choices else None)
        assert key_of.setdefault(content, question.key) == question.key
        assert content_of.setdefault(question.key, content) == content


def test_pools_share_no_question_and_no_content(sample: dict[str, list[tasks.Question]]) -> None:
    """All four pools, drawn widely, and the committed files among them."""
    texts: dict[str, set[str]] = {}
    contents: dict[str, set[tuple[Any, ...]]] = {}
    for pool, questions in sample.items():
        rows = [{"question": q.text, "choices": list(q.choices) if q.choices else None} for q in questions]
        rows += committed(pool) if pool in SPLITS else []
        # A question with options is its text and its options; "Which of these is a bird?" alone is no question.
        texts[pool] = {
            row["question"] + "".join(f"\n{choice}" for choice in row["choices"] or ()) for row in rows
        }
        contents[pool] = {solve(row["question"], row["choices"])[1] for row in rows}
    for one, other in itertools.combinations(tasks.POOLS, 2):
        assert not texts[one] & texts[other], f"{one} and {other} share questions"
        assert not contents[one] & contents[other], f"{one} and {other} share content"


def test_the_whole_pretraining_run_reads_no_question_of_another_pool() -> None:
    """Each question of each step of the committed run, by content."""
    pretrain = pytest.importorskip("forethought_trainer.pretrain")
    closed = {solve(row["question"], row["choices"])[1] for split in SPLITS for row in committed(split)}
    read = 0
    for step in range(pretrain.STEPS):
        for question in pretrain.questions_of_step(tasks.SEED, step, pretrain.ROWS):
            assert tasks.pool_of(question.key) == "pretraining"
            _, content = solve(question.text, list(question.choices) if question.choices else None)
            assert content not in closed, f"pretraining reads {content}"
            read += 1
    assert read == pretrain.STEPS * pretrain.ROWS > 20_000


def test_every_family_has_thousands_of_questions_in_the_pretraining_pool_alone() -> None:
    for family in tasks.FAMILIES:
        stream = tasks.draw("pretraining", 3, (family,))
        seen = {q.text + str(q.choices) for q in itertools.islice(stream, 8000)}
        assert len(seen) >= 5000, f"{family} repeats itself: {len(seen)} of 8000"


@pytest.mark.parametrize("split", SPLITS)
def test_committed_rows_are_what_the_command_writes(split: str) -> None:
    rows = [
        tasks.to_row(q, split, i) for i, q in enumerate(tasks.distinct(split, tasks.SEED, tasks.FILES[split]))
    ]
    assert committed(split) == json.loads(json.dumps(rows))


@pytest.mark.parametrize("split", SPLITS)
def test_committed_rows_are_whole_distinct_and_balanced(split: str) -> None:
    rows = committed(split)
    assert (
        len({row["id"] for row in rows})
        == len({row["hash"] for row in rows})
        == len(rows)
        == tasks.FILES[split]
    )
    contents = {solve(row["question"], row["choices"])[1] for row in rows}
    assert len(contents) == len(rows), "two rows ask the same"
    for row in rows:
        answer, _ = solve(row["question"], row["choices"])
        assert row["answer"] == answer
        assert row["answerType"] == ("choice" if row["choices"] else "number")
        assert row["source"]["split"] == split and row["source"]["dataset"] == "tiny-tasks"
    for family in tasks.FAMILIES:
        assert sum(row["source"]["config"] == family for row in rows) == len(rows) // len(tasks.FAMILIES)


def test_the_right_letter_favours_no_place(sample: dict[str, list[tasks.Question]]) -> None:
    for family, options in (("order", 3), ("kinds", 4), ("legs", 3)):
        letters = [q.answer for q in sample["pretraining"] if q.family == family]
        for letter in tasks.LETTERS[:options]:
            assert abs(letters.count(letter) / len(letters) - 1 / options) < 0.05, (family, letter)


STRICT = re.compile(
    r"<reasoning>\nAnalysis & Strategy:\n(.+)\nStep-by-Step Execution:\n(.+)\n"
    r"Verification & Self-Correction:\n(.+)\nFinal Synthesis:\n(.+)\n</reasoning>\n<answer>\n(.+)\n</answer><end_of_turn>"
)


def test_careful_texts_are_strict_right_and_do_their_sums_truly(
    sample: dict[str, list[tasks.Question]],
) -> None:
    for question in sample["train"] + sample["pretraining"]:
        match = STRICT.fullmatch(habits.careful(question))
        assert match, habits.careful(question)
        assert match[5] == question.answer
        assert len(set(match.groups()[:4])) == 4, "a section repeats another"
        assert all(len(section.split()) >= 3 for section in match.groups()[:4])
        for left, right in re.findall(r"([\d+*-]+)=(\d+)", " ".join(match.groups())):
            assert eval(left) == int(right), f"{left}={right}"  # digits and signs only, by the pattern
        if question.choices:
            right = question.choices["ABCD".index(question.answer)]
            assert match[4].endswith(f" option {question.answer}, {right}.")


def test_hasty_texts_guess_with_faults_and_are_never_strict(sample: dict[str, list[tasks.Question]]) -> None:
    rng = random.Random(5)
    texts = [(question, habits.hasty(question, rng)) for question in sample["train"]]
    assert not any(STRICT.fullmatch(text) for _, text in texts)
    assert all(re.findall(r"\d+|\b[A-D]\b", text)[-1] == habits.guess(question) for question, text in texts)
    untagged = sum("<answer>" not in text for _, text in texts) / len(texts)
    assert 0.1 < untagged < 0.2


def test_the_hasty_rules_are_often_wrong_and_sometimes_right(sample: dict[str, list[tasks.Question]]) -> None:
    questions = sample["held-out"]
    right = sum(habits.guess(q) == q.answer for q in questions) / len(questions)
    assert 0.35 < right < 0.5
    assert {q.family for q in questions if habits.guess(q) != q.answer} == set(tasks.FAMILIES)


def test_a_stream_repeats_itself_exactly_and_another_seed_does_not() -> None:
    def first(seed: int) -> list[tasks.Question]:
        return list(itertools.islice(tasks.draw("train", seed), 50))

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_pretraining_prompts_are_what_the_core_renders() -> None:
    """The one template is TypeScript; what the base was pretrained on must be it to the letter."""
    project = Path(__file__).parents[3]
    node = project / "node_modules" / ".bin" / "node"
    if not node.exists():
        pytest.skip("node_modules is not installed: the core's template cannot be run")
    script = """
      import { readFileSync } from 'node:fs';
      import { renderPrompt, tinyPlain } from './core/rewards/prompt-template.ts';
      const rows = readFileSync(0, 'utf8').trim().split('\\n').map((line) => JSON.parse(line));
      console.log(JSON.stringify(rows.map((row) => renderPrompt(tinyPlain, row))));
    """
    questions = tasks.distinct("validation", tasks.SEED, 40)
    rows = "\n".join(json.dumps(tasks.to_row(q, "validation", i)) for i, q in enumerate(questions))
    done = subprocess.run(
        [node, "--input-type=module", "--eval", script],
        cwd=project,
        input=rows,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [habits.prompt(question) for question in questions]
