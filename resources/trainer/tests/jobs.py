"""Job folders for the tests: a random Gemma 2 of a few thousand parameters, a handful of rows, a fake reward server."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece as spm
from safetensors.numpy import save_file

from forethought_trainer.events import decode
from forethought_trainer.spec import base_identity, file_sha256

TRAINER = Path(__file__).parent.parent
FAKE_SERVER = Path(__file__).parent / "fake_reward_server.py"
JOB_ID = "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0001"
SUITE = {
    "name": "fake",
    "version": 1,
    "structure": "four-step@1",
    "parts": [
        {"id": "format", "fn": "structure", "weight": 1.0},
        {"id": "answer", "fn": "answer", "weight": 3.0},
        {
            "id": "rubric",
            "fn": "rubric",
            "weight": 1.0,
            "params": {"rubric": "writing@1"},
            "when": {"answerType": ["open"]},
        },
    ],
}
LAYERS, WIDTH, HIDDEN, HEADS, KV_HEADS, HEAD_DIM = 2, 32, 64, 2, 1, 16


def suite_hash(suite: dict[str, Any]) -> str:
    """As the fake server computes it."""
    return hashlib.sha256(json.dumps(suite, sort_keys=True).encode()).hexdigest()


def make_tokenizer(folder: Path) -> spm.SentencePieceProcessor:
    """Byte-fallback BPE with Gemma's special ids and turn tokens."""
    corpus = folder / "corpus.txt"
    corpus.write_text("Ann has three apples and gets two more. How many apples?\n" * 20, encoding="utf-8")
    spm.SentencePieceTrainer.train(  # type: ignore[attr-defined]
        input=str(corpus),
        model_prefix=str(folder / "tokenizer"),
        model_type="bpe",
        vocab_size=420,
        pad_id=0,
        eos_id=1,
        bos_id=2,
        unk_id=3,
        user_defined_symbols=[
            *(f"<unused{i}>" for i in range(102)),
            "<start_of_turn>",
            "<end_of_turn>",
            "\n",
        ],
        byte_fallback=True,
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        normalization_rule_name="identity",
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return spm.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))


