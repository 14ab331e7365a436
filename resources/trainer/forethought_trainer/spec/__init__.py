"""Job specs: what the core writes into spec.json, and everything that must hold before a run may begin.

One dataclass a kind, in a file of its own; all are made of the same blocks. Nothing heavy is imported before a
spec has passed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from forethought_trainer.checked import SpecError, parse_json, read_object, shown
from forethought_trainer.formats.bases import base_identity, file_sha256
from forethought_trainer.spec.blocks import (
    Base,
    Data,
    Generation,
    Header,
    HeldOut,
    Lora,
    Mesh,
    QuestionSet,
    Rollout,
    StopRule,
)
from forethought_trainer.spec.dpo import DpoSpec, DpoTraining
from forethought_trainer.spec.evaluate import EvaluateSpec
from forethought_trainer.spec.export import ExportSpec
from forethought_trainer.spec.generate import GenerateSpec
from forethought_trainer.spec.grpo import GrpoSpec, GrpoTraining
from forethought_trainer.spec.guard import DpoGuard, Guard, Replay, Retention
from forethought_trainer.spec.merge import MergeSpec
from forethought_trainer.spec.program import ProgramSpec
from forethought_trainer.spec.rejection import RejectionSpec
from forethought_trainer.spec.sft import SftSpec, SftTraining

__all__ = [
    "Base",
    "Data",
    "DpoGuard",
    "DpoSpec",
    "DpoTraining",
    "EvaluateSpec",
    "ExportSpec",
    "GenerateSpec",
    "Generation",
    "GrpoSpec",
    "GrpoTraining",
    "Guard",
    "Header",
    "HeldOut",
    "Lora",
    "MergeSpec",
    "Mesh",
    "ProgramSpec",
    "QuestionSet",
    "RejectionSpec",
    "Replay",
    "Retention",
    "Rollout",
    "SftSpec",
    "SftTraining",
    "StopRule",
    "base_identity",
    "file_sha256",
    "read_spec",
]

SPECS: dict[str, Any] = {
    "grpo": GrpoSpec,
    "sft": SftSpec,
    "dpo": DpoSpec,
    "program": ProgramSpec,
    "rejection": RejectionSpec,
    "generate": GenerateSpec,
    "evaluate": EvaluateSpec,
    "merge": MergeSpec,
    "export": ExportSpec,
}


def read_spec(folder: Path) -> Any:
    """Reads and checks <folder>/spec.json with all the files that it names. Raises SpecError."""
    raw = parse_json(folder)
    kind = raw.get("kind") if isinstance(raw, dict) else None
    if isinstance(raw, dict) and (not isinstance(kind, str) or kind not in SPECS):
        raise SpecError("kind", f"must be one of {', '.join(SPECS)}, but is {shown(kind)}.")
    spec = read_object(SPECS.get(kind, GrpoSpec), raw, "")  # type: ignore[arg-type]
    spec.check()
    spec.check_chain()
    spec.check_files(folder)
    return spec
