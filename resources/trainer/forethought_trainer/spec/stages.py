"""What is known of a program's stages before the first one begins: the adapters under each, the sets that it measures on,
how many rows it can make. A mistake in a late stage must not show after the hours of the earlier ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from forethought_trainer.checked import SpecError
from forethought_trainer.spec.blocks import Adapter, QuestionSet
from forethought_trainer.spec.rules import rows_used

if TYPE_CHECKING:
    from forethought_trainer.spec.program import Frame, Measure

TRAINING = ("grpo", "sft", "dpo")
# What says which questions are asked, by the set's name.
Sets = dict[str, tuple[Any, ...]]


def check_stages(
    frames: Sequence[Frame], specs: Sequence[Any], adapters: list[Adapter], best: Measure | None
) -> None:
    """Rules between stages that are right each by itself. specs: theirs; adapters: of the program's base."""
    under = {"base": adapters}
    sets: dict[str, Sets] = {}
    from_base: set[str] = set()
    for i, (frame, spec) in enumerate(zip(frames, specs, strict=True)):
        check_chain(spec, under[frame.from_], f"stages[{i}].from", frame.from_)
        under[frame.id] = adapters_after(spec, frame.id, under[frame.from_])
        sets[frame.id] = sets_of(spec)
        if begins_with_base(frame, spec):
            from_base.add(frame.id)
        check_gate(frame, f"stages[{i}].gate", sets, from_base)
    asked = sorted({name for names in sets.values() for name in names})
    if best and best.set not in asked:
        raise SpecError("best.set", f"is {best.set!r}, but the stages measure on {listed(asked)}.")
    if best:
        check_alike("best.set", best.set, sets, [name for name in sets if best.set in sets[name]])


def check_chain(spec: Any, adapters: list[Adapter], where: str, origin: str) -> None:
    """The kind's own rule about adapters, with those that will lie under the stage."""
    try:
        dataclasses.replace(spec, base=dataclasses.replace(spec.base, adapters=adapters)).check_chain()
    except SpecError as error:
        raise SpecError(where, f"is {origin}; of the model that is there by then, {error}") from None


def adapters_after(spec: Any, stage: str, adapters: list[Adapter]) -> list[Adapter]:
    """What lies under the stages that are `from` this one; of adapters to come only the names are known."""
    if spec.kind in TRAINING:
        return [*adapters, Adapter(f"{stage}-final", "", "")]
    if spec.kind == "merge":
        return [] if spec.form == "merged" else [Adapter(f"{stage}-joined", "", "")]
    return adapters


def begins_with_base(frame: Frame, spec: Any) -> bool:
    """Whether the stage's first exam is of the base: one that goes on from an adapter begins with that."""
    lora = getattr(spec, "lora", None)
    return frame.from_ == "base" and not (lora and lora.start)


def sets_of(spec: Any) -> Sets:
    """The sets of questions that the stage has answered and scored, by name."""
    guard = getattr(spec, "guard", None)
    asked = [*getattr(spec, "sets", ()), getattr(spec, "held_out", None), guard and guard.retention]
    return {questions.set: choice_of(questions, spec.seed) for questions in asked if questions}


def choice_of(questions: QuestionSet, seed: int) -> tuple[Any, ...]:
    """The rows, and how some of them are chosen, where not all are asked: by the seed."""
    most = questions.max_rows
    some = None if most is None or most >= rows_used(questions) else most
    return questions.sha256, questions.sources, some, seed if some or questions.sources else None


def check_alike(where: str, name: str, sets: dict[str, Sets], stages: Sequence[str]) -> None:
    """Shares of other questions are no comparison, also where they go by one name."""
    first, *others = [(stage, sets[stage][name]) for stage in stages]
    for stage, asked in others:
        if asked != first[1]:
            raise SpecError(
                where,
                f"is {name!r}, by which {first[0]} and {stage} ask other questions: give both the same rows, maxRows and "
                "seed, or each set a name of its own.",
            )


def check_gate(frame: Frame, where: str, sets: dict[str, Sets], from_base: set[str]) -> None:
    """sets: of this stage and the earlier ones; from_base: those among them that begin with the base."""
    gate = frame.gate
    if gate is None:
        return
    if gate.set not in sets[frame.id]:
        raise SpecError(
            f"{where}.set", f"is {gate.set!r}, but the stage measures on {listed(sets[frame.id])}."
        )
    if gate.no_worse_than == "base":
        examined = [stage for stage in sets if stage in from_base and gate.set in sets[stage]]
        if not examined:
            raise SpecError(
                f"{where}.noWorseThan",
                f"is base, but no stage up to this one that begins with the base measures on {gate.set!r}.",
            )
        check_alike(f"{where}.set", gate.set, sets, [*examined, frame.id])
    elif gate.no_worse_than is not None and gate.set not in sets[gate.no_worse_than]:
        raise SpecError(
            f"{where}.noWorseThan",
            f"names {gate.no_worse_than}, which does not measure on {gate.set!r} but on "
            f"{listed(sets[gate.no_worse_than])}.",
        )
    elif gate.no_worse_than is not None:
        check_alike(f"{where}.set", gate.set, sets, [gate.no_worse_than, frame.id])


def listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "no set"


def most_rows(spec: Any) -> int:
    """How many rows a stage of kind rejection or grpo can make at most for another one to learn from."""
    questions = rows_used(spec.data)
    if spec.kind == "rejection":
        return questions * spec.keep.per_prompt
    return min(questions, spec.training.steps * spec.training.prompts_per_step)
