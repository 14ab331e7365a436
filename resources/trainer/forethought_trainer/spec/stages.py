"""What is known of a program's stages before the first one begins: the adapters under each, the sets that it measures on,
how many rows it can make. A mistake in a late stage must not show after the hours of the earlier ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forethought_trainer.checked import SpecError
from forethought_trainer.spec.blocks import Adapter
from forethought_trainer.spec.rules import rows_used

if TYPE_CHECKING:
    from forethought_trainer.spec.program import Frame, Measure

TRAINING = ("grpo", "sft", "dpo")


def check_stages(
    frames: Sequence[Frame], specs: Sequence[Any], adapters: list[Adapter], best: Measure | None
) -> None:
    """Rules between stages that are right each by itself. specs: theirs; adapters: of the program's base."""
    under = {"base": adapters}
    sets: dict[str, list[str]] = {}
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


def sets_of(spec: Any) -> list[str]:
    """The sets of questions that the stage has answered and scored."""
    guard = getattr(spec, "guard", None)
    asked = [*getattr(spec, "sets", ()), getattr(spec, "held_out", None), guard and guard.retention]
    return [questions.set for questions in asked if questions]


def check_gate(frame: Frame, where: str, sets: dict[str, list[str]], from_base: set[str]) -> None:
    """sets: of this stage and the earlier ones; from_base: those among them that begin with the base."""
    gate = frame.gate
    if gate is None:
        return
    if gate.set not in sets[frame.id]:
        raise SpecError(
            f"{where}.set", f"is {gate.set!r}, but the stage measures on {listed(sets[frame.id])}."
        )
    if gate.no_worse_than == "base":
        if not any(gate.set in sets[stage] for stage in from_base):
            raise SpecError(
                f"{where}.noWorseThan",
                f"is base, but no stage up to this one that begins with the base measures on {gate.set!r}.",
            )
    elif gate.no_worse_than is not None and gate.set not in sets[gate.no_worse_than]:
        raise SpecError(
            f"{where}.noWorseThan",
            f"names {gate.no_worse_than}, which does not measure on {gate.set!r} but on "
            f"{listed(sets[gate.no_worse_than])}.",
        )


def listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names)) or "no set"


def most_rows(spec: Any) -> int:
    """How many rows a stage of kind rejection or grpo can make at most for another one to learn from."""
    questions = rows_used(spec.data)
    if spec.kind == "rejection":
        return questions * spec.keep.per_prompt
    return min(questions, spec.training.steps * spec.training.prompts_per_step)
