"""What lies in memory while a run trains: the base once, whatever was updated and sampled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import jobs
from forethought_trainer import host_memory

# Before each step: is the embedding of the policy, and of the policy as it was when the step began, the base's own array?
WATCH = """
import sys
from forethought_trainer import job, training

def embedding(state):
    return state["embedder"]["input_embedding"].get_value()

begin = training.TrainingRun.begin

def told(self, step):
    from flax import nnx
    base = embedding(nnx.state(self.policy.base))
    policies = [nnx.state(self.session.actor), self.session.cluster._anchor_policy_state]
    print("shared", *(embedding(policy) is base for policy in policies), flush=True)
    begin(self, step)

training.TrainingRun.begin = told
sys.exit(job.main("grpo", ["--job", sys.argv[1]], ""))
"""


def test_the_base_is_not_copied(folder: Path, spec: dict[str, Any]) -> None:
    spec["training"]["steps"] = 3
    jobs.write_spec(folder, spec)
    ran = subprocess.run(
        [sys.executable, "-c", WATCH, str(folder)],
        env=jobs.environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    told = [line for line in ran.stdout.splitlines() if line.startswith("shared")]
    assert told == ["shared True True"] * 3


def test_freed_memory_can_be_given_back() -> None:
    before = host_memory.host_metrics()
    host_memory.give_back()
    after = host_memory.host_metrics()
    assert 0 < after["host/mem_bytes"] <= after["host/mem_peak_bytes"]
    assert after["host/mem_peak_bytes"] >= before["host/mem_peak_bytes"]
