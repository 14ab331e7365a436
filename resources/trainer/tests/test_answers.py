"""The stages that answer prompts: `evaluate`, `generate` and `rejection`."""

from __future__ import annotations

import importlib
import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import supervised

import jobs
import models
from forethought_trainer import job
from forethought_trainer.answers import Answer, Journal
from forethought_trainer.artifact import published
from forethought_trainer.checked import SpecError
from forethought_trainer.completion import Completion
from forethought_trainer.data import TrainingRow, read_rows
from forethought_trainer.rejection import choose
from forethought_trainer.reward_client import Score
from forethought_trainer.spec import SPECS, Data, QuestionSet, file_sha256, read_spec
from forethought_trainer.spec.adapters import chain_identity
from forethought_trainer.spec.rejection import Keep
from forethought_trainer.stopping import Stopper

LENGTHS = {"maxPromptTokens": 64, "maxCompletionTokens": 40}
SAMPLING = {"temperature": 1.0, "topP": 1.0, "topK": None}


@pytest.fixture(scope="module")
def chained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A base and two adapters upon each other, as a spec's base."""
    root = tmp_path_factory.mktemp("chained")
    models.write_base(root / "base")
    identity = jobs.base_identity(root / "base")
    first = models.publish_adapter(root, "first", identity, 2, seed=1)
    on_first = chain_identity([f"base {identity}", f"adapter {first['manifestSha256']}"])
    second = models.publish_adapter(root, "second", on_first, 2, seed=2)
    return {
        "modelId": "random",
        "path": str(root / "base"),
        "sha256": identity,
        "adapters": [first, second],
    }


def data_of(folder: Path, name: str, count: int, domains: tuple[str, ...] = ("math",)) -> dict[str, Any]:
    """Rows in a file of the job folder, as a spec names them."""
    lines = []
    for i in range(count):
        question = f"Ann has {i + 2} apples in {name}. How many?"
        row = {"id": f"{name}:{i}", "question": question, "domain": domains[i % len(domains)]}
        prompt = f"<start_of_turn>user\n{question}<end_of_turn>\n<start_of_turn>model\n"
        lines.append(json.dumps({"row": row, "prompt": prompt}) + "\n")
    path = folder / f"{name}.jsonl"
    path.write_text("".join(lines), encoding="utf-8")
    return {
        "snapshot": file_sha256(path),
        "path": path.name,
        "sha256": file_sha256(path),
        "count": count,
    }


def make_spec(folder: Path, base: dict[str, Any], kind: str, **fields: Any) -> dict[str, Any]:
    """A valid spec of this kind; its rows are written, spec.json is not."""
    spec = jobs.make_spec(folder, Path(base["path"]))
    for name in ("data", "lora", "training", "rollout"):
        del spec[name]
    rollout = {**LENGTHS, **SAMPLING}
    own: dict[str, Any] = {
        "evaluate": lambda: {
            "sets": [
                {**data_of(folder, "easy", 5, ("math", "logic")), "set": "easy"},
                {**data_of(folder, "hard", 7), "set": "hard", "maxRows": 4},
            ],
            "generation": {**LENGTHS, "batchSize": 3},
        },
        "generate": lambda: {
            "data": data_of(folder, "prompts", 5),
            "generation": {**LENGTHS, "batchSize": 2},
            "rollout": rollout,
            "samplesPerPrompt": 3,
        },
        "rejection": lambda: {
            "data": data_of(folder, "prompts", 5),
            "rollout": rollout,
            "samplesPerPrompt": 12,
            "batchSize": 2,
            "keep": {"perPrompt": 2},
        },
    }[kind]()
    if kind == "generate":
        del spec["rewardSuite"], spec["rewardServer"]
    return {**spec, "kind": kind, "base": json.loads(json.dumps(base)), **own, **fields}


