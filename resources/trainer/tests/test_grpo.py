"""The stage itself, in processes of its own, on a random base of some thousand parameters."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import jobs


@pytest.fixture(scope="session")
def completed(tmp_path_factory: pytest.TempPathFactory, base: Path) -> Path:
    """A job that has run to its end, six steps; read only."""
    folder = tmp_path_factory.mktemp("completed") / "job"
    spec = jobs.make_spec(folder, base)
    spec["training"]["steps"] = 6
    jobs.write_spec(folder, spec)
    ran = jobs.train(folder)
    assert ran.returncode == 0, ran.stderr
    return folder


def rollouts(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "rollouts" / "rollouts.jsonl").read_text().splitlines()]


def begin(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "forethought_trainer", "grpo", "--job", str(folder)],
        env=jobs.environment(),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for_event(
    folder: Path, process: subprocess.Popen[str], wanted: Callable[[dict[str, Any]], bool]
) -> None:
    while process.poll() is None:
        path = folder / "events.jsonl"
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        if any(wanted(jobs.decode(line)) for line in lines if line.endswith(b"\n")):
            return
        time.sleep(0.01)
    assert process.stdout
    raise AssertionError(f"it ended before that: {process.stdout.read()}")


def wait_for_checkpoint(folder: Path, process: subprocess.Popen[str]) -> None:
    """Until one is complete on the disk: they are written beside the steps, so a step that is over says nothing."""
    while process.poll() is None:
        if any(path.name.isdigit() for path in (folder / "checkpoints" / "actor").glob("*")):
            return
        time.sleep(0.01)
    raise AssertionError("it ended before its first checkpoint")


# --- a run to the end ---------------------------------------------------------------------------------------


def test_the_log_of_a_whole_run(completed: Path) -> None:
    log = jobs.events(completed)
    assert [event["seq"] for event in log] == list(range(len(log)))
    assert (log[0]["kind"], log[0]["attempt"]) == ("start", 1)
    assert (log[-1]["kind"], log[-1]["reason"], log[-1]["step"]) == ("done", "completed", 6)
    phases = [event["phase"] for event in log if event["kind"] == "phase"]
    assert phases == ["loading", "preparing", "compiling", *["training"] * 5, "exporting"]
    for kind in ("metrics", "rollouts"):
        assert [event["step"] for event in log if event["kind"] == kind] == [1, 2, 3, 4, 5, 6]
    # It takes more than two seconds until JAX and Tunix are there, let alone the first step.
    assert any(event["kind"] == "heartbeat" for event in log)
    order = [event["kind"] for event in log if event["kind"] not in ("heartbeat", "phase")]
    assert order[1:7] == ["plan", "warning", "rollouts", "metrics", "rollouts", "metrics"]
    assert (log[1]["steps"], log[1]["tokensPerStep"]) == (6, 6 * 80)
    trainable = next(event for event in log if event.get("phase") == "preparing")["message"]
    assert trainable == f"{log[1]['trainable']:,} trainable parameters"
    assert next(event for event in log if event["kind"] == "estimate")["step"] == 3
    assert order[-3:] == ["checkpoint", "artifact.ready", "done"]
    assert not (completed / "events.reserve").exists()


def test_every_metric_is_there(completed: Path) -> None:
    wanted = {
        *(f"reward/{part}/{what}" for part in ("total", "format", "answer") for what in ("mean", "std")),
        "reward/zero_std_frac",
        "answer/correct_frac",
        "format/strict_frac",
        *(f"completion/length_{what}" for what in ("mean", "min", "max")),
        *(f"completion/{what}_frac" for what in ("truncated", "distinct", "repeated", "same_answer")),
        *(f"policy/{what}" for what in ("loss", "kl", "grad_norm", "clip_frac", "lr", "entropy")),
        *(f"perf/{what}" for what in ("step_s", "rollout_s", "reward_s", "train_s", "tokens_per_s")),
        "host/mem_bytes",
        "host/mem_peak_bytes",
    }
    for event in jobs.events(completed, "metrics"):
        assert event["values"].keys() == wanted
    values = [event["values"] for event in jobs.events(completed, "metrics")]
    assert values[0]["policy/kl"] == pytest.approx(0, abs=1e-6)  # the first step is still the base
    assert values[-1]["policy/kl"] > 0
    assert all(v["policy/grad_norm"] > 0 and v["policy/entropy"] > 0 for v in values)
    assert [v["policy/lr"] for v in values] == [1e-2] * 6
    assert all(v["perf/rollout_s"] + v["perf/train_s"] <= v["perf/step_s"] for v in values)


def test_every_rollout_is_kept_with_its_reward_and_its_advantage(completed: Path) -> None:
    lines = rollouts(completed)
    assert len(lines) == 6 * 2 * 3
    data = (completed / "rollouts" / "rollouts.jsonl").read_bytes()
    rows = [json.loads(line) for line in (completed / "train.jsonl").read_text().splitlines()]
    prompts = {entry["row"]["id"]: entry["prompt"] for entry in rows}
    for event in jobs.events(completed, "rollouts"):
        part = [
            json.loads(line) for line in data[event["offset"] : event["offset"] + event["bytes"]].splitlines()
        ]
        assert len(part) == event["count"] == 6
        assert {line["step"] for line in part} == {event["step"]}
        assert [(line["group"], line["sample"]) for line in part] == [
            (g, s) for g in range(2) for s in range(3)
        ]
        totals = np.array([line["total"] for line in part]).reshape(2, 3)
        wanted = (totals - totals.mean(1, keepdims=True)) / (totals.std(1, ddof=1, keepdims=True) + 1e-6)
        assert [line["advantage"] for line in part] == pytest.approx(wanted.ravel().tolist())
        for g in range(2):
            assert len({line["rowId"] for line in part[3 * g : 3 * g + 3]}) == 1
        values = next(e["values"] for e in jobs.events(completed, "metrics") if e["step"] == event["step"])
        assert values["reward/total/mean"] == pytest.approx(totals.mean())
        assert values["completion/length_mean"] == pytest.approx(np.mean([line["tokens"] for line in part]))
    for line in lines:
        assert line["prompt"] == prompts[line["rowId"]]
        assert line["truncated"] == (line["tokens"] == 16)
        assert line["parts"].keys() == {"format", "answer", "rubric"}
        assert line["why"].keys() == line["parts"].keys() and line["why"]["rubric"] == "Counts for open only."
    assert 0 < sum(line["truncated"] for line in lines) < len(lines)
    # Two passes over six rows, and no step repeats what another drew.
    first_pass = [line["rowId"] for line in lines if line["step"] <= 3]
    assert len(set(first_pass)) == 6
    assert len({line["completion"] for line in lines}) > 20


def test_the_prompt_carries_exactly_one_bos(completed: Path, base: Path) -> None:
    reference = json.loads((completed / "artifacts" / "final" / "reference.json").read_text())
    import sentencepiece

    tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(base / "tokenizer.model"))
    assert len(reference["prompts"]) == 4
    for entry in reference["prompts"]:
        assert entry["ids"] == [2, *tokenizer.encode(entry["prompt"])]
        assert entry["ids"].count(2) == 1


def test_the_published_adapter_is_what_its_manifest_says(completed: Path) -> None:
    folder = completed / "artifacts" / "final"
    manifest = json.loads((folder / "manifest.json").read_text())
    spec = json.loads((completed / "spec.json").read_text())
    assert sorted(manifest["files"]) == ["adapter_config.json", "adapter_model.safetensors", "reference.json"]
    for name, entry in manifest["files"].items():
        data = (folder / name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (entry["sha256"], entry["bytes"])
    assert manifest["parent"] == {"modelId": "random", "sha256": spec["base"]["sha256"]}
    assert manifest["specSha256"] == hashlib.sha256((completed / "spec.json").read_bytes()).hexdigest()
    assert manifest["rewardSuite"] == {"name": "fake", "hash": spec["rewardSuite"]["hash"]}
    assert (manifest["step"], manifest["rank"], manifest["alpha"]) == (6, 4, 8)
    assert manifest["trainer"]["packages"]["google-tunix"] == "0.1.7"
    assert "reward/total/mean" in manifest["metrics"]
    ready = jobs.events(completed, "artifact.ready")[0]
    assert ready["manifestSha256"] == hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert (ready["name"], ready["path"], ready["step"]) == ("final", "artifacts/final", 6)
    tensors = load_file(folder / "adapter_model.safetensors")
    assert len(tensors) == 2 * 7 * jobs.LAYERS
    assert all(np.abs(t).max() > 0 for name, t in tensors.items() if "lora_B" in name)


def test_the_reference_is_the_published_adapter_on_the_base(
    completed: Path, base: Path, tmp_path: Path
) -> None:
    """Merged by hand into the Hugging Face weights and read anew, the model says what reference.json says."""
    from forethought_trainer.load_base import load_base
    from forethought_trainer.reference import compute_reference

    weights = load_file(base / "model.safetensors")
    adapter = load_file(completed / "artifacts" / "final" / "adapter_model.safetensors")
    for name, a in adapter.items():
        if name.endswith("lora_A.weight"):
            target = name.removeprefix("base_model.model.").replace(".lora_A.weight", ".weight")
            weights[target] += 2.0 * adapter[name.replace("lora_A", "lora_B")] @ a
    merged = tmp_path / "merged"
    shutil.copytree(base, merged)
    save_file(weights, str(merged / "model.safetensors"), metadata={"format": "pt"})
    reference = json.loads((completed / "artifacts" / "final" / "reference.json").read_text())["prompts"]
    prompts = [entry["prompt"] for entry in reference]

    model, _, tokenizer = load_base(merged)
    found = compute_reference(model, tokenizer, prompts, [1, 107])
    plain_model, _, _ = load_base(base)
    plain = compute_reference(plain_model, tokenizer, prompts, [1, 107])
    for wanted, got, without in zip(reference, found, plain, strict=True):
        assert np.abs(np.subtract(wanted["logits"], got["logits"])).max() < 1e-4
        assert np.abs(np.subtract(wanted["logits"], without["logits"])).max() > 1e-2
        assert wanted["greedy"] == got["greedy"]
        assert 1 <= len(wanted["greedy"]) <= 16
        assert wanted["top"][0][0] == int(np.argmax(wanted["logits"]))
        assert len(wanted["top"]) == 64


def test_a_finished_job_does_not_start_again(completed: Path) -> None:
    before = (completed / "artifacts" / "final" / "manifest.json").read_bytes()
    ran = jobs.train(completed)
    assert ran.returncode == 2
    assert "is finished (completed after step 6)" in ran.stderr
    assert (completed / "artifacts" / "final" / "manifest.json").read_bytes() == before


# --- ends before the end ------------------------------------------------------------------------------------


def test_sigterm_ends_the_step_saves_and_exports(folder: Path, spec: dict[str, Any]) -> None:
    spec["training"]["steps"] = 100_000
    jobs.write_spec(folder, spec)
    process = begin(folder)
    wait_for_event(folder, process, lambda e: e["kind"] == "metrics" and e["step"] >= 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=120) == 0
    done = jobs.events(folder)[-1]
    assert (done["kind"], done["reason"]) == ("done", "stopped")
    last = jobs.events(folder, "metrics")[-1]["step"]
    assert done["step"] == last >= 2
    assert jobs.events(folder, "checkpoint")[-1]["step"] == last
    assert (folder / "checkpoints" / "actor" / str(last)).is_dir()
    assert json.loads((folder / "artifacts" / "final" / "manifest.json").read_text())["step"] == last
    assert len(rollouts(folder)) == last * 6


def test_the_deadline_ends_it_too(folder: Path, spec: dict[str, Any]) -> None:
    spec["training"]["steps"] = 100_000
    spec["limits"]["deadlineMs"] = 25_000
    jobs.write_spec(folder, spec)
    ran = jobs.train(folder)
    assert ran.returncode == 0, ran.stderr
    done = jobs.events(folder)[-1]
    assert (done["kind"], done["reason"]) == ("done", "deadline")
    assert bool(done["step"]) == (folder / "artifacts" / "final").exists()


def test_a_stop_before_the_first_step_publishes_nothing(folder: Path, spec: dict[str, Any]) -> None:
    spec["limits"]["deadlineMs"] = 1
    jobs.write_spec(folder, spec)
    ran = jobs.train(folder)
    assert ran.returncode == 0, ran.stderr
    done = jobs.events(folder)[-1]
    assert (done["kind"], done["reason"], done["step"]) == ("done", "deadline", 0)
    assert not (folder / "artifacts").exists()


def test_after_kill_9_it_goes_on_and_ends_bit_equal(
    folder: Path, spec: dict[str, Any], completed: Path
) -> None:
    """The same job as `completed`, killed on the way: the same rollouts, the same adapter."""
    spec["training"]["steps"] = 6
    spec["limits"]["checkpointEveryMs"] = 1
    jobs.write_spec(folder, spec)
    # The reward server holds the fifth step, so that a checkpoint is complete when the kill comes.
    spec["rewardServer"]["command"] += ["slow", "5"]
    jobs.write_spec(folder, spec)
    process = begin(folder)
    wait_for_event(folder, process, lambda e: e["kind"] == "metrics" and e["step"] == 4)
    wait_for_checkpoint(folder, process)
    process.kill()
    process.wait()
    with (folder / "rollouts" / "rollouts.jsonl").open("ab") as f:
        f.write(b'{"step":5,"gro')  # and in the middle of a line
    checkpoints = sorted(
        int(p.name) for p in (folder / "checkpoints" / "actor").iterdir() if p.name.isdigit()
    )
    assert checkpoints
    assert checkpoints[-1] < 6

    ran = jobs.train(folder)
    assert ran.returncode == 0, ran.stderr
    log = jobs.events(folder)
    preparing = [event["message"] for event in log if event.get("phase") == "preparing"]
    assert preparing[1].endswith(f"going on after step {checkpoints[-1]}")
    assert [event["seq"] for event in log] == list(range(len(log)))
    starts = [event for event in log if event["kind"] == "start"]
    assert [(s["attempt"], s["log"]) for s in starts] == [(1, starts[0]["log"]), (2, starts[0]["log"])]
    again = log[log.index(starts[1]) :]
    assert [e["step"] for e in again if e["kind"] == "metrics"] == list(range(checkpoints[-1] + 1, 7))
    assert log[-1]["reason"] == "completed"

    def told(path: Path) -> dict[tuple[int, int, int], tuple[str, float]]:
        return {
            (r["step"], r["group"], r["sample"]): (r["completion"], r["advantage"]) for r in rollouts(path)
        }

    assert told(folder) == told(completed)
    mine = load_file(folder / "artifacts" / "final" / "adapter_model.safetensors")
    theirs = load_file(completed / "artifacts" / "final" / "adapter_model.safetensors")
    assert all(np.array_equal(mine[name], theirs[name]) for name in theirs)


# --- failures -----------------------------------------------------------------------------------------------


def fails(folder: Path, spec: dict[str, Any], kind: str) -> dict[str, Any]:
    """Runs a job that must fail with this class; returns its failure event."""
    jobs.write_spec(folder, spec)
    ran = jobs.train(folder)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    last = jobs.events(folder)[-1]
    assert (last["kind"], last["class"]) == ("failure", kind)
    assert last["message"] in ran.stderr
    assert not (folder / "artifacts" / "final").exists()
    assert not list(folder.glob("artifacts/tmp-*"))
    return last


def test_an_infinite_reward_never_reaches_the_weights(folder: Path, spec: dict[str, Any]) -> None:
    spec["rewardServer"]["command"] += ["infinite", "3"]
    failure = fails(folder, spec, "reward")
    assert "is inf, which is not a finite number" in failure["message"]
    assert [event["step"] for event in jobs.events(folder, "metrics")] == [1, 2]
    manifest = json.loads((folder / "artifacts" / "last-good-2" / "manifest.json").read_text())
    assert manifest["step"] == 2
    assert jobs.events(folder, "artifact.ready")[0]["name"] == "last-good-2"


def test_a_reward_server_that_dies(folder: Path, spec: dict[str, Any]) -> None:
    spec["rewardServer"]["command"] += ["die", "1"]
    failure = fails(folder, spec, "reward")
    assert "the reward server met its end" in failure["message"]
    assert not (folder / "artifacts").exists()


def test_gradients_that_are_no_numbers(folder: Path, tmp_path: Path) -> None:
    """A base whose weights are so large that its gradients overflow: nothing of it enters the adapter."""
    base = jobs.make_base(tmp_path / "huge", scale=1e38)
    failure = fails(folder, jobs.make_spec(folder, base), "numerics")
    assert "of step 1 is" in failure["message"]
    assert not (folder / "artifacts").exists()


@pytest.mark.parametrize(
    ("size", "steps", "checkpoint_ms", "least"),
    [("300k", 100_000, 600_000, 10), ("420k", 100_000, 1, 1), ("150k", 3, 600_000, 3)],
    ids=["while it logs", "while it saves", "while it exports"],
)
def test_a_full_disk(
    tmp_path: Path, base: Path, size: str, steps: int, checkpoint_ms: int, least: int
) -> None:
    """The job's disk fills up on the way: the failure is told, what was published stays as it was."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk can only be made by root: mount -t tmpfs is not allowed here")
    try:
        folder = disk / "job"
        spec = jobs.make_spec(folder, base)
        spec["training"]["steps"] = steps
        spec["limits"]["checkpointEveryMs"] = checkpoint_ms
        earlier = folder / "artifacts" / "earlier"
        earlier.mkdir(parents=True)
        (earlier / "manifest.json").write_text("{}")
        failure = fails(folder, spec, "disk")
        assert "disk of the job folder is full" in failure["message"]
        assert sorted(os.listdir(folder / "artifacts")) == ["earlier"]
        assert (earlier / "manifest.json").read_text() == "{}"
        told = [event["step"] for event in jobs.events(folder, "metrics")]
        assert told == list(range(1, len(told) + 1))
        assert len(told) >= least
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_missing_package_is_named(folder: Path, spec: dict[str, Any], tmp_path: Path) -> None:
    jobs.write_spec(folder, spec)
    empty = tmp_path / "shadow"
    empty.mkdir()
    (empty / "qwix.py").write_text("raise ImportError(\"No module named 'qwix'\")")
    env = jobs.environment()
    env["PYTHONPATH"] += os.pathsep + str(empty)
    command = [sys.executable, "-m", "forethought_trainer", "grpo", "--job", str(folder)]
    env["PYTHONPATH"] = str(empty) + os.pathsep + env["PYTHONPATH"]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 1
    assert jobs.events(folder)[-1]["class"] == "environment"
    assert "No module named 'qwix'" in ran.stderr


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10"])
def test_an_old_python_is_told_so(version: str) -> None:
    import glob

    found = shutil.which(
        f"python{version}",
        path=os.pathsep.join(glob.glob(str(Path.home() / f".pyenv/versions/{version}.*/bin"))),
    )
    if not found:
        pytest.skip(f"no Python {version} here")
    ran = subprocess.run(
        [found, "-m", "forethought_trainer", "grpo", "--job", "x"],
        env=jobs.environment(),
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2
    assert f"needs Python 3.11 or newer, but {found} is Python {version}" in ran.stderr
