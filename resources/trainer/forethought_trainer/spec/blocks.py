"""The blocks that job specs are made of, each with the rules of its fields. The shapes are those of core/contract.

Rules between fields stand with the kind that needs them; what files must hold stands in files.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from forethought_trainer.checked import SHA256, number, text

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Adapter:
    """A published adapter that is merged into the base before anything else; its manifest is held to the hash."""

    name: str
    path: str
    manifest_sha256: Annotated[str, SHA256]


@dataclass(frozen=True)
class MergedFrom:
    """What a merged base was made of, from the bottom up (spec/adapters.py), and whether nothing was rounded away."""

    chain: list[str]
    exact: bool


@dataclass(frozen=True)
class Base:
    """The base model: a folder with config.json, *.safetensors and tokenizer.model; sha256 is its identity.

    adapters are merged into it in memory, one after the other, in float32. mergedFrom: where it is a merged model
    whose parts may be elsewhere instead of it; what is trained on it names them.
    """

    model_id: str
    path: str
    sha256: Annotated[str, SHA256]
    adapters: list[Adapter] = field(default_factory=list)
    merged_from: MergedFrom | None = None


@dataclass(frozen=True)
class Data:
    """Rows as JSONL; what a line holds beside its row depends on the kind of the job.

    sources: how many rows of each data set (`row.source.dataset`) are used, drawn by the seed; null means all.
    """

    snapshot: Annotated[str, SHA256]
    path: str
    sha256: Annotated[str, SHA256]
    count: Annotated[int, number(low=1)]
    sources: dict[str, Any] | None = None


@dataclass(frozen=True)
class Example:
    question: Annotated[str, text(longest=100_000)]
    completion: Annotated[str, text(longest=100_000)]


@dataclass(frozen=True)
class Prompt:
    """The template that the prompts were rendered with; kept for the record, nothing is rendered here."""

    id: str
    family: Literal["gemma", "chatml", "none"]
    instruction: Annotated[str | None, text(longest=100_000, empty=True)]
    examples: list[Example]
    choices_style: Literal["letters"]


@dataclass(frozen=True)
class RewardSuite:
    """The suite as the reward server loads it; only the server knows what its parts mean."""

    name: str
    hash: Annotated[str, SHA256]
    suite: dict[str, Any]


@dataclass(frozen=True)
class RewardServer:
    command: list[str]
    timeout_ms: Annotated[int, number(low=1, high=3_600_000)]


@dataclass(frozen=True)
class Start:
    """A PEFT adapter whose weights a new one begins with; sha256 is that of its adapter_model.safetensors.

    It may come from elsewhere: a manifest is held to, where the folder has one, and is not asked for.
    """

    name: str
    path: str
    sha256: Annotated[str, SHA256]


@dataclass(frozen=True)
class Lora:
    """Low-rank adapter (Hu et al. 2021): delta W = (alpha / rank) B A on each target.

    start: training goes on from this adapter, which rank, alpha and targets must fit, instead of from B = 0.
    """

    rank: Annotated[int, number(low=1, high=256)]
    alpha: Annotated[float, number(above=0, high=4096)]
    targets: list[Literal["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]]
    start: Start | None = None


@dataclass(frozen=True)
class Rollout:
    """Sampling. Lengths are in tokens, the prompt's with its BOS; topK null keeps the whole vocabulary."""

    max_prompt_tokens: Annotated[int, number(low=8, high=131_072)]
    max_completion_tokens: Annotated[int, number(low=8, high=131_072)]
    temperature: Annotated[float, number(above=0, high=4)]
    top_p: Annotated[float, number(above=0, high=1)]
    top_k: Annotated[int | None, number(low=1, high=1_000_000)]


@dataclass(frozen=True)
class Limits:
    """deadlineMs counts from the start of the process; the run stops early enough to save and export."""

    deadline_ms: Annotated[int | None, number(low=1)]
    checkpoint_every_ms: Annotated[int, number(low=1)]


@dataclass(frozen=True)
class Env:
    """What the core believes this trainer to be; null where it does not know, as of a Python that a person named.

    platform: what JAX must find, so that a job for a TPU does not start on a host's CPU.
    """

    requirements_lock_sha256: Annotated[str | None, SHA256]
    trainer_sha256: Annotated[str | None, SHA256]
    platform: Literal["cpu", "gpu", "tpu"] | None = None


@dataclass(frozen=True)
class Mesh:
    """How the devices are laid out: data and weights are cut in fsdp parts, heads and widths in tp parts."""

    fsdp: Annotated[int, number(low=1, high=4096)] = 1
    tp: Annotated[int, number(low=1, high=4096)] = 1


@dataclass(frozen=True, kw_only=True)
class QuestionSet(Data):
    """Questions that are answered greedily and scored.

    set:     what the set is called in `eval` events.
    maxRows: a seeded choice of so many rows; null means all.
    """

    max_rows: Annotated[int | None, number(low=1)] = None
    set: Annotated[str, text(longest=100)] = "held-out"


@dataclass(frozen=True, kw_only=True)
class HeldOut(QuestionSet):
    """Questions that are never trained on, asked before the first step, every so many steps and at the end."""

    every_steps: Annotated[int, number(low=1, high=100_000)]


@dataclass(frozen=True)
class StopRule:
    """Ends a run in good order when a metric was beyond a bound for so many steps in a row, of those that measure it.

    below, above: a number; belowBest: more than so much below the highest value that it had. One of the three.
    """

    metric: Annotated[str, text(longest=200)]
    below: Annotated[float | None, number()] = None
    above: Annotated[float | None, number()] = None
    below_best: Annotated[float | None, number(above=0)] = None
    for_steps: Annotated[int, number(low=1, high=100_000)] = 1


@dataclass(frozen=True)
class Generation:
    """Greedy completions, many at once: lengths in tokens, the prompt's with its BOS; batchSize in prompts."""

    max_prompt_tokens: Annotated[int, number(low=8, high=131_072)]
    max_completion_tokens: Annotated[int, number(low=8, high=131_072)]
    batch_size: Annotated[int, number(low=1, high=4096)]


@dataclass(frozen=True, kw_only=True)
class Header:
    """What every kind of job says."""

    version: Literal[1]
    job_id: Annotated[str, text(UUID, "a UUID in lowercase")]
    name: Annotated[str, text(longest=200)]
    base: Base
    prompt: Prompt
    limits: Limits
    seed: Annotated[int, number(low=0, high=2**53 - 1)]
    env: Env
    mesh: Mesh = Mesh()
    rollout_encoding: Literal["plain", "gzip"] = "gzip"

    def check_chain(self) -> None:
        """Rules about the base's adapters: a stage of a program gets them only when its turn has come."""
