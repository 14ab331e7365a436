"""Asks the reward server: the core's own reward code in a child process, one JSON object a line each way.

The stages have no rewards of their own. Every answer is checked before it may move a weight: Tunix would
take an infinite reward without a word and end with weights that are not numbers.
"""

from __future__ import annotations

import collections
import contextlib
import json
import math
import queue
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from forethought_trainer.failures import Failure

WORKING = '{"working":true}'  # a server that runs code says so every few seconds; its answer is still to come
LONGEST_WORK = 20  # times the limit on silence: a server may say that it works, but not for ever
VERDICTS = frozenset(
    {"correct", "wrong", "ambiguous", "unverifiable", "unparsable", "not-applicable", "error"}
)


class RewardFailure(Failure):
    """The rewards of a step could not be had; training on cannot mean anything."""

    def __init__(self, message: str, detail: str = ""):
        super().__init__("reward", message, detail)


@dataclass(frozen=True)
class Score:
    """What one completion earned. parts: score by part id, None where the part does not apply."""

    total: float
    parts: dict[str, float | None]
    verdict: str
    extracted: dict[str, Any] | None
    why: dict[str, Any]
    strict: bool | None  # the strict form, None where the server does not say


class RewardServer:
    """A running reward server. Requests come from one thread at a time. A server that is silent for timeout_ms is given up,
    and one that only says that it is working after 20 times that."""

    def __init__(self, command: Sequence[str], folder: Path, timeout_ms: int):
        self._timeout_s = timeout_ms / 1000
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._requests: queue.Queue[str | None] = queue.Queue()
        self._complaints: collections.deque[str] = collections.deque(maxlen=40)
        self._next_id = 0
        try:
            self._process = subprocess.Popen(
                list(command),
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                bufsize=1,
            )
        except OSError as error:
            raise RewardFailure(
                f"The reward server cannot be started: {command[0]}: {error.strerror}."
            ) from error
        # Own threads, because a pipe that is full or silent would otherwise hold the run for ever.
        self._threads = [
            threading.Thread(target=work, name=f"reward-{work.__name__}", daemon=True)
            for work in (self._read_answers, self._read_complaints, self._write_requests)
        ]
        for thread in self._threads:
            thread.start()

    def _read_answers(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def _read_complaints(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            self._complaints.append(line.rstrip())

    def _write_requests(self) -> None:
        assert self._process.stdin
        with contextlib.suppress(OSError, ValueError):  # it died: the reader of its answers will notice
            while (line := self._requests.get()) is not None:
                self._process.stdin.write(line)
                self._process.stdin.flush()
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request, one answer; raises RewardFailure when the server is dead, silent or complains."""
        # In ASCII: half a surrogate pair, which a cut completion may hold, has no UTF-8, and must arrive as it is.
        self._requests.put(json.dumps(request, separators=(",", ":")) + "\n")
        limit = time.monotonic() + LONGEST_WORK * self._timeout_s
        line: str | None = WORKING
        while line is not None and line.strip() == WORKING:
            left = limit - time.monotonic()
            try:
                if left <= 0:
                    raise queue.Empty
                line = self._answers.get(timeout=min(self._timeout_s, left))
            except queue.Empty:
                self._process.kill()
                raise RewardFailure(self._overdue(request["op"], limit), self.complaints()) from None
        if line is None:
            raise RewardFailure(self._last_words(), self.complaints())
        try:
            answer = json.loads(line)
        except json.JSONDecodeError:
            raise RewardFailure(
                f"The reward server answered with something that is not JSON: {line[:200]!r}."
            ) from None
        if not isinstance(answer, dict) or "error" in answer:
            what = answer.get("error") if isinstance(answer, dict) else answer
            message = what.get("message") if isinstance(what, dict) else what
            raise RewardFailure(
                f"The reward server refused '{request['op']}': {message}", json.dumps(answer)[:2000]
            )
        return answer

    def _overdue(self, op: str, limit: float) -> str:
        """A sentence about a server that was silent for too long, or worked for too long (until limit, monotonic seconds)."""
        if time.monotonic() < limit:
            return f"The reward server did not answer '{op}' within {self._timeout_s:g} s and was ended."
        return (
            f"The reward server said that it was working on '{op}', but had no answer after "
            f"{LONGEST_WORK * self._timeout_s:g} s and was ended."
        )

    def _last_words(self) -> str:
        """A sentence about a server that has closed its output."""
        try:
            code = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return "The reward server closed its output and was ended."
        self._threads[1].join(timeout=1)
        said = self.complaints()
        return f"The reward server died with code {code}. " + (
            f"It said: {said[-600:]}" if said else "It said nothing."
        )

    def complaints(self) -> str:
        """The last lines of its stderr."""
        return "\n".join(self._complaints)

    def load(self, suite: dict[str, Any], expected_hash: str, examples: Sequence[str] = ()) -> dict[str, Any]:
        """Loads the suite; the server must agree on its hash. Returns {hash, parts, max, min}.

        examples: completions of the worked examples in the prompt, which must not be copied.
        """
        answer = self._ask({"op": "load", "suite": suite, "examples": list(examples)})
        if answer.get("ok") is not True:
            raise RewardFailure(f"The reward server did not load the suite: {json.dumps(answer)[:300]}")
        if answer.get("hash") != expected_hash:
            raise RewardFailure(
                f"rewardSuite.hash is {expected_hash}, but the reward server computes {answer.get('hash')}: "
                "the job was written for other reward code."
            )
        return answer

    def score(self, items: Sequence[dict[str, Any]]) -> list[Score]:
        """Scores all completions of a step in one request; items are {row, prompt, group, completion, tokens, truncated}."""
        self._next_id += 1
        answer = self._ask({"op": "score", "id": self._next_id, "items": list(items)})
        results = answer.get("results")
        if answer.get("id") != self._next_id or not isinstance(results, list) or len(results) != len(items):
            got = len(results) if isinstance(results, list) else "no list"
            raise RewardFailure(
                f"The reward server answered request {self._next_id} with id {answer.get('id')} and {got} results "
                f"for {len(items)} completions."
            )
        return [checked(result, item["row"]["id"]) for result, item in zip(results, items, strict=True)]

    def close(self) -> None:
        """Ends the server: its input is closed, and after two seconds it is killed."""
        self._requests.put(None)
        limit = time.monotonic() + 2
        while self._process.poll() is None and time.monotonic() < limit:
            time.sleep(0.01)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> RewardServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def optional_server(wanted: Any, folder: Path) -> contextlib.AbstractContextManager[RewardServer | None]:
    """The server of a spec's `rewardServer`, or none where nothing has to be scored."""
    if wanted is None:
        return contextlib.nullcontext()
    return RewardServer(wanted.command, folder, wanted.timeout_ms)


def checked(result: Any, row_id: str) -> Score:
    """A result as a Score; raises RewardFailure for an error verdict and for anything that is not a finite number."""
    if not isinstance(result, dict) or result.get("verdict") not in VERDICTS:
        raise RewardFailure(f"The reward of row {row_id} has no known verdict: {json.dumps(result)[:200]}")
    if result["verdict"] == "error":
        fault = result.get("error")
        message = fault.get("message") if isinstance(fault, dict) else None
        raise RewardFailure(
            f"The reward of row {row_id} ended in an error, which is not a score. "
            + (message or "The server does not say which part failed.")
        )
    total, parts = result.get("total"), result.get("parts")
    if not finite(total):
        raise RewardFailure(f"The reward of row {row_id} is {total!r}, which is not a finite number.")
    if not isinstance(parts, dict):
        raise RewardFailure(f"The reward of row {row_id} has no parts.")
    for part, score in parts.items():
        if score is not None and not finite(score):
            raise RewardFailure(
                f"Part {part} of the reward of row {row_id} is {score!r}, which is not a finite number."
            )
    reading = result.get("reading")
    return Score(
        total=float(total),
        parts=parts,
        verdict=result["verdict"],
        extracted=result.get("extracted"),
        why=result.get("why") or {},
        strict=None if reading is None else reading == "strict",
    )


def finite(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
