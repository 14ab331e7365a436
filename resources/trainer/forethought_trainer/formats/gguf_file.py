"""Reads a GGUF file: its metadata and its tensor table, every count held against the file's size before it is believed.

PyPI's `gguf` makes an array object of each of Gemma 3's 262,144 vocabulary entries, three times over, which takes 14
seconds; here arrays are stepped over and decoded when they are asked for. What a quantised block means is left to it.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little-endian).
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forethought_trainer.checked import is_whole
from forethought_trainer.formats.architecture import UnsupportedBase
from forethought_trainer.formats.safetensors_files import read_exactly

STRING, ARRAY = 8, 9
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


@dataclass(frozen=True)
class GgufTensor:
    """shape: outermost axis first, as numpy writes it. start: byte in the file."""

    shape: tuple[int, ...]
    type: int
    start: int


@dataclass(frozen=True)
class _Array:
    type: int
    count: int
    start: int


class GgufFile:
    """metadata: scalars and texts by key; `array` reads a list, `rows` a part of a tensor as float32."""

    def __init__(self, path: Path):
        self.path = path
        self.metadata: dict[str, Any] = {}
        self.tensors: dict[str, GgufTensor] = {}
        self._arrays: dict[str, _Array] = {}
        self._size = path.stat().st_size
        with path.open("rb") as f:
            if f.read(4) != b"GGUF":
                raise UnsupportedBase(f"{path} is no GGUF file.")
            with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as self._bytes:
                try:
                    self._parse()
                except (struct.error, IndexError, UnicodeDecodeError):
                    raise self._wrong("its header ends too early or is damaged") from None
        del self._bytes

    def array(self, key: str) -> list[Any]:
        """A list of the metadata; raises KeyError for one that is not there."""
        found = self._arrays[key]
        with self.path.open("rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as self._bytes:
            if found.type != STRING:
                width = struct.calcsize(SCALARS[found.type])
                data = self._bytes[found.start : found.start + found.count * width]
                values = list(struct.unpack(f"<{found.count}{SCALARS[found.type]}", data))
            else:
                at, values = found.start, []
                for _ in range(found.count):
                    text, at = self._text(at)
                    values.append(text)
        del self._bytes
        return values

    def rows(self, name: str, first: int, last: int) -> np.ndarray:
        """Rows [first, last) of a tensor, dequantised; a vector's rows are its values."""
        import gguf

        tensor = self.tensors[name]
        kind = gguf.GGMLQuantizationType(tensor.type)
        columns = tensor.shape[-1] if len(tensor.shape) > 1 else 1
        block, size = gguf.GGML_QUANT_SIZES[kind]
        row_bytes = columns * math.prod(tensor.shape[1:-1]) // block * size
        data = np.empty((last - first, row_bytes), np.uint8)
        with self.path.open("rb", buffering=0) as f:
            f.seek(tensor.start + first * row_bytes)
            read_exactly(f, data.reshape(-1).data, self.path)
        try:
            values = gguf.quants.dequantize(data, kind)
        except NotImplementedError:
            raise UnsupportedBase(
                f"{self.path}: {name} is {kind.name}, which cannot be dequantised here."
            ) from None
        return values.astype(np.float32, copy=False).reshape(last - first, *tensor.shape[1:])

    def _parse(self) -> None:
        version, tensors, keys = struct.unpack_from("<IQQ", self._bytes, 4)
        if version not in (2, 3):
            raise self._wrong(f"its version is {version}; known are 2 and 3")
        if 24 * tensors + 13 * keys > self._size:
            raise self._wrong(f"it declares {tensors} tensors and {keys} metadata entries")
        at = 24
        for _ in range(keys):
            key, at = self._text(at)
            (kind,) = struct.unpack_from("<I", self._bytes, at)
            at = self._value(key, kind, at + 4)
        table: dict[str, tuple[tuple[int, ...], int, int]] = {}
        for _ in range(tensors):
            name, at = self._text(at)
            (axes,) = struct.unpack_from("<I", self._bytes, at)
            if axes > 8 or name in table:
                raise self._wrong(f"the tensor {name} has {axes} axes or is there twice")
            shape = struct.unpack_from(f"<{axes}Q", self._bytes, at + 4)
            kind, offset = struct.unpack_from("<IQ", self._bytes, at + 4 + 8 * axes)
            table[name] = (tuple(reversed(shape)), kind, offset)
            at += 16 + 8 * axes
        alignment = self.metadata.get("general.alignment", 32)
        if not is_whole(alignment) or alignment < 1:
            raise self._wrong(f"its general.alignment is {alignment!r}")
        start = math.ceil(at / alignment) * alignment
        for name, (shape, kind, offset) in table.items():
            if start + offset + self._tensor_bytes(name, shape, kind) > self._size:
                raise self._wrong(f"it is cut off: the bytes of {name} are not all there")
            self.tensors[name] = GgufTensor(shape, kind, start + offset)

    def _tensor_bytes(self, name: str, shape: tuple[int, ...], kind: int) -> int:
        import gguf

        try:
            block, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType(kind)]
        except ValueError:
            raise self._wrong(f"{name} is of type {kind}, which is unknown here") from None
        return math.prod(shape) // block * size

    def _value(self, key: str, kind: int, at: int) -> int:
        """Stores one metadata value; returns where the next thing begins."""
        if kind == STRING:
            self.metadata[key], at = self._text(at)
            return at
        if kind == ARRAY:
            item, count = struct.unpack_from("<IQ", self._bytes, at)
            at += 12
            if count > self._size or (item != STRING and item not in SCALARS):
                raise self._wrong(f"{key} declares {count} items of type {item}")
            self._arrays[key] = _Array(item, count, at)
            if item != STRING:
                return at + count * struct.calcsize(SCALARS[item])
            for _ in range(count):
                at += 8 + self._length(at)
            return at
        if kind not in SCALARS:
            raise self._wrong(f"{key} is of type {kind}, which is unknown here")
        (self.metadata[key],) = struct.unpack_from(f"<{SCALARS[kind]}", self._bytes, at)
        return at + struct.calcsize(SCALARS[kind])

    def _length(self, at: int) -> int:
        (length,) = struct.unpack_from("<Q", self._bytes, at)
        if at + 8 + length > self._size:
            raise self._wrong(f"it declares a text of {length} bytes")
        return length

    def _text(self, at: int) -> tuple[str, int]:
        length = self._length(at)
        return self._bytes[at + 8 : at + 8 + length].decode(), at + 8 + length

    def _wrong(self, what: str) -> UnsupportedBase:
        return UnsupportedBase(f"{self.path} cannot be read: {what}. Get it again.")
