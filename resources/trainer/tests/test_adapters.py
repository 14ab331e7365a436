"""PEFT adapters: whoever made them, they mean the same everywhere, joined, merged, trained on, or as a GGUF LoRA."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import models
from forethought_trainer.formats import merge, merged
from forethought_trainer.formats.adapters import (
    MEANS_LORA,
    UnsupportedAdapter,
    check_fits,
    concat_adapters,
    needed_for,
    open_adapter,
    read_config,
)
from forethought_trainer.formats.bases import open_base
from forethought_trainer.formats.gguf_write import write_gguf_lora
from forethought_trainer.formats.merge import merge_files
from forethought_trainer.formats.merged import Merged
from models import GEMMA2, GEMMA3

BOTH = pytest.mark.parametrize("architecture", [GEMMA2, GEMMA3])
STEM = "base_model.model.model.layers.0."
SHARED = json.loads(Path(__file__).with_name("adapter_configs.json").read_text())


def test_an_adapter_is_read_as_it_is_stored(tmp_path: Path) -> None:
    tensors = models.write_adapter(tmp_path, layers=2, rank=3, alpha=12)
    adapter = open_adapter(tmp_path)
    assert (adapter.rank, adapter.alpha, adapter.scale) == (3, 12.0, 4.0)
    assert adapter.targets == list(models.TARGETS)
    assert len(adapter.pairs) == 14
    for name in adapter.pairs:
        stem = "base_model.model." + name.removesuffix(".weight")
        np.testing.assert_array_equal(adapter.a(name), tensors[f"{stem}.lora_A.weight"])
        np.testing.assert_array_equal(adapter.b(name), tensors[f"{stem}.lora_B.weight"])


@pytest.mark.parametrize("field", SHARED["fields"])
def test_a_configuration_is_understood_as_the_core_does(field: str, tmp_path: Path) -> None:
    path, least = tmp_path / "adapter_config.json", SHARED["least"]
    cases = SHARED["fields"][field]
    for value in cases["accepted"]:
        path.write_text(json.dumps(least | {field: value}))
        read_config(path)
    refused = [least | {field: value} for value in cases["refused"]]
    for config in refused + ([{k: v for k, v in least.items() if k != field}] if field in least else []):
        path.write_text(json.dumps(config))
        with pytest.raises(UnsupportedAdapter, match=field):
            read_config(path)


def test_no_field_is_understood_by_the_trainer_alone() -> None:
    assert {*MEANS_LORA, "init_lora_weights", *SHARED["least"]} == set(SHARED["fields"])


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"use_rslora": True}, "use_rslora is true; only false is understood here"),
        ({"use_dora": True}, "use_dora is true"),
        ({"peft_type": "LOHA"}, 'peft_type is "LOHA"'),
        ({"bias": "all"}, 'bias is "all"'),
        ({"rank_pattern": {"q_proj": 8}}, "rank_pattern is"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save is"),
        ({"alora_invocation_tokens": [1]}, "alora_invocation_tokens is"),
        ({"init_lora_weights": "pissa"}, "which changes the base's weights before training"),
        ({"r": 0}, "r is 0 and lora_alpha 8; both must be above 0"),
        ({"lora_alpha": -1}, "lora_alpha -1"),
        ({"lora_alpha": 10**400}, "lora_alpha 1000"),
        ({"r": True}, "r is true"),
        ({"target_modules": "all-linear"}, "it must be a list of module names"),
        ({"target_modules": ["q_proj"]}, r"changes .*; adapter_config\.json names q_proj"),
        ({"r": 5}, r"has the shape \[4, 160\], which has not rank 5"),
    ],
)
def test_what_is_no_plain_lora_is_refused(config: dict[str, Any], says: str, tmp_path: Path) -> None:
    models.write_adapter(tmp_path, layers=1)
    path = tmp_path / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | config))
    with pytest.raises(UnsupportedAdapter, match=says) as error:
        open_adapter(tmp_path)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({f"{STEM}self_attn.q_proj.lora_B.weight": None}, r"q_proj\.weight has its lora_A only"),
        ({f"{STEM}mlp.up_proj.lora_A.weight": None}, r"up_proj\.weight has its lora_B only"),
        (
            {f"{STEM}mlp.q_proj.lora_A.weight": np.ones((4, 4), np.float32)},
            "is not the name of a LoRA tensor",
        ),
        (
            {"base_model.model.lm_head.weight": np.ones((4, 4), np.float32)},
            "is not the name of a LoRA tensor",
        ),
        ({f"{STEM}mlp.up_proj.lora_A.weight": np.ones(4, np.float32)}, "which has not rank 4"),
    ],
)
def test_tensors_that_are_no_pairs_are_refused(change: dict[str, Any], says: str, tmp_path: Path) -> None:
    tensors = models.write_adapter(tmp_path, layers=1) | change
    kept = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    save_file(kept, str(tmp_path / "adapter_model.safetensors"))
    with pytest.raises(UnsupportedAdapter, match=says):
        open_adapter(tmp_path)


def test_files_that_are_missing_or_damaged(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedAdapter, match="an adapter is a folder as PEFT writes it"):
        open_adapter(tmp_path)
    models.write_adapter(tmp_path, layers=1)
    weights = tmp_path / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(UnsupportedAdapter, match="is cut off or damaged"):
        open_adapter(tmp_path)
    weights.unlink()
    with pytest.raises(UnsupportedAdapter, match=r"adapter_model\.safetensors is missing"):
        open_adapter(tmp_path)
    for content, says in (("{", "is not JSON"), ("[]", "is no JSON object")):
        (tmp_path / "adapter_config.json").write_text(content)
        with pytest.raises(UnsupportedAdapter, match=says):
            open_adapter(tmp_path)


def test_an_adapter_of_another_model_does_not_fit(tmp_path: Path) -> None:
    models.write_base(tmp_path / "base")
    shapes = open_base(tmp_path / "base").shapes
    models.write_adapter(tmp_path / "deeper", layers=3)
    with pytest.raises(UnsupportedAdapter, match=r"model\.layers\.2\..*, which the base does not have"):
        check_fits(open_adapter(tmp_path / "deeper"), shapes)
    wider = models.PROJECTIONS | {"mlp.up_proj": (models.HIDDEN, models.WIDTH + 1)}
    models.write_adapter(tmp_path / "wider", layers=2, projections=wider)
    with pytest.raises(UnsupportedAdapter, match=r"is for \(160, 65\), the base has \(160, 64\)"):
        check_fits(open_adapter(tmp_path / "wider"), shapes)


# --- merged into the base -----------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_merging_is_exact_and_then_cast_once(architecture: str, dtype: str, tmp_path: Path) -> None:
    """Two adapters on a bfloat16 base; the sum is that of float64, for a type of 16 bits of float32."""
    tensors = models.write_base(tmp_path / "base", architecture, "bfloat16", shards=2)
    layers = models.LAYERS[architecture]
    first = models.write_adapter(tmp_path / "a", layers, rank=4, alpha=8, seed=1)
    second = models.write_adapter(
        tmp_path / "b", layers, rank=6, alpha=3, seed=2, targets=("q_proj", "up_proj")
    )
    merge_files(tmp_path / "base", [tmp_path / "a", tmp_path / "b"], tmp_path / "out", dtype)
    wanted = models.merged_by_hand(tensors, [(first, 2.0), (second, 0.5)])
    found = open_base(tmp_path / "out")
    exact = Merged(open_base(tmp_path / "base"), [open_adapter(tmp_path / x) for x in "ab"], dtype)
    for name in tensors:
        assert np.abs(exact.read(name) - wanted[name]).max() < 1e-6, name
        stored = exact.read(name).astype(models.DTYPES[dtype])
        np.testing.assert_array_equal(found.read(name), stored.astype(np.float32), err_msg=name)
        assert found.dtype(name) == stored.dtype


def test_a_merge_in_small_pieces_makes_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sums of a few rows, and a disk that takes every block; a whole tensor fits one of each otherwise."""
    models.write_base(tmp_path / "base", dtype="bfloat16")
    models.write_adapter(tmp_path / "a", layers=2, rank=4, alpha=8)
    merge_files(tmp_path / "base", [tmp_path / "a"], tmp_path / "whole", "bfloat16")
    monkeypatch.setattr(merged, "STRIP", 200)
    monkeypatch.setattr(merge, "DISK_BYTES", 1)
    merge_files(tmp_path / "base", [tmp_path / "a"], tmp_path / "pieces", "bfloat16")
    name = "model.safetensors"
    assert (tmp_path / "pieces" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_merge_that_the_disk_does_not_take_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    models.write_base(tmp_path / "base", dtype="bfloat16")
    monkeypatch.setattr(merge, "DISK_BYTES", 1)
    monkeypatch.setattr(merge.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        merge_files(tmp_path / "base", [], tmp_path / "out", "bfloat16")


def test_a_sum_in_bfloat16_would_lose_a_small_adapter(tmp_path: Path) -> None:
    """Why not in the base's own type: B so small that each step alone is rounded away, but not the sum of many."""
    tensors = models.write_base(tmp_path / "base", dtype="bfloat16")
    folders = []
    for i in range(8):
        folder = tmp_path / str(i)
        adapter = models.write_adapter(folder, layers=2, seed=3)
        small = {n: t * np.float32(2e-3) if ".lora_B." in n else t for n, t in adapter.items()}
        save_file(small, str(folder / "adapter_model.safetensors"))
        folders.append(folder)
    merge_files(tmp_path / "base", folders, tmp_path / "out", "bfloat16")
    name = "model.layers.0.mlp.up_proj.weight"
    one = Merged(open_base(tmp_path / "base"), [open_adapter(folders[0])]).read(name)
    one_by_one = tensors[name]
    step = one - tensors[name].astype(np.float32)
    for _ in folders:
        one_by_one = (one_by_one.astype(np.float32) + step).astype(tensors[name].dtype)
    wanted = tensors[name].astype(np.float32) + 8 * step
    ours = np.abs(open_base(tmp_path / "out").read(name) - wanted).mean()
    assert ours < 0.5 * np.abs(one_by_one.astype(np.float32) - wanted).mean()


@BOTH
def test_joined_adapters_are_their_sequence(architecture: str, tmp_path: Path) -> None:
    """One after the other, merged at once, and as one adapter of the sum of their ranks: the same weights."""
    tensors = models.write_base(tmp_path / "base", architecture)
    layers = models.LAYERS[architecture]
    models.write_adapter(tmp_path / "a", layers, rank=4, alpha=8, seed=1)
    models.write_adapter(
        tmp_path / "b", layers, rank=2, alpha=6, seed=2, targets=("k_proj", "v_proj", "down_proj")
    )
    models.write_adapter(tmp_path / "c", layers - 1, rank=5, alpha=5, seed=3, shared_a=False)
    parts = [tmp_path / name for name in "abc"]
    joined = concat_adapters(parts, tmp_path / "joined")
    assert (joined.rank, joined.alpha, joined.scale) == (11, 11.0, 1.0)
    assert joined.targets == list(models.TARGETS)

    merge_files(tmp_path / "base", [tmp_path / "joined"], tmp_path / "once")
    merge_files(tmp_path / "base", parts, tmp_path / "all")
    below = tmp_path / "base"
    for part in parts:
        merge_files(below, [part], tmp_path / f"on-{part.name}")
        below = tmp_path / f"on-{part.name}"
    opened = [open_base(tmp_path / name) for name in ("once", "all", "on-c")]
    for name in tensors:
        once, at_once, in_turn = (base.read(name) for base in opened)
        assert np.abs(once - in_turn).max() < 1e-5, name
        assert np.abs(at_once - in_turn).max() < 1e-6, name
        if name.endswith("_proj.weight"):
            assert np.abs(once - tensors[name]).max() > 1e-2, name


# --- GGUF LoRA --------------------------------------------------------------------------------------------------


def test_a_gguf_lora_says_what_the_adapter_says(tmp_path: Path) -> None:
    tensors = models.write_adapter(tmp_path / "a", layers=2, rank=4, alpha=8)
    write_gguf_lora(open_adapter(tmp_path / "a"), tmp_path / "a.gguf", "gemma2", "final")
    reader = gguf.GGUFReader(tmp_path / "a.gguf")
    said = {key: field.contents() for key, field in reader.fields.items() if not key.startswith("GGUF.")}
    assert said == {
        "general.architecture": "gemma2",
        "general.type": "adapter",
        "general.name": "final",
        "general.file_type": 0,
        "adapter.type": "lora",
        "adapter.lora.alpha": 8.0,
    }
    assert len(reader.tensors) == len(tensors)
    found = {tensor.name: tensor.data for tensor in reader.tensors}
    np.testing.assert_array_equal(
        found["blk.1.ffn_down.weight.lora_a"], tensors[STEM.replace("0", "1") + "mlp.down_proj.lora_A.weight"]
    )
    np.testing.assert_array_equal(
        found["blk.0.attn_output.weight.lora_b"], tensors[f"{STEM}self_attn.o_proj.lora_B.weight"]
    )


# --- trained on -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("architecture", "shared_a"),
    [(GEMMA2, True), (GEMMA2, False), (GEMMA3, False)],
    ids=["Gemma 2, one A", "Gemma 2, two A", "Gemma 3, two A"],
)
def test_an_adapter_goes_into_the_model_trains_on_and_comes_out_again(
    architecture: str, shared_a: bool, tmp_path: Path
) -> None:
    """Written again at once, it changes the weights as before, also with PEFT's own A for k and v; and it can learn."""
    import jax
    import jax.numpy as jnp
    from flax import nnx

    from forethought_trainer.export_peft import write_peft
    from forethought_trainer.import_peft import load_adapter
    from forethought_trainer.load_base import load_base, single_device_mesh
    from forethought_trainer.policy import add_lora
    from forethought_trainer.spec import Lora

    tensors = models.write_base(tmp_path / "base", architecture)
    layers = models.LAYERS[architecture]
    theirs = models.write_adapter(tmp_path / "theirs", layers, rank=3, alpha=6, shared_a=shared_a)
    needed = needed_for(open_adapter(tmp_path / "theirs"))
    rank, alpha = needed.rank, needed.alpha
    assert (rank, alpha, needed.shared) == ((3, 6.0, True) if shared_a else (6, 12.0, False))

    base, _, _ = load_base(tmp_path / "base")
    lora = Lora(rank, alpha, list(models.TARGETS))  # type: ignore[arg-type]
    model = add_lora(base, lora, 0, single_device_mesh())
    load_adapter(model, tmp_path / "theirs")

    def meaning_of(folder: str) -> dict[str, np.ndarray]:
        write_peft(model, tmp_path / folder, rank, alpha)
        ours = load_file(str(tmp_path / folder / "adapter_model.safetensors"))
        return models.merged_by_hand(tensors, [(ours, 2.0)])

    wanted = models.merged_by_hand(tensors, [(theirs, 2.0)])
    found = meaning_of("ours")
    for name in tensors:
        assert np.abs(found[name] - wanted[name]).max() < 1e-6, name

    ids = jnp.arange(20, 36)[None]
    mask = jnp.tril(jnp.ones((16, 16), bool))[None]

    @nnx.jit
    def learn(model: Any) -> jax.Array:
        def loss(model: Any) -> jax.Array:
            logits = model(ids, jnp.arange(16)[None], None, mask)[0]
            chosen = jnp.take_along_axis(jax.nn.log_softmax(logits[:, :-1]), ids[:, 1:, None], axis=-1)
            return -chosen.mean()

        value, slopes = nnx.value_and_grad(loss, argnums=nnx.DiffState(0, nnx.LoRAParam))(model)
        state = nnx.state(model, nnx.LoRAParam)
        nnx.update(model, jax.tree.map(lambda p, slope: p - 0.05 * slope, state, slopes))
        return value

    losses = [float(learn(model)) for _ in range(4)]
    assert losses[-1] < losses[0] - 0.05, losses
    learned = meaning_of("learned")
    for module in models.PROJECTIONS:
        name = f"model.layers.0.{module}.weight"
        assert np.abs(learned[name] - wanted[name]).max() > 1e-5, name


def test_an_adapter_that_the_models_lora_cannot_hold(tmp_path: Path) -> None:
    from forethought_trainer.import_peft import load_adapter
    from forethought_trainer.load_base import load_base, single_device_mesh
    from forethought_trainer.policy import add_lora
    from forethought_trainer.spec import Lora

    models.write_base(tmp_path / "base")
    base, _, _ = load_base(tmp_path / "base")
    models.write_adapter(tmp_path / "wide", layers=2, rank=3, shared_a=False)
    model = add_lora(base, Lora(3, 6.0, list(models.TARGETS)), 0, single_device_mesh())  # type: ignore[arg-type]
    with pytest.raises(UnsupportedAdapter, match=r"needs a LoRA of rank 6 on .*, the model's has 3"):
        load_adapter(model, tmp_path / "wide")
    model = add_lora(base, Lora(8, 6.0, ["q_proj", "o_proj"]), 0, single_device_mesh())
    with pytest.raises(UnsupportedAdapter, match="more weights that the model's LoRA does not cover"):
        load_adapter(model, tmp_path / "wide")
