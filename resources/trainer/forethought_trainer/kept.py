"""An adapter of an earlier step that may go out in place of the newest; on the disk too, for a process that goes on after a restart."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from forethought_trainer.agreement import is_first
from forethought_trainer.artifact import replace_text
from forethought_trainer.policy import Policy


@dataclass(frozen=True)
class Kept:
    """What was said about the adapter: metrics, its score, and the `eval` events. adapter: None where it is not at hand."""

    step: int
    adapter: Any
    values: dict[str, float]
    score: dict[str, Any] | None
    evals: list[dict[str, Any]]

    @property
    def can_go_out(self) -> bool:
        """Before the first step there is only the base."""
        return self.step > 0 and self.adapter is not None


class KeptAdapters:
    """A folder of adapters: <step>.npz, and <step>.json, which appears when both are whole.

    Of a slice all processes must ask, and the first one writes.
    """

    def __init__(self, policy: Policy, folder: Path):
        self.policy, self.folder = policy, folder
        self.steps: set[int] = set()

    def keep(self, wanted: Iterable[Kept]) -> None:
        """Afterwards these are there, and no others."""
        kept = {each.step: each for each in wanted}
        for step in kept.keys() - self.steps:
            self.write(kept[step])
        self.drop(self.steps - kept.keys())
        self.steps = set(kept)

    def write(self, kept: Kept) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.policy.write_snapshot(self.path(kept.step, "npz"), kept.adapter)
        if is_first():
            said = asdict(replace(kept, adapter=None))
            replace_text(self.path(kept.step, "json"), json.dumps(said))

    def drop(self, steps: Iterable[int]) -> None:
        if is_first():
            for step in steps:
                for kind in ("json", "npz"):
                    self.path(step, kind).unlink(missing_ok=True)

    def read(self, last: int) -> dict[int, Kept]:
        """What an earlier process has kept whole, by its step; all else goes. Steps after the last one are made again, and
        their adapters with them."""
        there = {kind: {int(path.stem) for path in self.folder.glob(f"*.{kind}")} for kind in ("json", "npz")}
        found = {}
        for step in there["json"]:
            adapter = self.policy.read_snapshot(self.path(step, "npz")) if step <= last else None
            if adapter is not None:
                said = json.loads(self.path(step, "json").read_text(encoding="utf-8"))
                found[step] = Kept(**{**said, "adapter": adapter})
        self.steps = set(found)
        self.drop((there["json"] | there["npz"]) - self.steps)
        return found

    def path(self, step: int, kind: str) -> Path:
        return self.folder / f"{step}.{kind}"
