"""The stage `grpo`: trains a LoRA adapter with GRPO as <job folder>/spec.json says, and publishes it.

    python -m forethought_trainer grpo --job <folder>

JAX, Tunix and what imports them are imported inside `carry_out`: a wrong spec must be refused before that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from forethought_trainer import job, plan
from forethought_trainer.data import (
    TrainingRow,
    check_apart,
    check_lengths,
    check_turns,
    read_rows,
    some_rows,
)
from forethought_trainer.formats.bases import open_base, open_tokenizer
from forethought_trainer.reward_client import RewardServer
from forethought_trainer.spec import GrpoSpec


@dataclass(frozen=True)
class Inputs:
    rows: list[TrainingRow]
    held_out: list[TrainingRow]


def main(argv: list[str]) -> int:
    return job.main("grpo", argv, "Train a LoRA adapter with GRPO.")


def prepare(spec: GrpoSpec, folder: Path) -> Inputs:
    """The rows; every prompt fits and has its turns, and no held-out question is trained on."""
    rows = read_rows(spec.data, folder, spec.seed)
    held_out = []
    if spec.held_out:
        held_out = read_rows(spec.held_out, folder, spec.seed, "heldOut")
        held_out = some_rows(held_out, spec.held_out.max_rows, spec.seed)
        check_apart(rows, held_out, "heldOut")
    tokenizer = open_tokenizer(open_base(folder / spec.base.path))
    for where, some in (("data", rows), ("heldOut", held_out)):
        if some:
            check_lengths(some, tokenizer, spec.rollout.max_prompt_tokens)
            check_turns(some, tokenizer, spec.prompt.family, where)
    return Inputs(rows, held_out)


def plan_of(spec: GrpoSpec, rows: int) -> list[str]:
    t, r = spec.training, spec.rollout
    rollouts = t.steps * t.prompts_per_step * t.group_size
    epochs = t.steps * t.prompts_per_step / rows
    top_k = "all tokens" if r.top_k is None else f"top-k {r.top_k}"
    again = f", {t.iterations} updates each" if t.iterations > 1 else ""
    high = f" to {t.epsilon_high:g}" if t.epsilon_high is not None else ""
    return [
        f"GRPO ({t.variant}) {t.steps} steps x {t.prompts_per_step} prompts x {t.group_size} completions = {rollouts} "
        f"rollouts{again}, {epochs:.2f} passes over {rows} rows",
        f"AdamW, peak learning rate {t.learning_rate:g}, {t.schedule}, {t.warmup_fraction:.0%} warm-up, "
        f"gradient norm at most {t.grad_clip:g}; beta {t.beta:g} ({t.kl_estimator}), epsilon {t.epsilon:g}{high}",
        f"sampling up to {r.max_completion_tokens} tokens after prompts of up to {r.max_prompt_tokens}, "
        f"temperature {r.temperature:g}, top-p {r.top_p:g}, {top_k}; seed {spec.seed}",
        f"rewards from suite {spec.reward_suite.name} {spec.reward_suite.hash[:12]}",
    ]


def make_plan(spec: GrpoSpec, folder: Path, inputs: Inputs) -> plan.Plan:
    """What the job will do, and what of it would be for nothing."""
    t, r = spec.training, spec.rollout
    per_step = t.prompts_per_step * t.group_size
    made = plan.make_plan(
        spec,
        folder,
        spec.lora,
        plan_of(spec, len(inputs.rows)),
        steps=t.steps,
        rows_at_once=(t.train_micro_batch or t.prompts_per_step) * t.group_size,
        rows_per_step=per_step,
        tokens_per_row=r.max_prompt_tokens + r.max_completion_tokens,
        logits_per_row=r.max_completion_tokens,
    )
    made.findings += plan.padding_of_prompts(
        spec, folder, inputs.rows, r.max_prompt_tokens, "rollout.maxPromptTokens"
    )
    if t.iterations == 1 and t.variant == "gspo-token":
        made.findings.append(
            plan.Finding(
                "same-as-grpo",
                "training.variant",
                "With one iteration the ratio of new to old policy is 1 at each update, where gspo-token has the very "
                "gradient of grpo; it takes training.iterations 2 or more to differ.",
            )
        )
    if t.iterations == 1 and t.epsilon_high is not None:
        made.findings.append(
            plan.Finding(
                "never-clipped",
                "training.epsilonHigh",
                "With one iteration the ratio of new to old policy is 1 at each update, so that nothing is clipped; "
                "it takes training.iterations 2 or more.",
            )
        )
    if t.variant == "dapo" and t.train_micro_batch not in (None, t.prompts_per_step):
        made.findings.append(
            plan.Finding(
                "token-mean-in-parts",
                "training.trainMicroBatch",
                f"Tunix 0.1.7 takes dapo's mean over tokens in each part of {t.train_micro_batch} prompts, and then the mean of "
                "the parts: a token weighs more in a part of short completions. Without trainMicroBatch each weighs the same.",
            )
        )
    return made


def carry_out(run: job.Run, spec: GrpoSpec, inputs: Inputs) -> job.Ending:
    with RewardServer(spec.reward_server.command, run.folder, spec.reward_server.timeout_ms) as server:
        from forethought_trainer.grpo_run import GrpoRun

        return GrpoRun(run, spec, inputs.rows, inputs.held_out, server).to_the_end()
