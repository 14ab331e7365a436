"""Writes GGUF files for llama.cpp: a model, or a PEFT adapter as a GGUF LoRA. Tensors stream a block of rows at a time.

The core writes its LoRA files with the same keys in the same order, so that both make the same bytes.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from forethought_trainer.formats.adapters import Adapter
from forethought_trainer.formats.architecture import GEMMA2
from forethought_trainer.formats.bases import BaseFiles
from forethought_trainer.formats.gguf_tokenizer import vocabulary_of
from forethought_trainer.formats.merge import Told, cast, to_nobody
from forethought_trainer.formats.names import gguf_name, is_norm
from forethought_trainer.formats.safetensors_files import DTYPES

ALIGNMENT = 32
ARCHITECTURE_OF = {"Gemma2ForCausalLM": "gemma2", "Gemma3ForCausalLM": "gemma3"}
# (number of the type in a tensor's entry, general.file_type, safetensors' name for it)
TYPES = {"float32": (0, 0, "F32"), "float16": (1, 1, "F16"), "bfloat16": (30, 32, "BF16")}
# Metadata types: how a value is packed, by the type's name.
SCALARS = {"u32": (4, "<I"), "i32": (5, "<i"), "f32": (6, "<f"), "bool": (7, "<?")}
STRING, ARRAY = 8, 9

Value = tuple[str, Any]
Tensor = tuple[str, tuple[int, ...], int, int, Callable[[], Iterator[np.ndarray]]]


def write_gguf(
    base: BaseFiles,
    target: Path,
    name: str,
    dtype: str = "float32",
    licence: str | None = None,
    told: Told = to_nobody,
) -> None:
    """A whole model. Norms stay float32 in any type: llama.cpp wants them so.

    float32 although values may come from a smaller type: where weights are float16, llama.cpp rounds activations to
    float16 too, and this file is held against the trainer's own logits.
    """
    kind, file_type, stored = TYPES[dtype]

    def tensor(weight: str) -> Tensor:
        shape = base.shapes[weight]
        blocks = base.blocks(weight)
        if is_norm(weight):
            one = np.float32(1)  # llama.cpp multiplies by the weight, Gemma by 1 + weight
            return (
                gguf_name(weight),
                shape,
                0,
                4,
                lambda: (base.rows(weight, a, b).astype(np.float32) + one for a, b in blocks),
            )
        itemsize = DTYPES[stored].itemsize
        return (
            gguf_name(weight),
            shape,
            kind,
            itemsize,
            lambda: (cast(base.rows(weight, a, b), DTYPES[stored], weight) for a, b in blocks),
        )

    metadata = model_metadata(base, name, file_type, licence)
    write_file(target, metadata, [tensor(weight) for weight in base.shapes], told)


def write_gguf_lora(adapter: Adapter, target: Path, architecture: str, name: str) -> None:
    """An adapter: llama.cpp takes PEFT's own orientation, A (rank, in) and B (out, rank), and scales by alpha / rank."""
    metadata: list[tuple[str, Value]] = [
        ("general.architecture", ("string", architecture)),
        ("general.type", ("string", "adapter")),
        ("general.name", ("string", name)),
        ("general.file_type", ("u32", 0)),
        ("adapter.type", ("string", "lora")),
        ("adapter.lora.alpha", ("f32", adapter.alpha)),
    ]
    tensors: list[Tensor] = []
    for weight, pair in adapter.pairs.items():
        for half, shape, read in (("a", pair.a.shape, adapter.a), ("b", pair.b.shape, adapter.b)):
            tensors.append(
                (
                    f"{gguf_name(weight)}.lora_{half}",
                    shape,
                    0,
                    4,
                    lambda read=read, weight=weight: iter([read(weight)]),
                )
            )
    write_file(target, metadata, tensors)