def run(folder: Path, spec: dict[str, Any], code: int = 0) -> list[dict[str, Any]]:
    """Runs the job in this process, which has JAX already; returns what it told."""
    jobs.write_spec(folder, spec)
    seen = len(jobs.events(folder)) if (folder / "events.jsonl").exists() else 0
    stage = importlib.import_module(f"forethought_trainer.{spec['kind']}")
    read = read_spec(folder)
    assert job.start(stage, read, stage.prepare(read, folder), folder, Stopper(folder)) == code
    return jobs.events(folder)[seen:]


def of_kind(log: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in log if event["kind"] == kind]


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def manifest_of(folder: Path, name: str) -> dict[str, Any]:
    manifest = json.loads((folder / "artifacts" / name / "manifest.json").read_text())
    for file, entry in manifest["files"].items():
        assert file_sha256(folder / "artifacts" / name / file) == entry["sha256"]
    return manifest


# --- evaluate ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory, chained: dict[str, Any]) -> Path:
    """Three checkpoints on two sets; read only."""
    folder = tmp_path_factory.mktemp("evaluated") / "job"
    run(folder, make_spec(folder, chained, "evaluate", checkpoints="each"))
    return folder


def test_each_checkpoint_is_told_on_each_set(evaluated: Path) -> None:
    log = jobs.events(evaluated)
    told = [(e["of"], e["set"], e["n"], e["step"]) for e in of_kind(log, "eval")]
    assert told == [
        (of, name, n, 4 * i + step)
        for i, of in enumerate(("base", "first", "second"))
        for name, n, step in (("easy", 5, 2), ("hard", 4, 4))
    ]
    assert [event["step"] for event in of_kind(log, "metrics")] == list(range(1, 13))
    wanted = {"reward/total/mean", "answer/correct_frac", "format/strict_frac", "completion/truncated_frac"}
    wanted |= {"completion/distinct_frac", "perf/tokens_per_s", "perf/reward_s", "perf/step_s"}
    assert all(wanted <= event["values"].keys() for event in of_kind(log, "metrics"))
    assert all("reward/zero_std_frac" not in event["values"] for event in of_kind(log, "metrics"))
    assert [e["message"] for e in log if e.get("phase") == "loading"] == [
        "loading random",
        "loading random + first",
        "loading random + first + second",
    ]
    assert of_kind(log, "plan")[0]["steps"] == 12
    assert "5 of easy, 4 of hard, answered greedily by base, first, second" in of_kind(log, "plan")[0]["text"]
    assert of_kind(log, "estimate")[0]["step"] == 3
    assert (log[-1]["kind"], log[-1]["reason"], log[-1]["step"]) == ("done", "completed", 12)


def test_the_artifact_has_every_completion_and_each_checkpoints_scores(evaluated: Path) -> None:
    manifest = manifest_of(evaluated, "evaluation")
    spec = json.loads((evaluated / "spec.json").read_text())
    ready = jobs.events(evaluated, "artifact.ready")
    assert [(e["name"], e["artifact"], e["step"], e["manifestSha256"]) for e in ready] == [
        ("evaluation", "evaluation", 12, published(evaluated / "artifacts", "evaluation"))
    ]
    assert (manifest["kind"], manifest["complete"]) == ("evaluation", True)
    assert manifest["rewardSuite"]["hash"] == spec["rewardSuite"]["hash"]
    assert [(s["set"], s["snapshot"], s["n"]) for s in manifest["sets"]] == [
        (s["set"], s["snapshot"], n) for s, n in zip(spec["sets"], (5, 4), strict=True)
    ]
    folder = evaluated / "artifacts" / "evaluation"
    completions = lines_of(folder / "completions.jsonl")
    assert Counter((c["checkpoint"], c["set"]) for c in completions) == {
        (of, name): n for of in ("base", "first", "second") for name, n in (("easy", 5), ("hard", 4))
    }
    scores = json.loads((folder / "scores.json").read_text())["scores"]
    told = of_kind(jobs.events(evaluated), "eval")
    for score, event in zip(scores, told, strict=True):
        mine = [c for c in completions if (c["checkpoint"], c["set"]) == (score["checkpoint"], score["set"])]
        assert score["mean"] == event["mean"] == pytest.approx(sum(c["total"] for c in mine) / len(mine))
        right = [c["verdict"] == "correct" for c in mine]
        assert score["correct"] == event["correct"] == pytest.approx(sum(right) / len(mine))
        assert score["truncated"] == pytest.approx(sum(c["truncated"] for c in mine) / len(mine))
        assert len(score["chain"]) == 1 + ["base", "first", "second"].index(score["checkpoint"])
        for domain, values in score["domains"].items():
            part = [c["total"] for c in mine if c["domain"] == domain]
            assert (values["n"], values["mean"]) == (len(part), pytest.approx(sum(part) / len(part)))
    assert set(scores[0]["domains"]) == {"math", "logic"}
    assert len({c["completion"] for c in completions if c["rowId"] == "easy:0"}) > 1, (
        "adapters change nothing"
    )


