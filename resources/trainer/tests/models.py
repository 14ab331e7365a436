"""Models and adapters for the tests: random Gemma 2 and 3 in which every size differs from every other, and PEFT adapters on them.

Written with PyPI's safetensors, not with the code under test.
"""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

import jobs
from forethought_trainer.artifact import publish
from forethought_trainer.spec import file_sha256

GEMMA2, GEMMA3 = "Gemma2ForCausalLM", "Gemma3ForCausalLM"
# Multiples of 32, so that each tensor can be quantised; Gemma 3 needs a sixth layer for one that sees everything.
WIDTH, HIDDEN, HEADS, KV_HEADS, HEAD_DIM = 64, 160, 6, 3, 32
LAYERS = {GEMMA2: 2, GEMMA3: 7}
DTYPES = {"float32": np.float32, "float16": np.float16, "bfloat16": ml_dtypes.bfloat16}
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
# (out, in) of each projection
PROJECTIONS = {
    "self_attn.q_proj": (HEADS * HEAD_DIM, WIDTH),
    "self_attn.k_proj": (KV_HEADS * HEAD_DIM, WIDTH),
    "self_attn.v_proj": (KV_HEADS * HEAD_DIM, WIDTH),
    "self_attn.o_proj": (WIDTH, HEADS * HEAD_DIM),
    "mlp.gate_proj": (HIDDEN, WIDTH),
    "mlp.up_proj": (HIDDEN, WIDTH),
    "mlp.down_proj": (WIDTH, HIDDEN),
}
NORMS = ("input", "post_attention", "pre_feedforward", "post_feedforward")


@functools.cache
def tokenizer_model() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        jobs.make_tokenizer(Path(folder))
        return (Path(folder) / "tokenizer.model").read_bytes()


def vocabulary() -> int:
    import sentencepiece

    return sentencepiece.SentencePieceProcessor(model_proto=tokenizer_model()).vocab_size()


def tensors_of(architecture: str, dtype: str = "float32", seed: int = 5) -> dict[str, np.ndarray]:
    """Random weights under Hugging Face's names. Norms are around 0 and exact in any type, also after 1 was added."""
    rng = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return rng.normal(0, columns**-0.5, (rows, columns)).astype(DTYPES[dtype])

    def norm(size: int) -> np.ndarray:
        return (rng.integers(-32, 33, size) / 128).astype(DTYPES[dtype])

    tensors = {"model.embed_tokens.weight": matrix(vocabulary(), WIDTH)}
    for i in range(LAYERS[architecture]):
        layer = f"model.layers.{i}."
        for name, (rows, columns) in PROJECTIONS.items():
            tensors[f"{layer}{name}.weight"] = matrix(rows, columns)
        for name in NORMS:
            tensors[f"{layer}{name}_layernorm.weight"] = norm(WIDTH)
        if architecture == GEMMA3:
            for name in ("q_norm", "k_norm"):
                tensors[f"{layer}self_attn.{name}.weight"] = norm(HEAD_DIM)
    tensors["model.norm.weight"] = norm(WIDTH)
    return tensors


