"""Tensors of *.safetensors files, one file or shards with an index, read by rows; nothing is mapped or kept in memory.

Format: 8 bytes of length (little-endian), a JSON header, then the bytes of all tensors.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from forethought_trainer.formats.architecture import UnsupportedBase
from forethought_trainer.strict_json import NotJson, parse

INDEX = "model.safetensors.index.json"
HEADER_LIMIT = 100 * 1024 * 1024
DTYPES = {
    "F64": np.dtype(np.float64),
    "F32": np.dtype(np.float32),
    "F16": np.dtype(np.float16),
    "BF16": np.dtype(ml_dtypes.bfloat16),
}


@dataclass(frozen=True)
class Stored:
    """Where a tensor lies: file, type, shape, first byte."""

    path: Path
    dtype: np.dtype
    shape: tuple[int, ...]
    start: int

    def rows(self, first: int, last: int) -> np.ndarray:
        """Rows [first, last) as they are stored; a vector's rows are its values."""
        row = math.prod(self.shape[1:])
        values = np.empty((last - first) * row, self.dtype)
        with self.path.open("rb", buffering=0) as f:
            f.seek(self.start + first * row * self.dtype.itemsize)
            read_exactly(f, values.view(np.uint8).data, self.path)
        return values.reshape(last - first, *self.shape[1:])


def read_exactly(f: Any, into: memoryview, path: Path) -> None:
    done = 0
    while done < len(into):
        count = f.readinto(into[done:])
        if not count:
            raise UnsupportedBase(f"{path} became shorter while it was read.")
        done += count


def stored_tensors(folder: Path) -> dict[str, Stored]:
    """All tensors of a folder's *.safetensors by name, from the headers alone.

    Raises UnsupportedBase where a file is cut off, two files hold the same name, or the index names another place.
    """
    paths = sorted(folder.glob("*.safetensors"))
    if not paths:
        raise UnsupportedBase(f"{folder} has no *.safetensors: the weights are missing.")
    tensors: dict[str, Stored] = {}
    for path in paths:
        for name, stored in read_file(path).items():
            if name in tensors:
                raise UnsupportedBase(
                    f"{path} and {tensors[name].path.name} both hold {name}: shards of two models?"
                )
            tensors[name] = stored
    check_index(folder, tensors)
    return tensors


def check_index(folder: Path, tensors: dict[str, Stored]) -> None:
    path = folder / INDEX
    if not path.is_file():
        return
    try:
        places = dict(parse(path.read_bytes())["weight_map"])
    except (ValueError, KeyError, TypeError):
        raise UnsupportedBase(f"{path} is no index of shards: it has no weight_map. Get it again.") from None
    for name, file in places.items():
        found = tensors.get(name)
        if found is None or found.path.name != file:
            raise UnsupportedBase(
                f"{path} says that {name} lies in {file}, but it is not there: a shard is missing."
            )


def read_file(path: Path) -> dict[str, Stored]:
    """The tensors of one file, each held against the file's size."""
    size = path.stat().st_size
    with path.open("rb") as f:
        length = int.from_bytes(f.read(8), "little")
        if size < 8 or length > min(HEADER_LIMIT, size - 8):
            raise UnsupportedBase(f"{path} is no whole safetensors file: it has {size} bytes.")
        try:
            header = parse(f.read(length))
        except NotJson:
            raise UnsupportedBase(f"{path} is no safetensors file: its header is not JSON.") from None
    if not isinstance(header, dict):
        raise UnsupportedBase(f"{path} is no safetensors file: its header is not a JSON object.")
    header.pop("__metadata__", None)
    return {name: read_entry(path, name, entry, 8 + length, size) for name, entry in header.items()}


def read_entry(path: Path, name: str, entry: Any, start: int, size: int) -> Stored:
    """start: the first byte of the values in the file, which has `size` bytes."""
    try:
        kind, shape = entry["dtype"], tuple(map(int, entry["shape"]))
        first, last = map(int, entry["data_offsets"])
        dtype = DTYPES.get(kind)
        right = dtype is None or (
            0 <= first <= last == first + math.prod(shape) * dtype.itemsize and start + last <= size
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise UnsupportedBase(
            f"{path} is damaged: its entry for {name} has not type, shape and place. Get it again."
        ) from None
    if dtype is None:
        raise UnsupportedBase(f"{path}: {name} holds {kind} values; weights are {', '.join(DTYPES)}.")
    if not right:
        raise UnsupportedBase(
            f"{path} is cut off or damaged: the bytes of {name} are not all there. Get it again."
        )
    return Stored(path, dtype, shape, start + first)


def header_bytes(tensors: dict[str, tuple[str, tuple[int, ...]]]) -> bytes:
    """The beginning of a file with these tensors ({name: (dtype, shape)}) in this order, padded to 8 bytes."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, (dtype, shape) in tensors.items():
        size = math.prod(shape) * DTYPES[dtype].itemsize
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text
