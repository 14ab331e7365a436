"""The reward server as a child: good answers, bad answers, none at all."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import jobs
import real_server
from forethought_trainer import reward_client
from forethought_trainer.reward_client import RewardFailure, RewardServer, checked, finite


def start(folder: Path, *words: str, timeout_ms: int = 10_000) -> RewardServer:
    return RewardServer([sys.executable, str(jobs.FAKE_SERVER), *words], folder, timeout_ms)


def serve(folder: Path, *words: str, timeout_ms: int = 10_000) -> RewardServer:
    """Started, its suite loaded."""
    server = start(folder, *words, timeout_ms=60_000)
    server.load(jobs.SUITE, jobs.suite_hash(jobs.SUITE))
    server._timeout_s = timeout_ms / 1000
    return server


def items(count: int, text: str = "three") -> list[dict[str, Any]]:
    return [
        {"row": {"id": f"r{i}"}, "completion": text + "!" * i, "tokens": 4, "truncated": False}
        for i in range(count)
    ]


def test_scores_a_whole_step_in_one_request(folder: Path) -> None:
    with start(folder) as server:
        assert server.load(jobs.SUITE, jobs.suite_hash(jobs.SUITE))["max"] == 4
        scores = server.score(items(16))
        again = server.score(items(16))
    assert len(scores) == 16
    assert scores == again
    assert scores[0].parts["rubric"] is None
    assert {score.verdict for score in scores} <= {"correct", "wrong"}


def test_a_large_step_does_not_stall_the_pipe(folder: Path) -> None:
    with serve(folder) as server:
        assert len(server.score(items(64, "long " * 20_000))) == 64


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("nan", "row r0 is nan, which is not a finite number"),
        ("infinite", "row r2 is inf"),
        ("infinite-part", "Part answer of the reward of row r0 is inf"),
        ("null", "row r0 is None"),
        (
            "error",
            'row r1 ended in an error, which is not a score. Part "answer" failed on row "r1": the verifier fell over',
        ),
        ("short", "2 results for 3 completions"),
        ("garbage", "not JSON: 'this is not JSON"),
        ("refuse", "refused 'score': Item 1: \"completion\" must be text."),
        ("die", "died with code 1. It said: the reward server met its end"),
    ],
)
def test_nothing_but_a_finite_score_passes(folder: Path, mode: str, says: str) -> None:
    with serve(folder, mode) as server, pytest.raises(RewardFailure) as failure:
        server.score(items(3))
    assert says in failure.value.message
    assert failure.value.kind == "reward"


def test_a_server_that_hangs_is_given_up(folder: Path) -> None:
    with serve(folder, "hang", timeout_ms=300) as server:
        with pytest.raises(RewardFailure, match=r"did not answer 'score' within 0\.3 s"):
            server.score(items(2))
        with pytest.raises(RewardFailure):  # and it stays given up
            server.score(items(2))


def test_a_slow_answer_is_waited_for(folder: Path) -> None:
    with serve(folder, "slow", timeout_ms=60_000) as server:
        assert len(server.score(items(2))) == 2


def test_a_server_that_says_it_is_working_is_waited_for(folder: Path) -> None:
    with serve(folder, "working", timeout_ms=1500) as server:
        assert len(server.score(items(2))) == 2


def test_a_server_that_works_for_ever_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reward_client, "LONGEST_WORK", 0.02)
    # Silent for less than its 60 s at any time, but busy for longer than the 1.2 s that it has in all.
    with (
        serve(folder, "working", timeout_ms=60_000) as server,
        pytest.raises(RewardFailure, match=r"working on 'score', but had no answer after 1\.2 s"),
    ):
        server.score(items(2))


def test_another_hash_is_another_reward(folder: Path) -> None:
    with start(folder, "other-hash") as server, pytest.raises(RewardFailure, match=r"rewardSuite\.hash is"):
        server.load(jobs.SUITE, jobs.suite_hash(jobs.SUITE))


def test_a_program_that_is_not_there(folder: Path) -> None:
    with pytest.raises(RewardFailure, match="cannot be started: /no/such/deno: No such file"):
        RewardServer(["/no/such/deno"], folder, 1000)


def test_it_works_from_another_thread(folder: Path) -> None:
    """Tunix asks for rewards from a thread of its own."""
    found: list[Any] = []
    with serve(folder) as server:
        thread = threading.Thread(target=lambda: found.extend(server.score(items(4))))
        thread.start()
        thread.join()
    assert len(found) == 4


def test_close_ends_the_process(folder: Path) -> None:
    server = serve(folder, "hang")
    server._requests.put('{"op":"score","id":1,"items":[]}\n')
    time.sleep(0.3)
    server.close()
    assert server._process.returncode is not None


@pytest.mark.parametrize(
    "bad", [None, [], {}, {"verdict": "splendid"}, {"verdict": "wrong", "total": True, "parts": {}}]
)
def test_what_is_no_result(bad: Any) -> None:
    with pytest.raises(RewardFailure):
        checked(bad, "r1")


def test_the_servers_own_reading_of_the_form_counts() -> None:
    result = {"verdict": "wrong", "total": 0, "parts": {}, "reading": "strict"}
    assert checked(result, "r").strict is True
    assert checked(result | {"reading": "repairable"}, "r").strict is False
    assert checked({k: v for k, v in result.items() if k != "reading"}, "r").strict is None


ROW: dict[str, Any] = {"id": "r", "question": "How many?", "answer": "4", "answerRaw": "4", "domain": "math"}
ROW |= {"choices": None, "context": None, "answerType": "number", "verifier": None}
CODE = {"tests": ["assert f(1) == 2"], "imports": [], "setup": ""}
CODE_ROW = ROW | {"id": "c", "answer": None, "domain": "coding", "answerType": "code", "verifier": CODE}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param([sys.executable, str(jobs.FAKE_SERVER), "error"], id="fake"),
        pytest.param(real_server.command(), id="real", marks=real_server.needed),
    ],
)
def test_what_a_reward_server_says(folder: Path, command: list[str]) -> None:
    """The fake speaks as the real one: the same fields with the same types, in good answers and in bad ones."""
    with RewardServer(command, folder, 60_000) as server:
        with pytest.raises(RewardFailure, match="refused 'score': No suite is loaded") as refused:
            server.score([])
        assert types(json.loads(refused.value.detail)) == {"id": int, "error": {"code": str, "message": str}}
        loaded = server._ask({"op": "load", "suite": jobs.SUITE, "examples": []})
        parts = loaded.pop("parts")
        assert types(loaded) == {
            "ok": bool,
            "name": str,
            "version": int,
            "hash": str,
            "max": int,
            "min": int,
            "warnings": list,
        }
        assert [part["id"] for part in parts] == ["format", "answer", "rubric"]
        for part in parts:
            assert types(part) == {"id": str, "fn": str, "weight": int, "min": int, "max": int, "form": bool}
        assert (loaded["min"], loaded["max"]) == (-1, 4)
        items = [
            {"row": ROW, "completion": "<answer>4</answer>"},
            {"row": CODE_ROW, "completion": "<answer>\ndef f(x):\n    return x + 1\n</answer>"},
        ]
        good, bad = server._ask({"op": "score", "id": 1, "items": items})["results"]
    with pytest.raises(RewardFailure) as failure:
        checked(bad, "c")
    scores, why, reading = good.pop("parts"), good.pop("why"), good.pop("reading")
    assert list(scores) == list(why) == ["format", "answer", "rubric"]
    assert [type(reason) for reason in why.values()] == [str] * 3
    assert [finite(score) for score in scores.values()] == [True, True, False]
    assert scores["rubric"] is None
    assert reading in ("strict", "repairable", "none")
    assert good.pop("total") == sum(
        part["weight"] * scores[part["id"]] for part in parts if scores[part["id"]] is not None
    )
    assert good.pop("verdict") in ("correct", "wrong")
    assert types(good.pop("extracted")) == {"answer": str, "span": list}
    assert good == {"error": None}
    fault = bad.pop("error")
    assert types(fault) == {"part": str, "message": str}
    assert bad.pop("reading") in ("strict", "repairable", "none")
    assert bad == {"total": None, "parts": {}, "verdict": "error", "extracted": None, "why": {}}
    assert failure.value.message == (
        f"The reward of row c ended in an error, which is not a score. {fault['message']}"
    )
    assert fault["message"].startswith('Part "answer" failed on row "c": ')


def types(value: Any) -> Any:
    """What JSON is made of; a number without a fraction is an int, as JavaScript writes it."""
    if isinstance(value, dict):
        return {name: types(item) for name, item in value.items()}
    return int if isinstance(value, float) and value.is_integer() else type(value)


@real_server.needed
def test_the_real_server_runs_code(folder: Path) -> None:
    """Programs of a model are run in the server's sandbox; a lie is wrong, and without a sandbox there is no score."""
    part = {"id": "answer", "fn": "answer", "weight": 1}
    suite = {"name": "code", "version": 1, "structure": "four-step@1", "parts": [part]}
    programs = [
        "def f(x):\n    return x + 1",
        "def f(x):\n    return x",
        "class f(int):\n    __eq__ = lambda s, o: True",
    ]
    items = [{"row": CODE_ROW, "completion": f"<answer>\n{program}\n</answer>"} for program in programs]
    with RewardServer(real_server.command(folder / "cache"), folder, 60_000) as server:
        digest = server._ask({"op": "load", "suite": suite})["hash"]
        server.load(suite, digest)
        scores = server.score(items)
    assert [score.verdict for score in scores] == ["correct", "wrong", "wrong"]
    assert [score.total for score in scores] == [1, 0, 0]
    with RewardServer(real_server.command(), folder, 60_000) as server:
        server.load(suite, digest)
        with pytest.raises(RewardFailure, match=r"not a score\. Part \"answer\" .* the code was not run"):
            server.score(items)
