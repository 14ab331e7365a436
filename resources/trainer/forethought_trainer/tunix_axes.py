"""Where a weight of the Hugging Face layout lies in Tunix's Gemma 2 or 3, and how its axes turn. No JAX.

Tunix keeps the einsum's own axes, with N query heads, K key/value heads, H head_dim, D width, F hidden width:

    q_einsum.w            (N, D, H)       q_proj            (N*H, D)
    kv_einsum.w           (2, K, D, H)    k_proj, v_proj    (K*H, D) each
    attn_vec_einsum.w     (N, H, D)       o_proj            (D, N*H)
    gate/up/down .kernel  (in, out)       gate/up/down      (out, in)

Norm scales and embeddings are stored alike on both sides: both compute with 1 + scale and multiply embeddings by
sqrt(width) at run time. The rotary halves are laid out alike too, so nothing is permuted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from forethought_trainer.formats.architecture import GEMMA2, Geometry
from forethought_trainer.formats.names import EMBEDDING, FINAL_NORM

Path = tuple[Any, ...]

# PEFT's module name: (block and module there, index in it for keys and values).
MODULES: dict[str, tuple[tuple[str, str], int | None]] = {
    "q_proj": (("attn", "q_einsum"), None),
    "k_proj": (("attn", "kv_einsum"), 0),
    "v_proj": (("attn", "kv_einsum"), 1),
    "o_proj": (("attn", "attn_vec_einsum"), None),
    "gate_proj": (("mlp", "gate_proj"), None),
    "up_proj": (("mlp", "up_proj"), None),
    "down_proj": (("mlp", "down_proj"), None),
}
NORMS = {
    "input_layernorm": ("pre_attention_norm",),
    "post_attention_layernorm": ("post_attention_norm",),
    "pre_feedforward_layernorm": ("pre_ffw_norm",),
    "post_feedforward_layernorm": ("post_ffw_norm",),
    "self_attn.q_norm": ("attn", "_query_norm"),
    "self_attn.k_norm": ("attn", "_key_norm"),
}
NORMS_OF_GEMMA2 = NORMS | {"post_attention_layernorm": ("post_attn_norm",)}


def place_of(name: str, architecture: str) -> tuple[Path, int | None]:
    """The parameter's path in the model, and the index in its first axis for keys and values."""
    if name == EMBEDDING:
        return ("embedder", "input_embedding"), None
    if name == FINAL_NORM:
        return ("final_norm", "scale"), None
    _, _, layer, inside = name.removesuffix(".weight").split(".", 3)
    module = inside.split(".")[-1]
    if module in MODULES:
        (block, tunix), index = MODULES[module]
        return ("layers", int(layer), block, tunix, "w" if block == "attn" else "kernel"), index
    norms = NORMS_OF_GEMMA2 if architecture == GEMMA2 else NORMS
    return ("layers", int(layer), *norms[inside], "scale"), None


def to_tunix(name: str, weight: np.ndarray, geometry: Geometry) -> np.ndarray:
    """A weight in Tunix's axes; keys or values without their leading axis of 2. A view where that can be."""
    module = name.split(".")[-2]
    if module in ("q_proj", "k_proj", "v_proj"):
        return weight.reshape(-1, geometry.head_dim, weight.shape[1]).transpose(0, 2, 1)
    if module == "o_proj":
        return weight.T.reshape(-1, geometry.head_dim, weight.shape[0])
    return weight.T if module in MODULES else weight


def from_tunix(name: str, weight: np.ndarray) -> np.ndarray:
    """The other way round; for keys and values `weight` is their half."""
    module = name.split(".")[-2]
    if module in ("q_proj", "k_proj", "v_proj"):
        return weight.transpose(0, 2, 1).reshape(-1, weight.shape[1])
    if module == "o_proj":
        return weight.reshape(-1, weight.shape[2]).T
    return weight.T if module in MODULES else weight


def pair_to_tunix(module: str, a: np.ndarray, b: np.ndarray, head_dim: int) -> tuple[np.ndarray, np.ndarray]:
    """PEFT's lora_A (r, in) and lora_B (out, r) in the axes of qwix; keys or values without the axis of 2 in b:

    q_einsum          a (D, r)     b (r, N, H)
    kv_einsum         a (D, r)     b (r, 2, K, H)     one A serves keys and values
    attn_vec_einsum   a (N, H, r)  b (r, D)
    gate/up/down      a (in, r)    b (r, out)
    """
    rank = a.shape[0]
    if module in ("q_proj", "k_proj", "v_proj"):
        return a.T, b.T.reshape(rank, -1, head_dim)
    return (a.T.reshape(-1, head_dim, rank) if module == "o_proj" else a.T), b.T


def pair_from_tunix(module: str, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The other way round; for keys and values b is their half."""
    rank = a.shape[-1]
    return a.reshape(-1, rank).T, b.reshape(rank, -1).T
