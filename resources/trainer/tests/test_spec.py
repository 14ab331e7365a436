"""A wrong spec is refused with a sentence that names the field, before anything heavy is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import jobs
from forethought_trainer.checked import SpecError, camel
from forethought_trainer.grpo import make_plan, prepare
from forethought_trainer.spec import read_spec

GONE = object()

BAD: list[tuple[str, Any]] = [
    ("version", 2),
    ("version", True),
    ("jobId", "seven"),
    ("jobId", ""),
    ("jobId", GONE),
    ("kind", "sftt"),
    ("name", ""),
    ("name", "x" * 201),
    ("name", 7),
    ("base", []),
    ("base.modelId", ""),
    ("base.path", "/nowhere/at/all"),
    ("base.path", GONE),
    ("base.sha256", "A" * 64),
    ("base.sha256", "a" * 64),
    ("base.extra", 1),
    ("base.adapters", {}),
    ("base.adapters", [{"name": "a"}]),
    ("base.mergedFrom", {"chain": "base", "exact": True}),
    ("base.mergedFrom", {"chain": []}),
    ("data.snapshot", "abc"),
    ("data.path", "missing.jsonl"),
    ("data.sha256", "b" * 64),
    ("data.count", 0),
    ("data.count", 6.5),
    ("data.sources", ["tiny-tasks"]),
    ("data.sources", {}),
    ("data.sources", {"fake": 0}),
    ("data.sources", {"fake": 2.5}),
    ("data.sources", {"fake": 4, "other": 3}),
    ("prompt.family", "llama"),
    ("prompt.choicesStyle", "numbers"),
    ("prompt.examples", None),
    ("prompt.examples", [{"question": "q"}]),
    ("prompt.instruction", 3),
    ("rewardSuite.hash", "xyz"),
    ("rewardSuite.suite", []),
    ("rewardSuite.suite.parts", []),
    ("rewardServer.command", []),
    ("rewardServer.command", "deno run"),
    ("rewardServer.command", [1]),
    ("rewardServer.timeoutMs", 0),
    ("lora.rank", 0),
    ("lora.rank", 257),
    ("lora.rank", 8.0),
    ("lora.alpha", 0),
    ("lora.alpha", "64"),
    ("lora.targets", []),
    ("lora.targets", ["q_proj", "q_proj"]),
    ("lora.targets", ["embed"]),
    ("lora.targets", ["q_proj", "k_proj"]),
    ("training.steps", 0),
    ("training.steps", None),
    ("training.promptsPerStep", 0),
    ("training.promptsPerStep", 7),
    ("training.groupSize", 1),
    ("training.groupSize", True),
    ("training.learningRate", 0),
    ("training.learningRate", -1e-4),
    ("training.learningRate", 1.5),
    ("training.warmupFraction", 0.95),
    ("training.schedule", "linear"),
    ("training.gradClip", 0),
    ("training.beta", -0.1),
    ("training.epsilon", 0),
    ("training.klEstimator", "k2"),
    ("training.klEstimater", "k3"),
    ("training.variant", "ppo"),
    ("training.variant", None),
    ("training.iterations", 0),
    ("training.iterations", 9),
    ("training.epsilonHigh", 0.1),
    ("training.epsilonHigh", 11),
    ("training.trainMicroBatch", 0),
    ("training.trainMicroBatch", 3),
    ("training.rolloutMicroBatch", 3),
    ("training.logpsMicroBatch", 4),
    ("training.klStop", 0),
    ("rollout.maxPromptTokens", 4),
    ("rollout.maxCompletionTokens", 0),
    ("rollout.temperature", 0),
    ("rollout.topP", 0),
    ("rollout.topP", 1.01),
    ("rollout.topK", 0),
    ("limits.deadlineMs", 0),
    ("limits.checkpointEveryMs", None),
    ("mesh", None),
    ("mesh.fsdp", 0),
    ("mesh.tp", 0),
    ("mesh.tp", 2),  # the base has one key/value head
    ("mesh.dp", 1),
    ("rolloutEncoding", "zip"),
    ("heldOut", {}),
    ("heldOut", {"path": "held-out.jsonl"}),
    ("publishEverySteps", 0),
    ("stopWhen", {}),
    ("stopWhen", [{"metric": "policy/kl"}]),
    ("stopWhen", [{"metric": "policy/kl", "above": 1, "below": 0}]),
    ("stopWhen", [{"metric": "policy/kl", "above": 1, "forSteps": 0}]),
    ("stopWhen", [{"metric": "", "above": 1}]),
    ("seed", -1),
    ("seed", 1.5),
    ("env.requirementsLockSha256", "c" * 64),
    ("env.trainerSha256", "short"),
    ("env.platform", "rocm"),
    ("surprise", 1),
]


def spoil(spec: dict[str, Any], path: str, value: Any) -> None:
    if value is GONE:
        *parents, last = path.split(".")
        node = spec
        for name in parents:
            node = node[name]
        del node[last]
    else:
        for parent in path.split(".")[:1]:
            spec.setdefault(parent, {})
        jobs.put(spec, path, value)


def test_a_good_spec_is_read_and_described(folder: Path, spec: dict[str, Any]) -> None:
    jobs.write_spec(folder, spec)
    read = read_spec(folder)
    assert read.training.group_size == 3
    assert read.rollout.top_k is None
    assert read.lora.alpha == 8.0
    plan = make_plan(read, folder, prepare(read, folder))
    assert "3 steps x 2 prompts x 3 completions = 18 rollouts" in plan.event()["text"]
    assert [finding.code for finding in plan.findings] == ["padding"]
    assert "The longest prompt has 30 tokens" in plan.findings[0].message


def test_relative_paths_start_at_the_job_folder(folder: Path, spec: dict[str, Any]) -> None:
    (folder / "base").symlink_to(spec["base"]["path"])
    spec["base"]["path"] = "base"
    jobs.write_spec(folder, spec)
    assert read_spec(folder).base.path == "base"


@pytest.mark.parametrize(("path", "value"), BAD, ids=[f"{p}={str(v)[:20]}" for p, v in BAD])
def test_each_bad_field_is_named(folder: Path, spec: dict[str, Any], path: str, value: Any) -> None:
    spoil(spec, path, value)
    jobs.write_spec(folder, spec)
    with pytest.raises(SpecError) as error:
        read_spec(folder)
    assert str(error.value).startswith(path), str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "spec.json is not JSON"),
        ("[]", "spec.json must be an object"),
        ('{"seed": 1, "seed": 2}', "seed stands twice"),
        ('{"seed": NaN}', "spec.json holds NaN"),
        ("\x00\x01", "spec.json is not JSON"),
    ],
)
def test_what_is_no_spec_at_all(folder: Path, content: str, says: str) -> None:
    (folder / "spec.json").write_text(content, encoding="utf-8")
    with pytest.raises(SpecError, match=says):
        read_spec(folder)


def test_no_spec_and_no_folder(folder: Path) -> None:
    with pytest.raises(SpecError, match=r"spec\.json is missing"):
        read_spec(folder)
    with pytest.raises(SpecError, match="--job names"):
        read_spec(folder / "nowhere")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.model", "model.safetensors"])
def test_a_base_that_lacks_a_file(folder: Path, spec: dict[str, Any], tmp_path: Path, name: str) -> None:
    import shutil

    copy = tmp_path / "base"
    shutil.copytree(spec["base"]["path"], copy)
    (copy / name).unlink()
    spec["base"]["path"] = str(copy)
    jobs.write_spec(folder, spec)
    with pytest.raises(
        SpecError, match=r"^base\.path .*safetensors" if "safe" in name else rf"^base\.path .*{name}"
    ):
        read_spec(folder)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("{", r"^base\.path .*config\.json is not JSON"),
        ("{}", r"^base\.path .*config\.json: architectures is None"),
        (
            '{"architectures": ["LlamaForCausalLM"]}',
            r"^base\.path .*LlamaForCausalLM.*; Gemma2ForCausalLM and Gemma3ForCausalLM can be trained",
        ),
        (
            '{"architectures": ["Gemma2ForCausalLM"]}',
            r"^base\.path .*config\.json: num_hidden_layers is missing",
        ),
        (
            {"max_position_embeddings": 79},
            r"^rollout\.maxCompletionTokens .* 80 tokens together, but the base's context is 79",
        ),
    ],
)
def test_a_base_that_cannot_be_trained(
    folder: Path, spec: dict[str, Any], tmp_path: Path, config: str | dict[str, Any], says: str
) -> None:
    import shutil

    copy = tmp_path / "base"
    shutil.copytree(spec["base"]["path"], copy)
    if isinstance(config, dict):
        config = json.dumps(json.loads((copy / "config.json").read_text()) | config)
    (copy / "config.json").write_text(config)
    spec["base"]["path"] = str(copy)
    jobs.write_spec(folder, spec)
    with pytest.raises(SpecError, match=says):
        read_spec(folder)


def test_every_field_has_a_bad_case() -> None:
    """A field without a rule would be a hole."""
    import dataclasses
    import typing

    from forethought_trainer.spec import GrpoSpec

    tested = {path for path, _ in BAD}
    free_text = {"prompt.id", "rewardSuite.name"}
    missing = []
    for name, kind in typing.get_type_hints(GrpoSpec).items():
        name = camel(name)
        if dataclasses.is_dataclass(kind):
            missing += [f"{name}.{camel(f.name)}" for f in dataclasses.fields(kind)]
        else:
            missing.append(name)
    assert set(missing) - tested - free_text == set()


CHECK_IN_ONE_PROCESS = """
import json, sys
sys.modules["jax"] = sys.modules["tunix"] = sys.modules["flax"] = None  # importing one of them now fails
from pathlib import Path
from forethought_trainer.__main__ import main
for folder in sys.argv[1:]:
    print(json.dumps([folder, main(["grpo", "--job", folder])]), flush=True)
