"""The stages `merge` and `export`: in processes of their own that cannot import JAX; and that they never hold a whole model."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import supervised
from safetensors.numpy import load_file

import jobs
import models
from forethought_trainer.artifact import published
from forethought_trainer.checked import SpecError
from forethought_trainer.formats.adapters import open_adapter
from forethought_trainer.formats.bases import base_identity, open_base
from forethought_trainer.formats.gguf_write import write_gguf_lora
from forethought_trainer.formats.merge import write_folder
from forethought_trainer.formats.merged import Merged
from forethought_trainer.formats.safetensors_files import stored_tensors
from forethought_trainer.spec import SPECS, file_sha256, read_spec
from forethought_trainer.spec.adapters import chain_identity, merged_from, parent_of, trained_on
from forethought_trainer.spec.blocks import Adapter, Base, MergedFrom

# What the stages may not import.
NO_JAX = "import sys; sys.modules.update(dict.fromkeys(('jax', 'jaxlib', 'flax', 'tunix', 'qwix')))\n"
RUN = NO_JAX + "from forethought_trainer.__main__ import main; sys.exit(main(sys.argv[1:]))"


def run(folder: Path, spec: dict[str, Any], code: int = 0) -> subprocess.CompletedProcess[str]:
    jobs.write_spec(folder, spec)
    ran = subprocess.run(
        [sys.executable, "-c", RUN, spec["kind"], "--job", str(folder)],
        env=jobs.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran


def manifest_of(folder: Path, name: str) -> dict[str, Any]:
    """A published artifact's manifest; its files are those that it names, and as it names them."""
    artifact = folder / "artifacts" / name
    manifest = json.loads((artifact / "manifest.json").read_text())
    assert {path.name for path in artifact.iterdir()} == {"manifest.json", *manifest["files"]}
    for file, entry in manifest["files"].items():
        assert file_sha256(artifact / file) == entry["sha256"]
    ready = jobs.events(folder, "artifact.ready")
    assert [(e["name"], e["path"], e["artifact"], e["manifestSha256"]) for e in ready] == [
        (name, f"artifacts/{name}", manifest["kind"], published(folder / "artifacts", name))
    ]
    assert manifest["jobId"] == jobs.JOB_ID
    assert manifest["specSha256"] == file_sha256(folder / "spec.json")
    return manifest


@pytest.fixture(scope="module")
def chained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A bfloat16 base in two files and two adapters upon each other, as a spec's base."""
    root = tmp_path_factory.mktemp("chained")
    models.write_base(root / "base", dtype="bfloat16", shards=2)
    identity = base_identity(root / "base")
    first = models.publish_adapter(root, "grpo-final", identity, 2, rank=4, alpha=8, seed=1, reference="one")
    on_first = chain_identity([f"base {identity}", f"adapter {first['manifestSha256']}"])
    second = models.publish_adapter(
        root,
        "sft-final",
        on_first,
        2,
        rank=2,
        alpha=8,
        seed=2,
        targets=("q_proj", "up_proj"),
        reference="two",
    )
    return {"modelId": "random", "path": str(root / "base"), "sha256": identity, "adapters": [first, second]}


def make_spec(folder: Path, base: dict[str, Any], kind: str, **fields: Any) -> dict[str, Any]:
    spec = jobs.make_spec(folder, Path(base["path"]))
    for name in ("data", "rewardSuite", "rewardServer", "lora", "training", "rollout"):
        del spec[name]
    return {**spec, "kind": kind, "base": json.loads(json.dumps(base)), **fields}


def exact_weights(base: dict[str, Any], dtype: str = "float32") -> Merged:
    return Merged(open_base(base["path"]), [open_adapter(a["path"]) for a in base["adapters"]], dtype)


