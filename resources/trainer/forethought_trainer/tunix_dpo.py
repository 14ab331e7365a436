"""Preference pairs by Tunix 0.1.7, set up for one job: the only module that knows its DPOTrainer from the inside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tunix.sft.dpo import dpo_trainer

from forethought_trainer.optimizer import optimizer
from forethought_trainer.policy import Policy
from forethought_trainer.spec import DpoSpec
from forethought_trainer.tunix_peft import PeftSession, on_mesh, settings


class DpoSession(PeftSession):
    """The trainer of one run. The reference is the policy as it starts; ORPO has none."""

    def __init__(self, spec: DpoSpec, policy: Policy, checkpoint_folder: Path):
        t = spec.training
        parts = t.batch_size // (t.micro_batch or t.batch_size)
        config = dpo_trainer.DPOTrainingConfig(
            algorithm=t.algorithm,
            beta=t.beta,
            lambda_orpo=t.lambda_orpo,
            label_smoothing=t.label_smoothing,
            **settings(spec.limits, checkpoint_folder, parts),
        )
        reference = policy.start if t.algorithm == "dpo" else None
        super().__init__(policy, dpo_trainer.DPOTrainer(policy.model, reference, optimizer(t), config))

    def update(self, parts: Sequence[dict[str, np.ndarray]]) -> dict[str, float]:
        """One step; its values. ORPO's odds ratio, which Tunix logs too, leaves the range of a float where all is well."""
        values = super().update([dpo_trainer.TrainingInput(**part) for part in parts])
        values.pop("odds_ratio", None)
        return values

    def held_out(self, batches: Sequence[dict[str, np.ndarray]]) -> dict[str, float]:
        """Means over all pairs of the batches, the last of which may be smaller."""
        sums: dict[str, float] = {}
        pairs = 0
        with self.policy.mesh:
            _, evaluate = self.trainer.jit_train_and_eval_step(cache_nnx_graph=True)
            for batch in batches:
                prepared = self.trainer._prepare_inputs(dpo_trainer.TrainingInput(**batch))
                loss, told = evaluate(on_mesh(prepared, self.trainer.config))
                n = len(batch["prompt_ids"])
                pairs += n
                for name, value in (
                    ("loss", loss),
                    ("preference_accuracy", told["rewards/accuracy"]),
                    ("preference_margin", told["rewards/margin"]),
                ):
                    sums[name] = sums.get(name, 0.0) + n * float(value)
        return {name: value / pairs for name, value in sums.items()}