def make_base(folder: Path, scale: float = 1.0, heads: int = HEADS, kv_heads: int = KV_HEADS) -> Path:
    """Random weights in the Hugging Face layout. A huge `scale` makes a base whose gradients overflow."""
    folder.mkdir(parents=True)
    vocabulary = make_tokenizer(folder).vocab_size()
    rng = np.random.default_rng(5)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (rng.normal(0, scale * columns**-0.5, (rows, columns))).astype(np.float32)

    tensors = {
        "model.embed_tokens.weight": matrix(vocabulary, WIDTH),
        "model.norm.weight": np.zeros(WIDTH, np.float32),
    }
    for i in range(LAYERS):
        layer = f"model.layers.{i}."
        for name, rows, columns in (
            ("self_attn.q_proj", heads * HEAD_DIM, WIDTH),
            ("self_attn.k_proj", kv_heads * HEAD_DIM, WIDTH),
            ("self_attn.v_proj", kv_heads * HEAD_DIM, WIDTH),
            ("self_attn.o_proj", WIDTH, heads * HEAD_DIM),
            ("mlp.gate_proj", HIDDEN, WIDTH),
            ("mlp.up_proj", HIDDEN, WIDTH),
            ("mlp.down_proj", WIDTH, HIDDEN),
        ):
            tensors[f"{layer}{name}.weight"] = matrix(rows, columns)
        for name in ("input", "post_attention", "pre_feedforward", "post_feedforward"):
            tensors[f"{layer}{name}_layernorm.weight"] = np.zeros(WIDTH, np.float32)
    save_file(tensors, str(folder / "model.safetensors"), metadata={"format": "pt"})
    config = {
        "architectures": ["Gemma2ForCausalLM"],
        "model_type": "gemma2",
        "vocab_size": vocabulary,
        "hidden_size": WIDTH,
        "intermediate_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "head_dim": HEAD_DIM,
        "query_pre_attn_scalar": HEAD_DIM,
        "sliding_window": 512,
        "attn_logit_softcapping": 50.0,
        "final_logit_softcapping": 30.0,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "hidden_activation": "gelu_pytorch_tanh",
        "max_position_embeddings": 512,
        "attention_bias": False,
        "tie_word_embeddings": True,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def make_rows(path: Path, count: int = 6, split: str = "train") -> None:
    """Rows of another split ask other questions, all of the same length in tokens."""
    things = "apples" if split == "train" else "pears"
    lines = []
    for i in range(count):
        question = f"Ann has {i + 2} {things} and gets two more. How many {things}?"
        row = {
            "id": f"fake:main:{split}:{i}",
            "question": question,
            "answer": str(i + 4),
            "answerType": "number",
        }
        prompt = f"<start_of_turn>user\n{question}<end_of_turn>\n<start_of_turn>model\n"
        lines.append(json.dumps({"row": row, "prompt": prompt}) + "\n")
    path.write_text("".join(lines), encoding="utf-8")


def make_spec(folder: Path, base: Path, server: list[str] | None = None) -> dict[str, Any]:
    """A valid spec for the folder; its rows are written, spec.json is not."""
    folder.mkdir(parents=True, exist_ok=True)
    make_rows(folder / "train.jsonl")
    sha256 = file_sha256(folder / "train.jsonl")
    return {
        "version": 1,
        "jobId": JOB_ID,
        "kind": "grpo",
        "name": "a test",
        "base": {"modelId": "random", "path": str(base), "sha256": base_identity(base)},
        "data": {"snapshot": sha256, "path": "train.jsonl", "sha256": sha256, "count": 6},
        "prompt": {
            "id": "tiny-plain@1",
            "family": "gemma",
            "instruction": None,
            "examples": [],
            "choicesStyle": "letters",
        },
        "rewardSuite": {"name": "fake", "hash": suite_hash(SUITE), "suite": copy.deepcopy(SUITE)},
        "rewardServer": {"command": server or [sys.executable, str(FAKE_SERVER)], "timeoutMs": 20000},
        "lora": {
            "rank": 4,
            "alpha": 8,
            "targets": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        },
        "training": {
            "steps": 3,
            "promptsPerStep": 2,
            "groupSize": 3,
            "learningRate": 1e-2,
            # Without a schedule the number of steps is in no compiled program: the tests share them all.
            "warmupFraction": 0,
            "schedule": "constant",
            "gradClip": 1.0,
            "beta": 0.04,
            "epsilon": 0.2,
            "klEstimator": "k3",
        },
        "rollout": {
            "maxPromptTokens": 64,
            "maxCompletionTokens": 16,
            "temperature": 1.0,
            "topP": 1.0,
            "topK": None,
        },
        "limits": {"deadlineMs": None, "checkpointEveryMs": 600000},
        "rolloutEncoding": "plain",
        "seed": 7,
        "env": {"requirementsLockSha256": None, "trainerSha256": None},
    }


def write_spec(folder: Path, spec: dict[str, Any]) -> None:
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")


def put(spec: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Sets the field at a dotted path."""
    *parents, last = path.split(".")
    node = spec
    for name in parents:
        node = node[name]
    node[last] = value
    return spec


def environment() -> dict[str, str]:
    """For child processes: the package on the path, the compilation cache on."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "forethought" / "jax"
    env = {"JAX_COMPILATION_CACHE_DIR": str(cache), "JAX_PLATFORMS": "cpu", **os.environ}
    env["PYTHONPATH"] = str(TRAINER)
    return env


def train(folder: Path, *before: str, kind: str = "grpo", **more: Any) -> subprocess.CompletedProcess[str]:
    """Runs the stage in its own process, as a host does."""
    command = [*before, sys.executable, "-m", "forethought_trainer", kind, "--job", str(folder)]
    return subprocess.run(
        command, env=environment(), cwd=folder, capture_output=True, text=True, timeout=300, **more
    )


def events(folder: Path, kind: str | None = None) -> list[dict[str, Any]]:
    """The job's log, every line checked."""
    found = [decode(line) for line in (folder / "events.jsonl").read_bytes().splitlines(keepends=True)]
    return [event for event in found if kind in (None, event["kind"])]