# --- merge ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_merged_weights_are_published_with_an_identity(
    folder: Path, chained: dict[str, Any], dtype: str
) -> None:
    run(folder, make_spec(folder, chained, "merge", form="merged", dtype=dtype, shardBytes=1_000_000))
    manifest = manifest_of(folder, "merged")
    out = folder / "artifacts" / "merged"
    chain = [f"base {chained['sha256']}", *(f"adapter {a['manifestSha256']}" for a in chained["adapters"])]
    assert manifest["kind"] == "merged-model"
    assert manifest["identity"] == base_identity(out)
    assert (manifest["chain"], manifest["chainSha256"]) == (chain, chain_identity(chain))
    assert manifest["parent"] == {"modelId": "random", "sha256": chain_identity(chain), "chain": chain}
    assert (manifest["dtype"], manifest["exact"]) == (dtype, dtype == "float32")
    found, exact = open_base(out), exact_weights(chained, dtype)
    for name in exact.shapes:
        wanted = exact.read(name).astype(models.DTYPES[dtype]).astype(np.float32)
        np.testing.assert_array_equal(found.read(name), wanted, err_msg=name)
    log = jobs.events(folder)
    assert (log[-1]["kind"], log[-1]["reason"], log[-1]["step"]) == ("done", "completed", 0)
    plan = next(event for event in log if event["kind"] == "plan")
    assert f"merged and written as {dtype}" in plan["text"]


def test_sums_for_a_type_of_16_bits_are_the_exact_ones_but_for_the_last_place(
    chained: dict[str, Any],
) -> None:
    exact, found = exact_weights(chained), exact_weights(chained, "bfloat16")
    for name in exact.shapes:
        np.testing.assert_allclose(found.read(name), exact.read(name), rtol=1e-6, atol=1e-7, err_msg=name)


def test_every_byte_that_is_written_is_told(chained: dict[str, Any], tmp_path: Path) -> None:
    told: list[int] = []
    write_folder(exact_weights(chained), tmp_path / "out", "bfloat16", told=told.append)
    sizes = [stored.shape for stored in stored_tensors(tmp_path / "out").values()]
    assert sum(told) == sum(2 * math.prod(shape) for shape in sizes)


def test_what_was_trained_on_the_chain_is_valid_on_the_merged_weights_only_where_nothing_was_rounded(
    tmp_path: Path, chained: dict[str, Any]
) -> None:
    chain = [f"base {chained['sha256']}", *(f"adapter {a['manifestSha256']}" for a in chained["adapters"])]
    third = models.publish_adapter(tmp_path, "third", chain_identity(chain), 2, seed=9)
    for dtype in ("float32", "bfloat16"):
        folder = tmp_path / dtype
        run(folder, make_spec(folder, chained, "merge", form="merged", dtype=dtype))
        merged = folder / "artifacts" / "merged"
        base = {"modelId": "m", "path": str(merged), "sha256": base_identity(merged), "adapters": [third]}
        again = tmp_path / f"on-{dtype}"
        spec = make_spec(again, base, "export", what="adapter", format="gguf-lora")
        if dtype == "float32":
            run(again, spec)
        else:
            assert "(third) was trained on" in run(again, spec, code=2).stderr


def test_joined_adapters_are_valid_where_the_first_one_was(folder: Path, chained: dict[str, Any]) -> None:
    run(folder, make_spec(folder, chained, "merge", form="adapter"))
    manifest = manifest_of(folder, "joined")
    assert manifest["kind"] == "lora-adapter"
    assert manifest["parent"] == {"modelId": "random", "sha256": chained["sha256"]}
    assert (manifest["rank"], manifest["alpha"], manifest["targets"]) == (6, 6.0, list(models.TARGETS))
    assert manifest["rewardSuite"]["name"] == "suite of sft-final"
    assert [part["name"] for part in manifest["joined"]] == ["grpo-final", "sft-final"]
    out = folder / "artifacts" / "joined"
    assert (out / "reference.json").read_text() == "two"
    exact, found = exact_weights(chained), Merged(open_base(chained["path"]), [open_adapter(out)])
    for name in exact.shapes:
        assert np.abs(found.read(name) - exact.read(name)).max() < 1e-5, name
    joined = {"name": "joined", "path": str(out), "manifestSha256": file_sha256(out / "manifest.json")}
    again = folder.parent / "again"
    run(again, make_spec(again, {**chained, "adapters": [joined]}, "export", what="model", format="hf"))


