"""A GGUF file as a base to train on: its weights dequantised, under the names and axes of Hugging Face.

So an adapter is trained against the very weights that llama.cpp runs, whatever they were before they were quantised.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from forethought_trainer.checked import is_finite, is_whole
from forethought_trainer.formats.architecture import (
    GEMMA2,
    GEMMA3,
    MOST_LAYERS,
    UnsupportedBase,
    layer_types,
    read_geometry,
    tensor_shapes,
)
from forethought_trainer.formats.bases import BaseFiles, check_tensors
from forethought_trainer.formats.gguf_file import GgufFile
from forethought_trainer.formats.gguf_tokenizer import sentencepiece_model
from forethought_trainer.formats.names import gguf_name, hf_name, is_norm

ARCHITECTURES = {"gemma2": GEMMA2, "gemma3": GEMMA3}
# llama.cpp knows the 27B models, whose queries are scaled otherwise, by their number of layers.
LAYERS_OF_27B = {"gemma2": 46, "gemma3": 62}


class GgufBase(BaseFiles):
    def __init__(self, path: Path):
        self.path = path
        self.file = GgufFile(path)
        self.config = config_of(self.file)
        self.geometry = read_geometry(self.config, str(path))
        self.shapes = tensor_shapes(self.geometry)
        found = {hf_name(name) or name: t.shape for name, t in self.file.tensors.items()}
        check_tensors(self.shapes, found, path)

    def rows(self, name: str, first: int, last: int) -> np.ndarray:
        """llama.cpp multiplies by a norm's weight, Gemma by 1 + weight: 1 is taken off, exactly for weights from 0.5."""
        values = self.file.rows(gguf_name(name), first, last)
        return values - np.float32(1) if is_norm(name) else values

    def dtype(self, name: str) -> np.dtype:
        return np.dtype(np.float32)

    def tokenizer_model(self) -> bytes:
        return sentencepiece_model(self.file)

    def side_files(self) -> dict[str, bytes]:
        special = {
            name: self.file.metadata.get(f"tokenizer.ggml.{key}_token_id")
            for name, key in (("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding"))
        }
        tokenizer_config: dict[str, Any] = {
            "tokenizer_class": "GemmaTokenizer",
            "add_bos_token": bool(self.file.metadata.get("tokenizer.ggml.add_bos_token", True)),
            "add_eos_token": False,
            **{f"{name}_token": f"<{name}>" for name in special},
            "clean_up_tokenization_spaces": False,
            "spaces_between_special_tokens": False,
        }
        template = self.file.metadata.get("tokenizer.chat_template")
        if template:
            tokenizer_config["chat_template"] = template
        generation = {f"{name}_token_id": self.config[f"{name}_token_id"] for name in ("bos", "eos", "pad")}
        return {
            "config.json": as_json(self.config),
            "generation_config.json": as_json(generation),
            "tokenizer_config.json": as_json(tokenizer_config),
            "tokenizer.model": self.tokenizer_model(),
        }


def as_json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


def config_of(file: GgufFile) -> dict[str, Any]:
    """What config.json would say. Raises UnsupportedBase for another architecture or a key that is missing."""
    said = file.metadata
    short = said.get("general.architecture")
    if said.get("general.type") == "adapter" or short not in ARCHITECTURES:
        raise UnsupportedBase(
            f"{file.path}: general.architecture is {short!r} and general.type {said.get('general.type')!r}; models of "
            f"{' and '.join(ARCHITECTURES)} can be trained."
        )
    architecture = ARCHITECTURES[short]

    def value(key: str, default: Any = None) -> Any:
        found = said.get(f"{short}.{key}", default)
        if found is None:
            raise UnsupportedBase(f"{file.path}: {short}.{key} is missing.")
        if not is_finite(found) or found <= 0:
            raise UnsupportedBase(f"{file.path}: {short}.{key} is {found!r}; it must be a number above 0.")
        return found

    if said.get(f"{short}.rope.scaling.type", "none") != "none":
        raise UnsupportedBase(
            f"{file.path}: {short}.rope.scaling.type is set; rotary positions are not scaled here."
        )
    layers, width, heads = value("block_count"), value("embedding_length"), value("attention.head_count")
    if not is_whole(layers) or layers > MOST_LAYERS:
        raise UnsupportedBase(f"{file.path}: {short}.block_count is {layers}; no Gemma has so many layers.")
    head_dim = value("attention.key_length", 256)
    ends = [said.get("tokenizer.ggml.eos_token_id", 1), said.get("tokenizer.ggml.eot_token_id")]
    embedding = file.tensors.get("token_embd.weight")
    config = {
        "architectures": [architecture],
        "model_type": "gemma2" if architecture == GEMMA2 else "gemma3_text",
        "vocab_size": embedding.shape[0] if embedding and embedding.shape else 0,
        "hidden_size": width,
        "intermediate_size": value("feed_forward_length"),
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": value("attention.head_count_kv"),
        "head_dim": head_dim,
        "query_pre_attn_scalar": width // heads if layers == LAYERS_OF_27B[short] else head_dim,
        "sliding_window": value("attention.sliding_window"),
        "layer_types": layer_types(architecture, layers),
        "hidden_activation": "gelu_pytorch_tanh",
        # a float32 in the file: 1e-6 is 9.99999997e-07 there
        "rms_norm_eps": float(f"{value('attention.layer_norm_rms_epsilon'):.6g}"),
        "rope_theta": value("rope.freq_base", 10_000.0 if architecture == GEMMA2 else 1_000_000.0),
        "max_position_embeddings": value("context_length"),
        "attention_bias": False,
        "attention_dropout": 0.0,
        "tie_word_embeddings": True,
        "initializer_range": 0.02,
        "use_cache": True,
        "pad_token_id": said.get("tokenizer.ggml.padding_token_id", 0),
        "bos_token_id": said.get("tokenizer.ggml.bos_token_id", 2),
        "eos_token_id": [end for end in ends if end is not None],
        "torch_dtype": "float32",
    }
    if architecture == GEMMA2:
        caps = {
            "attn_logit_softcapping": value("attn_logit_softcapping", 50.0),
            "final_logit_softcapping": value("final_logit_softcapping", 30.0),
        }
    else:
        caps = {
            "rope_local_base_freq": value("rope.freq_base_swa", 10_000.0),
            "final_logit_softcapping": said.get(f"{short}.final_logit_softcapping"),
            "attn_logit_softcapping": None,
        }
    return config | caps
