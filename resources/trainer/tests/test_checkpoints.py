"""When a checkpoint is written: by time, after whole steps, as Tunix and Orbax ask for it."""

import os
from pathlib import Path

import optax
import pytest
from flax import nnx
from tunix.sft.checkpoint_manager import CheckpointManager

from forethought_trainer import checkpoints


class Model(nnx.Module):
    def __init__(self) -> None:
        self.lora = nnx.LoRAParam(nnx.Linear(2, 2, rngs=nnx.Rngs(0)).kernel[...])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: now[0])
    return now


def test_is_written_each_interval_after_whole_steps(tmp_path: Path, clock: list[float]) -> None:
    manager = CheckpointManager(str(tmp_path), checkpoints.options(60_000, updates_per_step=2))
    model = Model()
    written = []
    for update in range(1, 25):
        clock[0] += 10
        if manager.save(update, model, save_only_lora_params=True):
            written.append(update)
            manager._checkpoint_manager.wait_until_finished()  # type: ignore[union-attr]
    manager.close()
    assert written == [6, 12, 18, 24]
    assert checkpoints.Finished(tmp_path).latest() == 24


@pytest.mark.parametrize(
    "what", ["_CHECKPOINT_METADATA", "_METADATA", "manifest.ocdbt", "/d/", "_sharding", "/"]
)
@pytest.mark.parametrize("left", [0, 0.5])
def test_a_damaged_checkpoint_is_set_aside(tmp_path: Path, what: str, left: float) -> None:
    root = tmp_path / "actor"
    root.mkdir()
    model = Model()
    optimizer = nnx.Optimizer(model, optax.adam(1e-3), wrt=nnx.LoRAParam)
    manager = CheckpointManager(str(root), checkpoints.options(0))
    for updates in (4, 7):
        manager.save(updates, model, optimizer, save_only_lora_params=True, force=True)
        manager._checkpoint_manager.wait_until_finished()  # type: ignore[union-attr]
    manager.close()
    assert checkpoints.set_aside_damaged(root) == []
    for path in (root / "7").rglob("*"):
        if path.is_file() and what in str(path):
            os.truncate(path, int(left * path.stat().st_size))
    assert [updates for updates, _ in checkpoints.set_aside_damaged(root)] == [7]
    assert (tmp_path / "actor.damaged" / "7").is_dir()
    manager = CheckpointManager(str(root), checkpoints.options(0))
    assert manager.maybe_restore(model, optimizer, restore_only_lora_params=True)[0] == 4
    manager.close()


def test_where_none_can_be_read_nothing_is_left_to_restore(tmp_path: Path) -> None:
    root = tmp_path / "actor"
    assert checkpoints.set_aside_damaged(root) == []
    for updates in ("4", "7"):
        (root / updates).mkdir(parents=True)
    assert [updates for updates, _ in checkpoints.set_aside_damaged(root)] == [7, 4]
    assert checkpoints.Finished(root).latest() == 0