def test_a_merge_that_was_killed_after_publishing_only_tells_of_it(
    folder: Path, chained: dict[str, Any]
) -> None:
    run(folder, make_spec(folder, chained, "merge", form="adapter"))
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    cut = next(i for i, line in enumerate(lines) if b"artifact.ready" in line)
    (folder / "events.jsonl").write_bytes(b"".join(lines[:cut]))
    before = (folder / "artifacts" / "joined" / "manifest.json").stat().st_mtime_ns
    run(folder, json.loads((folder / "spec.json").read_text()))
    assert (folder / "artifacts" / "joined" / "manifest.json").stat().st_mtime_ns == before
    manifest_of(folder, "joined")


def test_a_deadline_ends_the_writing_and_leaves_nothing(folder: Path, chained: dict[str, Any]) -> None:
    spec = make_spec(folder, chained, "merge", form="merged")
    spec["limits"]["deadlineMs"] = 1
    run(folder, spec)
    assert jobs.events(folder)[-1]["reason"] == "deadline"
    assert not list((folder / "artifacts").iterdir())


def test_weights_that_do_not_fit_their_type_are_a_failure(folder: Path, tmp_path: Path) -> None:
    models.write_base(tmp_path / "base")
    identity = base_identity(tmp_path / "base")
    adapter = models.publish_adapter(tmp_path, "huge", identity, 2, alpha=1e9)
    base = {"modelId": "random", "path": str(tmp_path / "base"), "sha256": identity, "adapters": [adapter]}
    ran = run(folder, make_spec(folder, base, "merge", form="merged", dtype="float16"), code=1)
    failure = jobs.events(folder)[-1]
    assert (failure["kind"], failure["class"]) == ("failure", "numerics")
    assert "holds values above 65504, which float16 cannot" in failure["message"]
    assert failure["message"] in ran.stderr
    assert not list((folder / "artifacts").iterdir())


# --- export -----------------------------------------------------------------------------------------------------


def test_an_adapter_becomes_a_gguf_lora(folder: Path, chained: dict[str, Any]) -> None:
    base = {**chained, "adapters": chained["adapters"][:1]}
    spec = make_spec(folder, base, "export", what="adapter", format="gguf-lora", name="my adapter")
    run(folder, spec)
    manifest = manifest_of(folder, "export")
    assert manifest["kind"] == "export"
    assert (manifest["what"], manifest["format"]) == ("adapter", "gguf-lora")
    assert list(manifest["files"]) == ["adapter.gguf"]
    wanted = folder / "wanted.gguf"
    write_gguf_lora(open_adapter(base["adapters"][0]["path"]), wanted, "gemma2", "my adapter")
    assert (folder / "artifacts" / "export" / "adapter.gguf").read_bytes() == wanted.read_bytes()


def test_several_adapters_become_one_gguf_lora(folder: Path, chained: dict[str, Any]) -> None:
    run(folder, make_spec(folder, chained, "export", what="adapter", format="gguf-lora"))
    assert list(manifest_of(folder, "export")["files"]) == ["adapter.gguf"]
    reader = gguf.GGUFReader(folder / "artifacts" / "export" / "adapter.gguf")
    shapes = {tensor.name: tuple(tensor.shape) for tensor in reader.tensors}
    assert shapes["blk.0.attn_q.weight.lora_a"] == (64, 6)
    assert len(shapes) == 28


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("form", ["gguf", "hf"])
def test_a_model_becomes_a_file_of_another_format(
    folder: Path, chained: dict[str, Any], form: str, dtype: str
) -> None:
    run(folder, make_spec(folder, chained, "export", what="model", format=form, dtype=dtype))
    manifest = manifest_of(folder, "export")
    out = folder / "artifacts" / "export" / ("model.gguf" if form == "gguf" else "")
    assert manifest["identity"] == base_identity(out)
    found, exact = open_base(out), exact_weights(chained, dtype)
    for name in exact.shapes:
        wanted = exact.read(name).astype(models.DTYPES[dtype]).astype(np.float32)
        np.testing.assert_array_equal(found.read(name), wanted, err_msg=name)


