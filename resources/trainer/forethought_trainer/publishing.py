"""Publishes the adapter of a run that trains, with its score and a reference to check it by elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forethought_trainer import artifact
from forethought_trainer.agreement import gather, is_first
from forethought_trainer.data import TrainingRow
from forethought_trainer.export_peft import adapter_tensors
from forethought_trainer.formats.adapters import write_adapter
from forethought_trainer.job import Run
from forethought_trainer.kept import Kept
from forethought_trainer.policy import Policy
from forethought_trainer.reference import PROMPTS, compute_reference, write_reference
from forethought_trainer.spec import file_sha256


def publish_adapter(
    run: Run, spec: Any, policy: Policy, rows: Sequence[TrainingRow], name: str, kept: Kept
) -> None:
    """kept: what is said of the adapter, which the policy holds. One of its step that an earlier process has published is
    only announced; one of another step stays until this one is whole. rows: the prompts of the first few make the reference."""
    artifacts, lora = run.folder / "artifacts", spec.lora
    manifest_sha256 = artifact.published(artifacts, name, kept.step)
    if gather(int(manifest_sha256 is None))[0]:
        tensors = adapter_tensors(policy.model, lora.rank, lora.targets)
        prompts = [row.prompt for row in rows[:PROMPTS]]
        with policy.mesh:
            reference = compute_reference(policy.model, policy.tokenizer, prompts, policy.end_tokens)

        def fill(folder: Path) -> None:
            write_adapter(folder, lora.rank, lora.alpha, tensors, spec.base.model_id)
            write_reference(folder, reference)

        if is_first():
            spec_sha256 = file_sha256(run.folder / "spec.json")
            manifest = artifact.describe_adapter(spec, spec_sha256, name, kept.step, kept.values)
            manifest_sha256 = artifact.publish(artifacts, name, fill, {**manifest, "score": kept.score})
    if run.log.history.artifacts.get(name) != manifest_sha256:
        run.log.write(
            "artifact.ready",
            name=name,
            path=f"artifacts/{name}",
            artifact="lora-adapter",
            step=kept.step,
            manifestSha256=manifest_sha256,
            score=kept.score,
        )
