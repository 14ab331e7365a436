"""The GRPO job spec: what the core writes into spec.json, and everything that must hold before a run may begin.

Nothing heavy is imported before it has passed. The shapes are those of core/contract/jobs.ts.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from forethought_trainer.checked import SHA256, SpecError, number, parse_json, read_object, shown, text
from forethought_trainer.packages import LOCK

TRAINABLE = "Gemma2ForCausalLM"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Base:
    """The base model: a folder with config.json, *.safetensors and tokenizer.model; sha256 is its identity."""

    model_id: str
    path: str
    sha256: Annotated[str, SHA256]


@dataclass(frozen=True)
class Data:
    """The training rows: JSONL of {"row": Row, "prompt": rendered text without BOS}."""

    snapshot: Annotated[str, SHA256]
    path: str
    sha256: Annotated[str, SHA256]
    count: Annotated[int, number(low=1)]


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
class Lora:
    """Low-rank adapter (Hu et al. 2021): delta W = (alpha / rank) B A on each target."""

    rank: Annotated[int, number(low=1, high=256)]
    alpha: Annotated[float, number(above=0, high=4096)]
    targets: list[Literal["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]]


@dataclass(frozen=True)
class Training:
    """GRPO (Shao et al. 2024, arXiv 2402.03300) and its optimizer, AdamW.

    k3 is the estimator exp(d) - d - 1 of the KL to the base, never negative; k1 is the plain difference of
    log probabilities.
    """

    steps: Annotated[int, number(low=1, high=100_000)]
    prompts_per_step: Annotated[int, number(low=1, high=1024)]
    group_size: Annotated[int, number(low=2, high=64)]
    learning_rate: Annotated[float, number(above=0, high=1)]
    warmup_fraction: Annotated[float, number(low=0, high=0.9)]
    schedule: Literal["cosine", "constant"]
    grad_clip: Annotated[float, number(above=0, high=1e6)]
    beta: Annotated[float, number(low=0, high=100)]
    epsilon: Annotated[float, number(above=0, high=1)]
    kl_estimator: Literal["k1", "k3"]


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
    """What the core believes this trainer to be; null where it does not know, as of a Python that a person named."""

    requirements_lock_sha256: Annotated[str | None, SHA256]
    trainer_sha256: Annotated[str | None, SHA256]


@dataclass(frozen=True)
class GrpoSpec:
    version: Literal[1]
    job_id: Annotated[str, text(UUID, "a UUID in lowercase")]
    kind: Literal["grpo"]
    name: Annotated[str, text(longest=200)]
    base: Base
    data: Data
    prompt: Prompt
    reward_suite: RewardSuite
    reward_server: RewardServer
    lora: Lora
    training: Training
    rollout: Rollout
    limits: Limits
    seed: Annotated[int, number(low=0, high=2**53 - 1)]
    env: Env


def read_spec(folder: Path) -> GrpoSpec:
    """Reads and checks <folder>/spec.json with all the files that it names. Raises SpecError."""
    spec = read_object(GrpoSpec, parse_json(folder), "")
    check_together(spec)
    check_files(spec, folder)
    return spec


# --- what no single field can say --------------------------------------------------------------------------


def check_together(spec: GrpoSpec) -> None:
    """Rules between fields."""
    if not spec.lora.targets:
        raise SpecError("lora.targets", "must name at least one module.")
    if len(set(spec.lora.targets)) < len(spec.lora.targets):
        raise SpecError("lora.targets", "names a module twice.")
    if ("k_proj" in spec.lora.targets) != ("v_proj" in spec.lora.targets):
        raise SpecError(
            "lora.targets",
            "names only one of k_proj and v_proj: Tunix keeps them as one matrix, so name both or none.",
        )
    if not spec.reward_server.command:
        raise SpecError("rewardServer.command", "must hold at least the program's name.")
    parts = spec.reward_suite.suite.get("parts")
    if (
        not isinstance(parts, list)
        or not parts
        or not all(isinstance(p, dict) and p.get("id") for p in parts)
    ):
        raise SpecError("rewardSuite.suite.parts", "must be a list of at least one part with an id.")
    if spec.data.count < spec.training.prompts_per_step:
        raise SpecError(
            "training.promptsPerStep",
            f"is {spec.training.prompts_per_step}, but data.count is only {spec.data.count}: a step needs different prompts.",
        )


def file_sha256(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def base_identity(folder: Path) -> str:
    """SHA-256 over a line "<sha256>  <name>" for each *.safetensors of the folder, sorted by name."""
    lines = [f"{file_sha256(path)}  {path.name}\n" for path in sorted(folder.glob("*.safetensors"))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def check_files(spec: GrpoSpec, folder: Path) -> None:
    """The base and the data are there and are what the spec says; relative paths start at the job folder."""
    base = folder / spec.base.path
    if not base.is_dir():
        raise SpecError("base.path", f"names {base}, which is not a folder on this host.")
    for name in ("config.json", "tokenizer.model"):
        if not (base / name).is_file():
            raise SpecError("base.path", f"names {base}, which has no {name}.")
    if not any(base.glob("*.safetensors")):
        raise SpecError("base.path", f"names {base}, which has no *.safetensors.")
    check_config(spec, base / "config.json")
    found = base_identity(base)
    if found != spec.base.sha256:
        raise SpecError("base.sha256", f"is {spec.base.sha256}, but the weights in {base} have {found}.")

    data = folder / spec.data.path
    if not data.is_file():
        raise SpecError("data.path", f"names {data}, which is not a file on this host.")
    found = file_sha256(data)
    if found != spec.data.sha256:
        raise SpecError("data.sha256", f"is {spec.data.sha256}, but {data} has {found}.")

    wanted = spec.env.requirements_lock_sha256
    if wanted and file_sha256(LOCK) != wanted:
        raise SpecError(
            "env.requirementsLockSha256",
            f"is {wanted}, but this trainer's {LOCK.name} has {file_sha256(LOCK)}.",
        )


def check_config(spec: GrpoSpec, path: Path) -> None:
    """The base is of a kind that can be trained, and long enough; load_base looks at the rest of its config."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        architectures, longest = config["architectures"], config.get("max_position_embeddings")
    except (ValueError, KeyError, TypeError):
        raise SpecError(
            "base.path", f"names {path.parent}, whose config.json names no architectures."
        ) from None
    if architectures != [TRAINABLE]:
        raise SpecError(
            "base.path",
            f"names {path.parent}, which is {shown(architectures)}; only {TRAINABLE} can be trained.",
        )
    total = spec.rollout.max_prompt_tokens + spec.rollout.max_completion_tokens
    if longest is not None and total > longest:
        raise SpecError(
            "rollout.maxCompletionTokens",
            f"and maxPromptTokens are {total} tokens together, but the base's context is {longest}.",
        )


