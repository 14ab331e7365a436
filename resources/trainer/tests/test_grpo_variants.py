"""Every form of GRPO: what Tunix is told of it, and a few steps of each, in this process, on the random base."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from safetensors.numpy import load_file
from supervised import run, values
from tunix.rl import algo_core, common
from tunix.rl.common import aggregate_loss

import jobs
import models
from forethought_trainer import training as training_run
from forethought_trainer import tunix_grpo
from forethought_trainer.grpo_run import GrpoRun
from forethought_trainer.load_base import load_base
from forethought_trainer.optimizer import optimizer
from forethought_trainer.spec import GrpoTraining
from forethought_trainer.tunix_grpo import VARIANTS, WatchedCluster, algorithm

MICRO = {"trainMicroBatch": 1, "logpsMicroBatch": 1}

# --- what Tunix is told ---------------------------------------------------------------------------------------

# Written out once more: advantage, how token losses become one, ratio.
FORMS = {
    "grpo": ("grpo", "sequence-mean-token-mean", "grpo"),
    "dr-grpo": ("drgrpo", "sequence-mean-token-scale", "grpo"),
    "gspo-token": ("grpo", "sequence-mean-token-mean", "gspo-token"),
    "dapo": ("grpo", "token-mean", "grpo"),
    "rloo": ("rloo", "sequence-mean-token-mean", "grpo"),
}


def settings(**fields: Any) -> GrpoTraining:
    """None of them is what Tunix takes of itself."""
    given: dict[str, Any] = {
        "steps": 2,
        "prompts_per_step": 2,
        "group_size": 3,
        "learning_rate": 1e-2,
        "warmup_fraction": 0.0,
        "schedule": "constant",
        "grad_clip": 1.0,
        "beta": 0.5,
        "epsilon": 0.25,
        "kl_estimator": "k3",
    }
    return GrpoTraining(**{**given, **fields})


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_form_of_grpo_has_its_names_in_tunix(variant: Any) -> None:
    config = algorithm(settings(variant=variant, iterations=4))
    assert (config.advantage_estimator, config.loss_agg_mode, config.loss_algo) == FORMS[variant]
    assert config.policy_loss_fn == "grpo"
    told = (config.num_generations, config.num_iterations, config.beta, config.epsilon, config.kl_loss_mode)
    assert told == (3, 4, 0.5, 0.25, "low_var_kl")
    assert not hasattr(config, "epsilon_high")


# Log probabilities of two completions, of three tokens and of one.
NOW = np.array([[-1.0, -2.0, -0.5], [-1.5, 0.0, 0.0]])
MASK = np.array([[1, 1, 1], [1, 0, 0]])


def loss_of(
    monkeypatch: pytest.MonkeyPatch, old: Any = None, reference: Any = None, **fields: Any
) -> tuple[float, float]:
    """What Tunix's own loss makes of the settings, where the first completion has advantage 1, the second -1; and the KL."""
    scored = (jnp.asarray(NOW), jnp.zeros((*NOW.shape, 5)))
    monkeypatch.setattr(common, "compute_per_token_logps", lambda *_, **__: scored)
    config = algorithm(settings(**fields))
    config.temperature = 1.0  # type: ignore[attr-defined]  # by Tunix's learner
    example = SimpleNamespace(
        prompt_ids=None,
        completion_ids=None,
        completion_mask=jnp.asarray(MASK),
        advantages=jnp.array([1.0, -1.0]),
        old_per_token_logps=None if old is None else jnp.asarray(old),
        ref_per_token_logps=None if reference is None else jnp.asarray(reference),
    )
    loss, told = algo_core.grpo_loss_fn(nnx.Module(), example, config, 0, 1)
    return float(loss), float(told["kl"])


