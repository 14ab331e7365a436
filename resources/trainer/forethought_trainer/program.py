"""The stage `program`: the whole recipe in one job, each stage on what an earlier one has made.

    python -m forethought_trainer program --job <folder>

Stages run in this process, one after the other, each in <folder>/stages/<id>. What a stage leaves in result.json is not
done again after a restart; the stage that was cut goes on from its own checkpoint. Time that a stage does not need is
the next one's. A gate that fails ends the program, and so does a stage that an earlier one has left nothing for; the best
checkpoint so far is named.
"""

from __future__ import annotations

import gc
import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forethought_trainer import job, plan
from forethought_trainer.artifact import MANIFEST
from forethought_trainer.checked import SpecError, as_json
from forethought_trainer.data import teaches
from forethought_trainer.failures import Failure, classify
from forethought_trainer.formats.bases import file_sha256, open_base, open_tokenizer
from forethought_trainer.gates import Gates
from forethought_trainer.host_memory import give_back
from forethought_trainer.rollouts import read_rollouts
from forethought_trainer.spec import ProgramSpec
from forethought_trainer.spec.adapters import merged_from
from forethought_trainer.spec.program import Frame
from forethought_trainer.spec.stages import TRAINING
from forethought_trainer.stage_log import RESULT, Result, StageLog, StageProgress
from forethought_trainer.to_come import ToCome

# The reason of a program's end whose next stage has nothing to work on or to learn from, and of a stage that kept nothing.
NOTHING_LEFT = "nothing-left"


class NothingLeft(Exception):
    """A sentence: what a stage needs of an earlier one is not there."""


def main(argv: list[str]) -> int:
    return job.main("program", argv, "Run stages one after the other.")


# --- before anything heavy ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prepared:
    """A stage with its rows, which are read and checked before the first stage begins."""

    frame: Frame
    module: Any
    inputs: Any
    plan: plan.Plan


def prepare(spec: ProgramSpec, folder: Path) -> list[Prepared]:
    """Every stage's rows, as far as they are there; those that an earlier stage makes are read when its turn has come."""
    stages = []
    for i, frame in enumerate(spec.frames):
        module = importlib.import_module(f"forethought_trainer.{frame.kind}")
        checked = spec.checked_spec(i)
        try:
            coming = {block: to_come(spec, stages, stage) for block, stage in sources_of(frame).items()}
            inputs = module.prepare(checked, folder, **({"coming": coming} if coming else {}))
        except SpecError as error:
            raise error.inside(f"stages[{i}]") from None
        stages.append(Prepared(frame, module, inputs, module.make_plan(checked, folder, inputs)))
    return stages


def sources_of(frame: Frame) -> dict[str, str]:
    """The fields whose rows an earlier stage makes, and which one."""
    replay = frame.replay_from
    wanted = {"data": frame.data_from, "guard.replay": replay.stage if replay else None}
    return {block: stage for block, stage in wanted.items() if stage is not None}


def to_come(spec: ProgramSpec, stages: list[Prepared], name: str) -> ToCome:
    """What is known of the rows that a stage of kind grpo or rejection will make."""
    i, source = next((i, stage) for i, stage in enumerate(stages) if stage.frame.id == name)
    questions = source.inputs.rows if source.frame.kind == "grpo" else source.inputs
    return ToCome(name, questions, spec.checked_spec(i).rollout.max_completion_tokens)


def make_plan(spec: ProgramSpec, folder: Path, stages: list[Prepared]) -> plan.Plan:
    """The plans of the stages under each other; memory is that of the largest."""
    del folder
    whole = plan.Plan(
        text=[],
        parameters=max(stage.plan.parameters for stage in stages),
        trainable=max(stage.plan.trainable for stage in stages),
        memory_bytes=max(stage.plan.memory_bytes for stage in stages),
        steps=sum(stage.plan.steps for stage in stages),
        tokens_per_step=max(stage.plan.tokens_per_step for stage in stages),
    )
    for i, stage in enumerate(stages):
        share = f", {stage.frame.share:.0%} of the time" if stage.frame.share else ""
        whole.text.append(f"stage {stage.frame.id} ({stage.frame.kind}) from {stage.frame.from_}{share}")
        whole.text += [f"  {line}" for line in stage.plan.text]
        whole.findings += [
            plan.Finding(f.code, f"stages[{i}].{f.where}", f"Stage {stage.frame.id}: {f.message}")
            for f in stage.plan.findings
        ]
    return whole


# --- the program --------------------------------------------------------------------------------------------------


def carry_out(run: job.Run, spec: ProgramSpec, inputs: list[Prepared]) -> job.Ending:
    return Program(run, spec, inputs).to_the_end()


