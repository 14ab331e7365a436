"""The spec of a job of kind merge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from forethought_trainer.checked import SpecError, number
from forethought_trainer.formats.merge import SHARD_BYTES
from forethought_trainer.spec.blocks import Header
from forethought_trainer.spec.files import check_weights


@dataclass(frozen=True, kw_only=True)
class MergeSpec(Header):
    """What becomes of the base's adapters.

    form:       merged: new weights, base and adapters in one. adapter: one adapter that is all of them.
    dtype:      of merged weights; adapters are added in float64, and the sum is rounded once. An adapter is always float32.
    shardBytes: where merged weights are cut into another file.
    """

    kind: Literal["merge"]
    form: Literal["merged", "adapter"]
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    shard_bytes: Annotated[int, number(low=1_000_000, high=2**40)] = SHARD_BYTES

    def check(self) -> None:
        """Rules between fields."""
        if self.form == "adapter" and self.dtype != "float32":
            raise SpecError("dtype", f"is {self.dtype}, but an adapter is written as float32.")

    def check_chain(self) -> None:
        if not self.base.adapters:
            raise SpecError("base.adapters", "is empty: there is nothing to merge.")
        if self.form == "adapter" and len(self.base.adapters) < 2:
            raise SpecError("base.adapters", "holds one adapter: joining needs two or more.")

    def check_files(self, folder: Path) -> None:
        check_weights(self, folder)