@pytest.mark.parametrize("beta", [0.5, 2.0])
@pytest.mark.parametrize("estimator", ["k1", "k3"])
def test_the_kl_is_that_of_its_name_and_weighs_by_beta(
    monkeypatch: pytest.MonkeyPatch, estimator: str, beta: float
) -> None:
    reference = np.array([[-1.3, -1.1, -0.9], [-2.5, 0.0, 0.0]])
    of_tokens = {"k1": NOW - reference, "k3": np.exp(reference - NOW) - (reference - NOW) - 1}[estimator]
    loss, kl = loss_of(monkeypatch, reference=reference, kl_estimator=estimator, beta=beta)
    assert kl == pytest.approx(of_tokens[MASK == 1].mean(), rel=1e-5)
    # The advantages cancel out; each completion weighs the same.
    assert loss == pytest.approx(beta * (of_tokens[0].mean() + of_tokens[1, 0]) / 2, rel=1e-5)


@pytest.mark.parametrize(("high", "most"), [(None, 1.25), (0.4, 1.4)])
def test_the_clip_ends_at_epsilon_high(
    monkeypatch: pytest.MonkeyPatch, high: float | None, most: float
) -> None:
    """The first completion is far likelier than it was, the second far less likely."""
    old = NOW - MASK * np.array([[0.7], [-0.7]])
    loss, _ = loss_of(monkeypatch, old=old, epsilon_high=high, beta=0.0)
    assert loss == pytest.approx((-most + (1 - 0.25)) / 2, rel=1e-5)


# --- runs -----------------------------------------------------------------------------------------------------


def trained(folder: Path, spec: dict[str, Any], **training: Any) -> dict[int, dict[str, float]]:
    """The metrics by step of a run of two steps that has ended well."""
    spec["training"] |= {"steps": 2, **training}
    assert run(folder, spec) == 0
    found = values(folder)
    assert sorted(found) == [1, 2]
    return found


def weights(folder: Path) -> dict[str, np.ndarray]:
    return load_file(folder / "artifacts" / "final" / "adapter_model.safetensors")


@pytest.mark.parametrize(
    "training",
    [
        {"variant": "dr-grpo"},
        {"variant": "gspo-token", "iterations": 2},
        {"variant": "dapo", "beta": 0, "epsilonHigh": 0.28, "iterations": 2},
        {"variant": "rloo", "klEstimator": "k1"},
    ],
    ids=lambda training: training["variant"],
)
def test_a_form_of_grpo_trains(
    folder: Path, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch, training: dict[str, Any]
) -> None:
    iterations = training.get("iterations", 1)
    asked: list[int] = []

    def noted(settings: GrpoTraining, updates_per_step: int) -> Any:
        asked.append(updates_per_step)
        return optimizer(settings, updates_per_step)

    monkeypatch.setattr(tunix_grpo, "optimizer", noted)
    monkeypatch.setattr(training_run, "device_metrics", lambda: {"device/mem_bytes": 7.0})  # as no CPU tells
    found = trained(folder, spec, **training)
    assert asked == [iterations]  # the updates of one step have the same rate
    for step in found.values():
        assert step["device/mem_bytes"] == 7
        assert math.isfinite(step["policy/loss"]) and step["policy/grad_norm"] > 0
        assert ("policy/kl" in step) == (training.get("beta") != 0)
    assert all(np.abs(b).max() > 0 for name, b in weights(folder).items() if "lora_B" in name)
    # Each iteration is an update; a checkpoint is named by the updates made.
    assert [path.name for path in (folder / "checkpoints" / "actor").glob("[0-9]*")] == [str(2 * iterations)]


def test_the_entropy_of_dr_grpo_is_a_mean_over_tokens_too() -> None:
    """Tunix's own aggregation of dr-grpo makes short completions look sure of themselves."""
    limit, lengths = 16, [3, 16, 0, 1]
    entropies = jnp.asarray(np.random.default_rng(0).uniform(1, 2, (4, limit)))
    mask = jnp.arange(limit) < jnp.array(lengths)[:, None]
    told: list[float] = []
    for variant in ("dr-grpo", "dapo"):
        told_by_tunix = float(aggregate_loss(entropies, mask, VARIANTS[variant].aggregation))
        run: Any = SimpleNamespace(
            session=SimpleNamespace(has_kl=False),
            values={},
            tokens=lengths,
            updated=lambda *_: None,
            check=lambda _: None,
            check_kl=lambda _: None,
            spec=SimpleNamespace(
                training=SimpleNamespace(variant=variant),
                rollout=SimpleNamespace(max_completion_tokens=limit),
            ),
        )
        run.values |= {"reward/total/mean": 0.0, "completion/length_mean": 5.0}
        names = ("loss", "grad_norm", "pg_clipfrac", "kl")
        GrpoRun.updated_actor(run, {**dict.fromkeys(names, 0.0), "entropy": told_by_tunix}, 1.0)
        told.append(run.values["policy/entropy"])
    assert told == pytest.approx([float(entropies[mask].mean())] * 2)


