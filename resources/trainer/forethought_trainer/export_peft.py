"""Writes a LoRA adapter that Tunix trained as PEFT files: adapter_model.safetensors + adapter_config.json.

PEFT's layout is the exchange format: transformers, the core's shape checks and the GGUF LoRA conversion all
read it. The caller adds the manifest, because only the caller knows the job.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx

from forethought_trainer.agreement import whole
from forethought_trainer.formats.adapters import peft_names, write_adapter
from forethought_trainer.formats.names import PROJECTIONS, weight_of
from forethought_trainer.tunix_axes import MODULES, pair_from_tunix


def flatten(tree: dict[Any, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], np.ndarray]]:
    """Yields (path, array) for each leaf of a pure dict; layer numbers, which are ints there, become text."""
    for key, value in tree.items():
        here = (*path, str(key))
        if isinstance(value, dict):
            yield from flatten(value, here)
        else:
            yield here, whole(value)


def lora_to_peft(lora: dict[Any, Any]) -> dict[str, np.ndarray]:
    """Turns Tunix's LoRA parameters (a pure dict) into PEFT tensors, float32: lora_A (r, in) and lora_B (out, r)."""
    leaves = dict(flatten(lora))
    peft: dict[str, np.ndarray] = {}
    for path, a in leaves.items():
        if not path[-1].endswith("lora_a"):
            continue
        b = leaves[(*path[:-1], path[-1][:-1] + "b")]
        _, layer, block, tunix, _ = path  # ("layers", "0", "attn", "q_einsum", "w_lora_a")
        modules = [(m, index) for m, (place, index) in MODULES.items() if place == (block, tunix)]
        assert modules, f"no PEFT name is known for {'.'.join(path)}"
        for module, index in modules:
            pair = pair_from_tunix(module, a, b if index is None else b[:, index])
            for name, half in zip(peft_names(weight_of(int(layer), module)), pair, strict=True):
                peft[name] = np.ascontiguousarray(half, dtype=np.float32)
    assert peft, "the model carries no LoRA parameters: apply_lora_to_model was not called"
    return peft


def adapter_tensors(
    model: nnx.Module, rank: int, targets: Sequence[str] = tuple(PROJECTIONS)
) -> dict[str, np.ndarray]:
    """The LoRA parameters of `model`, a Tunix Gemma with LoRA applied by qwix, as PEFT tensors.

    targets: PEFT module names; must be exactly what the model carries, so that adapter_config.json is true.

    Asserts that the rank matches and that every value is finite: a broken run must not look like an adapter.
    """
    tensors = lora_to_peft(nnx.to_pure_dict(nnx.state(model, nnx.LoRAParam)))
    carried = {name.split(".")[-3] for name in tensors}
    assert carried == set(targets), (
        f"the model carries LoRA on {sorted(carried)}, the job names {sorted(targets)}"
    )
    for name, tensor in tensors.items():
        assert np.isfinite(tensor).all(), (
            f"{name} holds NaN or infinity: the run diverged, nothing is exported"
        )
        assert rank in tensor.shape, f"{name} has shape {tensor.shape}, which has no axis of rank {rank}"
    return tensors


def write_peft(
    model: nnx.Module,
    folder: str | Path,
    rank: int,
    alpha: float,
    targets: Sequence[str] = tuple(PROJECTIONS),
    base_name: str = "",
) -> dict[str, tuple[int, ...]]:
    """Writes the adapter of `model` into `folder` (base weights are not written) and returns {tensor name: shape}.

    base_name: what adapter_config.json names as the base; only a hint, the manifest's hash is what binds.
    """
    tensors = adapter_tensors(model, rank, targets)
    write_adapter(Path(folder), rank, alpha, tensors, base_name)
    return {name: tensor.shape for name, tensor in tensors.items()}