"""


def test_exit_code_2_without_jax(tmp_path: Path, base: Path) -> None:
    """The stage itself, on a few of the cases, with JAX made impossible to import; the job's log says it too."""
    cases = [
        ("lora.rank", 0),
        ("base.sha256", "a" * 64),
        ("training.surprise", 1),
        ("rollout.maxPromptTokens", 9),  # the prompts are longer
        ("data.count", 5),
    ]
    folders = []
    for i, (path, value) in enumerate(cases):
        folder = tmp_path / str(i)
        spec = jobs.put(jobs.make_spec(folder, base), path, value)
        jobs.write_spec(folder, spec)
        folders.append(str(folder))
    ran = subprocess.run(
        [sys.executable, "-c", CHECK_IN_ONE_PROCESS, *folders, str(tmp_path / "nowhere")],
        env=jobs.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    codes = [json.loads(line)[1] for line in ran.stdout.splitlines()]
    assert codes == [2] * (len(cases) + 1), ran.stderr
    said = ran.stderr.splitlines()
    for (path, _), folder, sentence in zip(cases, folders, said, strict=False):
        assert path in sentence
        failure = jobs.events(Path(folder), "failure")
        assert [f["class"] for f in failure] == ["spec"]
        assert failure[0]["message"] in sentence
    assert "fake:main:train:0" in said[3]


def test_a_line_of_the_data_that_is_wrong(folder: Path, spec: dict[str, Any]) -> None:
    from forethought_trainer.data import read_rows
    from forethought_trainer.spec import file_sha256

    lines = (folder / "train.jsonl").read_text().splitlines()
    for bad, says in [
        ("{", "line 3 is not JSON"),
        ('{"row": {"id": "x"}}', 'line 3 must be an object with "row" and "prompt"'),
        ('{"row": {}, "prompt": "x"}', "line 3 has a row without an id"),
        ('{"row": {"id": "x"}, "prompt": ""}', "line 3 has no prompt for row x"),
        ('{"row": {"id": "x"}, "prompt": "<bos>x"}', "line 3 has a prompt that begins with <bos>"),
    ]:
        (folder / "train.jsonl").write_text("\n".join([*lines[:2], bad, *lines[3:]]) + "\n")
        spec["data"]["sha256"] = file_sha256(folder / "train.jsonl")
        jobs.write_spec(folder, spec)
        with pytest.raises(SpecError, match=says):
            read_rows(read_spec(folder).data, folder)