def describe(spec: GrpoSpec) -> str:
    """What the job will do, in a few lines for stdout.log."""
    t, r = spec.training, spec.rollout
    rollouts = t.steps * t.prompts_per_step * t.group_size
    epochs = t.steps * t.prompts_per_step / spec.data.count
    top_k = "all tokens" if r.top_k is None else f"top-k {r.top_k}"
    return "\n".join(
        [
            f"job {spec.job_id}: {spec.name}",
            f"base {spec.base.model_id} {spec.base.sha256[:12]}",
            f"LoRA rank {spec.lora.rank}, alpha {spec.lora.alpha:g} on {', '.join(spec.lora.targets)}",
            f"GRPO {t.steps} steps x {t.prompts_per_step} prompts x {t.group_size} completions = {rollouts} rollouts, "
            f"{epochs:.2f} passes over {spec.data.count} rows",
            f"AdamW, peak learning rate {t.learning_rate:g}, {t.schedule}, {t.warmup_fraction:.0%} warm-up, "
            f"gradient norm at most {t.grad_clip:g}; beta {t.beta:g} ({t.kl_estimator}), epsilon {t.epsilon:g}",
            f"sampling up to {r.max_completion_tokens} tokens after prompts of up to {r.max_prompt_tokens}, "
            f"temperature {r.temperature:g}, top-p {r.top_p:g}, {top_k}; seed {spec.seed}",
            f"rewards from suite {spec.reward_suite.name} {spec.reward_suite.hash[:12]}",
        ]
    )
