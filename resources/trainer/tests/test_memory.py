"""What lies in memory while a run trains: the base once, whatever was updated, sampled or examined; and the adapter as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import pytest
import supervised

import jobs
from forethought_trainer import host_memory
from forethought_trainer.devices import device_metrics

# Before each step, and before each part of a step of SFT or DPO: is the policy's embedding the base's own array, and
# that the one which was loaded? Does a snapshot hold the adapter's newest arrays?
WATCH = """
import sys
import jax
from flax import nnx
from forethought_trainer import job, training, policy

def embedding(model):
    return model.embedder.input_embedding.get_value()

def tell(self, when):
    model, base = embedding(self.session.actor), embedding(self.policy.base)
    kept = jax.tree.leaves(self.policy.snapshot())
    now = jax.tree.leaves(nnx.state(self.session.actor, nnx.LoRAParam))
    newest = len(now) > 0 and all(map(lambda a, b: a is b, kept, now))
    print(when, model is base, base is loaded[0], newest, flush=True)

loaded = []
made = policy.Policy.__init__
def making(self, *arguments):
    made(self, *arguments)
    loaded.append(embedding(self.base))
policy.Policy.__init__ = making

begin = training.TrainingRun.begin
def beginning(self, step):
    begin(self, step)
    tell(self, "step")
    trainer = getattr(self.session, "trainer", None)
    if trainer and step == 1:
        prepare = trainer._prepare_inputs
        def preparing(batch):
            prepared = prepare(batch)
            tell(self, "part")
            return prepared
        trainer._prepare_inputs = preparing
training.TrainingRun.begin = beginning

sys.exit(job.main(sys.argv[1], ["--job", sys.argv[2]], ""))
"""


def told(folder: Path, kind: str, spec: dict[str, Any]) -> list[str]:
    spec["training"]["steps"] = 3
    jobs.write_spec(folder, spec)
    ran = subprocess.run(
        [sys.executable, "-c", WATCH, kind, str(folder)],
        env=jobs.environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    return [line for line in ran.stdout.splitlines() if line.startswith(("step True", "step False", "part"))]


def in_two_parts(folder: Path, base: Path, kind: str) -> dict[str, Any]:
    spec = supervised.make_spec(folder, base, kind, guard=True)
    spec["training"]["microBatch"] = spec["training"]["batchSize"] // 2
    return spec


def test_grpo_has_the_base_once(folder: Path, spec: dict[str, Any]) -> None:
    assert told(folder, "grpo", spec) == ["step True True True"] * 3


def test_guarded_sft_has_the_base_once(folder: Path, base: Path) -> None:
    found = told(folder, "sft", in_two_parts(folder, base, "sft"))
    assert found == ["step True True True", "part True True True", "part True True True"] * 3


def test_dpo_has_the_base_once_while_it_updates(folder: Path, base: Path) -> None:
    """Tunix asks the reference in a way that puts its weights into it anew: the policy gets those."""
    found = told(folder, "dpo", in_two_parts(folder, base, "dpo"))
    parts = [line for line in found if line.startswith("part")]
    assert len(parts) >= 6
    assert all(line.startswith("part True") and line.endswith("True") for line in parts)


class Device:
    def __init__(self, **stats: int):
        self.stats = stats

    def memory_stats(self) -> dict[str, int] | None:
        return self.stats or None


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (
            [
                Device(bytes_in_use=5, peak_bytes_in_use=7, bytes_limit=99),
                Device(bytes_in_use=3, peak_bytes_in_use=9, bytes_limit=99),
                Device(),
            ],
            {"device/mem_bytes": 5.0, "device/mem_peak_bytes": 9.0},
        ),
        ([Device(bytes_in_use=0)], {"device/mem_bytes": 0.0}),
        ([Device()], {}),
    ],
    ids=["of the fullest", "no peak", "a CPU"],
)
def test_the_memory_of_the_devices_is_told(
    monkeypatch: pytest.MonkeyPatch, there: list[Device], told: dict[str, float]
) -> None:
    """Of this process's own devices: those of another one of a slice do not answer it."""
    monkeypatch.setattr(jax, "local_devices", lambda: there)
    assert device_metrics() == told


def test_freed_memory_is_given_back_by_a_process_that_holds_much(monkeypatch: pytest.MonkeyPatch) -> None:
    trims: list[int] = []
    monkeypatch.setattr(host_memory, "TRIM", trims.append)
    host_memory.give_back()
    assert trims == []
    monkeypatch.setattr(host_memory, "WORTH_GIVING_BACK", 0)
    host_memory.give_back()
    assert trims == [0]


def test_freed_memory_can_be_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_memory, "WORTH_GIVING_BACK", 0)
    before = host_memory.host_metrics()
    host_memory.give_back()
    after = host_memory.host_metrics()
    assert 0 < after["host/mem_bytes"] <= after["host/mem_peak_bytes"]
    assert after["host/mem_peak_bytes"] >= before["host/mem_peak_bytes"]