def test_a_bare_base_from_a_gguf_to_a_folder(folder: Path, chained: dict[str, Any], tmp_path: Path) -> None:
    first = tmp_path / "first"
    bare = {**chained, "adapters": []}
    run(first, make_spec(first, bare, "export", what="model", format="gguf", dtype="bfloat16"))
    path = first / "artifacts" / "export" / "model.gguf"
    base = {"modelId": "from gguf", "path": str(path), "sha256": file_sha256(path)}
    run(folder, make_spec(folder, base, "export", what="model", format="hf", dtype="bfloat16"))
    source = open_base(chained["path"])
    for name, tensor in load_file(str(folder / "artifacts" / "export" / "model.safetensors")).items():
        np.testing.assert_array_equal(tensor.astype(np.float32), source.read(name), err_msg=name)


# --- what is refused --------------------------------------------------------------------------------------------

MERGE = {"kind": "merge", "form": "merged"}
JOIN = {"kind": "merge", "form": "adapter"}
ADAPTER = {"kind": "export", "what": "adapter", "format": "gguf-lora"}
MODEL = {"kind": "export", "what": "model", "format": "gguf"}
BAD: list[tuple[dict[str, Any], str, Any]] = [
    (MERGE, "form", "folder"),
    (MERGE, "form", None),
    (MERGE, "dtype", "int8"),
    (MERGE, "dtype", None),
    (MERGE, "shardBytes", 10),
    (MERGE, "shardBytes", "2 GB"),
    (MERGE, "training", {}),
    (MERGE, "data", {}),
    (MERGE, "base.adapters", []),
    (JOIN, "base.adapters", []),
    (JOIN, "dtype", "bfloat16"),
    (ADAPTER, "what", "weights"),
    (ADAPTER, "format", "onnx"),
    (ADAPTER, "format", "gguf"),
    (ADAPTER, "format", "hf"),
    (ADAPTER, "dtype", "bfloat16"),
    (ADAPTER, "base.adapters", []),
    (MODEL, "format", "gguf-lora"),
    (MODEL, "dtype", "q8_0"),
    (MODEL, "lora", {}),
    (MODEL, "base.sha256", "a" * 64),
    (MODEL, "base.path", "nowhere"),
    (MODEL, "env.requirementsLockSha256", "c" * 64),
]


@pytest.mark.parametrize(
    ("fields", "path", "value"), BAD, ids=[f"{f['kind']} {p}={str(v)[:20]}" for f, p, v in BAD]
)
def test_each_bad_field_is_named(
    folder: Path, chained: dict[str, Any], fields: dict[str, Any], path: str, value: Any
) -> None:
    jobs.write_spec(folder, jobs.put(make_spec(folder, chained, **fields), path, value))
    with pytest.raises(SpecError) as error:
        read_spec(folder)
    assert str(error.value).startswith(path), str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("fields", [MERGE, MODEL], ids=["merge", "export"])
def test_each_bad_field_of_every_kind_is_named(
    folder: Path, chained: dict[str, Any], fields: dict[str, Any]
) -> None:
    for path, value in supervised.OF_EVERY_KIND:
        spec = make_spec(folder, chained, **fields)
        # Nothing is computed on devices here: any mesh that there can be will do.
        supervised.spoil(spec, path, 0 if path == "mesh.tp" else value)
        jobs.write_spec(folder, spec)
        with pytest.raises(SpecError, match=f"^{re.escape(path)}"):
            read_spec(folder)


@pytest.mark.parametrize("kind", ["merge", "export"])
def test_every_field_has_a_bad_case(kind: str) -> None:
    tested = {path for fields, path, _ in BAD if fields["kind"] == kind}
    tested |= {path for path, _ in supervised.OF_EVERY_KIND}
    assert supervised.untested(SPECS[kind], tested) == []


def test_one_adapter_is_joined_already(folder: Path, chained: dict[str, Any]) -> None:
    base = {**chained, "adapters": chained["adapters"][:1]}
    jobs.write_spec(folder, make_spec(folder, base, **JOIN))
    with pytest.raises(SpecError, match=r"^base\.adapters holds one adapter: joining needs two or more"):
        read_spec(folder)


