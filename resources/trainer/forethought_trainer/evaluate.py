"""The stage `evaluate`: a model answers sets of questions, scored as <job folder>/spec.json says.

    python -m forethought_trainer evaluate --job <folder>

Answers are kept in evaluation/<set>.jsonl as they come. The artifact holds every completion, and scores.json with each
checkpoint on each set and in each domain. Only sets that were answered to their end count.
"""

from __future__ import annotations

import dataclasses
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forethought_trainer import artifact, job
from forethought_trainer.answers import (
    Answer,
    Asking,
    Draw,
    Journal,
    batches,
    load_generator,
    plan_of,
    write_lines,
)
from forethought_trainer.data import TrainingRow, check_lengths, check_turns, read_rows, some_rows
from forethought_trainer.exam import Grader, Result, summarise
from forethought_trainer.formats.bases import open_base, open_tokenizer
from forethought_trainer.plan import Plan
from forethought_trainer.reward_client import RewardServer
from forethought_trainer.spec import EvaluateSpec, QuestionSet, file_sha256
from forethought_trainer.spec.adapters import chain_of

if TYPE_CHECKING:  # it imports JAX
    from forethought_trainer.generation import Generator

Sets = list[list[TrainingRow]]


def main(argv: list[str]) -> int:
    return job.main("evaluate", argv, "Have a model answer sets of questions, and score them.")


def prepare(spec: EvaluateSpec, folder: Path) -> Sets:
    """The rows of each set; every prompt fits and has its turns."""
    tokenizer = open_tokenizer(open_base(folder / spec.base.path))
    sets = []
    for i, questions in enumerate(spec.sets):
        rows = some_rows(read_rows(questions, folder, spec.seed, f"sets[{i}]"), questions.max_rows, spec.seed)
        check_lengths(rows, tokenizer, spec.generation.max_prompt_tokens, "generation.maxPromptTokens")
        check_turns(rows, tokenizer, spec.prompt.family, f"sets[{i}]")
        sets.append(rows)
    return sets


def checkpoints_of(spec: EvaluateSpec) -> list[EvaluateSpec]:
    """The spec for each checkpoint that is examined, by the adapters that are in it."""
    adapters = spec.base.adapters
    lengths = range(len(adapters) + 1) if spec.checkpoints == "each" else [len(adapters)]
    return [
        dataclasses.replace(spec, base=dataclasses.replace(spec.base, adapters=adapters[:length]))
        for length in lengths
    ]


def name_of(spec: EvaluateSpec) -> str:
    """The checkpoint's: its last adapter's."""
    return spec.base.adapters[-1].name if spec.base.adapters else "base"


def steps_of(spec: EvaluateSpec, sets: Sets) -> int:
    per_checkpoint = sum(batches(len(rows), spec.generation.batch_size) for rows in sets)
    return len(checkpoints_of(spec)) * per_checkpoint


def draw_of(spec: EvaluateSpec) -> Draw:
    return Draw(spec.generation, None, 1, spec.seed)


def make_plan(spec: EvaluateSpec, folder: Path, inputs: Sets) -> Plan:
    sets = ", ".join(f"{len(rows)} of {q.set}" for rows, q in zip(inputs, spec.sets, strict=True))
    text = [
        f"questions: {sets}, answered greedily by {', '.join(map(name_of, checkpoints_of(spec)))}",
        f"scores from suite {spec.reward_suite.name} {spec.reward_suite.hash[:12]}",
    ]
    rows = [row for rows in inputs for row in rows]
    return plan_of(spec, folder, rows, draw_of(spec), steps_of(spec, inputs), text, "generation")


def carry_out(run: job.Run, spec: EvaluateSpec, inputs: Sets) -> job.Ending:
    with RewardServer(spec.reward_server.command, run.folder, spec.reward_server.timeout_ms) as server:
        grader = Grader(server, spec.reward_suite, [e.completion for e in spec.prompt.examples])
        return Evaluation(run, spec, inputs, grader).to_the_end()


