"""GRPO by Tunix 0.1.7, set up for one job: the only module that knows Tunix's learner from the inside.

What a run has to know and Tunix does not tell (exact completion tokens, each update's gradient norm before
the next one) is taken at two public methods of its cluster, `generate` and `update_actor`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
import optax
import qwix
from flax import nnx
from tunix.rl import rl_cluster
from tunix.rl.grpo.grpo_learner import GRPOConfig, GRPOLearner
from tunix.rl.rollout import base_rollout

from forethought_trainer import checkpoints
from forethought_trainer.load_base import load_base, single_device_mesh
from forethought_trainer.spec import GrpoSpec, Lora, Training

# PEFT's module names and what Tunix's Gemma calls them; keys and values are one einsum there.
TUNIX_MODULES = {
    "q_proj": "q_einsum",
    "k_proj": "kv_einsum",
    "v_proj": "kv_einsum",
    "o_proj": "attn_vec_einsum",
    "gate_proj": "gate_proj",
    "up_proj": "up_proj",
    "down_proj": "down_proj",
}
# Named explicitly: Tunix changed its default from k3 to k1 between 0.1.6 and 0.1.7.
KL_MODES = {"k1": "kl", "k3": "low_var_kl"}


class Watcher(Protocol):
    """What the stage is told while Tunix trains, and what it is asked for."""

    def sampling_seed(self) -> int: ...
    def generated(self, tokens: list[int], seconds: float) -> None: ...
    def reward(self, texts: list[str], rows: list[int]) -> list[float]: ...
    def updated(self, values: dict[str, float], seconds: float) -> None: ...


class WatchedCluster(rl_cluster.RLCluster):
    """Tunix's cluster, which also tells a watcher about each rollout and each update."""

    watcher: Watcher

    def generate(self, *args: Any, **kwargs: Any) -> Any:
        # Mutable on purpose: without a seed of its own every step would draw the same random numbers.
        self.cluster_config.rollout_config.seed = self.watcher.sampling_seed()  # type: ignore[union-attr]
        began = time.perf_counter()
        output = super().generate(*args, **kwargs)
        self.watcher.generated([len(ids) for ids in output.tokens], time.perf_counter() - began)
        return output

    def update_actor(self, *args: Any, **kwargs: Any) -> None:
        trainer = self.actor_trainer
        steps = trainer.train_steps
        began = time.perf_counter()
        super().update_actor(*args, **kwargs)
        if trainer.train_steps > steps:  # not after a micro-batch that only added to the gradient
            values = last_update(trainer)
            self.watcher.updated(values, time.perf_counter() - began)


def last_update(trainer: Any) -> dict[str, float]:
    """Loss, gradient norm, KL, clip share and entropy of the update that was just made; waits for it.

    Tunix writes them to its own log one update late, which is too late to stop at a broken one. They lie in
    a private buffer until then: the one private name that is read here.
    """
    buffer = trainer._prev_buffered_train_metrics
    values = {"loss": float(np.mean([np.asarray(loss) for loss in buffer.losses]))}
    for name, (seen, operation) in buffer.additional_metrics.items():
        values[name] = float(operation([np.asarray(value) for value in seen]))
    return values