@pytest.mark.parametrize("kind", [MERGE, ADAPTER, MODEL], ids=["merge", "adapter", "model"])
def test_a_wrong_parent_is_refused_before_the_weights_are_opened(
    folder: Path, chained: dict[str, Any], kind: dict[str, Any], tmp_path: Path
) -> None:
    """The second adapter without the first; its weights are gone, which nobody notices."""
    second = chained["adapters"][1]
    copy = models.copy_of(Path(second["path"]), tmp_path / "copy")
    (copy / "adapter_model.safetensors").unlink()
    base = {**chained, "adapters": [{**second, "path": str(copy)}]}
    ran = run(folder, make_spec(folder, base, **kind), code=2)
    first = chained["adapters"][0]
    trained_on = chain_identity([f"base {chained['sha256']}", f"adapter {first['manifestSha256']}"])
    assert f"base.adapters[0] (sft-final) was trained on {trained_on}" in ran.stderr
    assert jobs.events(folder, "failure")[0]["class"] == "spec"
    assert not (folder / "artifacts").exists()


@pytest.mark.parametrize("content", ["not JSON", "[]", "{}", '{"kind": "merged-model", "identity": 7}'])
def test_a_foreign_manifest_beside_the_base(
    folder: Path, chained: dict[str, Any], tmp_path: Path, content: str
) -> None:
    """Any program may write a manifest.json; one that nobody can read may be a merged model's, damaged."""
    copy = models.copy_of(Path(chained["path"]), tmp_path / "base")
    (copy / "manifest.json").write_text(content)
    jobs.write_spec(folder, make_spec(folder, {**chained, "path": str(copy)}, **MERGE))
    if content != "not JSON":
        assert read_spec(folder).base.path == str(copy)
        return
    with pytest.raises(SpecError, match=r"^base\.path names .*base, whose manifest\.json is not JSON: "):
        read_spec(folder)


@pytest.mark.parametrize(
    "change",
    [
        "not JSON",
        {"files": []},
        {"files": {"adapter_model.safetensors": "x"}},
        {"parent": "x"},
        {"parent": {"sha256": "a", "chain": 7}},
        {"parent": {"sha256": "a", "mergedFrom": {"exact": True}}},
    ],
)
def test_a_manifest_that_is_not_an_adapters(
    folder: Path, chained: dict[str, Any], tmp_path: Path, change: Any
) -> None:
    first = chained["adapters"][0]
    copy = models.copy_of(Path(first["path"]), tmp_path / "copy")
    path = copy / "manifest.json"
    path.write_text(change if isinstance(change, str) else json.dumps(json.loads(path.read_text()) | change))
    adapter = {**first, "path": str(copy), "manifestSha256": file_sha256(path)}
    jobs.write_spec(folder, make_spec(folder, {**chained, "adapters": [adapter]}, **MERGE))
    with pytest.raises(
        SpecError, match=r"^base\.adapters\[0\]\.path names .*copy, (which is no|whose manifest)"
    ):
        read_spec(folder)


def test_an_adapter_that_was_changed_after_publishing(
    folder: Path, chained: dict[str, Any], tmp_path: Path
) -> None:
    first = chained["adapters"][0]
    for name in ("adapter_model.safetensors", "manifest.json"):
        copy = models.copy_of(Path(first["path"]), tmp_path / name)
        data = bytearray((copy / name).read_bytes())
        data[-2] ^= 1
        (copy / name).write_bytes(data)
        jobs.write_spec(
            folder, make_spec(folder, {**chained, "adapters": [{**first, "path": str(copy)}]}, **MERGE)
        )
        with pytest.raises(
            SpecError, match=r"manifestSha256 is|adapter_model\.safetensors is not as published"
        ):
            read_spec(folder)


# --- a whole model never lies in memory -------------------------------------------------------------------------

