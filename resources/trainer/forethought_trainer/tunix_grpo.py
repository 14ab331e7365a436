"""GRPO by Tunix 0.1.7, set up for one job: the only module that knows Tunix's learner from the inside.

What a run has to know and Tunix does not tell (exact completion tokens, each update's gradient norm before
the next one) is taken at two public methods of its cluster, `generate` and `update_actor`.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from tunix.rl import rl_cluster
from tunix.rl.grpo.grpo_learner import GRPOConfig, GRPOLearner
from tunix.rl.rollout import base_rollout

from forethought_trainer import checkpoints
from forethought_trainer.needed_logits import logits_at_end
from forethought_trainer.optimizer import optimizer
from forethought_trainer.plan import in_parts
from forethought_trainer.policy import Policy, last_update
from forethought_trainer.sampler import builds_once
from forethought_trainer.spec import GrpoSpec, GrpoTraining
from forethought_trainer.token_scores import lean_scoring


@dataclass(frozen=True)
class Variant:
    """A form of GRPO in the names of Tunix's registries: advantage, how token losses become one loss, ratio."""

    advantage: str
    aggregation: str
    ratio: str = "grpo"


VARIANTS = {
    # Each completion weighs the same; advantages in units of their group's spread.
    "grpo": Variant("grpo", "sequence-mean-token-mean"),
    # No division by the spread, nor by a completion's own length (Liu et al. 2025, arXiv 2503.20783).
    "dr-grpo": Variant("drgrpo", "sequence-mean-token-scale"),
    # One ratio for a whole completion (Zheng et al. 2025, arXiv 2507.18071).
    "gspo-token": Variant("grpo", "sequence-mean-token-mean", "gspo-token"),
    # Each token weighs the same, no KL, and clip higher by epsilonHigh (Yu et al. 2025, arXiv 2503.14476). Of its
    # other parts, the penalty for length is a part of the reward suite, and Tunix has no dynamic sampling.
    "dapo": Variant("grpo", "token-mean"),
    # The mean of the others as the baseline (Ahmadian et al. 2024, arXiv 2402.14740).
    "rloo": Variant("rloo", "sequence-mean-token-mean"),
}
# Named explicitly: Tunix changed its default from k3 to k1 between 0.1.6 and 0.1.7.
KL_MODES = {"k1": "kl", "k3": "low_var_kl"}


class Watcher(Protocol):
    """What the stage is told while Tunix trains, and what it is asked for."""

    def sampling_seed(self, part: int) -> int: ...
    def generated(self, tokens: list[int], seconds: float) -> None: ...
    def reward(self, texts: list[str], indices: list[int]) -> list[float]: ...
    def updated_actor(self, values: dict[str, float], seconds: float) -> None: ...


class WatchedCluster(rl_cluster.RLCluster):
    """Tunix's cluster, which also tells a watcher about each rollout and each update."""

    watcher: Watcher
    policy: Policy
    completions_at_once: int
    # Completions in one update, and tokens that the model knows: their product decides how they are scored.
    rows_at_once: int
    vocabulary: int
    updates_per_step: int

    def generate(self, prompts: Any, *args: Any, **kwargs: Any) -> Any:
        """All completions of a step, in parts where they do not fit into memory at once."""
        kwargs["micro_batch_size"] = None  # Tunix would draw the same random numbers for each part
        size = self.completions_at_once
        outputs = []
        began = time.perf_counter()
        for part, start in enumerate(range(0, len(prompts), size)):
            # Mutable on purpose: without a seed of its own every step would draw the same random numbers.
            self.cluster_config.rollout_config.seed = self.watcher.sampling_seed(part)  # type: ignore[union-attr]
            with logits_at_end(1):
                outputs.append(super().generate(prompts[start : start + size], *args, **kwargs))
        output = joined(outputs)
        self.watcher.generated([len(ids) for ids in output.tokens], time.perf_counter() - began)
        return output

    @contextmanager
    def scoring(self) -> Iterator[None]:
        """Tunix drops the last position's logits, which predict nothing, and wants one for each completion token."""
        tokens: int = self.cluster_config.rollout_config.max_tokens_to_generate  # type: ignore[union-attr]
        with logits_at_end(tokens + 1):
            if in_parts(self.rows_at_once, tokens, self.vocabulary):
                with lean_scoring():
                    yield
            else:
                yield

    def get_ref_per_token_logps(self, *args: Any, **kwargs: Any) -> Any:
        with self.scoring():
            return super().get_ref_per_token_logps(*args, **kwargs)

    def get_old_per_token_logps(self, *args: Any, **kwargs: Any) -> Any:
        with self.scoring():
            return super().get_old_per_token_logps(*args, **kwargs)

    _values: list[dict[str, float]]
    _seconds: float

    def update_actor(self, *args: Any, **kwargs: Any) -> None:
        trainer = self.actor_trainer
        steps = trainer.train_steps
        began = time.perf_counter()
        with self.scoring():
            super().update_actor(*args, **kwargs)
        self.policy.share_base()
        if trainer.train_steps == steps:  # a micro-batch that only added to the gradient
            self._seconds += time.perf_counter() - began
            return
        self._values.append(last_update(trainer))
        self._seconds += time.perf_counter() - began
        if trainer.train_steps % self.updates_per_step == 0:
            values = {name: float(np.mean([v[name] for v in self._values])) for name in self._values[0]}
            seconds = self._seconds
            self._values, self._seconds = [], 0.0
            self.watcher.updated_actor(values, seconds)


