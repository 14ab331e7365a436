"""The reward server as a child: good answers, bad answers, none at all."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import jobs
from forethought_trainer import reward_client
from forethought_trainer.reward_client import RewardFailure, RewardServer, checked


def serve(folder: Path, *words: str, timeout_ms: int = 10_000) -> RewardServer:
    return RewardServer([sys.executable, str(jobs.FAKE_SERVER), *words], folder, timeout_ms)


def items(count: int, text: str = "three") -> list[dict[str, Any]]:
    return [
        {"row": {"id": f"r{i}"}, "completion": text + "!" * i, "tokens": 4, "truncated": False}
        for i in range(count)
    ]


def test_scores_a_whole_step_in_one_request(folder: Path) -> None:
    with serve(folder) as server:
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
        ("error", "row r1 ended in an error, which is not a score. answer: the verifier fell over"),
        ("short", "2 results for 3 completions"),
        ("garbage", "not JSON: 'this is not JSON"),
        ("refuse", "refused 'score': load a suite first"),
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
    with serve(folder, "other-hash") as server, pytest.raises(RewardFailure, match=r"rewardSuite\.hash is"):
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


REPOSITORY = Path(__file__).parents[3]
BUNDLE = REPOSITORY / "dist" / "reward-server.js"
PYODIDE = REPOSITORY / "node_modules" / "pyodide"
DENO = next(iter(REPOSITORY.glob("node_modules/@deno/*/deno")), None)


@pytest.mark.skipif(
    not (BUNDLE.exists() and PYODIDE.exists() and DENO), reason="needs npm ci and npm run build:rewards"
)
def test_the_real_server_runs_code(folder: Path) -> None:
    """Programs of a model are run in the server's sandbox; a lie is wrong, and without a sandbox there is no score."""
    flags = ["--no-prompt", "--no-remote", "--no-config", f"--allow-read={BUNDLE}"]
    sandbox = ["serve", str(DENO), str(PYODIDE), str(folder / "cache")]
    part = {"id": "answer", "fn": "answer", "weight": 1}
    suite = {"name": "code", "version": 1, "structure": "four-step@1", "parts": [part]}
    verifier = {"tests": ["assert f(1) == 2"], "imports": [], "setup": ""}
    row = {"id": "r", "question": "q", "answer": None, "answerRaw": "", "domain": "coding", "choices": None}
    row |= {"context": None, "answerType": "code", "verifier": verifier}
    programs = [
        "def f(x):\n    return x + 1",
        "def f(x):\n    return x",
        "class f(int):\n    __eq__ = lambda s, o: True",
    ]
    items = [{"row": row, "completion": f"<answer>\n{program}\n</answer>"} for program in programs]
    allowed = [str(DENO), "run", *flags, f"--allow-run={DENO},/bin/sh", str(BUNDLE), *sandbox]
    with RewardServer(allowed, folder, 60_000) as server:
        digest = server._ask({"op": "load", "suite": suite})["hash"]
        server.load(suite, digest)
        scores = server.score(items)
    assert [score.verdict for score in scores] == ["correct", "wrong", "wrong"]
    assert [score.total for score in scores] == [1, 0, 0]
    with RewardServer([str(DENO), "run", *flags, str(BUNDLE)], folder, 60_000) as server:
        server.load(suite, digest)
        with pytest.raises(RewardFailure, match="ended in an error, which is not a score"):
            server.score(items)
