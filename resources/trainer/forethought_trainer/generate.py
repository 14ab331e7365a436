"""The stage `generate`: a model completes prompts as <job folder>/spec.json says; nothing is scored.

    python -m forethought_trainer generate --job <folder>

Completions are kept in completions/completions.jsonl as they come, and published with their rows.
"""

from __future__ import annotations

from pathlib import Path

from forethought_trainer import artifact, job
from forethought_trainer.answers import Asking, Draw, Journal, batches, load_generator, plan_of, write_lines
from forethought_trainer.data import TrainingRow, check_lengths, check_turns, read_rows
from forethought_trainer.formats.bases import open_base, open_tokenizer
from forethought_trainer.plan import Plan
from forethought_trainer.spec import GenerateSpec, file_sha256


def main(argv: list[str]) -> int:
    return job.main("generate", argv, "Have a model complete prompts.")


def prepare(spec: GenerateSpec, folder: Path) -> list[TrainingRow]:
    """The rows; every prompt fits and has its turns."""
    rows = read_rows(spec.data, folder, spec.seed)
    tokenizer = open_tokenizer(open_base(folder / spec.base.path))
    check_lengths(rows, tokenizer, spec.generation.max_prompt_tokens, "generation.maxPromptTokens")
    check_turns(rows, tokenizer, spec.prompt.family)
    return rows


def draw_of(spec: GenerateSpec) -> Draw:
    return Draw(spec.generation, spec.rollout, spec.samples_per_prompt, spec.seed)


def steps_of(spec: GenerateSpec, rows: list[TrainingRow]) -> int:
    return batches(len(rows), spec.generation.batch_size)


def make_plan(spec: GenerateSpec, folder: Path, inputs: list[TrainingRow]) -> Plan:
    text = [f"{len(inputs)} prompts x {spec.samples_per_prompt} completions"]
    return plan_of(spec, folder, inputs, draw_of(spec), steps_of(spec, inputs), text, "generation")


def carry_out(run: job.Run, spec: GenerateSpec, inputs: list[TrainingRow]) -> job.Ending:
    journal = Journal(run.place / "completions" / "completions.jsonl")
    asking = Asking(run, "sampling", steps_of(spec, inputs), draw_of(spec), [journal])
    answers = asking.answers(inputs, journal, lambda: load_generator(run, spec, spec.generation))
    journal.close()
    reason = (run.stopper.reason or "stopped") if asking.cut else "completed"
    if not answers:
        return job.Ending(reason, asking.step)

    def fill(folder: Path) -> None:
        limit = spec.generation.max_completion_tokens
        lines = [{"row": answer.row.row, "sample": answer.sample, **answer.line(limit)} for answer in answers]
        write_lines(folder / "completions.jsonl", lines)

    spec_sha256, name = file_sha256(run.folder / "spec.json"), run.prefix + "completions"
    manifest = artifact.describe(spec, spec_sha256, name, "completions", asking.step)
    manifest |= {
        "complete": not asking.cut,
        "prompts": len(inputs),
        "answered": len(answers) // spec.samples_per_prompt,
        "samplesPerPrompt": spec.samples_per_prompt,
    }
    artifact.publish_once(run.log, run.folder / "artifacts", fill, manifest)
    return job.Ending(reason, asking.step, name)
