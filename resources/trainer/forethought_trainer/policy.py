"""The model that a stage trains: a base, and an adapter on it that shares the base's weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import jax
import numpy as np
import qwix
from flax import nnx

from forethought_trainer.agreement import is_first, whole
from forethought_trainer.artifact import flush
from forethought_trainer.devices import make_mesh
from forethought_trainer.import_peft import load_adapter
from forethought_trainer.load_base import load_base
from forethought_trainer.spec import Header, Lora

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


class Policy:
    """A base with its tokenizer, with the adapters that are merged into it, and with one of its own where it is to learn.

    start: what the policy computes before its first step, which a KL or a preference is measured against. Usually the base
    itself; where training goes on from an adapter, the base with that one. It shares the base's weights, as `model` does.
    """

    def __init__(self, spec: Header, folder: Path, lora: Lora | None):
        self.mesh = make_mesh(spec.mesh)
        adapters = [folder / adapter.path for adapter in spec.base.adapters]
        self.base, self.config, self.tokenizer = load_base(
            folder / spec.base.path, self.mesh, adapters=adapters
        )
        self.model: Any = self.base
        self.start: Any = self.base
        if lora is not None:
            self.model = add_lora(self.base, lora, spec.seed % 2**31, self.mesh)
            if lora.start is not None:
                load_adapter(self.model, folder / lora.start.path)
                self.start = with_own_variables(self.model)
        self.end_tokens = end_tokens(self.tokenizer)
        # The model whose variables were looked up: those that hold the base's weights, each with the base's own, and the
        # adapter's.
        self._variables_of: Any = None
        self._of_base: list[tuple[Any, Any]] = []
        self._adapter: Any = None

    def trainable_parameters(self) -> int:
        return sum(leaf.size for leaf in jax.tree.leaves(nnx.state(self.model, nnx.LoRAParam)))

    def share_base(self) -> None:
        """Gives the model the base's own weights again. A compiled step returns every weight as a new array, those too
        that it does not change: without this the base lies in memory once more from the first update on."""
        self._find_variables()
        for variable, own in self._of_base:
            variable.set_raw_value(own.get_raw_value())

    def snapshot(self) -> Any:
        """The adapter as it is now. The variables are new, the arrays are not copied: nothing overwrites an array."""
        self._find_variables()
        return jax.tree.map(lambda array: array, self._adapter)

    def _find_variables(self) -> None:
        """Once for a model, which keeps its variables: to go through all of it takes milliseconds, at every step."""
        if self._variables_of is self.model:
            return
        own = dict(nnx.to_flat_state(nnx.state(self.base)))
        self._of_base = [
            (variable, own[path])
            for model in (self.model, self.start)
            if model is not self.base
            for path, variable in nnx.to_flat_state(nnx.state(model))
            if path in own
        ]
        self._adapter = nnx.state(self.model, nnx.LoRAParam)
        self._variables_of = self.model

    def restore(self, snapshot: Any) -> None:
        nnx.update(self.model, snapshot)

    def write_snapshot(self, path: Path, snapshot: Any) -> None:
        """For a later process; the file appears when it is whole. Of a slice all must ask, and the first one writes."""
        arrays = [whole(leaf) for leaf in jax.tree.leaves(snapshot)]
        if not is_first():
            return
        temporary = path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            np.savez(file, *arrays)
        flush(temporary)
        temporary.rename(path)
        flush(path.parent)

    def read_snapshot(self, path: Path) -> Any:
        """A written adapter, on its devices; None where the file is not there or not whole."""
        leaves, structure = jax.tree.flatten(self.snapshot())
        try:
            with np.load(path) as arrays:
                read = [arrays[f"arr_{i}"] for i in range(len(leaves))]
        except (OSError, EOFError, ValueError, KeyError, BadZipFile):
            return None
        placed = [jax.device_put(array, leaf.sharding) for array, leaf in zip(read, leaves, strict=True)]
        return jax.tree.unflatten(structure, placed)


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


def with_own_variables(model: Any) -> Any:
    """The same model again, with the same arrays: what is put into one is not put into the other."""
    graph, state = nnx.split(model)
    return nnx.merge(graph, jax.tree.map(lambda array: array, state))


def end_tokens(tokenizer: Any) -> list[int]:
    """Where a completion ends: <eos>, and the end of a turn. A list given to Tunix replaces its own."""
    ends = [tokenizer.eos_id(), tokenizer.piece_to_id("<end_of_turn>")]
    return sorted({token for token in ends if token >= 0 and token != tokenizer.unk_id()})


def last_update(trainer: Any) -> dict[str, float]:
    """Loss, gradient norm and what else a Tunix trainer was told to log of the update that was just made; waits for it.

    Tunix writes them to its own log one update late, which is too late to stop at a broken one. They lie in
    a private buffer until then: the one private name that is read here. Of a step in parts all is the mean over them: the
    gradient norm is not that of the update, which only the compiled step sees.
    """
    buffer = trainer._prev_buffered_train_metrics
    values = {"loss": float(np.mean([np.asarray(loss) for loss in buffer.losses]))}
    for name, (seen, operation) in buffer.additional_metrics.items():
        values[name] = float(operation([np.asarray(value) for value in seen]))
    return values
