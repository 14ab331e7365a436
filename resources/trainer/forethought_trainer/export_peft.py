"""Writes a LoRA adapter that Tunix trained as PEFT files: adapter_model.safetensors + adapter_config.json.

PEFT's layout is the exchange format: transformers, the core's shape checks and the GGUF LoRA conversion all
read it. The caller adds the manifest, because only the caller knows the job.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx
from safetensors.numpy import save_file

PEFT_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def flatten(tree: dict[Any, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], np.ndarray]]:
    """Yields (path, array) for each leaf of a pure dict; layer numbers, which are ints there, become text."""
    for key, value in tree.items():
        here = (*path, str(key))
        if isinstance(value, dict):
            yield from flatten(value, here)
        else:
            yield here, np.asarray(value)


def lora_to_peft(lora: dict[Any, Any]) -> dict[str, np.ndarray]:
    """Turns Tunix's LoRA parameters (a pure dict) into PEFT tensors, float32.

    Per module PEFT wants lora_A (r, in) and lora_B (out, r), heads flattened as (head, head_dim) like the
    projections in the checkpoint. Tunix keeps the einsum's own axes, with N query heads, K key/value heads,
    H head_dim, D embed_dim, F hidden_dim:

        q_einsum          a (D, r)     b (r, N, H)
        kv_einsum         a (D, r)     b (r, 2, K, H)     one A serves keys and values
        attn_vec_einsum   a (N, H, r)  b (r, D)
        gate/up/down      a (in, r)    b (r, out)
    """
    leaves = dict(flatten(lora))
    peft: dict[str, np.ndarray] = {}

    for path, a in leaves.items():
        if not path[-1].endswith("lora_a"):
            continue
        b = leaves[(*path[:-1], path[-1][:-1] + "b")]
        _, layer, block, module, _ = path  # ("layers", "0", "attn", "q_einsum", "w_lora_a")
        rank = a.shape[-1]
        pairs: dict[str, tuple[np.ndarray, np.ndarray]]
        if module == "q_einsum":
            pairs = {"self_attn.q_proj": (a.T, b.reshape(rank, -1).T)}
        elif module == "kv_einsum":
            pairs = {
                "self_attn.k_proj": (a.T, b[:, 0].reshape(rank, -1).T),
                "self_attn.v_proj": (a.T, b[:, 1].reshape(rank, -1).T),
            }
        elif module == "attn_vec_einsum":
            pairs = {"self_attn.o_proj": (a.reshape(-1, rank).T, b.T)}
        else:
            assert block == "mlp", f"no PEFT name is known for {'.'.join(path)}"
            pairs = {f"mlp.{module}": (a.T, b.T)}
        for name, (lora_a, lora_b) in pairs.items():
            stem = f"base_model.model.model.layers.{layer}.{name}"
            peft[f"{stem}.lora_A.weight"] = np.ascontiguousarray(lora_a, dtype=np.float32)
            peft[f"{stem}.lora_B.weight"] = np.ascontiguousarray(lora_b, dtype=np.float32)

    assert peft, "the model carries no LoRA parameters: apply_lora_to_model was not called"
    return peft


def write_peft(
    model: nnx.Module,
    folder: str | Path,
    rank: int,
    alpha: float,
    targets: Sequence[str] = PEFT_TARGETS,
    base_name: str = "",
) -> dict[str, tuple[int, ...]]:
    """Writes the LoRA parameters of `model` into `folder` and returns {tensor name: shape}.

    model:   a Tunix Gemma with LoRA applied by qwix (base weights are not written).
    targets: PEFT module names; must be exactly what the model carries, so that adapter_config.json is true.
    base_name: what adapter_config.json names as the base; only a hint, the manifest's hash is what binds.

    Asserts that the rank matches and that every value is finite: a broken run must not look like an adapter.
    """
    folder = Path(folder)
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

    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(folder / "adapter_model.safetensors"), metadata={"format": "pt"})
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_name,
        "r": rank,
        "lora_alpha": alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "use_rslora": False,
        "inference_mode": True,
        "target_modules": [t for t in PEFT_TARGETS if t in carried],
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return {name: tensor.shape for name, tensor in tensors.items()}
