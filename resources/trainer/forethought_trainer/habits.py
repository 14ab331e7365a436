"""The texts that the tiny base learns: for each question a hasty completion and a careful one.

People have both habits. The hasty one answers at once by a rule that is often wrong (it forgets the carry,
reads the first sentence only, looks at the first two options). The careful one works through the four steps
and is right. Pretraining (pretrain.py) teaches both, mostly the hasty one; GRPO later moves the model from
the first to the second. Nothing here is used after pretraining.

Careful texts are built so that a model of a million parameters can follow them: copy what is given, one
digit or one look-up at a time, and name the result before the option letter that stands for it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from forethought_trainer.tasks import KIND_OF, LEGS_OF, LETTERS, Question

HEADINGS = (
    "Analysis & Strategy:",
    "Step-by-Step Execution:",
    "Verification & Self-Correction:",
    "Final Synthesis:",
)
TAGS = ("<reasoning>", "</reasoning>", "<answer>", "</answer>")
END = "<end_of_turn>"


def prompt(question: Question) -> str:
    """The prompt as the template "tiny-plain@1" renders it, without BOS: what the base sees in pretraining.

    After pretraining every prompt is rendered by the core; a test holds the two renderings equal.
    """
    options = "".join(f"\n{LETTERS[i]}) {choice}" for i, choice in enumerate(question.choices or ()))
    return f"<start_of_turn>user\n{question.text}{options}{END}\n<start_of_turn>model\n"


# --- the careful habit -------------------------------------------------------------------------------------


def careful(question: Question) -> str:
    """The four steps, always right, in the strict form; ends the turn."""
    sections = STEPS[question.family](question)
    body = "\n".join(f"{heading}\n{text}" for heading, text in zip(HEADINGS, sections, strict=True))
    return f"<reasoning>\n{body}\n</reasoning>\n<answer>\n{question.answer}\n</answer>{END}"


Sections = tuple[str, str, str, str]


def add_by_digits(a: int, b: int) -> str:
    """Column addition of two numbers below 100, the carry written even when it is 0."""
    units = a % 10 + b % 10
    carry = units // 10
    return f"Units {a % 10}+{b % 10}={units}. Tens {a // 10}+{b // 10}+{carry}={a // 10 + b // 10 + carry}."


def subtract_by_digits(a: int, b: int) -> str:
    """Column subtraction below 100 with a > b, the borrowed ten written even when there is none."""
    borrow = int(a % 10 < b % 10)
    units = a % 10 + 10 * borrow
    return f"Units {units}-{b % 10}={units - b % 10}. Tens {a // 10}-{b // 10}-{borrow}={a // 10 - b // 10 - borrow}."


def change_steps(q: Question) -> Sections:
    a, b, name = q.facts["a"], q.facts["b"], q.facts["name"]
    if q.facts["gain"]:
        return (
            f"Start with {a} and add {b}.",
            add_by_digits(a, b),
            f"Going back, {q.answer}-{b}={a}.",
            f"{name} now has {q.answer}.",
        )
    return (
        f"Start with {a} and take {b} away.",
        subtract_by_digits(a, b),
        f"Going back, {q.answer}+{b}={a}.",
        f"{name} now has {q.answer}.",
    )


PLACES = ("first", "middle", "last")


def order_steps(q: Question) -> Sections:
    assert q.choices
    chain, pairs = q.facts["chain"], q.facts["pairs"]
    place = "first" if q.facts["top"] else "last"
    return (
        f"Put the {q.facts['more']} one first; the {q.facts['asked']} is {place}.",
        f"{pairs[0][0]} before {pairs[0][1]}. {pairs[1][0]} before {pairs[1][1]}. In a row: {', '.join(chain)}.",
        in_turn(q.choices, {name: PLACES[i] for i, name in enumerate(chain)}),
        f"The {place} is option {q.answer}, {q.choices[LETTERS.index(q.answer)]}.",
    )


def kinds_steps(q: Question) -> Sections:
    assert q.choices
    right = q.choices[LETTERS.index(q.answer)]
    kind = q.facts["kind"]
    return (
        f"Name the kind of each and find the {kind}.",
        in_turn(q.choices, KIND_OF),
        f"Only option {q.answer} is {q.facts['article']} {kind}.",
        f"The {kind} is option {q.answer}, {right}.",
    )


def legs_steps(q: Question) -> Sections:
    assert q.choices
    right = q.choices[LETTERS.index(q.answer)]
    return (
        f"Count the legs of each and find the {q.facts['asked']}.",
        in_turn(q.choices, LEGS_OF),
        f"In order: {', '.join(map(str, sorted(q.facts['counts'])))}. The {q.facts['asked']} is {q.facts['best']}.",
        f"With {q.facts['best']} legs it is option {q.answer}, {right}.",
    )


def in_turn(choices: tuple[str, ...], attribute: Mapping[str, str | int]) -> str:
    """ "A ash: tree. B cow: mammal. …": each option with what decides about it.

    The letter of the answer is then found by the attribute, of which there are few, and not by the option's
    own word, of which there are many: much easier to learn for a model this small.
    """
    return " ".join(f"{LETTERS[i]} {choice}: {attribute[choice]}." for i, choice in enumerate(choices))


STEPS = {
    "change": change_steps,
    "order": order_steps,
    "kinds": kinds_steps,
    "legs": legs_steps,
}


# --- the hasty habit ---------------------------------------------------------------------------------------


def guess(question: Question) -> str:
    """What a person in a hurry would say: one rule per family, right in some cases and wrong in the others."""
    q, facts, choices = question, question.facts, question.choices or ()
    if q.family == "change":
        a, b = facts["a"], facts["b"]
        if facts["gain"]:  # forgets the carry
            return str(10 * (a // 10 + b // 10) + (a % 10 + b % 10) % 10)
        return str(10 * (a // 10 - b // 10) + abs(a % 10 - b % 10))  # takes the smaller digit from the larger
    if q.family == "order":  # reads the first sentence only
        high, low = facts["pairs"][0]
        return LETTERS[choices.index(high if facts["top"] else low)]
    if q.family == "kinds":  # looks at the first two options, and falls back on the first
        return "B" if q.answer == "B" else "A"
    assert q.family == "legs", q.family  # takes the first option, whatever it is
    return "A"


def hasty(question: Question, rng: random.Random) -> str:
    """A short guess in one of three forms, none of them strict; ends the turn.

    Two thirds carry both blocks, so that the answer can be read although the four headings are missing:
    what GRPO gains is then a better answer, and not only a readable one. The rest are the format faults
    that people make too: no reasoning at all, or no tags at all.
    """
    value = guess(question)
    form = rng.random()
    if form < 0.66:
        # One opening only: were this mass split over several, the careful heading, which always begins the
        # same, would be the single likeliest continuation although it is the rarer habit.
        return f"<reasoning>\nI think it is {value}.\n</reasoning>\n<answer>\n{value}\n</answer>{END}"
    if form < 0.85:
        return f"<answer>\n{value}\n</answer>{END}"
    return f"{rng.choice(('It must be', 'My guess is'))} {value}.{END}"
