"""The stage `grpo`: trains a LoRA adapter with GRPO as <job folder>/spec.json says, and publishes it.

    python -m forethought_trainer grpo --job <folder>

JAX, Tunix and what imports them are imported inside `carry_out`: a wrong spec must be refused before that.
"""

from __future__ import annotations

from pathlib import Path

from forethought_trainer import job
from forethought_trainer.data import TrainingRow, check_lengths, check_turns, open_tokenizer, read_rows
from forethought_trainer.reward_client import RewardServer
from forethought_trainer.spec import GrpoSpec


def main(argv: list[str]) -> int:
    return job.main("grpo", argv, "Train a LoRA adapter with GRPO.")


def prepare(spec: GrpoSpec, folder: Path) -> list[TrainingRow]:
    """The rows; every prompt fits and has its turns."""
    rows = read_rows(spec.data, folder)
    tokenizer = open_tokenizer(spec.base, folder)
    check_lengths(rows, tokenizer, spec.rollout.max_prompt_tokens)
    check_turns(rows, tokenizer, spec.prompt.family)
    return rows


def describe(spec: GrpoSpec) -> str:
    """What the job will do, in a few lines for stdout.log."""
    t, r = spec.training, spec.rollout
    rollouts = t.steps * t.prompts_per_step * t.group_size
    epochs = t.steps * t.prompts_per_step / spec.data.count
    top_k = "all tokens" if r.top_k is None else f"top-k {r.top_k}"
    return "\n".join(
        [
            f"base {spec.base.model_id} {spec.base.sha256[:12]}",
            f"LoRA rank {spec.lora.rank}, alpha {spec.lora.alpha:g} on {', '.join(spec.lora.targets)}",
            f"GRPO {t.steps} steps x {t.prompts_per_step} prompts x {t.group_size} completions = {rollouts} rollouts, "
            f"{epochs:.2f} passes over {spec.data.count} rows",
            f"AdamW, peak learning rate {t.learning_rate:g}, {t.schedule}, {t.warmup_fraction:.0%} warm-up, "
            f"gradient norm at most {t.grad_clip:g}; beta {t.beta:g} ({t.kl_estimator}), epsilon {t.epsilon:g}",
            f"sampling up to {r.max_completion_tokens} tokens after prompts of up to {r.max_prompt_tokens}, "
            f"temperature {r.temperature:g}, top-p {r.top_p:g}, {top_k}; seed {spec.seed}",
            f"rewards from suite {spec.reward_suite.name} {spec.reward_suite.hash[:12]}",
        ]
    )


def carry_out(run: job.Run, spec: GrpoSpec, rows: list[TrainingRow]) -> job.Ending:
    with RewardServer(spec.reward_server.command, run.folder, spec.reward_server.timeout_ms) as server:
        from forethought_trainer.grpo_run import GrpoRun

        return GrpoRun(run, spec, rows, server).to_the_end()