@dataclass(frozen=True)
class Answered:
    """A set that a checkpoint has answered to its end."""

    checkpoint: EvaluateSpec
    questions: QuestionSet
    answers: list[Answer]
    result: Result


class Evaluation:
    def __init__(self, run: job.Run, spec: EvaluateSpec, sets: Sets, grader: Grader):
        self.run, self.spec, self.sets, self.grader = run, spec, sets, grader
        self.journals = [Journal(run.place / "evaluation" / f"{q.set}.jsonl") for q in spec.sets]
        steps = steps_of(spec, sets)
        self.asking = Asking(run, "evaluating", steps, draw_of(spec), self.journals, grader)
        self.answered: list[Answered] = []

    def to_the_end(self) -> job.Ending:
        for checkpoint in checkpoints_of(self.spec):
            self.examine(checkpoint)
        for journal in self.journals:
            journal.close()
        reason = (self.run.stopper.reason or "stopped") if self.asking.cut else "completed"
        name = self.publish() if self.answered else None
        return job.Ending(reason, self.asking.step, name)

    def examine(self, checkpoint: EvaluateSpec) -> None:
        """Every set; an `eval` event for each that is answered to its end."""
        loaded: list[Generator] = []

        def load() -> Generator:
            if not loaded:
                loaded.append(load_generator(self.run, checkpoint, checkpoint.generation))
            return loaded[0]

        for questions, rows, journal in zip(self.spec.sets, self.sets, self.journals, strict=True):
            began = time.perf_counter()
            answers = self.asking.answers(rows, journal, load)
            if self.asking.cut:
                return
            result = self.summarise(rows, answers, time.perf_counter() - began)
            self.answered.append(Answered(checkpoint, questions, answers, result))
            if self.asking.telling:
                self.tell(questions.set, name_of(checkpoint), result)

    def summarise(self, rows: list[TrainingRow], answers: list[Answer], seconds: float) -> Result:
        scores = [answer.score for answer in answers if answer.score]
        completions = [answer.completion for answer in answers]
        limit = self.spec.generation.max_completion_tokens
        return summarise(rows, completions, scores, self.grader, limit, seconds)

    def tell(self, name: str, checkpoint: str, result: Result) -> None:
        self.run.log.write("eval", step=self.asking.step, set=name, of=checkpoint, **result.event())
        print(f"{checkpoint} on {name}: {result.in_words()}", flush=True)

    def publish(self) -> str:
        limit = self.spec.generation.max_completion_tokens

        def fill(folder: Path) -> None:
            lines = [
                {
                    "checkpoint": name_of(part.checkpoint),
                    "set": part.questions.set,
                    "rowId": answer.row.id,
                    "domain": answer.row.domain,
                    **answer.line(limit),
                }
                for part in self.answered
                for answer in part.answers
            ]
            write_lines(folder / "completions.jsonl", lines)
            scores = {"version": 1, "scores": [score_of(part) for part in self.answered]}
            text = json.dumps(scores, ensure_ascii=False, indent=2, allow_nan=False)
            (folder / "scores.json").write_text(text + "\n", encoding="utf-8")

        spec_sha256 = file_sha256(self.run.folder / "spec.json")
        name = self.run.prefix + "evaluation"
        manifest = artifact.describe(self.spec, spec_sha256, name, "evaluation", self.asking.step)
        manifest["complete"] = not self.asking.cut
        manifest["sets"] = [
            {"set": q.set, "snapshot": q.snapshot, "n": len(rows)}
            for q, rows in zip(self.spec.sets, self.sets, strict=True)
        ]
        return artifact.publish_once(self.run.log, self.run.folder / "artifacts", fill, manifest)


def score_of(part: Answered) -> dict[str, Any]:
    """A line of scores.json: a checkpoint, by name and by hash, on a set and in each of its domains."""
    return {
        "checkpoint": name_of(part.checkpoint),
        "chain": chain_of(part.checkpoint.base),
        "set": part.questions.set,
        "snapshot": part.questions.snapshot,
        **part.result.event(),
    }
