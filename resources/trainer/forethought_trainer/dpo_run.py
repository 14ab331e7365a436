"""What one step of DPO or ORPO is: a batch of pairs, and an update. Made by dpo.py."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from forethought_trainer.data import rows_of_step
from forethought_trainer.dpo import Inputs
from forethought_trainer.job import Run
from forethought_trainer.pairs import TEXTS, Pair, batch_of
from forethought_trainer.reward_client import RewardServer
from forethought_trainer.spec import DpoSpec
from forethought_trainer.supervised_run import SupervisedRun
from forethought_trainer.tunix_dpo import DpoSession
from forethought_trainer.validation import Validation


class DpoRun(SupervisedRun):
    """The implicit rewards of a pair are beta times the log ratio of policy and reference, or with ORPO lambda times
    the log-probability; accuracy is the share of pairs whose chosen completion has the larger one."""

    spec: DpoSpec
    session: DpoSession

    def __init__(self, run: Run, spec: DpoSpec, inputs: Inputs, server: RewardServer | None):
        super().__init__(run, spec, [pair.row for pair in inputs.data])
        self.pairs = inputs.data
        self.session = DpoSession(spec, self.policy, run.place / "checkpoints")
        self.ready()
        # Prompts are padded on the left here too, as in sampling.
        self.warn_of_window(spec.training.max_prompt_tokens + spec.training.max_completion_tokens)
        validation = None
        if spec.validation:
            batches = self.cut(inputs.validation)
            rows = len(inputs.validation)
            validation = Validation(self, spec.validation, rows, lambda: self.session.held_out(batches))
        self.measured(server, inputs.held_out, inputs.retention, validation)

    def cut(self, pairs: Sequence[Pair]) -> list[dict[str, Any]]:
        """Batches of the size that is computed at once."""
        t = self.spec.training
        size, pad = t.micro_batch or t.batch_size, self.policy.tokenizer.pad_id()
        return [
            batch_of(pairs[i : i + size], t.max_prompt_tokens, t.max_completion_tokens, pad)
            for i in range(0, len(pairs), size)
        ]

    def parts(self, step: int) -> list[dict[str, Any]]:
        t = self.spec.training
        found = [self.pairs[i] for i in rows_of_step(self.spec.seed, step, t.batch_size, len(self.pairs))]
        self.batch = [
            {"row": pair.row.row, "prompt": pair.row.prompt} | {text: pair.row.texts[text] for text in TEXTS}
            for pair in found
        ]
        self.tokens = sum(2 * len(pair.prompt) + len(pair.chosen) + len(pair.rejected) for pair in found)
        self.values |= {
            "preference/length_chosen": statistics.fmean(len(pair.chosen) for pair in found),
            "preference/length_rejected": statistics.fmean(len(pair.rejected) for pair in found),
        }
        return self.cut(found)

    def told(self, values: dict[str, float]) -> str:
        self.values |= {"policy/loss": values["loss"], "policy/grad_norm": values["grad_norm"]}
        for name in ("chosen", "rejected", "margin", "accuracy"):
            self.values[f"preference/{name}"] = values[f"rewards/{name}"]
        for name in TEXTS:
            self.values[f"preference/logp_{name}"] = values[f"log_probs/{name}"]
        return f"loss {values['loss']:.4f}, {values['rewards/accuracy']:.0%} of pairs preferred"
