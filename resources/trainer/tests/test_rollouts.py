"""The file of rollouts after a kill at any place: what was whole stays, and what comes after it can be read."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from forethought_trainer.rollouts import RolloutFile, read_rollouts


def lines(step: int) -> list[dict[str, Any]]:
    """The separators are line ends to some readers, and not to this one."""
    return [{"step": step, "sample": i, "completion": f"{step} and {i}, \u2028\x0b ü"} for i in range(3)]


def steps_of(folder: Path) -> list[int]:
    return [line["step"] for line in read_rollouts(folder / "rollouts")]


@pytest.mark.parametrize("encoding", ["plain", "gzip"])
def test_whatever_a_kill_leaves_of_a_step_is_cut_off(tmp_path: Path, encoding: str) -> None:
    first = RolloutFile(tmp_path, tmp_path, encoding)
    first.append(lines(1))
    last = first.append(lines(2))
    first.close()
    path = tmp_path / first.name
    whole = path.read_bytes()
    for size in range(last["offset"] + 1, len(whole)):  # every byte of the last step
        path.write_bytes(whole[:size])
        left = 0 if encoding == "gzip" else whole[last["offset"] : size].count(b"\n")
        assert steps_of(tmp_path) == [1, 1, 1, *[2] * left]
        again = RolloutFile(tmp_path, tmp_path, encoding)
        where = again.append(lines(3))
        again.close()
        assert steps_of(tmp_path) == [1, 1, 1, *[2] * left, 3, 3, 3]
        data = path.read_bytes()[where["offset"] :]
        assert len(data) == where["bytes"]
        assert (gzip.decompress(data) if encoding == "gzip" else data).count(b"\n") == where["count"]


def test_a_packed_file_is_cut_where_it_is_damaged(tmp_path: Path) -> None:
    """A machine that has lost its power may leave zeros, or a member whose check sum is wrong."""
    file = RolloutFile(tmp_path, tmp_path, "gzip")
    file.append(lines(1))
    where = file.append(lines(2))
    file.close()
    path = tmp_path / file.name
    whole = bytearray(path.read_bytes())
    for damaged in (
        whole + bytes(64),
        whole[:-8] + bytes(8),
        whole[: where["offset"]] + bytes(where["bytes"]),
    ):
        path.write_bytes(damaged)
        kept = [1, 1, 1, 2, 2, 2] if len(damaged) > len(whole) else [1, 1, 1]
        assert steps_of(tmp_path) == kept
        RolloutFile(tmp_path, tmp_path, "gzip").close()
        assert steps_of(tmp_path) == kept
        assert path.stat().st_size == (len(whole) if len(kept) > 3 else where["offset"])


def test_a_file_longer_than_what_is_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forethought_trainer.rollouts.CHUNK", 7)
    file = RolloutFile(tmp_path, tmp_path, "gzip")
    for step in range(1, 5):
        file.append(lines(step))
    file.close()
    assert steps_of(tmp_path) == [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3