def test_the_last_checkpoint_alone_answers_as_among_the_others(
    folder: Path, chained: dict[str, Any], evaluated: Path
) -> None:
    run(folder, make_spec(folder, chained, "evaluate"))
    mine = lines_of(folder / "artifacts" / "evaluation" / "completions.jsonl")
    theirs = lines_of(evaluated / "artifacts" / "evaluation" / "completions.jsonl")
    assert mine == [line for line in theirs if line["checkpoint"] == "second"]


def without_times(event: dict[str, Any]) -> dict[str, Any]:
    values = event["values"].items()
    return {name: value for name, value in values if not name.startswith(("perf/", "host/"))}


def test_after_kill_9_it_goes_on_where_it_was(folder: Path, chained: dict[str, Any], evaluated: Path) -> None:
    spec = make_spec(folder, chained, "evaluate", checkpoints="each")
    spec["rewardServer"]["command"] += ["hang", "7"]
    jobs.write_spec(folder, spec)
    process = subprocess.Popen(
        [sys.executable, "-m", "forethought_trainer", "evaluate", "--job", str(folder)],
        env=jobs.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    journal = folder / "evaluation" / "easy.jsonl"
    while process.poll() is None and not (journal.exists() and journal.read_bytes().count(b"\n") == 4):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL, out
    with journal.open("ab") as f:
        f.write(b'{"step":7,"answ')  # and in the middle of a line
    before = [event["step"] for event in of_kind(events_so_far(folder), "metrics")]
    assert before[:5] == [1, 2, 3, 4, 5]

    # The same server again: it would hang at its seventh request, but only six are left.
    again = run(folder, spec)
    told = [event["step"] for event in of_kind(again, "metrics")]
    assert told == list(range(6, 13))
    assert "perf/rollout_s" not in of_kind(again, "metrics")[0]["values"]  # told again, not asked again
    loaded = [event["message"] for event in again if event.get("phase") == "loading"]
    assert loaded == ["loading random + first", "loading random + first + second"]
    by_step = {event["step"]: without_times(event) for event in jobs.events(folder, "metrics")}
    wanted = {event["step"]: without_times(event) for event in jobs.events(evaluated, "metrics")}
    assert by_step == wanted
    for file in ("completions.jsonl", "scores.json"):
        mine, theirs = (f / "artifacts" / "evaluation" / file for f in (folder, evaluated))
        assert mine.read_bytes() == theirs.read_bytes()
    # The sixth batch ends a set: like its metrics the set's result is told again, for nobody knows whether it was.
    evals = [(e["of"], e["set"]) for e in jobs.events(folder, "eval")]
    wanted = [(e["of"], e["set"]) for e in jobs.events(evaluated, "eval")]
    assert evals in (wanted, [*wanted[:3], *wanted[2:]])


def events_so_far(folder: Path) -> list[dict[str, Any]]:
    whole = (folder / "events.jsonl").read_bytes().rpartition(b"\n")[0]
    return [jobs.decode(line + b"\n") for line in whole.split(b"\n")]


def test_a_spec_that_was_changed_after_the_run_had_begun(folder: Path, chained: dict[str, Any]) -> None:
    spec = make_spec(folder, chained, "evaluate")
    spec["rewardServer"]["command"] += ["die", "2"]
    run(folder, spec, code=1)
    spec["sets"][0] |= data_of(folder, "others", 5)
    failure = run(folder, spec, code=1)[-1]
    assert failure["class"] == "spec"
    assert "holds answers to other rows than the job's" in failure["message"]


@pytest.mark.parametrize("kind", ["evaluate", "rejection"])
def test_a_reward_server_that_dies_is_a_failure_and_nothing_is_lost(
    folder: Path, chained: dict[str, Any], kind: str
) -> None:
    spec = make_spec(folder, chained, kind)
    spec["rewardServer"]["command"] += ["die", "3"]
    failure = run(folder, spec, code=1)[-1]
    assert (failure["kind"], failure["class"]) == ("failure", "reward")
    assert "the reward server met its end" in failure["message"]
    assert not (folder / "artifacts").exists()
    again = run(folder, spec)
    assert [event["step"] for event in of_kind(again, "metrics")] == list(
        range(2, 5 if kind == "evaluate" else 4)
    )
    assert again[-1]["reason"] == "completed"
    assert len(list((folder / "artifacts").iterdir())) == 1


def test_a_stop_leaves_whole_sets_only(
    folder: Path, chained: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = make_spec(folder, chained, "evaluate")

    def now(stopper: Stopper) -> bool:
        stopper.reason = "deadline"
        return (folder / "evaluation" / "hard.jsonl").stat().st_size > 0

    monkeypatch.setattr(Stopper, "now", now)
    log = run(folder, spec)
    assert (log[-1]["reason"], log[-1]["step"]) == ("deadline", 3)
    assert [event["set"] for event in of_kind(log, "eval")] == ["easy"]
    manifest = manifest_of(folder, "evaluation")
    assert manifest["complete"] is False
    scores = json.loads((folder / "artifacts" / "evaluation" / "scores.json").read_text())["scores"]
    assert [score["set"] for score in scores] == ["easy"]


def test_the_first_batch_counts_without_loading_and_compiling(
    folder: Path, chained: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, float]] = []
    monkeypatch.setattr(Stopper, "expects", lambda _, what, seconds: told.append((what, seconds)))
    log = run(folder, make_spec(folder, chained, "evaluate"))
    [(what, seconds)] = told
    assert what == "step"
    assert 0 < seconds < of_kind(log, "metrics")[0]["values"]["perf/step_s"]


# --- generate ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory, chained: dict[str, Any]) -> Path:
    folder = tmp_path_factory.mktemp("generated") / "job"
    run(folder, make_spec(folder, chained, "generate"))
    return folder


def completions_of(folder: Path) -> list[dict[str, Any]]:
    return lines_of(folder / "artifacts" / "completions" / "completions.jsonl")


def test_so_many_completions_of_each_prompt(generated: Path) -> None:
    lines = completions_of(generated)
    assert [(line["row"]["id"], line["sample"]) for line in lines] == [
        (f"prompts:{i}", sample) for i in range(5) for sample in range(3)
    ]
    assert len({line["completion"] for line in lines}) > 10
    assert all(line["tokens"] <= 40 and line["truncated"] == (line["tokens"] >= 40) for line in lines)
    assert "total" not in lines[0]
    manifest = manifest_of(generated, "completions")
    assert (manifest["kind"], manifest["complete"], manifest["answered"]) == ("completions", True, 5)
    assert manifest["rewardSuite"] is None
    log = jobs.events(generated)
    assert [event["step"] for event in of_kind(log, "metrics")] == [1, 2, 3]
    assert "3 of each at temperature 1, top-p 1, all tokens" in of_kind(log, "plan")[0]["text"]


def test_another_seed_draws_others(folder: Path, chained: dict[str, Any], generated: Path) -> None:
    run(folder, make_spec(folder, chained, "generate", seed=8))
    mine, theirs = completions_of(folder), completions_of(generated)
    assert sum(a["completion"] == b["completion"] for a, b in zip(mine, theirs, strict=True)) < 3


def test_without_sampling_the_likeliest_completion(folder: Path, chained: dict[str, Any]) -> None:
    spec = make_spec(folder, chained, "generate", rollout=None, samplesPerPrompt=1)
    log = run(folder, spec)
    assert [(line["row"]["id"], line["sample"]) for line in completions_of(folder)] == [
        (f"prompts:{i}", 0) for i in range(5)
    ]
    assert "the likeliest completion of each" in of_kind(log, "plan")[0]["text"]


def test_a_stop_leaves_the_prompts_that_were_answered(
    folder: Path, chained: dict[str, Any], generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def now(stopper: Stopper) -> bool:
        stopper.reason = "stopped"
        return (folder / "completions" / "completions.jsonl").read_bytes().count(b"\n") == 2

    monkeypatch.setattr(Stopper, "now", now)
    log = run(folder, make_spec(folder, chained, "generate"))
    assert (log[-1]["reason"], log[-1]["step"]) == ("stopped", 2)
    assert completions_of(folder) == completions_of(generated)[:12]
    manifest = manifest_of(folder, "completions")
    assert (manifest["complete"], manifest["prompts"], manifest["answered"]) == (False, 5, 4)


def test_a_stop_before_the_first_answer_publishes_nothing(folder: Path, chained: dict[str, Any]) -> None:
    for kind in ("evaluate", "generate", "rejection"):
        place = folder / kind
        spec = make_spec(place, chained, kind)
        spec["limits"]["deadlineMs"] = 1
        log = run(place, spec)
        assert (log[-1]["reason"], log[-1]["step"]) == ("deadline", 0)
        assert not (place / "artifacts").exists()


# --- rejection --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rejected(tmp_path_factory: pytest.TempPathFactory, chained: dict[str, Any]) -> Path:
    folder = tmp_path_factory.mktemp("rejected") / "job"
    run(folder, make_spec(folder, chained, "rejection", rolloutEncoding="gzip"))
    return folder


def rollouts_of(folder: Path) -> list[dict[str, Any]]:
    """Every rollout that an event points at."""
    import gzip

    found = []
    for event in jobs.events(folder, "rollouts"):
        with (folder / event["file"]).open("rb") as f:
            f.seek(event["offset"])
            data = f.read(event["bytes"])
        text = gzip.decompress(data) if event.get("encoding") == "gzip" else data
        lines = [json.loads(line) for line in text.splitlines()]
        assert len(lines) == event["count"]
        assert {line["step"] for line in lines} == {event["step"]}
        found += lines
    return found


def test_every_sample_is_a_rollout(rejected: Path) -> None:
    lines = rollouts_of(rejected)
    assert [(line["rowId"], line["sample"]) for line in lines] == [
        (f"prompts:{i}", sample) for i in range(5) for sample in range(12)
    ]
    assert [(line["step"], line["group"]) for line in lines[::12]] == [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0)]
    for group in range(0, 60, 12):
        mean = sum(line["total"] for line in lines[group : group + 12]) / 12
        for line in lines[group : group + 12]:
            assert line["advantage"] == pytest.approx(line["total"] - mean)
    assert all(event["values"]["reward/zero_std_frac"] == 0 for event in jobs.events(rejected, "metrics"))


def test_the_best_whole_and_distinct_ones_are_kept(rejected: Path) -> None:
    lines = rollouts_of(rejected)
    traces = lines_of(rejected / "artifacts" / "traces" / "traces.jsonl")
    assert 0 < len(traces) <= 10
    assert all(
        trace.keys() == {"row", "prompt", "completion", "total", "verdict", "parts"} for trace in traces
    )
    for i in range(5):
        mine = [trace for trace in traces if trace["row"]["id"] == f"prompts:{i}"]
        whole = {
            line["completion"]: line["total"]
            for line in lines
            if line["rowId"] == f"prompts:{i}" and not line["truncated"] and line["completion"].strip()
            if "_of_turn>" not in line["completion"]
        }
        assert [trace["total"] for trace in mine] == sorted(whole.values(), reverse=True)[:2]
        assert len({trace["completion"] for trace in mine}) == len(mine)
    manifest = manifest_of(rejected, "traces")
    assert (manifest["kind"], manifest["samples"], manifest["traces"]) == ("traces", 60, len(traces))
    assert sum(manifest["dropped"].values()) == 60 - len(traces)
    done = jobs.events(rejected)[-1]
    assert done["message"].startswith(f"{len(traces)} of 60 completions are kept; dropped: ")


def test_traces_are_data_to_train_on(rejected: Path) -> None:
    path = rejected / "artifacts" / "traces" / "traces.jsonl"
    count = len(lines_of(path))
    sha256 = file_sha256(path)
    rows = read_rows(Data(sha256, str(path), sha256, count), rejected, texts=["completion"])
    assert [row.texts["completion"] for row in rows] == [trace["completion"] for trace in lines_of(path)]


def test_where_nothing_may_be_kept_the_run_fails(folder: Path, chained: dict[str, Any]) -> None:
    spec = make_spec(folder, chained, "rejection", keep={"perPrompt": 1, "minTotal": 1000})
    failure = run(folder, spec, code=1)[-1]
    assert (failure["kind"], failure["class"]) == ("failure", "nothing-kept")
    assert "Nothing is left to train on: 0 of 60 completions are kept; dropped: " in failure["message"]
    assert not (folder / "artifacts").exists()
    assert len(rollouts_of(folder)) == 60


ROW = TrainingRow("r", {"id": "r"}, "p")


def answer(text: str, total: float, tokens: int = 5, verdict: str = "correct") -> Answer:
    score = Score(total, {}, verdict, None, {}, None)
    return Answer(ROW, 0, Completion(text, tokens), score)


@pytest.mark.parametrize(
    ("keep", "kept", "dropped"),
    [
        (Keep(1), ["best"], {"not among the best": 3}),
        (Keep(2), ["best", "good"], {"not among the best": 2}),
        (Keep(8), ["best", "good", "fair", "wrong"], {}),
        (Keep(8, min_total=2.0), ["best", "good"], {"below the bar": 2}),
        (Keep(8, correct_only=True), ["best", "good", "fair"], {"not right": 1}),
        (Keep(1, min_total=9.0, correct_only=True), [], {"not right": 1, "below the bar": 3}),
    ],
)
def test_what_is_kept_of_a_prompt(keep: Keep, kept: list[str], dropped: dict[str, int]) -> None:
    answers = [
        answer("fair", 1.0),
        answer("best", 3.0),
        answer("wrong", 0.5, verdict="wrong"),
        answer("good", 2.0),
        answer("best", 3.0),
        answer("cut", 9.0, tokens=40),
        answer("", 9.0),
        answer("mark", 9.0),
    ]
    found, reasons = choose(answers, 8, keep, 40, lambda text: text in ("", "mark"))
    assert [a.completion.text for a in found] == kept
    repeated = {"said before": 1} if kept else {}
    if not kept:
        dropped = {**dropped, "below the bar": dropped["below the bar"] + 1}
    assert reasons == {"cut off": 1, "empty or with marks of turns": 2, **repeated, **dropped}


def test_each_prompt_is_looked_at_alone() -> None:
    answers = [answer("same", 1.0), answer("same", 1.0), answer("same", 3.0), answer("low", 0.1)]
    found, reasons = choose(answers, 2, Keep(1), 40, lambda _: False)
    assert [a.score.total for a in found if a.score] == [1.0, 3.0]
    assert reasons == {"said before": 1, "not among the best": 1}


def test_a_journal_loses_a_torn_line_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "j.jsonl")
    journal.append(1, [{"rowId": "ä"}])
    journal.append(2, [{"rowId": "b"}])
    journal.close()
    with (tmp_path / "deep" / "j.jsonl").open("ab") as f:
        f.write(b'{"step":3,')
    again = Journal(tmp_path / "deep" / "j.jsonl")
    assert again.batches == {1: [{"rowId": "ä"}], 2: [{"rowId": "b"}]}
    assert again.last == 2
    again.append(3, [])
    again.close()
    assert (tmp_path / "deep" / "j.jsonl").read_bytes().endswith(b'\n{"step":3,"answers":[]}\n')