class Program:
    def __init__(self, run: job.Run, spec: ProgramSpec, stages: list[Prepared]):
        self.run, self.spec, self.stages = run, spec, stages
        self.results: dict[str, Result] = {}
        self.gates = Gates(run.log, spec, [stage.frame for stage in stages], self.results)

    def to_the_end(self) -> job.Ending:
        self.run.progress.total_steps = sum(stage.plan.steps for stage in self.stages)
        first_step = 0
        for i, stage in enumerate(self.stages):
            result = Result.read(self.place(stage) / RESULT)
            if result is None:
                if self.run.stopper.now():
                    return self.ending(self.run.stopper.reason or "stopped")
                try:
                    result = self.carry_out_stage(i, stage, first_step)
                except NothingLeft as nothing:
                    self.run.log.warn(NOTHING_LEFT, str(nothing))
                    return self.ending(NOTHING_LEFT, str(nothing))
            self.results[stage.frame.id] = result
            self.run.progress.step = first_step + result.step
            if self.over(result):
                return self.ending(self.run.stopper.reason or "stopped")
            result.write(self.place(stage) / RESULT)
            first_step += stage.plan.steps
            missed = self.gates.missed(stage.frame)
            if missed:
                self.run.log.warn("gate", missed)
                return self.ending("gate", missed)
        last = self.results[self.stages[-1].frame.id]
        return self.ending(last.reason, last.message)

    def place(self, stage: Prepared) -> Path:
        return self.run.place / "stages" / stage.frame.id

    def over(self, result: Result) -> bool:
        """True when the whole program has to end, not only this stage's share of the time. A signal counts however the stage
        ended: it may have cut the exam that its gate is about."""
        return (self.run.stopper.signalled or result.reason == "deadline") and self.run.stopper.now()

    def carry_out_stage(self, i: int, stage: Prepared, first_step: int) -> Result:
        frame, place = stage.frame, self.place(stage)
        try:
            spec, inputs = self.ready(i, stage, place)
        except NothingLeft:
            raise
        except Exception:
            self.tell(frame, first_step, stage.plan.steps, "begun")
            self.tell(frame, first_step, stage.plan.steps, "failed")
            raise
        self.tell(frame, first_step, stage.plan.steps, "begun")
        log = StageLog(self.run.log, frame.id, first_step, place)
        part = job.Run(
            folder=self.run.folder,
            place=place,
            log=log,  # type: ignore[arg-type]
            progress=StageProgress(self.run.progress, first_step),
            stopper=self.run.stopper.share(self.seconds_for(i)),
            prefix=f"{frame.id}-",
            first_step=first_step,
        )
        try:
            ending = stage.module.carry_out(part, spec, inputs)
        except Exception as error:
            failure = classify(error)
            if failure.kind != "nothing-kept":
                self.tell(frame, first_step, stage.plan.steps, "failed")
                told = Failure(failure.kind, f"Stage {frame.id}: {failure.message}", failure.detail)
                told.batch = failure.batch
                raise told from error
            # Stages that need nothing of it go on.
            ending = job.Ending(NOTHING_LEFT, part.progress.step, None, failure.message)
        finally:
            gc.collect()  # the model of this stage, before the next one's is read
            give_back()
        self.tell(frame, first_step, stage.plan.steps, "done", reason=ending.reason, message=ending.message)
        after = self.model_after(spec, ending.artifact, as_json(spec.base))
        origin = leaves = origin_of(spec)
        if frame.kind in TRAINING and ending.artifact:
            leaves = f"step-{self.manifest_of(ending.artifact)['step']}"
        evals, before = log.exams_of(leaves), log.exams_of(origin)
        return Result(ending.reason, ending.step, ending.artifact, ending.message, after, evals, before)

    def ready(self, i: int, stage: Prepared, place: Path) -> tuple[Any, Any]:
        """Its spec and its rows, with what earlier stages have made; NothingLeft where that is nothing, or too little for it."""
        frame = stage.frame
        place.mkdir(parents=True, exist_ok=True)
        spec = self.spec.stage_spec(
            i, self.base_of(frame), self.data_for(frame), self.replay_for(frame, place)
        )
        try:
            spec.check_chain()  # the adapters that lie under it by now
            spec.check_files(self.run.folder)
        except SpecError as error:
            raise Failure("spec", str(error.inside(f"stages[{i}]"))) from error
        made = sources_of(frame)
        if not made:
            return spec, stage.inputs
        try:
            return spec, stage.module.prepare(spec, self.run.folder, made=made)
        except SpecError as error:  # the rows that were there before the first stage were right
            raise self.nothing_left(frame, *dict.fromkeys(made.values()), why=str(error)) from error

    def tell(self, frame: Frame, first_step: int, steps: int, state: str, **more: str) -> None:
        self.run.log.write(
            "stage",
            id=frame.id,
            stageKind=frame.kind,
            **{"from": frame.from_},
            firstStep=first_step,
            steps=steps,
            state=state,
            **{key: value for key, value in more.items() if value},
        )

    def seconds_for(self, i: int) -> float | None:
        """A stage's part of the time that is left: its share among the shares of those that are still to come."""
        left = self.run.stopper.left_s
        if left is None:
            return None
        frames = [stage.frame for stage in self.stages]
        free = [frame for frame in frames if frame.share is None]
        rest = max(0.0, 1.0 - sum(frame.share or 0 for frame in frames))
        shares = [frame.share if frame.share is not None else rest / len(free) for frame in frames]
        to_come = sum(shares[i:])
        return left * shares[i] / to_come if to_come > 0 else left

    def kind_of(self, name: str) -> str:
        return next((stage.frame.kind for stage in self.stages if stage.frame.id == name), "")

    def nothing_left(self, frame: Frame, *names: str, why: str = "") -> NothingLeft:
        left = " and ".join(f"{name} ({self.results[name].reason})" for name in names)
        said = [
            f"What {frame.id} needs of {left} is not there: {frame.id} and the stages after it were not begun.",
            *(why, *(self.results[name].message for name in names)),
        ]
        return NothingLeft(" ".join(filter(None, said)))

    def artifact_of(self, name: str, frame: Frame) -> str:
        """What the stage with this name has published, which this one needs."""
        artifact = self.results[name].artifact
        if artifact is None:
            raise self.nothing_left(frame, name)
        return artifact

    def base_of(self, frame: Frame) -> dict[str, Any]:
        if frame.from_ == "base":
            return as_json(self.spec.base)
        # The others leave the model as they have found it.
        if self.kind_of(frame.from_) in (*TRAINING, "merge"):
            self.artifact_of(frame.from_, frame)
        return self.results[frame.from_].base

    def data_for(self, frame: Frame) -> dict[str, Any] | None:
        """The traces that an earlier stage has published."""
        if frame.data_from is None:
            return None
        path = f"artifacts/{self.artifact_of(frame.data_from, frame)}/traces.jsonl"
        sha256 = file_sha256(self.run.folder / path)
        with (self.run.folder / path).open("rb") as lines:
            count = sum(1 for _ in lines)
        return {"snapshot": sha256, "path": path, "sha256": sha256, "count": count}

    def replay_for(self, frame: Frame, place: Path) -> dict[str, Any] | None:
        """Rows with completions for guard.replay: traces as they are published, or the right ones among the rollouts."""
        replay = frame.replay_from
        if replay is None:
            return None
        if self.kind_of(replay.stage) == "rejection":
            data = self.data_for(Frame(frame.id, frame.kind, data_from=replay.stage))
            return {**(data or {}), "share": replay.share}
        path = place / "replay.jsonl"
        tokenizer = open_tokenizer(open_base(self.run.folder / self.spec.base.path))
        rollouts = self.run.place / "stages" / replay.stage / "rollouts"
        count = write_right_rollouts(rollouts, path, lambda text: teaches(text, tokenizer))
        if count == 0:
            why = "None of its rollouts was right, strict and whole."
            raise self.nothing_left(frame, replay.stage, why=why)
        sha256 = file_sha256(path)
        where = path.relative_to(self.run.folder).as_posix()
        return {"snapshot": sha256, "path": where, "sha256": sha256, "count": count, "share": replay.share}

    def model_after(self, spec: Any, artifact: str | None, base: dict[str, Any]) -> dict[str, Any]:
        """What the stages work on that are `from` this one: with its adapter on top, or its merged model instead."""
        if artifact is None:
            return base
        path, manifest = f"artifacts/{artifact}", self.manifest_of(artifact)
        if manifest["kind"] == "merged-model":
            merged = {"path": path, "sha256": manifest["identity"], "adapters": []}
            return {**base, **merged, "mergedFrom": merged_from(base, manifest)}
        if manifest["kind"] != "lora-adapter":
            return base
        sha256 = file_sha256(self.run.folder / path / MANIFEST)
        adapter = {"name": artifact, "path": path, "manifestSha256": sha256}
        if spec.kind == "merge":  # one adapter that is all of them together
            return {**base, "adapters": [adapter]}
        return {**base, "adapters": [*base.get("adapters", []), adapter]}

    def manifest_of(self, artifact: str) -> dict[str, Any]:
        return json.loads((self.run.folder / "artifacts" / artifact / MANIFEST).read_text(encoding="utf-8"))

    # --- the end --------------------------------------------------------------------------------------------

    def ending(self, reason: str, message: str = "") -> job.Ending:
        best = self.gates.best()
        if best and "value" in best:
            message = (
                f"{message} The best checkpoint so far is {best['artifact'] or 'the base'}, with {best['metric']} "
                f"{best['value']:.3f} on {best['set']}."
            ).strip()
        return job.Ending(reason, self.run.progress.step, best["artifact"] if best else None, message, best)


def origin_of(spec: Any) -> str:
    """As `eval` events name what a stage begins with: one that only examines names it by its last adapter."""
    adapters = spec.base.adapters
    return adapters[-1].name if spec.kind == "evaluate" and adapters else "base"


def write_right_rollouts(folder: Path, path: Path, usable: Callable[[str], bool]) -> int:
    """The last right and strict completion of each question, as rows with completions; how many there are.

    One that was cut off would teach never to end, and the stage refuses those that are not usable.
    """
    kept: dict[str, dict[str, Any]] = {}
    for line in read_rollouts(folder):
        right = line["verdict"] == "correct" and line["strict"]
        if right and not line["truncated"] and usable(line["completion"]):
            kept[line["rowId"]] = {
                "row": {"id": line["rowId"]},
                "prompt": line["prompt"],
                "completion": line["completion"],
            }
    path.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept.values()), encoding="utf-8"
    )
    return len(kept)
