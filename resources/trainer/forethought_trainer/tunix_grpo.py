"""GRPO by Tunix 0.1.7, set up for one job: the only module that knows Tunix's learner from the inside.

What a run has to know and Tunix does not tell (exact completion tokens, each update's gradient norm before
the next one) is taken at two public methods of its cluster, `generate` and `update_actor`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from tunix.rl import rl_cluster
from tunix.rl.grpo.grpo_learner import GRPOConfig, GRPOLearner
from tunix.rl.rollout import base_rollout

from forethought_trainer import checkpoints
from forethought_trainer.optimizer import optimizer
from forethought_trainer.policy import Policy, last_update
from forethought_trainer.spec import GrpoSpec

# Named explicitly: Tunix changed its default from k3 to k1 between 0.1.6 and 0.1.7.
KL_MODES = {"k1": "kl", "k3": "low_var_kl"}


class Watcher(Protocol):
    """What the stage is told while Tunix trains, and what it is asked for."""

    def sampling_seed(self) -> int: ...
    def generated(self, tokens: list[int], seconds: float) -> None: ...
    def reward(self, texts: list[str], rows: list[int]) -> list[float]: ...
    def updated_actor(self, values: dict[str, float], seconds: float) -> None: ...


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
            self.watcher.updated_actor(values, time.perf_counter() - began)


class GrpoSession:
    """Cluster and learner of one run, restored from its newest checkpoint where there is one."""

    def __init__(self, spec: GrpoSpec, policy: Policy, checkpoint_folder: Path, watcher: Watcher):
        self.policy = policy
        self.cluster = self._cluster(spec, checkpoint_folder)
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

    def _cluster(self, spec: GrpoSpec, checkpoint_folder: Path) -> WatchedCluster:
        t, r = spec.training, spec.rollout
        roles = (rl_cluster.Role.ACTOR, rl_cluster.Role.REFERENCE, rl_cluster.Role.ROLLOUT)
        config = rl_cluster.ClusterConfig(
            role_to_mesh=dict.fromkeys(roles, self.policy.mesh),
            rollout_engine="vanilla",
            offload_to_cpu=False,
            training_config=rl_cluster.RLTrainingConfig(
                actor_optimizer=optimizer(t),
                eval_every_n_steps=10**9,
                max_steps=t.steps,
                mini_batch_size=t.prompts_per_step,
                train_micro_batch_size=t.prompts_per_step,
                checkpoint_root_directory=str(checkpoint_folder),
                checkpointing_options=checkpoints.options(spec.limits.checkpoint_every_ms),
            ),
            rollout_config=base_rollout.RolloutConfig(
                max_tokens_to_generate=r.max_completion_tokens,
                max_prompt_length=r.max_prompt_tokens,
                kv_cache_size=r.max_prompt_tokens + r.max_completion_tokens,
                temperature=r.temperature,
                top_p=r.top_p,  # None would mean greedy
                top_k=r.top_k,
                eos_tokens=self.policy.end_tokens,
            ),
        )
        policy = self.policy
        return WatchedCluster(
            actor=policy.model, reference=policy.base, tokenizer=policy.tokenizer, cluster_config=config
        )

    @property
    def steps_done(self) -> int:
        """Updates made, those before a restart included. Tunix's own global step does not survive every end."""
        return self.cluster.actor_trainer.train_steps

    @property
    def actor(self) -> Any:
        return self.cluster.actor_trainer.model

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
