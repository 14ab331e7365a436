"""lora.start: training that goes on from a PEFT adapter, made here or elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import supervised
from safetensors.numpy import load_file

import jobs
import models
from forethought_trainer.spec import base_identity, file_sha256

# Of the base that the jobs train, see jobs.make_base.
PROJECTIONS = {
    "self_attn.q_proj": (jobs.HEADS * jobs.HEAD_DIM, jobs.WIDTH),
    "self_attn.k_proj": (jobs.KV_HEADS * jobs.HEAD_DIM, jobs.WIDTH),
    "self_attn.v_proj": (jobs.KV_HEADS * jobs.HEAD_DIM, jobs.WIDTH),
    "self_attn.o_proj": (jobs.WIDTH, jobs.HEADS * jobs.HEAD_DIM),
    "mlp.gate_proj": (jobs.HIDDEN, jobs.WIDTH),
    "mlp.up_proj": (jobs.HIDDEN, jobs.WIDTH),
    "mlp.down_proj": (jobs.WIDTH, jobs.HIDDEN),
}


def write_adapter(folder: Path, **more: Any) -> dict[str, Any]:
    """An adapter as PEFT makes it, keys and values with an A each: the block of a spec that names it."""
    more = {"rank": 2, "alpha": 6, "shared_a": False, "projections": PROJECTIONS} | more
    models.write_adapter(folder, jobs.LAYERS, **more)
    sha256 = file_sha256(folder / "adapter_model.safetensors")
    return {"name": "from PEFT", "path": str(folder), "sha256": sha256}


def going_on(spec: dict[str, Any], start: dict[str, Any]) -> dict[str, Any]:
    spec["lora"] |= {"rank": 4, "alpha": 12, "start": start}
    return spec


def changed(config: dict[str, Any], folder: Path) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | config))


# --- what is refused ------------------------------------------------------------------------------------------


def test_what_it_cannot_go_on_from_is_refused_with_the_field_and_without_jax(
    tmp_path: Path, base: Path
) -> None:
    def case(name: str) -> tuple[Path, dict[str, Any], Path]:
        folder, adapter = tmp_path / name, tmp_path / f"{name}-adapter"
        return folder, going_on(supervised.make_spec(folder, base), write_adapter(adapter)), adapter

    said = {}
    folders = []
    for name, says in {
        "rank": "lora.rank is 2, but from PEFT, which it goes on from, needs 4: its keys and values have an A each",
        "alpha": "lora.alpha is 8, but from PEFT, which it goes on from, needs 12",
        "targets": "lora.targets are q_proj, o_proj, but from PEFT, which it goes on from, needs q_proj, k_proj,",
        "hash": f"lora.start.sha256 is {'a' * 64}, but ",
        "too long": 'lora.start.path names "',
        "missing": "lora.start.path names /nowhere, which has no adapter_model.safetensors.",
        "shape": "lora.start.path names an adapter that cannot be used: ",
        "scale": "use_rslora is true; only false is understood here.",
        "parent": f"lora.start (from PEFT) was trained on {'b' * 64}, but what lies under it here is ",
        "manifest": "whose manifest.json is no adapter's.",
    }.items():
        folder, spec, adapter = case(name)
        match name:
            case "rank" | "alpha":
                spec["lora"] |= {"rank": {"rank": 2}, "alpha": {"alpha": 8}}[name]
            case "targets":
                spec["lora"]["targets"] = ["q_proj", "o_proj"]
            case "hash":
                spec["lora"]["start"]["sha256"] = "a" * 64
            case "missing":
                spec["lora"]["start"]["path"] = "/nowhere"
            case "too long":  # for the system's names
                spec["lora"]["start"]["path"] = "x" * 300
            case "shape":
                spec["lora"]["start"] = write_adapter(adapter, projections=models.PROJECTIONS)
            case "scale":
                changed({"use_rslora": True}, adapter)
            case "parent":
                (adapter / "manifest.json").write_text(json.dumps({"parent": {"sha256": "b" * 64}}))
                (adapter / "adapter_model.safetensors").write_bytes(b"not one byte of it is read")
            case "manifest":
                (adapter / "manifest.json").write_text("[]")
        jobs.write_spec(folder, spec)
        folders.append(folder)
        said[folder] = says
    for folder, (code, words) in zip(folders, supervised.without_jax("sft", folders), strict=True):
        assert code == 2, (folder.name, words)
        assert said[folder] in words


def test_a_stage_upon_another_ones_model_cannot_go_on_from_an_adapter_of_the_base(
    tmp_path: Path, base: Path
) -> None:
    folder = tmp_path / "job"
    own = going_on(supervised.make_spec(folder, base), write_adapter(tmp_path / "adapter"))
    lora = own.pop("lora")
    stage = {"kind": "sft", "lora": lora} | {key: own.pop(key) for key in ("data", "training")}
    first = stage | {"lora": {key: lora[key] for key in ("rank", "alpha", "targets")}}
    spec = own | {"kind": "program", "stages": [first | {"id": "a"}, stage | {"id": "b", "from": "a"}]}
    assert str(supervised.refuse(folder, spec)).startswith("stages[1].lora.start lies on the base")


def test_a_gate_against_the_base_asks_no_stage_that_goes_on_from_an_adapter(tmp_path: Path) -> None:
    """Its exam before the first step is of that adapter, and is told so."""
    from forethought_trainer.gates import Gates
    from forethought_trainer.program import origin_of
    from forethought_trainer.spec.program import Frame, Measure
    from forethought_trainer.stage_log import Result, StageLog
    from forethought_trainer.training import TrainingRun

    results = {}
    for name, start, right in (("on", "from PEFT", 0.9), ("fresh", None, 0.2)):
        (tmp_path / name).mkdir()
        whole: Any = SimpleNamespace(history=None, write=lambda *_, **__: None)
        log = StageLog(whole, name, 0, tmp_path / name)
        run: Any = TrainingRun.__new__(TrainingRun)
        run.log, run.evals = log, {}
        run.run = SimpleNamespace(progress=SimpleNamespace(step=0))
        run.spec = SimpleNamespace(lora=SimpleNamespace(start=start))
        exam: Any = SimpleNamespace(event=lambda right=right: {"correct": right}, in_words=lambda: "")
        run.tell_result("held-out", exam)
        origin = origin_of(SimpleNamespace(kind="sft", base=SimpleNamespace(adapters=[])))
        results[name] = Result("completed", 1, None, "", {}, before=log.exams_of(origin))
    frames = [Frame(name, "sft") for name in results]
    gates = Gates(None, SimpleNamespace(), frames, results)  # type: ignore[arg-type]
    assert gates.of_base(Measure("correct", "held-out")) == 0.2


# --- what it begins with --------------------------------------------------------------------------------------


def policies(folder: Path, base: Path, start: dict[str, Any], **lora: Any) -> tuple[Any, Any]:
    """A policy that goes on from the adapter, and the base with that adapter merged into it."""
    from forethought_trainer.load_base import load_base
    from forethought_trainer.policy import Policy
    from forethought_trainer.spec import read_spec

    supervised.keep_compilations()
    spec = going_on(supervised.make_spec(folder, base), start)
    spec["lora"] |= lora
    jobs.write_spec(folder, spec)
    read = read_spec(folder)
    return Policy(read, folder, read.lora), load_base(base, adapters=[start["path"]])[0]


def logits(model: Any) -> np.ndarray:
    import jax.numpy as jnp

    from forethought_trainer.reference import last_logits

    ids = jnp.arange(20, 36)[None]
    return np.asarray(last_logits(model, ids, jnp.array([16])))


@pytest.mark.parametrize(
    ("targets", "lora"),
    [
        (models.TARGETS, {}),
        (("q_proj", "v_proj"), {"rank": 2, "alpha": 6, "targets": ["q_proj", "k_proj", "v_proj"]}),
    ],
    ids=["all modules", "PEFT's own choice"],
)
def test_it_begins_with_what_the_adapter_computes(
    folder: Path, tmp_path: Path, base: Path, targets: tuple[str, ...], lora: dict[str, Any]
) -> None:
    start = write_adapter(tmp_path / "adapter", targets=targets)
    policy, wanted = policies(folder, base, start, **lora)
    assert np.abs(logits(policy.model) - logits(wanted)).max() < 1e-5
    assert np.abs(logits(policy.model) - logits(policy.base)).max() > 1e-2
    np.testing.assert_array_equal(logits(policy.start), logits(policy.model))


def test_the_starting_policy_stays_while_the_model_learns(folder: Path, tmp_path: Path, base: Path) -> None:
    """And both have the base's own arrays after a step."""
    from flax import nnx

    policy, wanted = policies(folder, base, write_adapter(tmp_path / "adapter"))
    import jax

    policy.restore(jax.tree.map(lambda array: array + 1, policy.snapshot()))
    assert np.abs(logits(policy.start) - logits(wanted)).max() < 1e-5
    assert np.abs(logits(policy.model) - logits(policy.start)).max() > 1e-2
    policy.share_base()
    arrays = {id(leaf) for leaf in jax.tree.leaves(nnx.state(policy.base))}
    for model in (policy.model, policy.start):
        shared = nnx.state(model, nnx.filterlib.Not(nnx.LoRAParam))
        assert {id(leaf) for leaf in jax.tree.leaves(shared)} <= arrays


