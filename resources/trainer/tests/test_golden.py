"""The golden file of the rewards through this client: what the app computed for thousands of completions, a training run gets."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

import real_server
from forethought_trainer.reward_client import RewardFailure, RewardServer, Score

GOLDEN = real_server.REPOSITORY / "test" / "fixtures" / "rewards" / "golden.jsonl.gz"


def expected(result: dict[str, Any]) -> Score:
    """A line's result as the client gives it."""
    return Score(
        total=result["total"],
        parts=result["parts"],
        verdict=result["verdict"],
        extracted=result["extracted"],
        why=result["why"],
        strict=result["reading"] == "strict",
    )


@real_server.needed
def test_the_golden_file_holds_to_the_last_digit(folder: Path) -> None:
    with gzip.open(GOLDEN, "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    assert len(lines) >= 2000
    failed = 0
    with RewardServer(real_server.command(folder / "cache"), folder, 300_000) as server:
        # One request for each suite: completions of one group are compared with each other.
        for suite, group in itertools.groupby(lines, key=lambda line: line["suite"]):
            of_suite = list(group)
            server._ask({"op": "load", "suite": suite})
            good = [line for line in of_suite if line["result"]["error"] is None]
            found = server.score([line["item"] for line in good])
            wanted = [expected(line["result"]) for line in good]
            assert [pair for pair in zip(found, wanted, strict=True) if pair[0] != pair[1]][:3] == []
            for line in of_suite:
                if line["result"]["error"] is not None:
                    failed += 1
                    with pytest.raises(RewardFailure) as failure:
                        server.score([line["item"]])
                    assert failure.value.message.endswith(line["result"]["error"]["message"])
    assert failed > 0
