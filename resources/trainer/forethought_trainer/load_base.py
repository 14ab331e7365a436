"""Reads a base model in the Hugging Face layout into Tunix's Gemma.

Every stage that needs a model (GRPO, SFT, export checks, the tests) comes through here, so that there is
one place that decides what kind of `config.json` we can train.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sentencepiece as spm
from tunix.models.gemma import model as gemma
from tunix.models.gemma import params_safetensors

# Tunix computes these with constants of its own. A checkpoint that says otherwise would load without a word
# and be subtly wrong, so each is compared before a weight is read.
FIXED_BY_TUNIX = {
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "attention_bias": False,
    "tie_word_embeddings": True,
    "hidden_activation": "gelu_pytorch_tanh",
}


class UnsupportedBase(ValueError):
    """The folder holds no model that this trainer can train; the message names the file and the field."""


def single_device_mesh() -> jax.sharding.Mesh:
    """A 1 x 1 mesh over the first device: what a laptop or a test trains on."""
    return jax.sharding.Mesh(np.array(jax.devices()[:1]).reshape(1, 1), ("fsdp", "tp"))


def read_config(folder: str | Path) -> gemma.ModelConfig:
    """Translates `config.json` of a `Gemma2ForCausalLM` into Tunix's `ModelConfig`.

    Raises UnsupportedBase when the architecture is another one or a field has a value that Tunix ignores.
    """
    path = Path(folder) / "config.json"
    if not path.is_file():
        raise UnsupportedBase(
            f"{path} is missing: a base is a folder with config.json, *.safetensors and tokenizer.model"
        )
    hf: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))

    if hf.get("architectures") != ["Gemma2ForCausalLM"]:
        raise UnsupportedBase(
            f"{path}: architectures is {hf.get('architectures')}, only ['Gemma2ForCausalLM'] can be trained"
        )
    for field, wanted in FIXED_BY_TUNIX.items():
        if hf.get(field, wanted) != wanted:
            raise UnsupportedBase(f"{path}: {field} is {hf[field]}, Tunix computes with {wanted}")
    if hf["query_pre_attn_scalar"] != hf["head_dim"]:
        raise UnsupportedBase(
            f"{path}: query_pre_attn_scalar must equal head_dim, Tunix scales queries by head_dim"
        )

    layers = hf["num_hidden_layers"]
    # Gemma 2 alternates: even layers see a sliding window, odd layers see everything.
    attention = [
        gemma.AttentionType.GLOBAL if i % 2 else gemma.AttentionType.LOCAL_SLIDING for i in range(layers)
    ]
    return gemma.ModelConfig(
        num_layers=layers,
        num_embed=hf["vocab_size"],
        embed_dim=hf["hidden_size"],
        hidden_dim=hf["intermediate_size"],
        num_heads=hf["num_attention_heads"],
        head_dim=hf["head_dim"],
        num_kv_heads=hf["num_key_value_heads"],
        final_logit_softcap=hf["final_logit_softcapping"],
        use_post_attn_norm=True,
        use_post_ffw_norm=True,
        attention_types=tuple(attention),
        attn_logits_soft_cap=hf["attn_logit_softcapping"],
        sliding_window_size=hf["sliding_window"],
    )


def load_base(
    folder: str | Path,
    mesh: jax.sharding.Mesh | None = None,
    dtype: Any = jnp.float32,
) -> tuple[gemma.Gemma, gemma.ModelConfig, spm.SentencePieceProcessor]:
    """Loads a base model, its configuration and its tokenizer.

    folder: config.json, one or more *.safetensors, tokenizer.model.
    mesh:   axes ("fsdp", "tp"); None means one device. Weights land sharded as Tunix lays them out.
    dtype:  of the weights in memory. float32 reproduces the file exactly; bfloat16 halves the memory.

    Returns (model, config, tokenizer). The tokenizer adds no BOS by itself: whoever encodes a prompt puts
    exactly one `tokenizer.bos_id()` in front. Raises UnsupportedBase for a folder that is no Gemma 2.
    """
    folder = Path(folder)
    config = read_config(folder)
    tokenizer_file = folder / "tokenizer.model"
    if not tokenizer_file.is_file():
        raise UnsupportedBase(
            f"{tokenizer_file} is missing: the trainer reads the SentencePiece model, not tokenizer.json"
        )
    tokenizer = spm.SentencePieceProcessor(model_file=str(tokenizer_file))
    model = params_safetensors.create_model_from_safe_tensors(
        str(folder), config, mesh or single_device_mesh(), dtype
    )
    return model, config, tokenizer