def learning_rate(training: Training) -> Callable[..., Any]:
    """The schedule as a function of the number of updates made; no update has rate 0, however short the job.

    `xp` is the library that computes it: jax.numpy inside the optimizer, numpy for the charts.

    Warm-up rises linearly and takes at most a quarter of the steps; then the rate is constant, or falls by a
    cosine and reaches 0 only after the last update.
    """
    steps = training.steps
    warmup = min(round(training.warmup_fraction * steps), steps // 4)
    peak = training.learning_rate

    def rate(count: Any, xp: Any = jnp) -> Any:
        rising = (count + 1) / max(warmup, 1)
        if training.schedule == "constant":
            return peak * xp.minimum(1.0, rising) if warmup else peak
        along = (count - warmup) / max(steps - warmup, 1)
        falling = 0.5 * (1.0 + xp.cos(xp.pi * xp.clip(along, 0.0, 1.0)))
        return peak * xp.where(count < warmup, rising, falling)

    return rate


def optimizer(training: Training) -> optax.GradientTransformation:
    """AdamW with clipped gradients. A gradient that is not finite changes nothing, neither weights nor moments."""
    chain = optax.chain(
        optax.clip_by_global_norm(training.grad_clip),
        optax.adamw(learning_rate(training), b1=0.9, b2=0.99, weight_decay=0.0),
    )
    return optax.apply_if_finite(chain, max_consecutive_errors=2**31 - 2)


def add_lora(base: nnx.Module, lora: Lora, seed: int, mesh: jax.sharding.Mesh) -> Any:
    """The base with an adapter on the named modules; both share one copy of the base's weights.

    Qwix makes the adapter's parameters while it runs the model once. Done eagerly that compiles each operation
    for itself, and its result would share nothing; here only the adapter's parameters are computed, in one
    compilation, and put into the model beside the base's own arrays.
    """
    modules = sorted({TUNIX_MODULES[target] for target in lora.targets})
    provider = qwix.LoraProvider(
        module_path="|".join(f".*{module}" for module in modules), rank=lora.rank, alpha=lora.alpha
    )
    inputs = base.get_model_input()  # type: ignore[attr-defined]

    def adapted(model: nnx.Module, key: jax.Array) -> Any:
        return qwix.apply_lora_to_model(model, provider, rngs=nnx.Rngs(key), **inputs)

    graph, weights = nnx.split(base)

    @jax.jit  # the key is an argument, so that another seed needs no other compilation
    def adapter_of(weights: Any, key: jax.Array) -> Any:
        return nnx.state(adapted(nnx.merge(graph, weights), key), nnx.LoRAParam)

    key = jax.random.key(seed)
    model = nnx.eval_shape(adapted, base, key)
    adapter = adapter_of(weights, key)
    with mesh:  # only the adapter: sharding the whole model anew would copy the base
        nnx.update(model, jax.lax.with_sharding_constraint(adapter, nnx.get_partition_spec(adapter)))
    nnx.update(model, weights)
    return model


def end_tokens(tokenizer: Any) -> list[int]:
    """Where a completion ends: <eos>, and the end of a turn. A list given to Tunix replaces its own."""
    ends = [tokenizer.eos_id(), tokenizer.piece_to_id("<end_of_turn>")]
    return sorted({token for token in ends if token >= 0 and token != tokenizer.unk_id()})


class Session:
    """Model, cluster and learner of one job, restored from its newest checkpoint where there is one."""

    def __init__(self, spec: GrpoSpec, folder: Path, watcher: Watcher):
        self.mesh = single_device_mesh()
        self.base, self.config, self.tokenizer = load_base(folder / spec.base.path, self.mesh)
        self.model = add_lora(self.base, spec.lora, spec.seed % 2**31, self.mesh)
        self.end_tokens = end_tokens(self.tokenizer)
        self._rate = learning_rate(spec.training)
        self._checkpoints = folder / "checkpoints"
        self.cluster = self._cluster(spec)
        self.cluster.watcher = watcher
        self.learner = GRPOLearner(
            rl_cluster=self.cluster,
            algo_config=GRPOConfig(
                num_generations=spec.training.group_size,
                num_iterations=1,
                beta=spec.training.beta,
                epsilon=spec.training.epsilon,
                kl_loss_mode=KL_MODES[spec.training.kl_estimator],
            ),
            reward_fns=[reward_function(watcher)],
        )
        # After the learner, which sets its own list without the entropy.
        self.cluster.actor_trainer.with_rl_metrics_to_log(
            {"kl": np.mean, "pg_clipfrac": np.mean, "entropy": np.mean}
        )

    def _cluster(self, spec: GrpoSpec) -> WatchedCluster:
        t, r = spec.training, spec.rollout
        roles = (rl_cluster.Role.ACTOR, rl_cluster.Role.REFERENCE, rl_cluster.Role.ROLLOUT)
        config = rl_cluster.ClusterConfig(
            role_to_mesh=dict.fromkeys(roles, self.mesh),
            rollout_engine="vanilla",
            offload_to_cpu=False,
            training_config=rl_cluster.RLTrainingConfig(
                actor_optimizer=optimizer(t),
                eval_every_n_steps=10**9,
                max_steps=t.steps,
                mini_batch_size=t.prompts_per_step,
                train_micro_batch_size=t.prompts_per_step,
                checkpoint_root_directory=str(self._checkpoints),
                checkpointing_options=checkpoints.options(spec.limits.checkpoint_every_ms),
            ),
            rollout_config=base_rollout.RolloutConfig(
                max_tokens_to_generate=r.max_completion_tokens,
                max_prompt_length=r.max_prompt_tokens,
                kv_cache_size=r.max_prompt_tokens + r.max_completion_tokens,
                temperature=r.temperature,
                top_p=r.top_p,  # None would mean greedy
                top_k=r.top_k,
                eos_tokens=self.end_tokens,
            ),
        )
        return WatchedCluster(
            actor=self.model, reference=self.base, tokenizer=self.tokenizer, cluster_config=config
        )

    @property
    def steps_done(self) -> int:
        """Updates made, those before a restart included. Tunix's own global step does not survive every end."""
        return self.cluster.actor_trainer.train_steps

    def rate(self, step: int) -> float:
        """The learning rate of a 1-based step."""
        return float(self._rate(step - 1, np))

    @property
    def actor(self) -> nnx.Module:
        return self.cluster.actor_trainer.model

    def trainable_parameters(self) -> int:
        return sum(leaf.size for leaf in jax.tree.leaves(nnx.state(self.actor, nnx.LoRAParam)))

    def train(self, batches: Callable[[], Iterator[dict[str, np.ndarray]]]) -> None:
        """Trains until the batches end or all steps are made; then the last checkpoint is on the disk."""

        class Batches:
            def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
                return batches()

        self.learner.train(Batches())  # type: ignore[arg-type]

    def close(self) -> None:
        """Writes the last checkpoint; for a run that ends without `train`, which does it itself."""
        self.cluster.close()

    def abandon(self) -> None:
        """Lets a checkpoint that is being written finish, and writes none of the current state."""
        self.cluster.actor_trainer.checkpoint_manager.close()


def reward_function(watcher: Watcher) -> Callable[..., list[float]]:
    """The one reward function that Tunix sees; it passes each completion with its row's number on."""

    def total(prompts: list[str], completions: list[str], row: list[int], **_: Any) -> list[float]:
        del prompts
        return watcher.reward([str(text) for text in completions], [int(index) for index in row])

    return total
