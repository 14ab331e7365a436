"""A base model on the disk, whatever its format: what it is, who it is, and its weights by rows.

Everything that reads a base comes through `open_base`: the checks of a spec, the loader, merging, the GGUF writer.
Opening reads headers only.
"""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forethought_trainer.formats.architecture import Geometry, UnsupportedBase, read_geometry, tensor_shapes
from forethought_trainer.formats.safetensors_files import stored_tensors
from forethought_trainer.strict_json import NotJson, parse

# Values handled at a time: 1 MB of float32, which stay in a processor's cache from one step to the next.
BLOCK = 256 * 1024
# What a checkpoint may hold beside its weights: a copy of the tied embedding, rotary tables.
BESIDE = ("lm_head.weight", "rotary_emb.inv_freq")

# What belongs to a folder beside its weights, as far as it is there; the tokenizer must be.
SIDE_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer.model",
)


class BaseFiles(ABC):
    """A Gemma 2 or 3 under Hugging Face's names and axes. config: as config.json has it."""

    path: Path
    config: dict[str, Any]
    geometry: Geometry
    shapes: dict[str, tuple[int, ...]]

    @abstractmethod
    def rows(self, name: str, first: int, last: int) -> np.ndarray:
        """Rows [first, last) of a tensor in the type in which they are stored, dequantised where they are quantised."""

    @abstractmethod
    def dtype(self, name: str) -> np.dtype:
        """Of what `rows` returns."""

    @abstractmethod
    def tokenizer_model(self) -> bytes:
        """The SentencePiece model, as tokenizer.model holds it."""

    @abstractmethod
    def side_files(self) -> dict[str, bytes]:
        """config.json and what else belongs to a Hugging Face folder beside the weights, by name."""

    def blocks(self, name: str) -> Iterator[tuple[int, int]]:
        """Cuts a tensor's rows into pieces [first, last) of about BLOCK values."""
        rows = self.shapes[name][0]
        step = max(1, BLOCK // math.prod(self.shapes[name][1:]))
        for first in range(0, rows, step):
            yield first, min(rows, first + step)

    def read(self, name: str) -> np.ndarray:
        """A whole tensor as float32."""
        whole = np.empty(self.shapes[name], np.float32)
        for first, last in self.blocks(name):
            whole[first:last] = self.rows(name, first, last)
        return whole


class HuggingFaceFolder(BaseFiles):
    """config.json, one *.safetensors or shards with their index, tokenizer.model."""

    def __init__(self, folder: Path):
        self.path = folder
        config_file = folder / "config.json"
        if not config_file.is_file():
            raise UnsupportedBase(
                f"{config_file} is missing: a base is a folder with config.json, *.safetensors and tokenizer.model, "
                "or a .gguf file."
            )
        self.config = read_config(config_file)
        self.geometry = read_geometry(self.config, str(config_file))
        self.shapes = tensor_shapes(self.geometry)
        self._tensors = stored_tensors(folder)
        check_tensors(self.shapes, {name: t.shape for name, t in self._tensors.items()}, folder)

    def rows(self, name: str, first: int, last: int) -> np.ndarray:
        return self._tensors[name].rows(first, last)

    def dtype(self, name: str) -> np.dtype:
        return self._tensors[name].dtype

    def tokenizer_model(self) -> bytes:
        path = self.path / "tokenizer.model"
        if not path.is_file():
            raise UnsupportedBase(f"{path} is missing: the SentencePiece model is read, not tokenizer.json.")
        return path.read_bytes()

    def side_files(self) -> dict[str, bytes]:
        files = {name: (self.path / name).read_bytes() for name in SIDE_FILES if (self.path / name).is_file()}
        return {**files, "tokenizer.model": self.tokenizer_model()}


def read_config(path: Path) -> dict[str, Any]:
    """A config.json. Raises UnsupportedBase for what is no JSON object."""
    try:
        config = parse(path.read_bytes())
    except NotJson as error:
        raise UnsupportedBase(f"{path} is not JSON: {error}.") from None
    if not isinstance(config, dict):
        raise UnsupportedBase(f"{path} is no JSON object.")
    return config


def open_base(path: str | Path) -> BaseFiles:
    """The base in this folder or GGUF file. Raises UnsupportedBase, naming what is missing or cannot be trained."""
    path = Path(path)
    if path.is_file():
        from forethought_trainer.formats.gguf_base import GgufBase

        return GgufBase(path)
    return HuggingFaceFolder(path)


def base_identity(path: str | Path) -> str:
    """Who a base is. A GGUF: the SHA-256 of the file. A folder: SHA-256 over a line "<sha256>  <name>" for each
    *.safetensors, sorted by name."""
    path = Path(path)
    if path.is_file():
        return file_sha256(path)
    lines = [f"{file_sha256(file)}  {file.name}\n" for file in sorted(path.glob("*.safetensors"))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def open_tokenizer(base: BaseFiles) -> Any:
    """The base's SentencePiece processor. It adds no BOS by itself. Raises UnsupportedBase for one that is damaged."""
    import sentencepiece

    tokenizer = sentencepiece.SentencePieceProcessor()
    try:
        tokenizer.LoadFromSerializedProto(base.tokenizer_model())
    except RuntimeError:
        raise UnsupportedBase(
            f"{base.path}: its tokenizer is no SentencePiece model, or is damaged. Get it again."
        ) from None
    return tokenizer


def check_tensors(wanted: dict[str, tuple[int, ...]], found: dict[str, tuple[int, ...]], where: Path) -> None:
    """The files hold what the configuration says, each tensor in its shape, and nothing else."""
    for name, shape in wanted.items():
        if name not in found:
            raise UnsupportedBase(f"{where} does not hold {name}: the weights are not complete.")
        if found[name] != shape:
            raise UnsupportedBase(
                f"{where}: {name} has the shape {list(found[name])}, its configuration means {list(shape)}."
            )
    for name in found.keys() - wanted.keys():
        if not name.endswith(BESIDE):
            raise UnsupportedBase(f"{where} holds {name}, which no Gemma of this configuration has.")
