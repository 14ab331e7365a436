"""Writes a base, with adapters merged into it, as a Hugging Face folder: sharded, a block of rows at a time."""

from __future__ import annotations

import json
import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from forethought_trainer.formats.adapters import open_adapter
from forethought_trainer.formats.bases import BaseFiles, open_base
from forethought_trainer.formats.merged import Merged
from forethought_trainer.formats.safetensors_files import DTYPES, INDEX, header_bytes

STORED_AS = {"float32": "F32", "bfloat16": "BF16", "float16": "F16"}
SHARD_BYTES = 2 * 1024**3
# All write into one file on one disk: more of them only wait for it, and each holds a block in memory.
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
    write_folder(Merged(opened, [open_adapter(a) for a in adapters], dtype), Path(out), dtype, shard_bytes)


def write_folder(
    base: BaseFiles, out: Path, dtype: str, shard_bytes: int = SHARD_BYTES, told: Told = to_nobody
) -> None:
    """Writes all of a base's tensors in this type. Never more than a few blocks of rows are in memory."""
    out.mkdir(parents=True, exist_ok=True)
    stored = STORED_AS[dtype]

    shards = cut_into_shards(base, DTYPES[stored].itemsize, shard_bytes)
    for path, names in shards.items():
        header = header_bytes({name: (stored, base.shapes[name]) for name in names})
        with (out / path).open("wb") as f:
            f.write(header)
            f.flush()
            write_blocks(f.fileno(), pieces(base, names, len(header), DTYPES[stored]), told)
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


def pieces(
    base: BaseFiles, names: Sequence[str], start: int, dtype: np.dtype
) -> Iterator[tuple[int, Callable[[], np.ndarray]]]:
    """These tensors one behind the other from byte `start` of a file on, by blocks: the place of each, and what makes it."""
    for name in names:
        row = math.prod(base.shapes[name][1:]) * dtype.itemsize
        for first, last in base.blocks(name):
            yield start + first * row, partial(block, base, name, first, last, dtype)
        start += size(base, name, dtype.itemsize)


def block(base: BaseFiles, name: str, first: int, last: int, dtype: np.dtype) -> np.ndarray:
    return cast(base.rows(name, first, last), dtype, name)


def write_blocks(file: int, blocks: Iterator[tuple[int, Callable[[], np.ndarray]]], told: Told) -> None:
    """Makes blocks and writes each to its place, on up to four threads: numpy and the system let them run beside each other,
    so one sums while another writes. The disk takes the earlier ones meanwhile: who makes sure later that all is on it (fsync)
    waits for the last few only."""

    def written(place: int, make: Callable[[], np.ndarray]) -> int:
        values = make().reshape(-1).view(np.uint8).data
        write_at(file, values, place)
        return len(values)

    threads = min(MOST_THREADS, os.cpu_count() or 1)
    waiting: deque[Future[int]] = deque()
    on_its_way = 0
    taken: Future[None] | None = None

    def tell_first() -> None:
        nonlocal on_its_way, taken
        count = waiting.popleft().result()
        on_its_way += count
        if on_its_way >= DISK_BYTES:
            if taken is not None:
                taken.result()  # a disk that is full or slow is noticed here, not after gigabytes more
            taken = disk.submit(os.fsync, file)
            on_its_way = 0
        told(count)

    with ThreadPoolExecutor(1) as disk, ThreadPoolExecutor(threads) as pool:
        try:
            for each in blocks:
                waiting.append(pool.submit(written, *each))
                if len(waiting) > 2 * threads:
                    tell_first()
            while waiting:
                tell_first()
            if taken is not None:
                taken.result()
        finally:
            for future in waiting:
                future.cancel()


def write_at(file: int, values: memoryview, place: int) -> None:
    while len(values) > 0:
        count = os.pwrite(file, values, place)
        values, place = values[count:], place + count


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
