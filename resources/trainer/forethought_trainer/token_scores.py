"""What GRPO wants to know of each completion token, without ever holding the logits of all of them.

Tunix keeps the logits of every token, several copies of them, until the update is made: 6 completions of 104 tokens
and 262,144 tokens of vocabulary are 0.65 GB a copy. Here a few completions at a time are scored; what their gradient
needs (one vector of the model's width for each token) is computed while the logits are there.

Used by tunix_grpo.py where the logits are many; the numbers are Tunix's own, as tests/test_token_scores.py holds.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from tunix.rl import algo_core, common

from forethought_trainer.needed_logits import hidden_states
from forethought_trainer.plan import LOGITS_AT_ONCE


@contextmanager
def lean_scoring() -> Iterator[None]:
    """While this holds, Tunix's GRPO traces with the functions here. What it traced without stays as it is."""
    theirs = common.compute_per_token_logps, algo_core.compute_entropy_from_logits
    common.compute_per_token_logps = compute_per_token_logps  # type: ignore[assignment]
    algo_core.compute_entropy_from_logits = lambda entropy: entropy  # type: ignore[assignment]
    try:
        yield
    finally:
        common.compute_per_token_logps, algo_core.compute_entropy_from_logits = theirs


@functools.partial(
    jax.jit, static_argnames=("pad_id", "eos_id", "stop_gradient", "return_logits", "temperature")
)
def compute_per_token_logps(
    graphdef: Any,
    state: Any,
    prompt_tokens: jax.Array,
    completion_tokens: jax.Array,
    pad_id: int,
    eos_id: int,
    images: None = None,
    stop_gradient: bool = True,
    return_logits: bool = False,
    segment_ids: None = None,
    segment_positions: None = None,
    temperature: float = 1.0,
) -> Any:
    """Tunix's function of this name, for left-padded prompts and right-padded completions (rows, tokens).

    Returns the log probability of each completion token (rows, tokens); with return_logits, in the logits' place,
    the entropy of the distribution that it was drawn from (rows, tokens), all that the loss would make of them.
    """
    assert images is None, "this trainer has no images"
    assert segment_ids is None and segment_positions is None, "this trainer does not pack rollouts"
    model = nnx.merge(graphdef, state)
    tokens, positions, mask, _ = common.process_ids(prompt_tokens, completion_tokens, pad_id, eos_id)
    with hidden_states() as found:
        model(tokens, positions=positions, cache=None, attention_mask=mask)
    (hidden,) = found
    length = completion_tokens.shape[1]
    embedding = model.embedder.input_embedding.value
    cap = getattr(model, "final_logits_softcap", None)
    logps, entropy = token_scores(
        hidden[:, -length - 1 : -1],
        embedding,
        completion_tokens,
        cap,
        1.0 if temperature == 0 else temperature,
    )
    if stop_gradient:
        logps, entropy = jax.lax.stop_gradient((logps, entropy))
    return (logps, entropy) if return_logits else logps


def token_scores(
    hidden: jax.Array, embedding: jax.Array, tokens: jax.Array, cap: float | None, temperature: float
) -> tuple[jax.Array, jax.Array]:
    """Log probability and entropy at each position, both float32 (rows, tokens).

    hidden (rows, tokens, width) are the states that predict `tokens`, embedding is (vocabulary, width). A gradient
    goes to `hidden` alone, and from the log probabilities alone.
    """
    rows, length, _ = hidden.shape
    at_once = max(1, LOGITS_AT_ONCE // (length * embedding.shape[0] * 4))
    score = functools.partial(scores_of_part, cap, temperature)
    return jax.lax.map(
        lambda part: score(part[0], embedding, part[1]), (hidden, tokens), batch_size=min(at_once, rows)
    )


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def scores_of_part(
    cap: float | None, temperature: float, hidden: jax.Array, embedding: jax.Array, tokens: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """token_scores of one row: hidden (tokens, width)."""
    logits, _ = logits_of(cap, temperature, hidden, embedding)
    return scores_of_logits(logits, tokens)


def logits_of(
    cap: float | None, temperature: float, hidden: jax.Array, embedding: jax.Array
) -> tuple[jax.Array, jax.Array | float]:
    """Logits (tokens, vocabulary) in float32, and their derivative by the embedder's output."""
    raw = jnp.dot(hidden, embedding.T).astype(jnp.float32)
    if cap is None:
        return raw / temperature, 1 / temperature
    capped = jnp.tanh(raw / cap)
    return capped * cap / temperature, (1 - capped**2) / temperature


def scores_of_logits(logits: jax.Array, tokens: jax.Array) -> tuple[jax.Array, jax.Array]:
    normalizer = jax.nn.logsumexp(logits, axis=-1, keepdims=True)
    logps = jnp.take_along_axis(logits, tokens[:, None], axis=-1) - normalizer
    entropy = normalizer[:, 0] - (jnp.exp(logits - normalizer) * logits).sum(axis=-1)
    return logps[:, 0], entropy


def forward(
    cap: float | None, temperature: float, hidden: jax.Array, embedding: jax.Array, tokens: jax.Array
) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
    """The scores, and the gradient of each log probability by its hidden state (tokens, width)."""
    logits, slope = logits_of(cap, temperature, hidden, embedding)
    logps, entropy = scores_of_logits(logits, tokens)
    # d logp / d logits = (1 at the token) - probabilities; the first part is one row of the embedding.
    expected = jnp.dot((jax.nn.softmax(logits, axis=-1) * slope).astype(embedding.dtype), embedding)
    slope_there = slope if cap is None else jnp.take_along_axis(slope, tokens[:, None], axis=-1)  # type: ignore[arg-type]
    own = embedding[tokens] * slope_there
    return (logps, entropy), own - expected


def forward_of_rule(
    cap: float | None, temperature: float, hidden: jax.Array, embedding: jax.Array, tokens: jax.Array
) -> Any:
    scores, gradient = forward(cap, temperature, hidden, embedding, tokens)
    return scores, (gradient.astype(hidden.dtype), embedding)


def backward(cap: float | None, temperature: float, kept: Any, cotangents: Any) -> Any:
    gradient, embedding = kept
    from_logps, _ = cotangents
    # An adapter leaves the embedding alone: where nobody asks for its gradient these zeros are never made.
    return gradient * from_logps[:, None].astype(gradient.dtype), jnp.zeros_like(embedding), None


scores_of_part.defvjp(forward_of_rule, backward)