def model_metadata(
    base: BaseFiles, name: str, file_type: int, licence: str | None
) -> list[tuple[str, Value]]:
    g = base.geometry
    short = ARCHITECTURE_OF[g.architecture]
    side = base.side_files()
    template = json.loads(side.get("tokenizer_config.json", b"{}")).get("chat_template")
    metadata: list[tuple[str, Value]] = [
        ("general.architecture", ("string", short)),
        ("general.type", ("string", "model")),
        ("general.name", ("string", name)),
        *([("general.license", ("string", licence))] if licence else []),
        ("general.file_type", ("u32", file_type)),
        (f"{short}.context_length", ("u32", g.context)),
        (f"{short}.embedding_length", ("u32", g.width)),
        (f"{short}.block_count", ("u32", g.layers)),
        (f"{short}.feed_forward_length", ("u32", g.hidden)),
        (f"{short}.attention.head_count", ("u32", g.heads)),
        (f"{short}.attention.head_count_kv", ("u32", g.kv_heads)),
        (f"{short}.attention.key_length", ("u32", g.head_dim)),
        (f"{short}.attention.value_length", ("u32", g.head_dim)),
        (f"{short}.attention.layer_norm_rms_epsilon", ("f32", 1e-6)),
        (f"{short}.attention.sliding_window", ("u32", g.window)),
        (f"{short}.rope.freq_base", ("f32", g.rope_full)),
    ]
    if g.architecture == GEMMA2:
        caps = {"attn_logit_softcapping": g.attention_cap, "final_logit_softcapping": g.final_cap}
        metadata += [(f"{short}.{key}", ("f32", cap)) for key, cap in caps.items() if cap is not None]
    elif g.rope_sliding != 10_000:
        metadata.append((f"{short}.rope.freq_base_swa", ("f32", g.rope_sliding)))
    metadata += [
        (f"tokenizer.ggml.{key}", value) for key, value in vocabulary_of(base.tokenizer_model()).items()
    ]
    return metadata + (
        [("tokenizer.chat_template", ("string", template))] if isinstance(template, str) else []
    )


def write_file(
    path: Path, metadata: Sequence[tuple[str, Value]], tensors: Sequence[Tensor], told: Told = to_nobody
) -> None:
    """GGUF version 3: header, metadata, table of tensors, then their values, each aligned."""
    with path.open("wb") as f:
        header = bytearray(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)))
        for key, value in metadata:
            header += text(key) + encoded(value)
        offset = 0
        for name, shape, kind, itemsize, _ in tensors:
            header += text(name) + struct.pack(
                f"<I{len(shape)}QIQ", len(shape), *reversed(shape), kind, offset
            )
            offset += padded(math.prod(shape) * itemsize)
        f.write(header)
        f.write(bytes(padded(len(header)) - len(header)))
        for name, shape, _, itemsize, blocks in tensors:
            write_tensor(f, name, math.prod(shape) * itemsize, blocks(), told)


def write_tensor(f: BinaryIO, name: str, size: int, blocks: Iterator[np.ndarray], told: Told) -> None:
    written = 0
    for block in blocks:
        count = f.write(np.ascontiguousarray(block).view(np.uint8).data)
        told(count)
        written += count
    assert written == size, f"{name} yielded {written} bytes, its shape and type mean {size}"
    f.write(bytes(padded(size) - size))


def encoded(value: Value) -> bytes:
    kind, content = value
    if kind == "string":
        return struct.pack("<I", STRING) + text(content)
    if kind == "strings":
        return struct.pack("<IIQ", ARRAY, STRING, len(content)) + b"".join(map(text, content))
    if kind in ("f32s", "i32s"):
        number, packing = SCALARS[kind[:-1]]
        return struct.pack("<IIQ", ARRAY, number, len(content)) + struct.pack(
            f"<{len(content)}{packing[1]}", *content
        )
    number, packing = SCALARS[kind]
    return struct.pack("<I", number) + struct.pack(packing, content)


def text(content: str) -> bytes:
    data = content.encode()
    return struct.pack("<Q", len(data)) + data


def padded(size: int) -> int:
    return math.ceil(size / ALIGNMENT) * ALIGNMENT
