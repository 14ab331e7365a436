"""The stage `sft`: trains a LoRA adapter on completions as <job folder>/spec.json says, and publishes it.

    python -m forethought_trainer sft --job <folder>

Only completions are learned, each with its end. What the model could do before can be guarded, in three ways that
are switched one by one: rows of before in each batch, the KL to the starting policy, and questions of before that
end the run when they are answered significantly worse.

JAX, Tunix and what imports them are imported inside `carry_out`: a wrong spec must be refused before that.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from forethought_trainer import examples, job, plan
from forethought_trainer.checked import SpecError
from forethought_trainer.data import TrainingRow, check_turns, read_rows
from forethought_trainer.events import EventLog
from forethought_trainer.examples import Example
from forethought_trainer.formats.bases import open_base, open_tokenizer
from forethought_trainer.questions import read_questions
from forethought_trainer.reward_client import optional_server
from forethought_trainer.spec import Data, HeldOut, SftSpec
from forethought_trainer.to_come import ToCome, check_room

TEXTS = ("completion",)


@dataclass(frozen=True)
class Set:
    """Examples, and which of them make a sequence of a batch: `sequences` holds their indices."""

    examples: list[Example] = field(default_factory=list)
    sequences: list[list[int]] = field(default_factory=list)

    def take(self, numbers: Sequence[int]) -> list[list[Example]]:
        """The sequences with these numbers."""
        return [[self.examples[i] for i in self.sequences[number]] for number in numbers]


@dataclass(frozen=True)
class Inputs:
    """A set is empty where its rows are yet to come.

    left_out: rows of a set that were too long, by its field. findings: about rows to come.
    """

    data: Set
    replay: Set
    validation: Set
    held_out: list[TrainingRow]
    retention: list[TrainingRow]
    left_out: dict[str, int] = field(default_factory=dict)
    findings: list[plan.Finding] = field(default_factory=list)


def main(argv: list[str]) -> int:
    return job.main("sft", argv, "Train a LoRA adapter on completions.")


def prepare(
    spec: SftSpec, folder: Path, coming: Mapping[str, ToCome] | None = None, made: Collection[str] = ()
) -> Inputs:
    """The rows; all fit, prompts have their turns and completions do not end them, and no question is trained on.

    coming: in a program, what is known of the rows that an earlier stage is yet to make, by the field that they are for.
    made: fields whose rows an earlier stage has made: nobody could mend them, and so those that do not fit are left out.
    """
    guard, limit = spec.guard, spec.training.max_tokens
    read = Reader(spec, folder, coming or {}, made)
    rows = read.learned(spec.data, "data")
    old = read.learned(guard.replay if guard else None, "guard.replay")
    validation = read.set_aside(spec.validation, "validation", rows + old)
    inputs = Inputs(
        data=read.sequences(rows, "data"),
        replay=read.sequences(old, "guard.replay"),
        validation=read.sequences(validation, "validation"),
        held_out=read.asked(spec.held_out, "heldOut", rows + old),
        retention=read.asked(guard.retention if guard else None, "guard.retention", rows + old),
        left_out=read.left_out,
        findings=[
            found for some in read.coming.values() for found in check_room(some, read.tokenizer, limit)
        ],
    )
    size = spec.training.batch_size - spec.replay_rows
    read.check_enough(inputs.data, size, "data")
    read.check_enough(inputs.replay, spec.replay_rows, "guard.replay")
    return inputs


class Reader:
    """Reads the sets of a run. See `prepare`; left_out: as in Inputs."""

    def __init__(self, spec: SftSpec, folder: Path, coming: Mapping[str, ToCome], made: Collection[str]):
        self.spec, self.folder, self.coming, self.made = spec, folder, coming, made
        self.tokenizer = open_tokenizer(open_base(folder / spec.base.path))
        self.left_out: dict[str, int] = {}

    def learned(self, data: Data | None, where: str) -> list[TrainingRow]:
        """Rows to train on; of those to come, the questions."""
        spec = self.spec
        if data is None:
            return []
        if where in self.coming:
            rows = self.coming[where].questions
        else:
            rows = read_rows(data, self.folder, spec.seed, where, TEXTS)
        check_turns(rows, self.tokenizer, spec.prompt.family, where)
        return rows

    def set_aside(self, wanted: HeldOut | None, where: str, known: list[TrainingRow]) -> list[TrainingRow]:
        """Rows whose loss is measured; known: those that are trained on."""
        if wanted is None:
            return []
        return read_questions(self.spec, self.folder, wanted, known, self.tokenizer, where, texts=TEXTS)

    def asked(self, wanted: HeldOut | None, where: str, known: list[TrainingRow]) -> list[TrainingRow]:
        """Questions that are answered."""
        spec = self.spec
        if wanted is None or spec.generation is None:
            return []
        limit = (spec.generation.max_prompt_tokens, "generation.maxPromptTokens")
        return read_questions(spec, self.folder, wanted, known, self.tokenizer, where, limit)

    def sequences(self, rows: list[TrainingRow], where: str) -> Set:
        """The rows as they are learned, packed where that is wanted."""
        if where in self.coming:
            return Set()
        t = self.spec.training
        found = examples.examples_of(rows, self.tokenizer, self.spec.prompt.family)
        if where in self.made:
            fit = [e for e in found if len(e.ids) <= t.max_tokens]
            self.left_out[where], found = len(found) - len(fit), fit
        examples.check_fits(found, t.max_tokens, "training.maxTokens")
        lengths = [len(e.ids) for e in found]
        return Set(found, examples.pack(lengths, t.max_tokens) if t.packing else examples.alone(len(found)))

    def check_enough(self, found: Set, size: int, where: str) -> None:
        """A step takes so many different sequences."""
        if where in self.coming or len(found.sequences) >= size:
            return
        short = f"; {self.left_out[where]} rows were too long" if self.left_out.get(where) else ""
        raise SpecError(
            "training.batchSize",
            f"is {self.spec.training.batch_size}, which takes {size} different sequences a step, but the rows of {where} "
            f"are packed into {len(found.sequences)}{short}.",
        )


def plan_of(spec: SftSpec, inputs: Inputs) -> list[str]:
    t, guard = spec.training, spec.guard
    data, replay = inputs.data, inputs.replay
    over = "on rows that an earlier stage makes"
    if data.sequences:
        passes = t.steps * (t.batch_size - spec.replay_rows) / len(data.sequences)
        over = f"{passes:.2f} passes over {len(data.examples)} rows"
    text = [
        f"SFT {t.steps} steps x {t.batch_size} sequences of {t.max_tokens} tokens, {over}",
        f"AdamW, peak learning rate {t.learning_rate:g}, {t.schedule}, {t.warmup_fraction:.0%} warm-up, "
        f"gradient norm at most {t.grad_clip:g}; seed {spec.seed}",
    ]
    if t.packing and data.sequences:
        text.append(f"packed into {len(data.sequences)} sequences, {filled(data, t.max_tokens):.0%} full")
    if spec.replay_rows:
        rows = (
            f"{len(replay.examples)} rows of before" if replay.examples else "what an earlier stage does well"
        )
        text.append(f"guard: {spec.replay_rows} sequences of each batch from {rows}")
    if guard and guard.kl_weight:
        where = "rows of before" if guard.kl_rows == "replay" else "all rows"
        text.append(
            f"guard: KL to the starting policy ({guard.kl_estimator}) on {where}, weight {guard.kl_weight:g}"
        )
    if guard and guard.retention:
        text.append(plan.of_retention(guard.retention, len(inputs.retention)))
    return text


def filled(some: Set, limit: int) -> float:
    """The share of the sequences' tokens that is not padding."""
    return sum(len(e.ids) for e in some.examples) / (limit * len(some.sequences))


