"""The numbers of a step, on values worked out by hand; the schedule and the optimizer."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest

from forethought_trainer.exam import shares
from forethought_trainer.metrics import advantages, format_parts, length_metrics, reward_metrics
from forethought_trainer.optimizer import learning_rate, optimizer
from forethought_trainer.reward_client import Score
from forethought_trainer.spec import GrpoTraining


def score(total: float, verdict: str = "wrong", strict: bool | None = None, **parts: float | None) -> Score:
    return Score(total, parts, verdict, None, {}, strict)


def test_advantages_of_a_group() -> None:
    """Rewards 1, 0, 0: mean 1/3, std with ddof 1 = sqrt(1/3)."""
    found = advantages([1, 0, 0, 5, 5, 5], 3)
    assert found[:3] == pytest.approx([1.1547, -0.57735, -0.57735], abs=1e-4)
    assert found[3:].tolist() == [0, 0, 0]


@pytest.mark.parametrize("estimator", ["grpo", "drgrpo", "rloo"])
def test_advantages_are_tunix_own(estimator: str) -> None:
    from tunix.rl import algo_core, function_registry

    assert algo_core  # it fills the registry
    compute = function_registry.get_advantage_estimator(estimator)
    totals = np.random.default_rng(1).normal(size=24)
    np.testing.assert_allclose(
        advantages(list(totals), 6, estimator), compute(rewards=totals, num_generations=6), rtol=0, atol=1e-12
    )


def test_parts_that_do_not_apply_do_not_count() -> None:
    scores = [
        score(2, "correct", format=1.0, rubric=None),
        score(0, "wrong", format=0.0, rubric=0.5),
        score(1, "not-applicable", format=1.0, rubric=None),
        score(1, "unparsable", format=-1.0, rubric=None),
    ]
    values = reward_metrics(scores, 2, ["format"])
    assert values["reward/total/mean"] == 1
    assert values["reward/total/std"] == pytest.approx(0.5**0.5)
    assert values["reward/format/mean"] == 0.25
    assert values["reward/rubric/mean"] == 0.5
    assert values["reward/rubric/std"] == 0
    assert values["reward/zero_std_frac"] == 0.5
    assert values["answer/correct_frac"] == pytest.approx(1 / 3)
    assert values["format/strict_frac"] == 0.5


def test_a_share_of_right_answers_is_of_those_that_can_be_checked() -> None:
    told = shares([score(2, "correct"), score(0), score(1, "not-applicable"), score(1, "unparsable")], [])
    assert (told["n"], told["checked"], told["correct"]) == (4, 3, pytest.approx(1 / 3))
    told = shares([score(1, "not-applicable")], [])
    assert (told["n"], told["checked"], told["correct"]) == (1, 0, None)


def test_the_servers_reading_of_the_form_wins() -> None:
    assert (
        reward_metrics(
            [score(1, strict=True, format=0.9), score(1, strict=False, format=1.0)], 2, ["format"]
        )["format/strict_frac"]
        == 0.5
    )
    assert "format/strict_frac" not in reward_metrics([score(1), score(1)], 2, [])
    assert format_parts({"parts": [{"id": "f", "fn": "structure"}, {"id": "a", "fn": "answer"}]}) == ["f"]


def test_lengths() -> None:
    assert length_metrics([4, 16, 10, 16], 16) == {
        "completion/length_mean": 11.5,
        "completion/length_min": 4.0,
        "completion/length_max": 16.0,
        "completion/truncated_frac": 0.5,
    }


def settings(steps: int, warmup: float, schedule: str) -> GrpoTraining:
    return GrpoTraining(steps, 1, 2, 1e-3, warmup, schedule, 1.0, 0.0, 0.2, "k3")  # type: ignore[arg-type]


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 60])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("schedule", ["cosine", "constant"])
def test_no_update_has_rate_zero(steps: int, warmup: float, schedule: str) -> None:
    rate = learning_rate(settings(steps, warmup, schedule))
    rates = [float(rate(i, np)) for i in range(steps)]
    assert all(0 < r <= 1e-3 for r in rates)
    assert max(rates) == pytest.approx(1e-3)
    in_jax = [float(rate(i)) for i in range(steps)]
    assert in_jax == pytest.approx(rates, rel=1e-4)


def test_the_shape_of_the_schedule() -> None:
    rate = learning_rate(settings(60, 0.1, "cosine"))
    rates = [float(rate(i, np)) for i in range(61)]
    assert rates[:6] == pytest.approx([1e-3 * (i + 1) / 6 for i in range(6)])
    assert rates[6] == pytest.approx(1e-3)
    assert rates[33] == pytest.approx(0.5e-3)
    assert all(a > b for a, b in itertools.pairwise(rates[6:]))
    assert rates[60] == pytest.approx(0, abs=1e-9)


GRADIENTS = np.array([[30.0, -40.0], [0.3, 0.4], [math.nan, 1.0], [-0.9, 0.1], [6.0, 8.0], [0.02, -0.01]])


def updates(training: GrpoTraining, gradients: np.ndarray, updates_per_step: int = 1) -> np.ndarray:
    """What the optimizer makes of them, one after the other."""
    import jax.numpy as jnp

    made = optimizer(training, updates_per_step)
    weights = jnp.array([5.0, -5.0])  # a decay would show
    state, found = made.init(weights), []
    for gradient in gradients:
        update, state = made.update(jnp.array(gradient), state, weights)
        found.append(np.asarray(update))
    return np.array(found)


def by_hand(training: GrpoTraining, gradients: np.ndarray, clip: float) -> np.ndarray:
    """Adam (Kingma and Ba 2015, arXiv 1412.6980) on gradients whose norm is at most `clip`; one that is no number is nothing."""
    rate, first, second, made, found = learning_rate(training), 0.0, 0.0, 0, []
    for gradient in gradients:
        if not np.isfinite(gradient).all():
            found.append(np.zeros(2))
            continue
        clipped = gradient * min(1.0, clip / np.linalg.norm(gradient))
        first, second = 0.9 * first + 0.1 * clipped, 0.99 * second + 0.01 * clipped**2
        made += 1
        mean, spread = first / (1 - 0.9**made), np.sqrt(second / (1 - 0.99**made))
        found.append(-rate(made - 1, np) * mean / (spread + 1e-8))
    return np.array(found)


@pytest.mark.parametrize("clip", [1.0, 20.0])
def test_the_optimizer_clips_what_adam_sees(clip: float) -> None:
    """An update of Adam alone is as large after a huge gradient as after a small one: the clip shows in those that follow."""
    training = dataclasses.replace(settings(8, 0.0, "constant"), grad_clip=clip)
    found = updates(training, GRADIENTS)
    np.testing.assert_allclose(found, by_hand(training, GRADIENTS, clip), rtol=1e-4, atol=1e-9)
    assert not np.allclose(found[1], by_hand(training, GRADIENTS, 1e9)[1], rtol=1e-3, atol=0)


@pytest.mark.parametrize("updates_per_step", [1, 3])
def test_an_update_is_as_large_as_the_schedule_says(updates_per_step: int) -> None:
    """What Adam makes of one gradient again and again is the learning rate alone, of either sign."""
    training = settings(8, 0.25, "cosine")
    found = updates(training, np.tile([0.2, -0.3], (8 * updates_per_step, 1)), updates_per_step)
    rates = [1 / 2, 1, *(0.5 + 0.5 * math.cos(math.pi * i / 6) for i in range(6))]
    wanted = 1e-3 * np.repeat(rates, updates_per_step)
    np.testing.assert_allclose(found, np.stack([-wanted, wanted], axis=1), rtol=1e-3)