# What the code takes beside the model: blocks of rows, the adapter's matrices.
MOST_GROWTH = 80e6
MEASURE = (
    NO_JAX
    + """
from pathlib import Path
import numpy, gguf, sentencepiece
from forethought_trainer.formats.adapters import open_adapter
from forethought_trainer.formats.bases import open_base
from forethought_trainer.formats.gguf_write import write_gguf
from forethought_trainer.formats.merge import write_folder
from forethought_trainer.formats.merged import Merged

def peak():  # getrusage would tell the peak of the process that started this one
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) * 1024

folder, form = Path(sys.argv[1]), sys.argv[2]
before = peak()
base = Merged(open_base(folder / "base"), [open_adapter(folder / "adapter")])
if form == "gguf":
    write_gguf(base, folder / "out.gguf", "test", "bfloat16")
else:
    write_folder(base, folder / "out", "bfloat16", 100_000_000)
print(peak() - before)
"""
)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
@pytest.mark.parametrize("form", ["folder", "gguf"])
def test_a_model_larger_than_the_memory_it_may_take(big: Path, form: str) -> None:
    size = (big / "base" / "model.safetensors").stat().st_size
    assert size > 300e6
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE, str(big), form],
        env={**jobs.environment(), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    growth = int(ran.stdout)
    assert 0 < growth < MOST_GROWTH, f"{growth / 1e6:.0f} MB more for a model of {size / 1e6:.0f} MB"
    written = sum(p.stat().st_size for p in big.glob("out/*.safetensors")) or os.path.getsize(
        big / "out.gguf"
    )
    assert abs(written - size / 2) < 1e6


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Gemma 2 of 300 MB and an adapter of rank 8 on all of it."""
    from safetensors.numpy import save_file

    root = tmp_path_factory.mktemp("big")
    width, hidden, layers = 1024, 4096, 5
    noise = np.random.default_rng(0).normal(0, 0.02, 2**20).astype(np.float32)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return np.resize(noise, (rows, columns))

    shapes = {
        "self_attn.q_proj": (width, width),
        "self_attn.k_proj": (width // 2, width),
        "self_attn.v_proj": (width // 2, width),
        "self_attn.o_proj": (width, width),
        "mlp.gate_proj": (hidden, width),
        "mlp.up_proj": (hidden, width),
        "mlp.down_proj": (width, hidden),
    }
    tensors = {
        "model.embed_tokens.weight": matrix(models.vocabulary(), width),
        "model.norm.weight": np.zeros(width, np.float32),
    }
    for i in range(layers):
        for name, (rows, columns) in shapes.items():
            tensors[f"model.layers.{i}.{name}.weight"] = matrix(rows, columns)
        for name in models.NORMS:
            tensors[f"model.layers.{i}.{name}_layernorm.weight"] = np.zeros(width, np.float32)
    (root / "base").mkdir()
    save_file(tensors, str(root / "base" / "model.safetensors"), metadata={"format": "pt"})
    config = models.config_of(models.GEMMA2) | {
        "hidden_size": width,
        "intermediate_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 256,
        "query_pre_attn_scalar": 256,
    }
    (root / "base" / "config.json").write_text(json.dumps(config))
    (root / "base" / "tokenizer.model").write_bytes(models.tokenizer_model())
    models.write_adapter(root / "adapter", layers, rank=8, projections=shapes)
    return root


def test_what_is_trained_on_a_merged_base_names_what_that_was_made_of() -> None:
    """Its parts may be at home where the merged model is not: there it is valid on them, if nothing was rounded away."""
    part, merged_sha, upon = "a" * 64, "c" * 64, "d" * 64
    made_of = [f"base {part}", f"adapter {'b' * 64}"]
    origin = merged_from({"modelId": "m"}, {"chain": made_of, "exact": True})
    base = Base("m", "artifacts/merged", merged_sha, [], MergedFrom(**origin))
    parent = parent_of(base)
    assert parent == {"modelId": "m", "sha256": merged_sha, "mergedFrom": {"chain": made_of, "exact": True}}
    assert trained_on({"parent": parent}) == {merged_sha, chain_identity(made_of)}
    third = parent_of(dataclasses.replace(base, adapters=[Adapter("sft", "artifacts/sft", upon)]))
    listed = [f"base {merged_sha}", f"adapter {upon}"]
    assert trained_on({"parent": third}) == {
        chain_identity(listed),
        chain_identity([*made_of, f"adapter {upon}"]),
    }
    # merged once more, now with rounding
    again = merged_from({"mergedFrom": origin}, {"chain": listed, "exact": False})
    assert again == {"chain": [*made_of, f"adapter {upon}"], "exact": False}
    rounded = {"sha256": "e" * 64, "mergedFrom": again}
    assert trained_on({"parent": rounded}) == {"e" * 64}