def make_plan(spec: SftSpec, folder: Path, inputs: Inputs) -> plan.Plan:
    """What the job will do, and what of it would be for nothing."""
    t, guard = spec.training, spec.guard
    made = plan.make_plan(
        spec,
        folder,
        spec.lora,
        plan_of(spec, inputs),
        steps=t.steps,
        rows_at_once=t.micro_batch or t.batch_size,
        rows_per_step=t.batch_size,
        tokens_per_row=t.max_tokens,
        # The starting policy's probabilities, and what they are multiplied with.
        further_logits=2 if guard and guard.kl_weight and guard.kl_estimator == "full" else 0,
    )
    made.findings += inputs.findings
    lengths = [len(e.ids) for e in inputs.data.examples]
    if lengths and not t.packing:
        too_long = plan.padding(lengths, t.max_tokens, "training.maxTokens", "row with its completion")
        made.findings += too_long
        if 2 * statistics.fmean(lengths) <= t.max_tokens and not too_long:
            made.findings.append(
                plan.Finding(
                    "padding",
                    "training.packing",
                    f"{1 - filled(inputs.data, t.max_tokens):.0%} of each batch is padding; packing would put several "
                    "rows into one sequence.",
                )
            )
    made.findings += plan.findings_of_retention(
        guard.retention if guard else None, len(inputs.retention), t.steps
    )
    return made


def warn_of_left_out(log: EventLog, spec: SftSpec, inputs: Inputs) -> None:
    for where, count in inputs.left_out.items():
        used = inputs.data if where == "data" else inputs.replay
        if count:
            log.warn(
                "rows-left-out",
                f"{count} rows of {where} are longer than training.maxTokens, {spec.training.max_tokens}, and are left "
                f"out; {len(used.examples)} are used.",
                field=where,
            )


def carry_out(run: job.Run, spec: SftSpec, inputs: Inputs) -> job.Ending:
    warn_of_left_out(run.log, spec, inputs)
    asks = bool(inputs.held_out or inputs.retention)
    with optional_server(spec.reward_server if asks else None, run.folder) as server:
        from forethought_trainer.sft_run import SftRun

        return SftRun(run, spec, inputs, server).to_the_end()