def test_a_second_update_on_one_batch_is_bounded_by_the_clip(folder: Path, spec: dict[str, Any]) -> None:
    """With one update the ratio is 1; the second one of a step sees a policy that the first has moved."""
    found = trained(folder, spec, iterations=2, epsilon=1e-4)
    assert all(step["policy/clip_frac"] > 0 for step in found.values())


def test_a_step_in_parts_learns_the_same(folder: Path, spec: dict[str, Any], tmp_path: Path) -> None:
    whole = trained(folder, spec)
    parts = tmp_path / "parts"
    spec["data"]["path"] = str(folder / "train.jsonl")
    parts.mkdir()
    cut = trained(parts, spec, **MICRO)
    # Not policy/grad_norm, which is told as the mean of the parts' norms.
    for name in ("policy/loss", "policy/kl", "reward/total/mean"):
        assert cut[1][name] == pytest.approx(whole[1][name], rel=1e-4, abs=1e-5), name
    mine, theirs = weights(parts), weights(folder)
    for name in theirs:
        assert np.abs(mine[name] - theirs[name]).max() < 1e-3, name


def test_gemma_3_is_sampled_and_scored_as_the_whole_model_says(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its window is shorter than the prompts. The base is scored by the logits of the end, the update in parts."""
    base = tmp_path / "base"
    models.write_base(base, models.GEMMA3)
    config = models.config_of(models.GEMMA3) | {"sliding_window": 24}
    (base / "config.json").write_text(json.dumps(config))
    in_parts = itertools.cycle([False, True])
    monkeypatch.setattr(tunix_grpo, "in_parts", lambda *_: next(in_parts))
    drawn: list[Any] = []
    generate = WatchedCluster.generate

    def generating(self: WatchedCluster, *args: Any, **kwargs: Any) -> Any:
        drawn.append(generate(self, *args, **kwargs))
        return drawn[-1]

    monkeypatch.setattr(WatchedCluster, "generate", generating)
    spec = jobs.make_spec(folder, base)
    spec["rollout"]["topK"] = 2
    found = trained(folder, spec)
    assert found[1]["policy/kl"] == pytest.approx(0, abs=1e-6)  # the first step is still the base
    assert found[2]["policy/kl"] > 0
    assert all(np.abs(b).max() > 0 for name, b in weights(folder).items() if "lora_B" in name)

    prompts = [row[row != 0] for row in np.asarray(drawn[0].left_padded_prompt_tokens)]
    ids = np.zeros((len(prompts), 80), np.int32)
    for row, prompt, completion in zip(ids, prompts, drawn[0].tokens, strict=True):
        row[: len(prompt) + len(completion)] = [*prompt, *completion]
    causal = jnp.tril(jnp.ones((len(ids), 80, 80), bool))
    whole = nnx.jit(lambda model, ids: model(ids, jnp.arange(80)[None], None, causal)[0])
    logits = np.asarray(whole(load_base(base)[0], ids), np.float64)
    entropies = []
    for row, prompt, completion in zip(logits, prompts, drawn[0].tokens, strict=True):
        told = row[len(prompt) - 1 : len(prompt) + len(completion) - 1]
        likeliest = np.argsort(told, axis=-1)[:, -2:]
        assert (likeliest == np.asarray(completion)[:, None]).any(axis=-1).all()
        logp = told - np.log(np.exp(told).sum(axis=-1, keepdims=True))
        entropies.append(-(np.exp(logp) * logp).sum(axis=-1).mean())
    assert found[1]["policy/entropy"] == pytest.approx(np.mean(entropies), abs=1e-4)
