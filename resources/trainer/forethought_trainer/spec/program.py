"""The spec of a job of kind program: stages that run one after the other on the host, with nobody watching.

A stage says its kind's own fields; what it does not say of base, prompt, rewards, seed and the like is the program's.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from forethought_trainer.checked import (
    ROUNDING,
    SpecError,
    as_json,
    camel,
    number,
    read_object,
    shown,
    text,
)
from forethought_trainer.spec.blocks import Header, RewardServer, RewardSuite
from forethought_trainer.spec.stages import check_stages, most_rows

STAGE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class Measure:
    """A number of an `eval` event: which share or mean, and on which set."""

    metric: Literal["correct", "format", "mean", "distinct"]
    set: Annotated[str, text(longest=100)]


@dataclass(frozen=True, kw_only=True)
class Gate(Measure):
    """What must hold after a stage for the program to go on: one of atLeast and noWorseThan.

    noWorseThan: another stage, or "base": the stage's own measure may be below that one's by `margin` at most.
    """

    at_least: Annotated[float | None, number()] = None
    no_worse_than: Annotated[str | None, text(longest=40)] = None
    margin: Annotated[float, number(low=0)] = 0.0


@dataclass(frozen=True)
class Replay:
    """What an earlier stage has done well, to be repeated: the traces of rejection sampling, or right rollouts of GRPO."""

    stage: Annotated[str, text(longest=40)]
    share: Annotated[float, number(above=0, high=0.9)]


@dataclass(frozen=True)
class Frame:
    """Where a stage stands in the program.

    from:     whose model it works on: an earlier stage's, or the program's base.
    share:    of the time that the stages without one leave; null: an equal part of what is left.
    dataFrom: of a stage of kind sft, an earlier stage of kind rejection, whose traces are its data.
    replayFrom: of a stage of kind sft, what it repeats of an earlier one; in place of guard.replay.
    """

    id: Annotated[str, text(STAGE_ID, "lowercase letters, digits and dashes")]
    kind: str
    from_: Annotated[str, text(longest=40)] = "base"
    share: Annotated[float | None, number(above=0, high=1)] = None
    gate: Gate | None = None
    data_from: Annotated[str | None, text(longest=40)] = None
    replay_from: Replay | None = None


FRAME = {"id", "kind", "from", "share", "gate", "dataFrom", "replayFrom"}
REPLAYED = ("grpo", "rejection")
# What a stage cannot say for itself, and what it has instead.
OF_THE_PROGRAM = {
    "base": "a stage works on the model of the stage that its `from` names",
    "limits": "a stage's part of the time is its share",
    "env": "all stages run in one process",
    "jobId": "all stages are one job",
}


@dataclass(frozen=True, kw_only=True)
class ProgramSpec(Header):
    """best: the measure by which the best checkpoint is named; the higher, and of equals the earlier."""

    kind: Literal["program"]
    stages: list[dict[str, Any]]
    reward_suite: RewardSuite | None = None
    reward_server: RewardServer | None = None
    best: Measure | None = None

    @property
    def frames(self) -> list[Frame]:
        return [
            read_object(Frame, {key: value for key, value in stage.items() if key in FRAME}, f"stages[{i}]")
            for i, stage in enumerate(self.stages)
        ]

    def stage_spec(
        self,
        i: int,
        base: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        replay: dict[str, Any] | None = None,
    ) -> Any:
        """The whole spec of a stage. base, data, replay: what earlier stages have made, in place of what the program says."""
        from forethought_trainer.spec import SPECS

        own = {key: value for key, value in self.stages[i].items() if key not in FRAME}
        kind = SPECS[self.stages[i]["kind"]]
        known = {f.name for f in dataclasses.fields(kind)} - {"kind"}
        shared = [f.name for f in dataclasses.fields(self) if f.name in known]
        inherited = {camel(name): as_json(getattr(self, name)) for name in shared}
        inherited = {key: value for key, value in inherited.items() if value is not None}
        guard = own.get("guard")
        if replay and (guard is None or isinstance(guard, dict)):
            guard = {**(guard or {}), "replay": replay}
        made = {"base": base, "data": data, "guard": guard}
        raw = inherited | own | {key: value for key, value in made.items() if value is not None}
        try:
            return read_object(kind, {**raw, "kind": self.stages[i]["kind"]}, "")
        except SpecError as error:
            raise error.inside(f"stages[{i}]") from None

    def checked_spec(self, i: int) -> Any:
        """A stage's spec as far as it can be known before: with the program's base, and with stand-ins for the rows that
        earlier stages will make."""
        frame = self.frames[i]
        replay = frame.replay_from
        repeated = {**self.made_by(replay.stage), "share": replay.share} if replay else None
        return self.stage_spec(
            i, data=self.made_by(frame.data_from) if frame.data_from else None, replay=repeated
        )

    def made_by(self, stage: str) -> dict[str, Any]:
        """In place of the rows that a stage will make, those that it works on, and how many it can make of them."""
        source = self.checked_spec([frame.id for frame in self.frames].index(stage))
        return {**as_json(source.data), "count": most_rows(source), "sources": None}

    def check(self) -> None:
        if not self.stages:
            raise SpecError("stages", "must hold at least one stage.")
        earlier: dict[str, str] = {}
        for i, frame in enumerate(self.frames):
            check_frame(frame, i, earlier)
            check_own(self.stages[i], frame, f"stages[{i}]")
            earlier[frame.id] = frame.kind
            try:
                stage = self.checked_spec(i)
                stage.check()
                if frame.from_ != "base" and getattr(stage, "lora", None) and stage.lora.start:
                    raise SpecError(
                        "lora.start", "lies on the base, but the stage works on an earlier one's model."
                    )
            except SpecError as error:
                where = f"stages[{i}]"
                raise (error if error.where.startswith(where) else error.inside(where)) from None
        total = sum(frame.share or 0 for frame in self.frames)
        if total > 1 + ROUNDING:
            raise SpecError("stages", f"have shares that sum to {total:g}; together they may be 1 at most.")
        specs = [self.checked_spec(i) for i in range(len(self.stages))]
        check_stages(self.frames, specs, self.base.adapters, self.best)

    def check_files(self, folder: Path) -> None:
        for i in range(len(self.stages)):
            try:
                self.checked_spec(i).check_files(folder)
            except SpecError as error:
                raise error.inside(f"stages[{i}]") from None


def check_frame(frame: Frame, i: int, earlier: dict[str, str]) -> None:
    """A stage among the earlier ones (kind by id)."""
    from forethought_trainer.spec import SPECS

    where = f"stages[{i}]"
    kinds = [kind for kind in SPECS if kind != "program"]
    if frame.kind not in kinds:
        raise SpecError(f"{where}.kind", f"must be one of {', '.join(kinds)}, but is {shown(frame.kind)}.")
    if frame.id in earlier or frame.id == "base":
        raise SpecError(f"{where}.id", f"is {frame.id}, which is taken.")
    if frame.from_ != "base" and frame.from_ not in earlier:
        raise SpecError(f"{where}.from", f"names {frame.from_}, which is no earlier stage.")
    if frame.data_from is not None and (frame.kind != "sft" or earlier.get(frame.data_from) != "rejection"):
        raise SpecError(
            f"{where}.dataFrom",
            f"names {frame.data_from}; a stage of kind sft can learn from an earlier one of kind rejection.",
        )
    replay = frame.replay_from
    if replay is not None and (frame.kind != "sft" or earlier.get(replay.stage) not in REPLAYED):
        raise SpecError(
            f"{where}.replayFrom",
            f"names {replay.stage}; a stage of kind sft can repeat an earlier one of kind {' or '.join(REPLAYED)}.",
        )
    gate = frame.gate
    if gate is None:
        return
    if (gate.at_least is None) == (gate.no_worse_than is None):
        raise SpecError(f"{where}.gate", "must have one of atLeast and noWorseThan.")
    if gate.no_worse_than not in (None, "base", *earlier):
        raise SpecError(
            f"{where}.gate.noWorseThan", f"names {gate.no_worse_than}, which is no earlier stage."
        )


def check_own(stage: dict[str, Any], frame: Frame, where: str) -> None:
    """Nothing that a stage says would be left unheard."""
    for field, instead in OF_THE_PROGRAM.items():
        if field in stage:
            raise SpecError(f"{where}.{field}", f"is the program's to say: {instead}.")
    if frame.data_from is not None and stage.get("data") is not None:
        raise SpecError(f"{where}.dataFrom", "takes the place of data: name one of them.")
    guard = stage.get("guard")
    if frame.replay_from is not None and isinstance(guard, dict) and guard.get("replay") is not None:
        raise SpecError(f"{where}.replayFrom", "takes the place of guard.replay: name one of them.")
