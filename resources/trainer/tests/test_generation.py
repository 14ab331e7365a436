"""How completions are drawn: what the spec says of it reaches Tunix's sampler, and does there what it means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from supervised import keep_compilations, run
from tunix.generate import sampler

import jobs
from forethought_trainer.data import sampling_seed
from forethought_trainer.generation import Generator
from forethought_trainer.policy import Policy
from forethought_trainer.spec import Generation, Rollout, read_spec

SAMPLING = {"temperature": 0.7, "top_p": 0.9, "top_k": 5}
PROMPTS = ["Ann has three apples.", "How many apples?", "Ann gets two more."]


class Asked(Exception):
    pass


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Tunix's sampler is asked. It does not answer, which would be compiled for each of these settings."""
    told: list[dict[str, Any]] = []

    def ask(_: sampler.Sampler, *__: Any, **how: Any) -> Any:
        told.append(how)
        raise Asked

    monkeypatch.setattr(sampler.Sampler, "__call__", ask)
    return told


@pytest.fixture
def generator(folder: Path, spec: dict[str, Any]) -> Generator:
    keep_compilations()
    jobs.write_spec(folder, spec)
    return Generator(Policy(read_spec(folder), folder, None), Generation(64, 16, len(PROMPTS)))


def test_grpo_samples_as_its_spec_says(
    folder: Path, spec: dict[str, Any], asked: list[dict[str, Any]]
) -> None:
    spec["rollout"] |= {"temperature": 0.7, "topP": 0.9, "topK": 5}
    assert run(folder, spec) == 1
    [how] = asked
    lengths = {"max_prompt_length": 64, "max_generation_steps": 16}
    wanted = {**SAMPLING, **lengths, "seed": sampling_seed(spec["seed"], 1)}
    assert {name: how[name] for name in wanted} == wanted


def test_a_generator_samples_as_it_is_told(generator: Generator, asked: list[dict[str, Any]]) -> None:
    with pytest.raises(Asked):
        generator.sample(PROMPTS, Rollout(64, 16, **SAMPLING), 7, 2)
    [how] = asked
    lengths = {"max_prompt_length": 64, "max_generation_steps": 16}
    wanted = {**SAMPLING, **lengths, "seed": sampling_seed(7, 2)}
    assert {name: how[name] for name in wanted} == wanted


def test_a_draw_among_one_token_is_the_likeliest_completion(
    generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By token: what a random model says is mostly bytes that are no text."""
    answer, told = sampler.Sampler.__call__, []

    def keep(*args: Any, **how: Any) -> Any:
        output = answer(*args, **how)
        told.append([tuple(map(int, ids)) for ids in output.tokens])
        return output

    monkeypatch.setattr(sampler.Sampler, "__call__", keep)
    group = [PROMPTS[0]] * 3
    for top_k in (1, None):
        for step in (1, 2):
            generator.sample(group, Rollout(64, 16, 1.0, 1.0, top_k), 7, step)
    generator.greedy(group)
    *one, first, second, likeliest = told
    assert one == [likeliest] * 2 and len(set(likeliest)) == 1
    assert len({*first, *second, *likeliest}) == 7
