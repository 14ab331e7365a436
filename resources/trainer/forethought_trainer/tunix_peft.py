"""A trainer of Tunix 0.1.7 for rows that are known beforehand, fed step by step. Used by tunix_sft.py and tunix_dpo.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
from jax.interpreters import pxla
from jax.sharding import PartitionSpec
from tunix.sft import sharding_utils

from forethought_trainer import checkpoints
from forethought_trainer.policy import Policy, last_update
from forethought_trainer.spec.blocks import Limits


def settings(limits: Limits, checkpoint_folder: Path, parts: int) -> dict[str, Any]:
    """What every configuration of Tunix's says. parts: micro-batches that make an update.

    Without max_steps Tunix draws no progress bar; how many steps there are is the run's to know.
    """
    return {
        "eval_every_n_steps": 10**9,
        "gradient_accumulation_steps": parts if parts > 1 else None,
        "checkpoint_root_directory": str(checkpoint_folder),
        "checkpointing_options": checkpoints.options(limits.checkpoint_every_ms),
    }


def on_mesh(batch: Any, config: Any) -> Any:
    """A batch as Tunix lays it out on the devices: rows along the axis of the data.

    With several processes each has the whole batch and puts its own rows on its devices; Tunix would take what a
    process has for rows that no other one has.
    """
    if jax.process_count() == 1:
        return sharding_utils.shard_input(batch, config.data_sharding_axis)
    mesh, axes = pxla.thread_resources.env.physical_mesh, PartitionSpec(*config.data_sharding_axis)

    def placed(array: Any) -> jax.Array:
        sharding = sharding_utils.get_sharding(array, mesh, axes)
        return jax.make_array_from_callback(array.shape, sharding, lambda part: array[part])

    return jax.tree.map(placed, batch)


class PeftSession:
    """A trainer, restored from its newest checkpoint where there is one."""

    def __init__(self, policy: Policy, trainer: Any):
        self.policy, self.trainer = policy, trainer
        # Then `train` makes the steps of the batches that it is given, and returns with the trainer open.
        trainer.is_managed_externally = True
        trainer._prepare_inputs = self.with_base_shared(trainer._prepare_inputs)

    def with_base_shared(self, prepare: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Before each part of a step, after the starting policy was asked about it: the part before, and with DPO that question,
        have left copies of the base."""

        def prepared(batch: Any) -> Any:
            made = prepare(batch)
            self.policy.share_base()
            return made

        return prepared

    @property
    def steps_done(self) -> int:
        return self.trainer.train_steps

    @property
    def actor(self) -> Any:
        return self.trainer.model

    def update(self, parts: Sequence[Any]) -> dict[str, float]:
        """One step; returns its values. A gradient that is not finite changes nothing."""
        with self.policy.mesh:
            self.trainer.train(parts)
        values = last_update(self.trainer)
        self.policy.share_base()
        return values

    def close(self) -> None:
        """Writes the last checkpoint."""
        self.trainer.close()

    def abandon(self) -> None:
        """Lets a checkpoint that is being written finish, and writes none of the current state."""
        self.trainer.checkpoint_manager.close()
