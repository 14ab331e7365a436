"""Every form of GRPO trains: a few steps each, in this process, on the random base."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file
from supervised import run, values
from tunix.rl.common import aggregate_loss

from forethought_trainer.grpo_run import GrpoRun
from forethought_trainer.tunix_grpo import VARIANTS

MICRO = {"trainMicroBatch": 1, "logpsMicroBatch": 1}


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
        {"variant": "rloo"},
    ],
    ids=lambda training: training["variant"],
)
def test_a_form_of_grpo_trains(folder: Path, spec: dict[str, Any], training: dict[str, Any]) -> None:
    found = trained(folder, spec, **training)
    for step in found.values():
        assert math.isfinite(step["policy/loss"]) and step["policy/grad_norm"] > 0
        assert ("policy/kl" in step) == (training.get("beta") != 0)
    assert all(np.abs(b).max() > 0 for name, b in weights(folder).items() if "lora_B" in name)
    # Each iteration is an update; a checkpoint is named by the updates made.
    made = 2 * training.get("iterations", 1)
    assert [path.name for path in (folder / "checkpoints" / "actor").glob("[0-9]*")] == [str(made)]


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
