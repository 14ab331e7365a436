"""Logits of the needed positions only: the same numbers as Tunix's own, in scoring, in training and in sampling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from tunix.rl import common

from forethought_trainer.load_base import load_base
from forethought_trainer.needed_logits import logits_at_end

PROMPT, COMPLETION = 12, 7


@pytest.fixture(scope="module")
def model(base: Path) -> Any:
    return load_base(base)[0]


@pytest.fixture(scope="module")
def tokens() -> tuple[jax.Array, jax.Array]:
    """Left-padded prompts and right-padded completions, as Tunix lays them out."""
    rng = np.random.default_rng(3)
    prompts = rng.integers(110, 400, (4, PROMPT))
    completions = rng.integers(110, 400, (4, COMPLETION))
    prompts[1, :5] = 0
    completions[2, 4:] = 0
    return jnp.array(prompts), jnp.array(completions)


def log_probabilities(model: Any, tokens: tuple[jax.Array, jax.Array], **more: Any) -> Any:
    graph, state = nnx.split(model)
    return common.compute_per_token_logps(graph, state, *tokens, 0, 1, **more)


def test_only_the_positions_at_the_end_are_computed(model: Any, tokens: tuple[jax.Array, jax.Array]) -> None:
    prompts, _ = tokens
    positions = jnp.broadcast_to(jnp.arange(PROMPT), prompts.shape)
    mask = jnp.broadcast_to(jnp.tril(jnp.ones((PROMPT, PROMPT), bool)), (4, PROMPT, PROMPT))
    whole, _ = model(prompts, positions, None, mask)
    with logits_at_end(3):
        some, _ = model(prompts, positions, None, mask)
    assert whole.shape == (4, PROMPT, 420)
    assert some.shape == (4, 3, 420)
    np.testing.assert_allclose(some, whole[:, -3:], rtol=0, atol=2e-6)


def test_tunix_scores_the_same(model: Any, tokens: tuple[jax.Array, jax.Array]) -> None:
    theirs = log_probabilities(model, tokens)
    jax.clear_caches()  # the count is read when the function is traced
    with logits_at_end(COMPLETION + 1):
        ours = log_probabilities(model, tokens)
    jax.clear_caches()
    assert ours.shape == theirs.shape == (4, COMPLETION)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-6)


def test_the_gradient_is_the_same(model: Any, tokens: tuple[jax.Array, jax.Array]) -> None:
    def loss(model: Any) -> jax.Array:
        scored, logits = log_probabilities(model, tokens, stop_gradient=False, return_logits=True)
        return scored.mean() + 1e-3 * (logits**2).mean()

    theirs = nnx.grad(loss)(model)
    jax.clear_caches()
    with logits_at_end(COMPLETION + 1):
        ours = nnx.grad(loss)(model)
    jax.clear_caches()
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=2e-6)


def test_the_count_holds_only_inside(model: Any) -> None:
    prompts = jnp.full((1, 4), 120)
    positions, mask = jnp.arange(4)[None], jnp.ones((1, 4, 4), bool)
    with logits_at_end(2):
        with logits_at_end(1):
            assert model(prompts, positions, None, mask)[0].shape[1] == 1
        assert model(prompts, positions, None, mask)[0].shape[1] == 2
    assert model(prompts, positions, None, mask)[0].shape[1] == 4
