"""Scoring in parts: Tunix's own log probabilities, entropies and updates, for both Gemmas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from tunix.models.gemma3 import model as gemma3
from tunix.rl import algo_core, common

from forethought_trainer import token_scores
from forethought_trainer.load_base import load_base
from forethought_trainer.needed_logits import can_be_told
from forethought_trainer.plan import in_parts

PROMPT, COMPLETION, ROWS = 12, 7, 5


@pytest.fixture(scope="module", params=["gemma2", "gemma3"])
def model(request: pytest.FixtureRequest, base: Path) -> Any:
    """Gemma 2 caps its logits, Gemma 3 does not."""
    if request.param == "gemma2":
        return load_base(base)[0]
    config = gemma3.ModelConfig(
        num_layers=2,
        num_embed=420,
        embed_dim=32,
        hidden_dim=64,
        num_heads=2,
        head_dim=16,
        num_kv_heads=1,
        sliding_window_size=64,
        param_dtype=jnp.float32,
    )
    return can_be_told(gemma3.Gemma3(config, rngs=nnx.Rngs(4)))


@pytest.fixture(scope="module")
def tokens() -> tuple[jax.Array, jax.Array]:
    rng = np.random.default_rng(3)
    prompts, completions = rng.integers(110, 400, (ROWS, PROMPT)), rng.integers(110, 400, (ROWS, COMPLETION))
    prompts[1, :5] = 0
    completions[2, 4:] = 0
    return jnp.array(prompts), jnp.array(completions)


def scored(model: Any, tokens: tuple[jax.Array, jax.Array], function: Any, **more: Any) -> Any:
    graph, state = nnx.split(model)
    return function(graph, state, *tokens, 0, 1, return_logits=True, **more)


@pytest.fixture(autouse=True)
def two_rows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five rows then make two parts and a rest."""
    monkeypatch.setattr(token_scores, "LOGITS_AT_ONCE", 2 * COMPLETION * 420 * 4)


def test_the_numbers_are_tunix_own(model: Any, tokens: tuple[jax.Array, jax.Array]) -> None:
    logps, logits = scored(model, tokens, common.compute_per_token_logps, temperature=0.7)
    ours, entropy = scored(model, tokens, token_scores.compute_per_token_logps, temperature=0.7)
    assert logits.shape == (ROWS, COMPLETION, 420)
    np.testing.assert_allclose(ours, logps, rtol=0, atol=2e-5)
    np.testing.assert_allclose(entropy, algo_core.compute_entropy_from_logits(logits), rtol=0, atol=2e-5)


def test_the_gradient_is_tunix_own(model: Any, tokens: tuple[jax.Array, jax.Array]) -> None:
    """By all weights but the embedding, which no adapter changes."""
    weights = jnp.array(np.random.default_rng(1).normal(size=(ROWS, COMPLETION)))

    def gradient(function: Any) -> Any:
        def loss(model: Any) -> jax.Array:
            logps, _ = scored(model, tokens, function, stop_gradient=False, temperature=0.7)
            return (logps * weights).sum()

        layers = nnx.DiffState(0, nnx.PathContains("layers"))
        return nnx.grad(loss, argnums=layers)(model)

    theirs = jax.tree.leaves(gradient(common.compute_per_token_logps))
    ours = jax.tree.leaves(gradient(token_scores.compute_per_token_logps))
    assert len(ours) == len(theirs) > 10
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-5 * float(jnp.abs(b).max()) + 1e-6)


def test_tunix_takes_it_only_inside() -> None:
    theirs = common.compute_per_token_logps
    with token_scores.lean_scoring():
        assert common.compute_per_token_logps is token_scores.compute_per_token_logps
    assert common.compute_per_token_logps is theirs


def test_only_many_logits_are_worth_it() -> None:
    assert in_parts(6, 104, 262_144)
    assert not in_parts(16, 96, 640)
