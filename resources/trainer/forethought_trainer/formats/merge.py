"""Writes a base, with adapters merged into it, as a Hugging Face folder: sharded, a block of rows at a time."""

from __future__ import annotations

import json
import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from io import BufferedWriter
from pathlib import Path
from typing import Any

import numpy as np

from forethought_trainer.formats.adapters import open_adapter
from forethought_trainer.formats.bases import BaseFiles, open_base
from forethought_trainer.formats.merged import Merged
from forethought_trainer.formats.safetensors_files import DTYPES, INDEX, header_bytes

STORED_AS = {"float32": "F32", "bfloat16": "BF16", "float16": "F16"}
SHARD_BYTES = 2 * 1024**3
MOST_THREADS = 4
# Written at a time before the disk is told to take it.
DISK_BYTES = 64 * 1024**2

# Hears of each block that has been written, in bytes; what it raises ends the writing.
Told = Callable[[int], None]


def to_nobody(_written: int) -> None:
    pass


class Overflow(ValueError):
    """A weight is too large for the type that it shall be written in."""


def merge_files(
    base: str | Path,
    adapters: Sequence[str | Path],
    out: str | Path,
    dtype: str = "float32",
    shard_bytes: int = SHARD_BYTES,
) -> None:
    """Merges (formats/merged.py), rounds to float32, then casts. base: folder or GGUF. `out` gets the weights, their
    index where there are several files, config, tokenizer.

    Raises UnsupportedBase, UnsupportedAdapter, or Overflow; then the files in `out` are not to be used.
    """
    opened = open_base(base)
    write_folder(Merged(opened, [open_adapter(a) for a in adapters]), Path(out), dtype, shard_bytes)


def write_folder(
    base: BaseFiles, out: Path, dtype: str, shard_bytes: int = SHARD_BYTES, told: Told = to_nobody
) -> None:
    """Writes all of a base's tensors in this type. Never more than a few blocks of rows are in memory."""
    out.mkdir(parents=True, exist_ok=True)
    stored = STORED_AS[dtype]

    def block(name: str, first: int, last: int) -> np.ndarray:
        return cast(base.rows(name, first, last), DTYPES[stored], name)

    shards = cut_into_shards(base, DTYPES[stored].itemsize, shard_bytes)
    for path, names in shards.items():
        with (out / path).open("wb") as f:
            f.write(header_bytes({name: (stored, base.shapes[name]) for name in names}))
            rows = ((name, *rows) for name in names for rows in base.blocks(name))
            write_while_made(f, in_order(block, rows), told)
    if len(shards) > 1:
        index = {
            "metadata": {"total_size": sum(size(base, n, DTYPES[stored].itemsize) for n in base.shapes)},
            "weight_map": {name: path for path, names in shards.items() for name in names},
        }
        (out / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    for name, content in base.side_files().items():
        if name == "config.json":
            config = {**json.loads(content), "torch_dtype": dtype}
            if "dtype" in config:  # its newer name, which counts where both are there
                config["dtype"] = dtype
            content = (json.dumps(config, indent=2) + "\n").encode()
        (out / name).write_bytes(content)


def write_while_made(f: BufferedWriter, blocks: Iterator[np.ndarray], told: Told) -> None:
    """Writes blocks, and lets the disk take the earlier ones while the next are made: who makes sure later that all is on
    it (fsync) waits for the last few only."""
    waiting = 0
    taken: Future[None] | None = None
    with ThreadPoolExecutor(1) as disk:
        for values in blocks:
            written = f.write(values.view(np.uint8).data)
            waiting += written
            if waiting >= DISK_BYTES:
                if taken is not None:
                    taken.result()  # a disk that is full or slow is noticed here, not after gigabytes more
                f.flush()
                taken = disk.submit(os.fsync, f.fileno())
                waiting = 0
            told(written)
        if taken is not None:
            taken.result()


def in_order(
    compute: Callable[..., np.ndarray], arguments: Iterator[tuple[Any, ...]]
) -> Iterator[np.ndarray]:
    """What `compute` makes of each, in order, worked out a little ahead by a few threads: numpy lets them run together."""
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[np.ndarray]] = deque()
        try:
            for each in arguments:
                waiting.append(pool.submit(compute, *each))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def cut_into_shards(base: BaseFiles, itemsize: int, shard_bytes: int) -> dict[str, list[str]]:
    """Tensor names by file, in the model's order, each file at most so large unless one tensor alone is larger."""
    groups: list[list[str]] = [[]]
    filled = 0
    for name in base.shapes:
        if groups[-1] and filled + size(base, name, itemsize) > shard_bytes:
            groups.append([])
            filled = 0
        groups[-1].append(name)
        filled += size(base, name, itemsize)
    if len(groups) == 1:
        return {"model.safetensors": groups[0]}
    return {f"model-{i:05}-of-{len(groups):05}.safetensors": names for i, names in enumerate(groups, 1)}


def size(base: BaseFiles, name: str, itemsize: int) -> int:
    return math.prod(base.shapes[name]) * itemsize


def cast(values: np.ndarray, dtype: np.dtype, name: str) -> np.ndarray:
    if values.dtype == dtype:
        return np.ascontiguousarray(values)
    with np.errstate(over="ignore"):
        small = values.astype(dtype)
    if dtype == np.float16 and not np.isfinite(small).all():
        raise Overflow(
            f"{name} holds values above 65504, which float16 cannot: merge to bfloat16 or float32."
        )
    return np.ascontiguousarray(small)