# --- what is refused --------------------------------------------------------------------------------------------

BAD: list[tuple[str, str, Any]] = [
    ("evaluate", "sets", []),
    ("evaluate", "sets", None),
    ("evaluate", "sets", {}),
    ("evaluate", "sets.0.snapshot", "x"),
    ("evaluate", "sets.0.path", "missing.jsonl"),
    ("evaluate", "sets.0.sha256", "b" * 64),
    ("evaluate", "sets.0.count", 0),
    ("evaluate", "sets.0.set", ""),
    ("evaluate", "sets.0.set", "../up"),
    ("evaluate", "sets.0.set", "a/b"),
    ("evaluate", "sets.0.set", "漢" * 90),
    ("evaluate", "sets.1.set", "easy"),
    ("evaluate", "sets.1.maxRows", 0),
    ("evaluate", "sets.1.everySteps", 5),
    ("evaluate", "sets.1.sources", {"gsm8k": 0}),
    ("evaluate", "generation.batchSize", 0),
    ("evaluate", "generation.maxPromptTokens", 4),
    ("evaluate", "generation.maxCompletionTokens", 600),
    ("evaluate", "generation.temperature", 1),
    ("evaluate", "checkpoints", "best"),
    ("evaluate", "rewardSuite", None),
    ("evaluate", "rewardSuite.name", ""),
    ("evaluate", "rewardSuite.hash", "x"),
    ("evaluate", "rewardSuite.suite", []),
    ("evaluate", "rewardSuite.suite.parts", []),
    ("evaluate", "rewardServer.command", []),
    ("evaluate", "rewardServer.timeoutMs", 0),
    ("evaluate", "lora", {"rank": 4}),
    ("evaluate", "mesh.tp", 2),
    ("generate", "data.snapshot", "x"),
    ("generate", "data.path", "missing.jsonl"),
    ("generate", "data.sha256", "b" * 64),
    ("generate", "data.count", 0),
    ("generate", "data.sources", {"x": -1}),
    ("generate", "generation", None),
    ("generate", "generation.batchSize", 5000),
    ("generate", "generation.maxPromptTokens", 4),
    ("generate", "generation.maxCompletionTokens", 4),
    ("generate", "rollout.temperature", 0),
    ("generate", "rollout.topP", 0),
    ("generate", "rollout.topK", 0),
    ("generate", "rollout.maxPromptTokens", 32),
    ("generate", "rollout.maxCompletionTokens", 32),
    ("generate", "samplesPerPrompt", 0),
    ("generate", "samplesPerPrompt", 1025),
    ("generate", "rewardSuite", {}),
    ("rejection", "data.snapshot", "x"),
    ("rejection", "data.path", "missing.jsonl"),
    ("rejection", "data.sha256", "b" * 64),
    ("rejection", "data.count", 0),
    ("rejection", "data.sources", {}),
    ("rejection", "rollout", None),
    ("rejection", "rollout.maxPromptTokens", 4),
    ("rejection", "rollout.temperature", 0),
    ("rejection", "rollout.topP", 0),
    ("rejection", "rollout.topK", 0),
    ("rejection", "rollout.maxCompletionTokens", 600),
    ("rejection", "samplesPerPrompt", 0),
    ("rejection", "samplesPerPrompt", 1.5),
    ("rejection", "batchSize", 0),
    ("rejection", "keep", None),
    ("rejection", "keep.perPrompt", 0),
    ("rejection", "keep.perPrompt", 13),
    ("rejection", "keep.minTotal", "high"),
    ("rejection", "keep.correctOnly", 1),
    ("rejection", "keep.best", 1),
    ("rejection", "rewardSuite.name", ""),
    ("rejection", "rewardSuite.hash", "x"),
    ("rejection", "rewardSuite.suite", {}),
    ("rejection", "rewardServer.command", []),
    ("rejection", "rewardServer.timeoutMs", 0),
    ("rejection", "training", {}),
]


