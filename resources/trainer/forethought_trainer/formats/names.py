"""How one weight is called in Hugging Face files, in PEFT adapters and in GGUF. The one table for Gemma 2 and 3."""

from __future__ import annotations

# PEFT's module name: (the block it stands in, what GGUF calls it).
PROJECTIONS = {
    "q_proj": ("self_attn", "attn_q"),
    "k_proj": ("self_attn", "attn_k"),
    "v_proj": ("self_attn", "attn_v"),
    "o_proj": ("self_attn", "attn_output"),
    "gate_proj": ("mlp", "ffn_gate"),
    "up_proj": ("mlp", "ffn_up"),
    "down_proj": ("mlp", "ffn_down"),
}
NORMS = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
}
EMBEDDING, FINAL_NORM = "model.embed_tokens.weight", "model.norm.weight"

_OUTSIDE = {EMBEDDING: "token_embd.weight", FINAL_NORM: "output_norm.weight"}
_IN_LAYER = {f"{block}.{module}": gguf for module, (block, gguf) in PROJECTIONS.items()} | NORMS
_HF_OUTSIDE = {gguf: hf for hf, gguf in _OUTSIDE.items()}
_HF_IN_LAYER = {gguf: hf for hf, gguf in _IN_LAYER.items()}


def is_norm(name: str) -> bool:
    return name.endswith("norm.weight")


def weight_of(layer: int, module: str) -> str:
    """The Hugging Face name of a projection: (3, "up_proj") → `model.layers.3.mlp.up_proj.weight`."""
    return f"model.layers.{layer}.{PROJECTIONS[module][0]}.{module}.weight"


def gguf_name(name: str) -> str:
    """`model.layers.3.mlp.up_proj.weight` → `blk.3.ffn_up.weight`. Raises KeyError for a name that Gemma has not."""
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    _, _, layer, module = name.removesuffix(".weight").split(".", 3)
    return f"blk.{layer}.{_IN_LAYER[module]}.weight"


def hf_name(name: str) -> str | None:
    """`blk.3.ffn_up.weight` → `model.layers.3.mlp.up_proj.weight`; None for a name that Gemma has not."""
    if name in _HF_OUTSIDE:
        return _HF_OUTSIDE[name]
    parts = name.split(".")
    if len(parts) != 4 or parts[0] != "blk" or parts[2] not in _HF_IN_LAYER:
        return None
    return f"model.layers.{parts[1]}.{_HF_IN_LAYER[parts[2]]}.weight"
