"""What a job is going to do, in numbers and sentences, before anything heavy: so that nobody waits for a mistake."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forethought_trainer.data import TrainingRow, encode
from forethought_trainer.formats.architecture import lora_parameters
from forethought_trainer.formats.bases import open_base, open_tokenizer
from forethought_trainer.spec import Header, Lora, Retention

BYTES = 4  # everything is computed in float32
# The base, and what a compiled update returns of it (Policy.share_base): once more, until the update is over.
BASE_COPIES = 2
# Copies of the logits that live at once in an update: logits, their softmax for the entropy, log-probabilities and
# gradients. Measured with Gemma 3 270M at 6 x 232 tokens: 13.1 GB at the peak, of which 1.1 GB are the weights.
LOGIT_COPIES = 8
# GRPO scores its completions in parts whose logits have so many bytes, where all of them would have more.
LOGITS_AT_ONCE = 128 * 2**20
# The adapter, its gradient, Adam's two moments, and the copy that a run can fall back on.
LORA_COPIES = 5
MOST_PADDING = 0.5


@dataclass(frozen=True)
class Finding:
    """Something that would waste the job's time; `where` is the field that decides it."""

    code: str
    where: str
    message: str


@dataclass
class Plan:
    """text: lines for stdout.log. memory_bytes: an estimate, per device, of the job's arrays at its peak."""

    text: list[str]
    parameters: int
    trainable: int
    memory_bytes: int
    steps: int
    tokens_per_step: int
    findings: list[Finding] = field(default_factory=list)

    def event(self) -> dict[str, Any]:
        return {
            "text": "\n".join(self.text),
            "parameters": self.parameters,
            "trainable": self.trainable,
            "memoryBytes": self.memory_bytes,
            "steps": self.steps,
            "tokensPerStep": self.tokens_per_step,
        }


def size_in_words(size: float) -> str:
    """Bytes as "1.1 GB", of less than a tenth of one "25 MB"; as the core's plan tells them."""
    megabytes = math.ceil(size / 1e6)
    return f"{megabytes} MB" if megabytes < 100 else f"{size / 1e9:.1f} GB"


def in_parts(rows: int, tokens: int, vocabulary: int) -> bool:
    """Whether GRPO scores the completions of an update in parts."""
    return rows * tokens * vocabulary * BYTES > LOGITS_AT_ONCE


def make_plan(
    spec: Header,
    folder: Path,
    lora: Lora | None,
    text: list[str],
    steps: int,
    rows_at_once: int,
    rows_per_step: int,
    tokens_per_row: int,
    further_logits: int = 0,
    logits_per_row: int | None = None,
) -> Plan:
    """rows_at_once: how many sequences one update, or one batch of completions, holds in memory.

    further_logits: copies of the logits that an update keeps besides what any update keeps.
    logits_per_row: how many tokens of a sequence are scored, where those of many are scored in parts.
    """
    base = open_base(folder / spec.base.path)
    g, parameters = base.geometry, sum(math.prod(shape) for shape in base.shapes.values())
    devices = spec.mesh.fsdp * spec.mesh.tp
    trainable = lora_parameters(g, lora.rank, lora.targets) if lora else 0
    logits = rows_at_once * (logits_per_row or tokens_per_row) * g.vocabulary * BYTES
    if logits_per_row and in_parts(rows_at_once, logits_per_row, g.vocabulary):
        logits = LOGITS_AT_ONCE
    # A forward pass alone, as in sampling, holds one copy for a few positions; an update all of them.
    copies = LOGIT_COPIES + further_logits if lora else 1
    memory = (
        parameters * BYTES * (BASE_COPIES if lora else 1) + trainable * BYTES * LORA_COPIES + logits * copies
    ) // devices + g.layers * rows_at_once * tokens_per_row * g.width * BYTES * 8 // devices
    plan = Plan(text, parameters, trainable, memory, steps, rows_per_step * tokens_per_row)
    lines = [
        f"base {spec.base.model_id} {spec.base.sha256[:12]}, {parameters:,} parameters, mesh "
        f"{spec.mesh.fsdp} x {spec.mesh.tp}"
    ]
    lines += [f"  with {a.name} {a.manifest_sha256[:12]} merged into it" for a in spec.base.adapters]
    if lora:
        lines.append(
            f"LoRA rank {lora.rank}, alpha {lora.alpha:g} on {', '.join(lora.targets)}: {trainable:,} parameters"
        )
        if lora.start:
            lines.append(f"  goes on from {lora.start.name} {lora.start.sha256[:12]}")
    plan.text = lines + text
    plan.text.append(
        f"{steps} steps of up to {plan.tokens_per_step:,} tokens; about {size_in_words(memory)} of arrays per device"
    )
    if rows_at_once % spec.mesh.fsdp:
        plan.findings.append(
            Finding(
                "mesh",
                "mesh.fsdp",
                f"{rows_at_once} sequences cannot be cut into {spec.mesh.fsdp} parts: each device computes all of "
                "them, and the mesh makes nothing faster.",
            )
        )
    return plan


def padding_of_prompts(
    spec: Header, folder: Path, rows: Sequence[TrainingRow], limit: int, where: str
) -> list[Finding]:
    """A limit far above the longest prompt: the rest of it is computed and thrown away at every step."""
    tokenizer = open_tokenizer(open_base(folder / spec.base.path))
    lengths = [len(encode(tokenizer, row.prompt)) for row in rows]
    return padding(lengths, limit, where, "prompt")


def padding(lengths: Sequence[int], limit: int, where: str, what: str) -> list[Finding]:
    if max(lengths) >= (1 - MOST_PADDING) * limit:
        return []
    return [
        Finding(
            "padding",
            where,
            f"The longest {what} has {max(lengths)} tokens and the mean {statistics.fmean(lengths):.0f}, but the limit "
            f"is {limit}: each is padded to it, and most of that work is for nothing.",
        )
    ]


def of_retention(retention: Retention, rows: int) -> str:
    """The guard's exam in a sentence."""
    asks = f"guard: {rows} questions of the set {retention.set} every {retention.every_steps} steps"
    if retention.max_drop is None:
        return f"{asks}, measured only"
    return f"{asks}; a loss of more than {retention.max_drop:.1%} at p < {retention.alpha:g} ends the run"


def findings_of_retention(retention: Retention | None, rows: int, steps: int) -> list[Finding]:
    """A guard that cannot stop anything: it asks too seldom, or so few questions that nothing is significant."""
    if retention is None or retention.max_drop is None:
        return []
    found = []
    if retention.every_steps >= steps:
        found.append(
            Finding(
                "guard-too-late",
                "guard.retention.everySteps",
                f"The questions are asked every {retention.every_steps} steps, but there are {steps}: the guard sees only "
                "the last adapter, and has no earlier one to fall back on.",
            )
        )
    if 2 / 2**rows >= retention.alpha:
        found.append(
            Finding(
                "guard-too-small",
                "guard.retention.maxRows",
                f"With {rows} questions not even the loss of all of them is significant at {retention.alpha:g}: the guard "
                "can never end the run.",
            )
        )
    return found
