"""The trainer's part of the merge bench: makes a model of a gigabyte, merges an adapter into it, converts the adapter.

merge_speed.py make <base> <adapter>        a Gemma 2 of 0.5 thousand million random parameters in bfloat16; rank 32
merge_speed.py merge <base> <adapter> <out> <type>   seconds from opening the files to everything on the disk
merge_speed.py convert <adapter> <out>      seconds for PEFT to GGUF LoRA
"""

import json
import os
import sys
import time
from pathlib import Path

import memory_at_hand
import ml_dtypes
import numpy as np

from forethought_trainer.formats.adapters import open_adapter, peft_names, write_adapter
from forethought_trainer.formats.architecture import read_geometry, tensor_shapes
from forethought_trainer.formats.gguf_write import write_gguf_lora
from forethought_trainer.formats.merge import merge_files
from forethought_trainer.formats.safetensors_files import header_bytes

CONFIG = {
    "architectures": ["Gemma2ForCausalLM"],
    "model_type": "gemma2",
    "vocab_size": 64_000,
    "hidden_size": 1152,
    "intermediate_size": 6912,
    "num_hidden_layers": 14,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "query_pre_attn_scalar": 256,
    "sliding_window": 4096,
    "attn_logit_softcapping": 50.0,
    "final_logit_softcapping": 30.0,
    "hidden_activation": "gelu_pytorch_tanh",
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "max_position_embeddings": 8192,
    "attention_bias": False,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
}
RANK, ALPHA = 32, 64.0


def make(base: Path, adapter: Path) -> None:
    base.mkdir(parents=True)
    (base / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (base / "tokenizer.model").write_bytes(b"no text is read")
    shapes = tensor_shapes(read_geometry(CONFIG, "the bench"))
    rng = np.random.default_rng(1)
    # the same million values over and over: what they are makes no difference to the time
    pool = (rng.normal(0, 0.02, 1 << 20)).astype(ml_dtypes.bfloat16)
    with (base / "model.safetensors").open("wb") as f:
        f.write(header_bytes({name: ("BF16", shape) for name, shape in shapes.items()}))
        for shape in shapes.values():
            f.write(np.resize(pool, shape).view(np.uint8).data)
    tensors = {}
    for name, (out, *rest) in shapes.items():
        if name.split(".")[-2].endswith("_proj"):
            a = rng.normal(0, 0.02, (RANK, rest[0])).astype(np.float32)
            b = rng.normal(0, 0.02, (out, RANK)).astype(np.float32)
            tensors |= zip(peft_names(name), (a, b), strict=True)
    write_adapter(adapter, RANK, ALPHA, tensors)


def to_disk(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as f:
            os.fsync(f.fileno())


def main() -> None:
    what, *words = sys.argv[1:]
    places = [Path(word) for word in words]
    if what == "merge":
        memory_at_hand.touch()
    started = time.perf_counter()
    if what == "make":
        make(*places)
    elif what == "merge":
        base, adapter, out, _ = places
        merge_files(base, [adapter], out, words[-1])
        to_disk(out)
    else:
        adapter, out = places
        write_gguf_lora(open_adapter(adapter), out, "gemma2", "bench")
    print(json.dumps({"seconds": time.perf_counter() - started}))


main()
