"""The sampler that keeps its model while it answers: the completions are Tunix's own, and new weights are seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

PROMPTS = ["two and two", "a longer question than the other one"]


@pytest.fixture
def made(base: Path) -> tuple[Any, Any]:
    """A sampler and one of Tunix's own, of the same model."""
    from tunix.generate import sampler as tunix

    from forethought_trainer.load_base import load_base, single_device_mesh
    from forethought_trainer.sampler import CacheConfig, Sampler

    model, config, tokenizer = load_base(base, single_device_mesh())
    cache = CacheConfig(
        cache_size=64,
        num_layers=config.num_layers,
        num_kv_heads=config.num_kv_heads,
        head_dim=config.head_dim,
    )
    return Sampler(model, tokenizer, cache), tunix.Sampler(model, tokenizer, cache)


def ask(sampler: Any) -> list[list[int]]:
    from forethought_trainer.load_base import single_device_mesh

    with single_device_mesh():
        answer = sampler(
            PROMPTS, max_generation_steps=8, max_prompt_length=48, temperature=1.0, top_p=1.0, seed=5
        )
    return [list(map(int, tokens)) for tokens in answer.tokens]


def test_it_answers_as_tunix_does_and_builds_its_model_once(
    made: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flax import nnx

    ours, theirs = made
    assert ask(ours) == ask(theirs)  # compiled by now
    merge, built = nnx.merge, []

    def merging(*args: Any, **kwargs: Any) -> Any:
        built.append(args)
        return merge(*args, **kwargs)

    monkeypatch.setattr(nnx, "merge", merging)
    ask(theirs)
    alone = len(built)
    built.clear()
    ask(ours)
    assert (len(built), alone > 1) == (1, True)


def test_it_sees_new_weights_and_keeps_no_old_ones(made: tuple[Any, Any]) -> None:
    import jax
    from flax import nnx

    ours, theirs = made
    before = ask(ours)
    other = jax.tree.map(lambda array: array[::-1] if array.ndim == 2 else array, nnx.state(ours.transformer))
    for sampler in (ours, theirs):
        sampler.transformer_state = other
    assert ask(ours) == ask(theirs) != before
    assert ours._built is None
