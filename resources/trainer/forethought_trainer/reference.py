"""Writes reference.json beside an adapter: what base + adapter compute here, for whoever loads it elsewhere.

The core compares these numbers with llama.cpp's before it calls an adapter ready.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from forethought_trainer.agreement import whole
from forethought_trainer.data import encode
from forethought_trainer.read_only import read_only

PROMPTS = 4
GREEDY_TOKENS = 16
ALL_LOGITS_UP_TO = 4096
TOP = 64


@read_only
def last_logits(model: nnx.Module, ids: jax.Array, lengths: jax.Array) -> jax.Array:
    """float32 logits (prompts, vocabulary) at the last real position of right-padded ids (prompts, length)."""
    width = ids.shape[1]
    real = jnp.arange(width)[None, :] < lengths[:, None]
    mask = jnp.tril(jnp.ones((width, width), bool))[None] & real[:, None, :]
    positions = jnp.broadcast_to(jnp.arange(width), ids.shape)
    logits, _ = model(ids, positions, None, mask)  # type: ignore[operator]
    return logits[jnp.arange(ids.shape[0]), lengths - 1].astype(jnp.float32)


def compute_reference(
    model: nnx.Module, tokenizer: Any, prompts: Sequence[str], end_tokens: Sequence[int]
) -> list[dict[str, Any]]:
    """For each prompt: its ids (BOS first), the next token's logits, and up to 16 greedy token ids.

    The greedy ids end with the end token where the model ends its turn earlier.
    """
    rows = [encode(tokenizer, prompt) for prompt in prompts]
    width = max(map(len, rows)) + GREEDY_TOKENS
    ids = np.full((len(rows), width), tokenizer.pad_id(), np.int32)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
    lengths = np.array([len(row) for row in rows], np.int32)
    first: np.ndarray | None = None
    greedy: list[list[int]] = [[] for _ in rows]
    for _ in range(GREEDY_TOKENS):
        logits = whole(last_logits(model, jnp.asarray(ids), jnp.asarray(lengths)))
        if first is None:
            first = logits
        for i, token in enumerate(logits.argmax(axis=1).tolist()):
            if greedy[i] and greedy[i][-1] in end_tokens:
                continue
            greedy[i].append(token)
            ids[i, lengths[i]] = token
            lengths[i] += 1
    assert first is not None
    return [
        {"prompt": prompt, "ids": row, **shown_logits(logits), "greedy": tokens}
        for prompt, row, logits, tokens in zip(prompts, rows, first, greedy, strict=True)
    ]


def shown_logits(logits: np.ndarray) -> dict[str, Any]:
    """All logits of a small vocabulary, and the 64 largest of any."""
    top = np.argsort(-logits, kind="stable")[:TOP]
    return {
        "logits": [rounded(x) for x in logits] if logits.size <= ALL_LOGITS_UP_TO else None,
        "top": [[int(i), rounded(logits[i])] for i in top],
    }


def rounded(value: Any) -> float:
    """Eight significant digits: a float32 has no more."""
    return float(f"{float(value):.8g}")


def write_reference(folder: Path, prompts: Sequence[dict[str, Any]]) -> None:
    """prompts: what compute_reference has found."""
    (folder / "reference.json").write_text(
        json.dumps({"prompts": prompts}, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n",
        encoding="utf-8",
    )