def mean_over_tokens(told: float, training: GrpoTraining, lengths: Sequence[int], limit: int) -> float:
    """A mean that Tunix tells of the tokens of a step, which for dr-grpo it divides by the limit of a completion's tokens
    instead of by their number.

    lengths: tokens of each completion. Exact for a step in one part, and in several where none of them is empty: Tunix
    leaves empty ones out in each part, and takes the mean of the parts.
    """
    told_of = [length for length in lengths if length]
    if VARIANTS[training.variant].aggregation != "sequence-mean-token-scale" or not told_of:
        return told
    return told * limit * len(told_of) / sum(told_of)


def joined(outputs: list[Any]) -> Any:
    """Rollouts of several parts as those of one."""
    if len(outputs) == 1:
        return outputs[0]
    return base_rollout.RolloutOutput(
        text=list(itertools.chain.from_iterable(o.text for o in outputs)),
        logits=None,  # type: ignore[arg-type]
        tokens=list(itertools.chain.from_iterable(o.tokens for o in outputs)),
        left_padded_prompt_tokens=np.concatenate([o.left_padded_prompt_tokens for o in outputs], axis=0),
        logprobs=None,
    )


def algorithm(training: GrpoTraining) -> GRPOConfig:
    """Tunix's configuration of the variant."""
    variant = VARIANTS[training.variant]
    config = GRPOConfig(
        advantage_estimator=variant.advantage,
        loss_agg_mode=variant.aggregation,
        loss_algo=variant.ratio,
        num_generations=training.group_size,
        num_iterations=training.iterations,
        beta=training.beta,
        epsilon=training.epsilon,
        kl_loss_mode=KL_MODES[training.kl_estimator],
    )
    if training.epsilon_high is not None:
        config.epsilon_high = training.epsilon_high  # type: ignore[attr-defined]  # read where it is there
    if training.beta == 0 and training.kl_stop is not None:
        config.beta = None  # type: ignore[assignment]  # no penalty, but the KL is computed and told
    return config


class GrpoSession:
    """Cluster and learner of one run, restored from its newest checkpoint where there is one."""

    def __init__(self, spec: GrpoSpec, policy: Policy, checkpoint_folder: Path, watcher: Watcher):
        self.policy = policy
        self.updates_per_step = spec.training.iterations
        self.cluster = self._cluster(spec, checkpoint_folder)
        self.cluster.watcher = watcher
        config = algorithm(spec.training)
        self.has_kl = config.beta != 0.0
        self.learner = GRPOLearner(
            rl_cluster=self.cluster, algo_config=config, reward_fns=[reward_function(watcher)]
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
                actor_optimizer=optimizer(t, t.iterations),
                eval_every_n_steps=10**9,
                max_steps=t.steps * t.iterations,
                mini_batch_size=t.prompts_per_step,
                train_micro_batch_size=t.train_micro_batch or t.prompts_per_step,
                # All of a step at once, so that its rewards are asked for at once; the cluster cuts it in parts.
                rollout_micro_batch_size=t.prompts_per_step,
                compute_logps_micro_batch_size=t.logps_micro_batch or t.prompts_per_step,
                checkpoint_root_directory=str(checkpoint_folder),
                checkpointing_options=checkpoints.options(spec.limits.checkpoint_every_ms, t.iterations),
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
        cluster = WatchedCluster(
            actor=policy.model, reference=policy.start, tokenizer=policy.tokenizer, cluster_config=config
        )
        builds_once(cluster.rollout)
        cluster.policy = policy
        policy.model = cluster.actor_trainer.model
        # A whole copy of the policy, which only learners read that sample elsewhere; they would be told that it is missing.
        cluster._anchor_policy_state = None
        cluster.completions_at_once = t.completions_at_once
        cluster.rows_at_once = (t.train_micro_batch or t.prompts_per_step) * t.group_size
        cluster.vocabulary = policy.config.num_embed
        cluster.updates_per_step = t.iterations
        cluster._values, cluster._seconds = [], 0.0
        return cluster

    @property
    def steps_done(self) -> int:
        """Steps made, those before a restart included. Tunix's own global step does not survive every end."""
        return self.cluster.actor_trainer.train_steps // self.updates_per_step

    @property
    def actor(self) -> Any:
        return self.cluster.actor_trainer.model

    def train(self, batches: Callable[[], Iterator[dict[str, np.ndarray]]]) -> None:
        """Trains until the batches end or all steps are made; then the last checkpoint is on the disk."""
        iterator = batches()
        first = next(iterator, None)
        if first is None:  # told to stop before the first step; Tunix takes an empty data set for a fault
            self.close()
            return

        class Batches:
            def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
                return itertools.chain([first], iterator)

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