def spoiled(folder: Path, base: dict[str, Any], kind: str, path: str, value: Any) -> dict[str, Any]:
    spec = {**make_spec(folder, base, kind), "mesh": {}}
    node: Any = spec
    *parents, last = path.split(".")
    for name in parents:
        node = node[int(name)] if name.isdigit() else node[name]
    node[last] = value
    return spec


def written(path: str) -> str:
    """sets.0.path as a sentence has it: sets[0].path."""
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path.split(".")).lstrip(".")


@pytest.mark.parametrize(("kind", "path", "value"), BAD, ids=[f"{k} {p}={str(v)[:20]}" for k, p, v in BAD])
def test_each_bad_field_is_named(
    folder: Path, chained: dict[str, Any], kind: str, path: str, value: Any
) -> None:
    jobs.write_spec(folder, spoiled(folder, chained, kind, path, value))
    with pytest.raises(SpecError) as error:
        read_spec(folder)
    assert str(error.value).startswith(written(path)), str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("kind", ["evaluate", "generate", "rejection"])
def test_each_bad_field_of_every_kind_is_named(folder: Path, chained: dict[str, Any], kind: str) -> None:
    for path, value in supervised.OF_EVERY_KIND:
        spec = make_spec(folder, chained, kind)
        supervised.spoil(spec, path, value)
        assert str(supervised.refuse(folder, spec)).startswith(path)


