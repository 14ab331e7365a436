"""Writes a Tunix Gemma 2 as a Hugging Face folder: what transformers, PEFT and `load_base` read.

pretrain.py calls it once, for the tiny base. Weights go out as float16, and the model is what the file says:
whoever loads it, here or in llama.cpp, holds exactly the same numbers.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx
from safetensors.numpy import save_file
from tunix.models.gemma import model as gemma

from forethought_trainer.export_peft import flatten
from forethought_trainer.formats.architecture import Geometry, read_geometry, tensor_shapes
from forethought_trainer.tokenizer import BOS, END_OF_TURN, EOS, PAD
from forethought_trainer.tunix_axes import from_tunix, place_of

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\n'"
    " + message['content'] + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)


def params_to_hf(params: dict[Any, Any], geometry: Geometry) -> dict[str, np.ndarray]:
    """Renames and reshapes Tunix's parameters (a pure dict without LoRA) to Hugging Face's tensors."""
    leaves = dict(flatten(params))
    tensors = {}
    for name in tensor_shapes(geometry):
        place, index = place_of(name, geometry.architecture)
        weight = leaves[tuple(map(str, place))]
        tensors[name] = from_tunix(name, weight if index is None else weight[index])
    return tensors


def hf_config(config: gemma.ModelConfig, context: int) -> dict[str, Any]:
    """`config.json` of a Gemma 2 with this shape."""
    return {
        "architectures": ["Gemma2ForCausalLM"],
        "model_type": "gemma2",
        "vocab_size": config.num_embed,
        "hidden_size": config.embed_dim,
        "intermediate_size": config.hidden_dim,
        "num_hidden_layers": config.num_layers,
        "num_attention_heads": config.num_heads,
        "num_key_value_heads": config.num_kv_heads,
        "head_dim": config.head_dim,
        "query_pre_attn_scalar": config.head_dim,
        "sliding_window": config.sliding_window_size,
        "attn_logit_softcapping": config.attn_logits_soft_cap,
        "final_logit_softcapping": config.final_logit_softcap,
        "hidden_activation": "gelu_pytorch_tanh",
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "max_position_embeddings": context,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "tie_word_embeddings": True,
        "initializer_range": 0.02,
        "use_cache": True,
        "pad_token_id": PAD,
        "bos_token_id": BOS,
        "eos_token_id": [EOS, END_OF_TURN],
        "torch_dtype": "float16",
    }


def write_hf(model: gemma.Gemma, folder: Path, tokenizer_file: Path, context: int) -> None:
    """Writes config.json, generation_config.json, model.safetensors, tokenizer.model, tokenizer_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    config = hf_config(model.config, context)
    tensors = {}
    params = nnx.to_pure_dict(nnx.state(model, nnx.Param))
    for name, tensor in params_to_hf(params, read_geometry(config, "the model")).items():
        assert np.isfinite(tensor).all() and abs(tensor).max() < 60000, f"{name} does not fit into float16"
        tensors[name] = np.ascontiguousarray(tensor, dtype=np.float16)
    save_file(tensors, str(folder / "model.safetensors"), metadata={"format": "pt"})
    if tokenizer_file.resolve() != (folder / "tokenizer.model").resolve():
        shutil.copyfile(tokenizer_file, folder / "tokenizer.model")

    def write_json(name: str, content: dict[str, Any]) -> None:
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    write_json("config.json", config)
    write_json(
        "generation_config.json",
        {"bos_token_id": BOS, "eos_token_id": [EOS, END_OF_TURN], "pad_token_id": PAD},
    )
    write_json(
        "tokenizer_config.json",
        {
            "tokenizer_class": "GemmaTokenizer",
            "add_bos_token": True,
            "add_eos_token": False,
            "bos_token": "<bos>",
            "eos_token": "<eos>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "clean_up_tokenization_spaces": False,
            "spaces_between_special_tokens": False,
            "chat_template": CHAT_TEMPLATE,
        },
    )
