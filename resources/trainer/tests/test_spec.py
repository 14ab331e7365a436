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
from forethought_trainer.plan import size_in_words
from forethought_trainer.spec import read_spec

GONE = object()

BAD: list[tuple[str, Any]] = [
    ("version", 2),
    ("version", True),
    ("jobId", "seven"),
    ("jobId", ""),
    ("jobId", GONE),
    ("kind", "sftt"),
    ("kind", ["grpo"]),
    ("name", ""),
    ("name", "x" * 201),
    ("name", 7),
    ("base", []),
    ("base.modelId", ""),
    ("base.path", "/nowhere/at/all"),
    ("base.path", GONE),
    ("base.path", "x" * 4000),  # longer than the system's paths
    ("base.path", "x" * 5000),
    ("base.sha256", "A" * 64),
    ("base.sha256", "a" * 64),
    ("base.extra", 1),
    ("base.adapters", {}),
    ("base.adapters", [{"name": "a"}]),
    ("base.mergedFrom", {"chain": "base", "exact": True}),
    ("base.mergedFrom", {"chain": []}),
    ("data.snapshot", "abc"),
    ("data.path", "missing.jsonl"),
    ("data.path", "x" * 300),  # longer than the system's names
    ("data.path", "x" * 5000),
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
    ("rewardServer.command", ["x" * 5000]),
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
    ("lora.start", []),
    ("lora.start", {"name": "peft", "path": "/nowhere"}),
    ("lora.start", {"name": "peft", "path": "/nowhere", "sha256": "a" * 64}),
    ("training.steps", 0),
    ("training.steps", None),
    ("training.steps", 10**400),
    ("training.promptsPerStep", 0),
    ("training.promptsPerStep", 7),
    ("training.groupSize", 1),
    ("training.groupSize", True),
    ("training.learningRate", 0),
    ("training.learningRate", -1e-4),
    ("training.learningRate", 1.5),
    ("training.learningRate", 10**400),
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
    ("limits.deadlineMs", 10**400),
    ("limits.deadlineMs", 2**53),
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
    ("stopWhen", [{"metric": "heldout/reward_mean", "above": 1, "belowBest": 1}]),
    ("stopWhen", [{"metric": "heldout/reward_mean", "belowBest": 0}]),
    ("stopWhen", [{"metric": "heldout/reward_mean", "belowBest": "0.3"}]),
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
    assert f"about {size_in_words(plan.memory_bytes)} of arrays per device" in plan.event()["text"]
    assert [finding.code for finding in plan.findings] == ["padding"]
    assert "The longest prompt has 30 tokens" in plan.findings[0].message


@pytest.mark.parametrize(
    ("training", "mesh", "found"),
    [
        ({"variant": "gspo-token"}, 1, [("same-as-grpo", "training.variant")]),
        ({"variant": "gspo-token", "iterations": 2}, 1, []),
        ({"epsilonHigh": 0.28}, 1, [("never-clipped", "training.epsilonHigh")]),
        ({"epsilonHigh": 0.28, "iterations": 2}, 1, []),
        ({}, 4, [("mesh", "mesh.fsdp")]),
        ({}, 3, []),
        # Two prompts of three completions can be cut in two, one of them cannot.
        ({}, 2, []),
        ({"trainMicroBatch": 1}, 2, [("mesh", "mesh.fsdp")]),
    ],
)
def test_the_plan_says_what_would_be_for_nothing(
    folder: Path, spec: dict[str, Any], training: dict[str, Any], mesh: int, found: list[tuple[str, str]]
) -> None:
    spec["training"] |= training
    spec["mesh"] = {"fsdp": mesh, "tp": 1}
    jobs.write_spec(folder, spec)
    read = read_spec(folder)
    findings = make_plan(read, folder, prepare(read, folder)).findings
    told = [(finding.code, finding.where) for finding in findings if finding.code != "padding"]
    assert told == found


def test_the_plan_says_where_a_mean_over_tokens_is_taken_in_parts(folder: Path, spec: dict[str, Any]) -> None:
    spec["training"] |= {"variant": "dapo", "beta": 0}
    for size, found in ((1, ["token-mean-in-parts"]), (2, []), (None, [])):
        spec["training"]["trainMicroBatch"] = size
        jobs.write_spec(folder, spec)
        read = read_spec(folder)
        codes = [finding.code for finding in make_plan(read, folder, prepare(read, folder)).findings]
        assert codes == ["padding", *found]


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
        (b"{", ""),
        (b'{"seed": 1, "seed": 2}', "seed stands twice"),
        (b'{"seed": NaN}', "it holds NaN"),
        (b"\x00\x01", ""),
        (b'{"name": "\xff"}', "it is no text in UTF-8"),
        (b'{"name": "\\ud800"}', "it holds half of a surrogate pair"),
        (b'{"seed": ' + b"1" * 5000 + b"}", "it holds a number of thousands of digits"),
        (b'{"prompt": ' + b"[" * 200 + b"]" * 200 + b"}", "it is nested more than 100 levels deep"),
        (b"[" * 100_000, "it is nested more than 100 levels deep"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_spec_at_all(folder: Path, content: bytes, says: str) -> None:
    (folder / "spec.json").write_bytes(content)
    with pytest.raises(SpecError, match=rf"^spec\.json is not JSON: .*{says}.*\.$"):
        read_spec(folder)


def test_a_spec_that_is_no_object(folder: Path) -> None:
    (folder / "spec.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SpecError, match=r"^spec\.json must be an object"):
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
        *[
            ({field: value}, rf"^base\.path .*config\.json: {field} is .*")
            for field, value in [
                ("architectures", [["a"]]),
                ("architectures", {"a": 1}),
                ("num_hidden_layers", "2"),
                ("num_hidden_layers", 2.5),
                ("num_hidden_layers", 10**9),
                ("num_attention_heads", True),
                ("num_key_value_heads", 0),
                ("max_position_embeddings", "big"),
                ("sliding_window", None),
                ("head_dim", []),
                ("rope_theta", "x"),
                ("rope_theta", 10**400),
                ("rope_parameters", "x"),
                ("rope_parameters", {"full_attention": 7}),
                ("attn_logit_softcapping", "50"),
                ("final_logit_softcapping", -30),
            ]
        ],
        (
            {"rope_parameters": {"rope_theta": "x"}},
            r"^base\.path .*config\.json: rope_parameters\.rope_theta is \"x\"",
        ),
        ({"query_pre_attn_scalar": GONE}, r"^base\.path .*: query_pre_attn_scalar is missing"),
        ("[" * 10_000, r"^base\.path .*config\.json is not JSON: it is nested"),
        ("[]", r"^base\.path .*config\.json is no JSON object"),
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
        whole = json.loads((copy / "config.json").read_text()) | config
        config = json.dumps({field: value for field, value in whole.items() if value is not GONE})
    (copy / "config.json").write_text(config)
    spec["base"]["path"] = str(copy)
    jobs.write_spec(folder, spec)
    with pytest.raises(SpecError, match=says):
        read_spec(folder)


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x00" * 40])
def test_a_damaged_tokenizer(folder: Path, spec: dict[str, Any], tmp_path: Path, content: bytes) -> None:
    import shutil

    copy = tmp_path / "base"
    shutil.copytree(spec["base"]["path"], copy)
    (copy / "tokenizer.model").write_bytes(content)
    spec["base"]["path"] = str(copy)
    jobs.write_spec(folder, spec)
    with pytest.raises(
        SpecError, match=r"^base\.path .*its tokenizer is no SentencePiece model, or is damaged"
    ):
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
        ("base.path", "x" * 4000),
        ("kind", ["grpo"]),
        ("name", "\ud800"),
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
        assert (path if path != "name" else "spec.json is not JSON") in sentence
        failure = jobs.events(Path(folder), "failure")
        assert [f["class"] for f in failure] == ["spec"]
        assert failure[0]["message"] in sentence
    assert "fake:main:train:0" in said[3]


BREAK_THE_CHECKS = """
import sys
from forethought_trainer import job
def broken(folder):
    raise RuntimeError("nobody thought of this")
job.read_spec = broken
sys.exit(job.main("grpo", ["--job", sys.argv[1]], ""))
"""


@pytest.mark.parametrize("content", [None, 'not JSON, but of "jobId": "x"'])
def test_what_no_check_has_foreseen_is_said_and_logged(
    folder: Path, spec: dict[str, Any], content: str | None
) -> None:
    jobs.write_spec(folder, spec)
    if content:
        (folder / "spec.json").write_text(content)
    ran = subprocess.run(
        [sys.executable, "-c", BREAK_THE_CHECKS, str(folder)],
        env=jobs.environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 1
    [sentence] = ran.stderr.splitlines()
    assert "The spec could not be checked." in sentence and "nobody thought of this" in sentence
    [failure] = jobs.events(folder, "failure")
    assert failure["class"] == "internal" and failure["message"] in sentence
    assert 'raise RuntimeError("nobody' in failure["detail"] or "in broken" in failure["detail"]


FULL_DISK = """
import errno, os, sys
from forethought_trainer import events, job
def full(fd, data):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
events.append_whole = full
sys.exit(job.main("grpo", ["--job", sys.argv[1]], ""))
"""


@pytest.mark.parametrize(("field", "value", "code"), [("seed", 7, 1), ("seed", -1, 2)])
def test_a_disk_that_is_full_from_the_start(
    folder: Path, spec: dict[str, Any], field: str, value: Any, code: int
) -> None:
    """There is no log then: the exit code and one sentence tell."""
    jobs.write_spec(folder, jobs.put(spec, field, value))
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder)],
        env=jobs.environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == code
    [sentence] = ran.stderr.splitlines()
    assert ("The disk of the job folder is full." if code == 1 else "seed must be") in sentence


def test_a_line_of_the_data_that_is_wrong(folder: Path, spec: dict[str, Any]) -> None:
    from forethought_trainer.data import read_rows
    from forethought_trainer.spec import file_sha256

    lines = (folder / "train.jsonl").read_bytes().splitlines()
    for bad, says in [
        (b"{", "line 3 is not JSON"),
        (b'{"row": {"id": "x"}}', 'line 3 must be an object with "row" and "prompt"'),
        (b'{"row": {}, "prompt": "x"}', "line 3 has a row without an id"),
        (b'{"row": {"id": "x"}, "prompt": ""}', "line 3 has no prompt for row x"),
        (b'{"row": {"id": "x"}, "prompt": "<bos>x"}', "line 3 has a prompt that begins with <bos>"),
        (b'{"row": {"id": "x"}, "prompt": "\xff"}', "line 3 is not JSON: it is no text in UTF-8"),
        (b'{"row": {"id": "x"}, "prompt": "\\ud800"}', "line 3 is not JSON: it holds half of a surrogate"),
        (b'{"row": {"id": "x", "n": NaN}, "prompt": "x"}', "line 3 is not JSON: it holds NaN"),
        (b"[" * 10_000, "line 3 is not JSON: it is nested more than 100 levels deep"),
    ]:
        (folder / "train.jsonl").write_bytes(b"\n".join([*lines[:2], bad, *lines[3:]]) + b"\n")
        spec["data"]["sha256"] = file_sha256(folder / "train.jsonl")
        jobs.write_spec(folder, spec)
        with pytest.raises(SpecError, match=says):
            read_rows(read_spec(folder).data, folder)