# --- runs -----------------------------------------------------------------------------------------------------


def test_sft_goes_on_from_it_and_a_restart_from_its_checkpoint(tmp_path: Path, base: Path) -> None:
    start = write_adapter(tmp_path / "adapter")
    once, twice = tmp_path / "once", tmp_path / "twice"
    for folder in (once, twice):
        spec = going_on(supervised.make_spec(folder, base), start)
        # The first step's KL shows what it is measured against.
        spec["guard"] = {"klWeight": 0.5}
        if folder is twice:
            assert supervised.run(folder, spec, stop_after=1) == 0
            (folder / "events.jsonl").unlink()  # as if the process had been killed
            for path in (folder / "artifacts").glob("*"):
                path.rename(folder / "first")
        assert supervised.run(folder, spec) == 0
    lines = jobs.events(once, "plan")[0]["text"]
    assert f"goes on from from PEFT {start['sha256'][:12]}" in lines
    assert supervised.values(once)[1]["guard/kl"] == pytest.approx(0, abs=1e-6)
    assert supervised.values(once)[3]["guard/kl"] > 1e-6
    assert min(supervised.values(twice)) == 2  # and not 1
    final = [load_file(folder / "artifacts/final/adapter_model.safetensors") for folder in (once, twice)]
    first = load_file(twice / "first/adapter_model.safetensors")
    for name, tensor in final[0].items():
        np.testing.assert_allclose(final[1][name], tensor, atol=1e-6)
        assert (tensor != first[name]).any()
    manifest = json.loads((once / "artifacts/final/manifest.json").read_text())
    assert manifest["startedFrom"] == {"name": "from PEFT", "sha256": start["sha256"]}
    assert manifest["parent"]["sha256"] == base_identity(base)


@pytest.mark.parametrize("kind", ["grpo", "dpo"])
def test_the_reference_is_the_adapter_that_it_goes_on_from(kind: str, tmp_path: Path, base: Path) -> None:
    folder = tmp_path / "job"
    spec = jobs.make_spec(folder, base) if kind == "grpo" else supervised.make_spec(folder, base, kind)
    spec = going_on(spec, write_adapter(tmp_path / "adapter"))
    spec["training"]["steps"] = 2
    assert supervised.run(folder, spec) == 0
    values = supervised.values(folder)
    name = "policy/kl" if kind == "grpo" else "preference/margin"
    assert values[1][name] == pytest.approx(0, abs=1e-6)
    assert abs(values[2][name]) > 1e-6
    assert (folder / "artifacts/final/adapter_model.safetensors").is_file()
