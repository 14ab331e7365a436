"""GRPO on a mesh of two simulated devices computes what one device does; `npm run proof:devices` tries larger ones."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import proof_devices
import pytest

import jobs


def test_grpo_with_its_heads_on_two_devices_computes_what_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One job here, and beside it the other in a process that has two devices."""
    monkeypatch.setattr(jobs, "LAYERS", 1)  # compiling takes most of the time, and all layers are cut alike
    base = jobs.make_base(tmp_path / "base", heads=4, kv_heads=2)
    one = proof_devices.make_job(tmp_path / "one", base, "grpo", (1, 1))
    two = proof_devices.make_job(tmp_path / "two", base, "grpo", (1, 2))
    with ThreadPoolExecutor() as pool:
        beside = pool.submit(proof_devices.run_on, 2, [two], timeout=300)
        assert proof_devices.run_here([one]) == 0
        beside.result()
    difference, words = proof_devices.largest_difference("grpo", one, two)
    assert difference <= proof_devices.BOUND, words
    assert proof_devices.completions(one) == proof_devices.completions(two)


def test_a_process_that_hangs_does_not_hang_the_tests(tmp_path: Path) -> None:
    """As if the time were over at once."""
    with pytest.raises(subprocess.TimeoutExpired):
        proof_devices.run_on(2, [tmp_path], timeout=0.01)
