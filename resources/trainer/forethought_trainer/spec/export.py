"""The spec of a job of kind export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from forethought_trainer.checked import SpecError
from forethought_trainer.spec.blocks import Header
from forethought_trainer.spec.files import check_weights

FORMATS = {"adapter": ("gguf-lora",), "model": ("gguf", "hf")}


@dataclass(frozen=True, kw_only=True)
class ExportSpec(Header):
    """Files for other programs.

    what:   adapter: the base's adapters, as one where there are several. model: the base with its adapters merged in.
    format: gguf-lora and gguf are llama.cpp's; hf is a folder as transformers reads it.
    dtype:  of a model's weights. A GGUF LoRA is always float32.
    """

    kind: Literal["export"]
    what: Literal["adapter", "model"]
    format: Literal["gguf-lora", "gguf", "hf"]
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"

    def check(self) -> None:
        """Rules between fields."""
        if self.format not in FORMATS[self.what]:
            raise SpecError(
                "format", f"is {self.format}; for a {self.what} it must be {' or '.join(FORMATS[self.what])}."
            )
        if self.what == "adapter" and self.dtype != "float32":
            raise SpecError("dtype", f"is {self.dtype}, but a GGUF LoRA is written as float32.")

    def check_chain(self) -> None:
        if self.what == "adapter" and not self.base.adapters:
            raise SpecError("base.adapters", "is empty: there is no adapter to export.")

    def check_files(self, folder: Path) -> None:
        check_weights(self, folder)