def config_of(architecture: str) -> dict[str, Any]:
    config = {
        "architectures": [architecture],
        "model_type": "gemma2" if architecture == GEMMA2 else "gemma3_text",
        "vocab_size": vocabulary(),
        "hidden_size": WIDTH,
        "intermediate_size": HIDDEN,
        "num_hidden_layers": LAYERS[architecture],
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD_DIM,
        "query_pre_attn_scalar": HEAD_DIM,
        "sliding_window": 256,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0 if architecture == GEMMA2 else 1000000.0,
        "hidden_activation": "gelu_pytorch_tanh",
        "max_position_embeddings": 512,
        "attention_bias": False,
        "tie_word_embeddings": True,
    }
    if architecture == GEMMA2:
        return config | {"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0}
    return config | {"rope_local_base_freq": 10000.0}


def write_base(
    folder: Path, architecture: str = GEMMA2, dtype: str = "float32", shards: int = 1, seed: int = 5
) -> dict[str, np.ndarray]:
    """A base in Hugging Face's layout, cut into so many files; returns its tensors."""
    folder.mkdir(parents=True)
    tensors = tensors_of(architecture, dtype, seed)
    names = list(tensors)
    if shards == 1:
        save_file(tensors, str(folder / "model.safetensors"), metadata={"format": "pt"})
    else:
        weight_map = {}
        for i in range(shards):
            file = f"model-{i + 1:05}-of-{shards:05}.safetensors"
            part = {name: tensors[name] for name in names[i::shards]}
            save_file(part, str(folder / file), metadata={"format": "pt"})
            weight_map |= dict.fromkeys(part, file)
        index = {"metadata": {}, "weight_map": weight_map}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(config_of(architecture)), encoding="utf-8")
    (folder / "tokenizer.model").write_bytes(tokenizer_model())
    return tensors


def write_adapter(
    folder: Path,
    layers: int,
    rank: int = 4,
    alpha: float = 8,
    targets: Sequence[str] = TARGETS,
    seed: int = 1,
    shared_a: bool = True,
    projections: dict[str, tuple[int, int]] = PROJECTIONS,
) -> dict[str, np.ndarray]:
    """A PEFT adapter, B not zero. shared_a: keys and values have one A, as Tunix trains them; PEFT's have two."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    tensors = {}
    for i in range(layers):
        key_a = None
        for name, (out, into) in projections.items():
            module = name.split(".")[1]
            if module not in targets:
                continue
            stem = f"base_model.model.model.layers.{i}.{name}"
            a = rng.normal(0, into**-0.5, (rank, into)).astype(np.float32)
            if module == "k_proj":
                key_a = a
            if module == "v_proj" and shared_a and key_a is not None:
                a = key_a
            tensors[f"{stem}.lora_A.weight"] = a
            tensors[f"{stem}.lora_B.weight"] = rng.normal(0, 0.1, (out, rank)).astype(np.float32)
    save_file(tensors, str(folder / "adapter_model.safetensors"), metadata={"format": "pt"})
    config = {
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": alpha,
        "target_modules": list(targets),
        "task_type": "CAUSAL_LM",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return tensors


def publish_adapter(
    artifacts: Path, name: str, parent: str, layers: int, reference: str | None = None, **more: Any
) -> dict[str, str]:
    """Publishes an adapter that was trained on `parent`; returns its entry for a spec's base.adapters."""

    def fill(folder: Path) -> None:
        write_adapter(folder, layers, **more)
        if reference is not None:
            (folder / "reference.json").write_text(reference, encoding="utf-8")

    manifest = {
        "version": 1,
        "name": name,
        "kind": "lora-adapter",
        "parent": {"modelId": "random", "sha256": parent},
        "rewardSuite": {"name": f"suite of {name}", "hash": "5" * 64},
        "dataSnapshot": "6" * 64,
    }
    sha256 = publish(artifacts, name, fill, manifest)
    return {"name": name, "path": str(artifacts / name), "manifestSha256": sha256}


def merged_by_hand(
    tensors: dict[str, np.ndarray], adapters: Sequence[tuple[dict[str, np.ndarray], float]]
) -> dict[str, np.ndarray]:
    """Weights with these (adapter, alpha / rank) in them, summed in float64."""
    merged = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
    for adapter, scale in adapters:
        for name, a in adapter.items():
            if name.endswith("lora_A.weight"):
                target = name.removeprefix("base_model.model.").replace(".lora_A", "")
                b = adapter[name.replace("lora_A", "lora_B")]
                merged[target] = merged[target] + scale * b.astype(np.float64) @ a.astype(np.float64)
    return merged


def copy_of(folder: Path, target: Path) -> Path:
    shutil.copytree(folder, target)
    return target


def sha256_of_adapter(entry: dict[str, str]) -> str:
    return file_sha256(Path(entry["path"]) / "adapter_model.safetensors")
