"""Supervised training by Tunix 0.1.7, set up for one job: the only module that knows its PeftTrainer from the inside.

Tunix's own loss is not used: it takes a mask for both attention and loss by convention, divides by the tokens of a
micro-batch instead of the step's, and has no KL.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from tunix.sft import peft_trainer

from forethought_trainer.optimizer import optimizer
from forethought_trainer.policy import Policy
from forethought_trainer.read_only import read_only
from forethought_trainer.spec import SftSpec
from forethought_trainer.tunix_peft import PeftSession, on_mesh, settings

Batch = dict[str, Any]


def logits_of(model: Any, batch: Batch) -> jax.Array:
    """float32 logits (rows, length, vocabulary); a token sees what stands before it in its own row."""
    segments = batch["segments"]
    length = segments.shape[1]
    same = (segments[:, :, None] == segments[:, None, :]) & (segments[:, None, :] > 0)
    mask = same & jnp.tril(jnp.ones((length, length), bool))[None]
    logits, _ = model(batch["tokens"], batch["positions"], None, mask)
    return logits.astype(jnp.float32)


def log_probabilities(logits: jax.Array, targets: jax.Array) -> jax.Array:
    """Of the targets, (rows, length)."""
    chosen = jnp.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return chosen - jax.nn.logsumexp(logits, axis=-1)


def over_mask(values: jax.Array, batch: Batch, mask: jax.Array | None = None) -> jax.Array:
    """The sum over all tokens that are learned, or those of another mask; what stands elsewhere has no part in it."""
    return jnp.sum(jnp.where((batch["mask"] if mask is None else mask) > 0, values, 0.0))


def divergence(logits: jax.Array, batch: Batch, estimator: str) -> jax.Array:
    """The KL to the starting policy at each token, (rows, length), never negative; see spec.Guard.

    batch["start"]: of the starting policy, for k3 the targets' log-probabilities, for full its logits.
    """
    if estimator == "k3":
        # Masked before exp: what overflows elsewhere would make the gradient no number, were it multiplied by 0.
        d = jnp.where(batch["mask"] > 0, batch["start"] - log_probabilities(logits, batch["targets"]), 0.0)
        return jnp.exp(d) - d - 1
    start = jax.nn.log_softmax(batch["start"])
    return jnp.sum(jnp.exp(start) * (start - jax.nn.log_softmax(logits)), axis=-1)


def loss_of(
    logits: jax.Array, batch: Batch, kl_weight: float | None, estimator: str
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """Mean negative log-likelihood of the tokens that are learned, plus the weighted KL; and each alone.

    batch["scale"]: 1 / the learned tokens of a step, times its micro-batches, whose losses are averaged.
    batch["held"]: (rows, 1), 1 for the rows that the KL is taken over.
    """
    scale = batch["scale"]
    nll = -over_mask(log_probabilities(logits, batch["targets"]), batch) * scale
    right = over_mask((logits.argmax(-1) == batch["targets"]).astype(jnp.float32), batch) * scale
    told = {"nll": nll, "token_accuracy": right}
    if kl_weight is None:
        return nll, told
    kl = over_mask(divergence(logits, batch, estimator), batch, batch["mask"] * batch["held"]) * scale
    return nll + kl_weight * kl, told | {"kl": kl}


@read_only
def start_logits(policy: nnx.Module, batch: Batch) -> jax.Array:
    return logits_of(policy, batch)


@read_only
def start_log_probabilities(policy: nnx.Module, batch: Batch) -> jax.Array:
    return log_probabilities(logits_of(policy, batch), batch["targets"])


@read_only
def held_out_sum(model: nnx.Module, batch: Batch) -> jax.Array:
    """The negative log-likelihood of all that would be learned."""
    return -over_mask(log_probabilities(logits_of(model, batch), batch["targets"]), batch)


class Trainer(peft_trainer.PeftTrainer):
    """Tunix's trainer, which also has each batch looked at by the starting policy and passes on what the loss says."""

    start: Any = None  # the function that does so
    policy_at_start: Any = None

    def _prepare_inputs(self, input_data: Batch) -> Batch:
        batch = on_mesh(input_data, self.config)
        return batch if self.start is None else {**batch, "start": self.start(self.policy_at_start, batch)}

    def _post_process_train_step(self, aux: dict[str, jax.Array]) -> None:
        assert self._buffered_train_metrics is not None
        seen = self._buffered_train_metrics.additional_metrics
        for name, value in aux.items():
            seen.setdefault(name, ([], np.mean))[0].append(value)


class SftSession(PeftSession):
    """The trainer of one run."""

    def __init__(self, spec: SftSpec, policy: Policy, checkpoint_folder: Path):
        t = spec.training
        weight = spec.guard.kl_weight if spec.guard else None
        estimator = spec.guard.kl_estimator if spec.guard else "k3"
        parts = t.batch_size // (t.micro_batch or t.batch_size)
        config = peft_trainer.TrainingConfig(**settings(spec.limits, checkpoint_folder, parts))
        trainer = Trainer(policy.model, optimizer(t), config)
        if weight is not None:
            trainer.policy_at_start = policy.start
            trainer.start = start_log_probabilities if estimator == "k3" else start_logits

        def loss(model: Any, batch: Batch) -> tuple[jax.Array, dict[str, jax.Array]]:
            return loss_of(logits_of(model, batch), batch, weight, estimator)

        trainer.with_loss_fn(loss, has_aux=True).with_gen_model_input_fn(lambda batch: {"batch": batch})
        super().__init__(policy, trainer)

    def held_out(self, batches: Sequence[Batch]) -> dict[str, float]:
        """The mean negative log-likelihood over all learned tokens of the batches."""
        whole, tokens = 0.0, 0.0
        with self.policy.mesh:
            for batch in batches:
                tokens += float(batch["mask"].sum())
                whole += float(held_out_sum(self.policy.model, on_mesh(batch, self.trainer.config)))
        return {"loss": whole / tokens}