@pytest.mark.parametrize("kind", ["evaluate", "generate", "rejection"])
def test_every_field_has_a_bad_case(kind: str) -> None:
    tested = {re.sub(r"\.\d", "", path) for of, path, _ in BAD if of == kind}
    tested |= {path for path, _ in supervised.OF_EVERY_KIND}
    assert supervised.untested(SPECS[kind], tested) == []
    if kind == "evaluate":
        assert supervised.untested(QuestionSet, tested, "sets") == []


def test_greedy_has_one_completion_and_each_checkpoint_its_name(
    folder: Path, chained: dict[str, Any]
) -> None:
    jobs.write_spec(folder, make_spec(folder, chained, "generate", rollout=None))
    with pytest.raises(SpecError, match=r"^samplesPerPrompt is 3, but rollout is null"):
        read_spec(folder)
    spec = make_spec(folder, chained, "evaluate", checkpoints="each")
    spec["base"]["adapters"][1]["name"] = "base"
    jobs.write_spec(folder, spec)
    with pytest.raises(SpecError, match=r"^base\.adapters have the names base, first, base"):
        read_spec(folder)


REFUSED_WITHOUT_JAX = """
import json, sys
sys.modules["jax"] = sys.modules["tunix"] = sys.modules["flax"] = None  # importing one of them now fails
from forethought_trainer.__main__ import main
for kind, folder in zip(sys.argv[1::2], sys.argv[2::2]):
    print(json.dumps(main([kind, "--job", folder])), flush=True)
"""


