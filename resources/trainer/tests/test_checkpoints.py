"""When a checkpoint is written: by time, after whole steps, as Tunix and Orbax ask for it."""

from pathlib import Path

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
