"""The stage `dpo`: trains a LoRA adapter on preference pairs as <job folder>/spec.json says, and publishes it.

    python -m forethought_trainer dpo --job <folder>

The reference is the policy as it starts. What the model could do before can be asked again and again, and
ends the run when it is answered significantly worse.

JAX, Tunix and what imports them are imported inside `carry_out`: a wrong spec must be refused before that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from forethought_trainer import job, pairs, plan
from forethought_trainer.data import TrainingRow, check_turns, read_rows
from forethought_trainer.formats.bases import open_base, open_tokenizer
from forethought_trainer.pairs import TEXTS, Pair
from forethought_trainer.questions import read_questions
from forethought_trainer.reward_client import optional_server
from forethought_trainer.spec import DpoSpec, HeldOut


@dataclass(frozen=True)
class Inputs:
    data: list[Pair]
    validation: list[Pair]
    held_out: list[TrainingRow]
    retention: list[TrainingRow]


def main(argv: list[str]) -> int:
    return job.main("dpo", argv, "Train a LoRA adapter on preference pairs.")


def prepare(spec: DpoSpec, folder: Path) -> Inputs:
    """The rows; all fit, prompts have their turns and completions do not end them, and no question is trained on."""
    t, guard = spec.training, spec.guard
    tokenizer = open_tokenizer(open_base(folder / spec.base.path))
    rows = read_rows(spec.data, folder, spec.seed, texts=TEXTS)
    check_turns(rows, tokenizer, spec.prompt.family)

    def pairs_of(some: list[TrainingRow], where: str) -> list[Pair]:
        found = pairs.pairs_of(some, tokenizer, spec.prompt.family, where)
        if found:
            pairs.check_fits(found, tokenizer, t.max_prompt_tokens, t.max_completion_tokens)
        return found

    def asked(held_out: HeldOut | None, where: str) -> list[TrainingRow]:
        if held_out is None or spec.generation is None:
            return []
        limit = (spec.generation.max_prompt_tokens, "generation.maxPromptTokens")
        return read_questions(spec, folder, held_out, rows, tokenizer, where, limit)

    validation = []
    if spec.validation:
        validation = read_questions(spec, folder, spec.validation, rows, tokenizer, "validation", texts=TEXTS)
    return Inputs(
        data=pairs_of(rows, "data"),
        validation=pairs_of(validation, "validation"),
        held_out=asked(spec.held_out, "heldOut"),
        retention=asked(guard.retention if guard else None, "guard.retention"),
    )


def plan_of(spec: DpoSpec, inputs: Inputs) -> list[str]:
    t, guard = spec.training, spec.guard
    how = f"beta {t.beta:g}" if t.algorithm == "dpo" else f"lambda {t.lambda_orpo:g}"
    text = [
        f"{t.algorithm.upper()} {t.steps} steps x {t.batch_size} pairs, {t.steps * t.batch_size / len(inputs.data):.2f} "
        f"passes over {len(inputs.data)} rows; {how}, label smoothing {t.label_smoothing:g}",
        f"AdamW, peak learning rate {t.learning_rate:g}, {t.schedule}, {t.warmup_fraction:.0%} warm-up, "
        f"gradient norm at most {t.grad_clip:g}; seed {spec.seed}",
        f"completions of up to {t.max_completion_tokens} tokens after prompts of up to {t.max_prompt_tokens}",
    ]
    if guard and guard.retention:
        text.append(plan.of_retention(guard.retention, len(inputs.retention)))
    return text


def make_plan(spec: DpoSpec, folder: Path, inputs: Inputs) -> plan.Plan:
    """What the job will do, and what of it would be for nothing."""
    t, guard = spec.training, spec.guard
    made = plan.make_plan(
        spec,
        folder,
        spec.lora,
        plan_of(spec, inputs),
        steps=t.steps,
        rows_at_once=2 * (t.micro_batch or t.batch_size),
        rows_per_step=2 * t.batch_size,
        tokens_per_row=t.max_prompt_tokens + t.max_completion_tokens,
    )
    prompts = [len(pair.prompt) for pair in inputs.data]
    longer = [max(len(pair.chosen), len(pair.rejected)) for pair in inputs.data]
    made.findings += plan.padding(prompts, t.max_prompt_tokens, "training.maxPromptTokens", "prompt")
    made.findings += plan.padding(
        longer, t.max_completion_tokens, "training.maxCompletionTokens", "completion"
    )
    made.findings += plan.findings_of_retention(
        guard.retention if guard else None, len(inputs.retention), t.steps
    )
    return made


def carry_out(run: job.Run, spec: DpoSpec, inputs: Inputs) -> job.Ending:
    asks = bool(inputs.held_out or inputs.retention)
    with optional_server(spec.reward_server if asks else None, run.folder) as server:
        from forethought_trainer.dpo_run import DpoRun

        return DpoRun(run, spec, inputs, server).to_the_end()