def test_exit_code_2_without_jax(tmp_path: Path, chained: dict[str, Any]) -> None:
    """All of the cases, and those that are seen in the rows only."""
    cases = [
        *BAD,
        ("evaluate", "generation.maxPromptTokens", 9),
        ("evaluate", "sets.1.count", 6),
        ("evaluate", "kind", "grpo"),
        ("generate", "data.count", 6),
        ("rejection", "rollout.maxPromptTokens", 9),
        ("rejection", "data.sources", {"gsm8k": 2}),
    ]
    arguments = []
    for i, (kind, path, value) in enumerate(cases):
        folder = tmp_path / str(i)
        folder.mkdir()
        jobs.write_spec(folder, spoiled(folder, chained, kind, path, value))
        arguments += [kind, str(folder)]
    ran = subprocess.run(
        [sys.executable, "-c", REFUSED_WITHOUT_JAX, *arguments],
        env=jobs.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert [json.loads(line) for line in ran.stdout.splitlines()] == [2] * len(cases), ran.stderr
    said = ran.stderr.splitlines()
    for i, ((_, path, _), sentence) in enumerate(zip(cases, said, strict=True)):
        failure = jobs.events(tmp_path / str(i), "failure")
        assert [event["class"] for event in failure] == ["spec"]
        assert failure[0]["message"] in sentence
        if path != "kind":
            assert written(path) in sentence
