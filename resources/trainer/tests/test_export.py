"""What we export is what was trained: Hugging Face, PEFT and GGUF files against the model in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import qwix
from flax import nnx
from safetensors.numpy import load_file
from tunix.models.gemma import model as gemma

from forethought_trainer import export_hf, export_peft, load_base, publish_tiny, tiny_model
from forethought_trainer.formats.bases import open_base
from forethought_trainer.formats.gguf_write import write_gguf
from forethought_trainer.formats.names import gguf_name
from forethought_trainer.tokenizer import VOCABULARY, train_tokenizer

TINY = Path(__file__).parents[2] / "models" / "tiny"
RANK, ALPHA = 4, 8.0
LORA_MODULES = ".*q_einsum|.*kv_einsum|.*gate_proj|.*down_proj|.*up_proj|.*attn_vec_einsum"

# Every size differs from every other, so that a swapped axis cannot hide. The window is shorter than the
# text, so that the alternation of layers counts.
SHAPE = gemma.ModelConfig(
    num_layers=2,
    num_embed=VOCABULARY,
    embed_dim=24,
    hidden_dim=40,
    num_heads=6,
    head_dim=10,
    num_kv_heads=3,
    final_logit_softcap=30.0,
    use_post_attn_norm=True,
    use_post_ffw_norm=True,
    attention_types=(gemma.AttentionType.LOCAL_SLIDING, gemma.AttentionType.GLOBAL),
    attn_logits_soft_cap=50.0,
    sliding_window_size=8,
)


def logits_of(model: nnx.Module, ids: np.ndarray) -> np.ndarray:
    """(length, vocabulary) for one text without cache."""
    length = len(ids)
    mask = jnp.tril(jnp.ones((length, length), bool))[None]
    run: Callable[..., Any] = nnx.jit(lambda m, tokens: m(tokens, jnp.arange(length)[None], None, mask)[0])
    return np.asarray(run(model, jnp.asarray(ids)[None]))[0]


@pytest.fixture(scope="module")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.model"
    train_tokenizer(path)
    return path


@pytest.fixture(scope="module")
def model() -> gemma.Gemma:
    """Random weights, the norms too, already rounded to float16 as an export rounds them."""
    model = tiny_model.new_model(SHAPE, seed=3)
    rng = np.random.default_rng(4)
    state = nnx.state(model, nnx.Param)
    for path, parameter in nnx.to_flat_state(state):
        value = np.asarray(parameter.get_value())
        if path[-1] == "scale":
            value = rng.normal(0, 0.3, value.shape)
        parameter.set_value(jnp.asarray(value.astype(np.float16), jnp.float32))
    nnx.update(model, state)
    return model


@pytest.fixture(scope="module")
def ids() -> np.ndarray:
    return np.random.default_rng(9).integers(4, SHAPE.num_embed, 40)


@pytest.fixture(scope="module")
def folder(model: gemma.Gemma, tokenizer_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    export_hf.write_hf(model, folder, tokenizer_file, context=64)
    return folder


def test_reading_an_export_back_gives_the_same_weights_and_logits(
    model: gemma.Gemma, folder: Path, ids: np.ndarray
) -> None:
    loaded, config, tokenizer = load_base.load_base(folder)
    assert config.num_embed == tokenizer.vocab_size() == SHAPE.num_embed
    ours = dict(export_peft.flatten(nnx.to_pure_dict(nnx.state(model, nnx.Param))))
    theirs = dict(export_peft.flatten(nnx.to_pure_dict(nnx.state(loaded, nnx.Param))))
    assert ours.keys() == theirs.keys()
    for path, weights in ours.items():
        assert theirs[path].dtype == np.float32
        np.testing.assert_array_equal(theirs[path], weights, err_msg=".".join(path))
    np.testing.assert_array_equal(logits_of(loaded, ids), logits_of(model, ids))


def numpy_gemma2(weights: dict[str, np.ndarray], ids: np.ndarray) -> np.ndarray:
    """Gemma 2's forward pass written from its published definition, on Hugging Face tensors, in float64."""
    w = {name: tensor.astype(np.float64) for name, tensor in weights.items()}
    heads, kv_heads, size, width = SHAPE.num_heads, SHAPE.num_kv_heads, SHAPE.head_dim, SHAPE.embed_dim
    length = len(ids)

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * (1 + w[f"{name}.weight"])

    angles = np.arange(length)[:, None] / 10000.0 ** (2 * np.arange(size // 2) / size)

    def rotate(x: np.ndarray) -> np.ndarray:  # (heads, length, size)
        a, b = np.split(x, 2, axis=-1)
        return np.concatenate(
            [a * np.cos(angles) - b * np.sin(angles), b * np.cos(angles) + a * np.sin(angles)], -1
        )

    x = w["model.embed_tokens.weight"][ids] * np.sqrt(width)
    for i in range(SHAPE.num_layers):
        stem = f"model.layers.{i}."

        def split(name: str, count: int, y: np.ndarray, stem: str = stem) -> np.ndarray:
            return (y @ w[f"{stem}self_attn.{name}.weight"].T).reshape(length, count, size).transpose(1, 0, 2)

        y = norm(x, f"{stem}input_layernorm")
        q, k, v = (
            rotate(split("q_proj", heads, y)),
            rotate(split("k_proj", kv_heads, y)),
            split("v_proj", kv_heads, y),
        )
        k, v = (np.repeat(t, heads // kv_heads, axis=0) for t in (k, v))
        scores = 50.0 * np.tanh(q @ k.transpose(0, 2, 1) / np.sqrt(size) / 50.0)
        distance = np.arange(length)[:, None] - np.arange(length)[None]
        allowed = (distance >= 0) & ((distance < 8) | (i % 2 == 1))
        scores = np.where(allowed, scores, -np.inf)
        probabilities = np.exp(scores - scores.max(-1, keepdims=True))
        probabilities /= probabilities.sum(-1, keepdims=True)
        attended = (probabilities @ v).transpose(1, 0, 2).reshape(length, heads * size)
        x = x + norm(attended @ w[f"{stem}self_attn.o_proj.weight"].T, f"{stem}post_attention_layernorm")
        y = norm(x, f"{stem}pre_feedforward_layernorm")
        gate = y @ w[f"{stem}mlp.gate_proj.weight"].T
        gate = 0.5 * gate * (1 + np.tanh(np.sqrt(2 / np.pi) * (gate + 0.044715 * gate**3)))
        y = (gate * (y @ w[f"{stem}mlp.up_proj.weight"].T)) @ w[f"{stem}mlp.down_proj.weight"].T
        x = x + norm(y, f"{stem}post_feedforward_layernorm")
    return 30.0 * np.tanh(norm(x, "model.norm") @ w["model.embed_tokens.weight"].T / 30.0)


def test_exported_tensors_mean_what_gemma_2_says_they_mean(
    model: gemma.Gemma, folder: Path, ids: np.ndarray
) -> None:
    """The names, axes, norms, caps and windows: an independent forward pass on the file gives Tunix's logits."""
    expected = logits_of(model, ids)
    found = numpy_gemma2(load_file(str(folder / "model.safetensors")), ids)
    assert np.abs(expected).max() > 1, "logits near 0 would hide a difference"
    np.testing.assert_allclose(found, expected, atol=5e-5)


@pytest.fixture(scope="module")
def lora_model(model: gemma.Gemma) -> Any:
    """The model with a LoRA whose A and B are both random: a fresh B is zero and would prove nothing."""
    provider = qwix.LoraProvider(module_path=LORA_MODULES, rank=RANK, alpha=ALPHA)
    lora = qwix.apply_lora_to_model(model, provider, rngs=nnx.Rngs(1), **model.get_model_input())
    rng = np.random.default_rng(6)
    state = nnx.state(lora, nnx.LoRAParam)
    nnx.update(lora, jax.tree.map(lambda p: jnp.asarray(rng.normal(0, 0.1, p.shape), jnp.float32), state))
    return lora


def test_peft_shapes_and_config(lora_model: Any, tmp_path: Path) -> None:
    shapes = export_peft.write_peft(lora_model, tmp_path, RANK, ALPHA, base_name="tiny-gemma2")
    q, kv = SHAPE.num_heads * SHAPE.head_dim, SHAPE.num_kv_heads * SHAPE.head_dim
    d, f = SHAPE.embed_dim, SHAPE.hidden_dim
    sizes = {
        "self_attn.q_proj": (d, q),
        "self_attn.k_proj": (d, kv),
        "self_attn.v_proj": (d, kv),
        "self_attn.o_proj": (q, d),
        "mlp.gate_proj": (d, f),
        "mlp.up_proj": (d, f),
        "mlp.down_proj": (f, d),
    }
    wanted = {}
    for layer in range(SHAPE.num_layers):
        for module, (width_in, width_out) in sizes.items():
            stem = f"base_model.model.model.layers.{layer}.{module}"
            wanted[f"{stem}.lora_A.weight"] = (RANK, width_in)
            wanted[f"{stem}.lora_B.weight"] = (width_out, RANK)
    assert shapes == wanted
    written = load_file(str(tmp_path / "adapter_model.safetensors"))
    assert {name: tensor.shape for name, tensor in written.items()} == wanted
    assert {tensor.dtype for tensor in written.values()} == {np.dtype(np.float32)}

    config = json.loads((tmp_path / "adapter_config.json").read_text(encoding="utf-8"))
    assert (config["peft_type"], config["r"], config["lora_alpha"]) == ("LORA", RANK, ALPHA)
    assert sorted(config["target_modules"]) == sorted(module.split(".")[1] for module in sizes)
    assert config["use_rslora"] is False and config["fan_in_fan_out"] is False


def test_merging_the_peft_file_gives_the_models_logits(
    lora_model: Any, folder: Path, ids: np.ndarray, tmp_path: Path
) -> None:
    """W + (alpha / rank) B A, computed from the two files alone, behaves as base and adapter do in Tunix."""
    export_peft.write_peft(lora_model, tmp_path, RANK, ALPHA)
    weights = {name: t.astype(np.float64) for name, t in load_file(str(folder / "model.safetensors")).items()}
    base_logits = numpy_gemma2(weights, ids)
    adapter = load_file(str(tmp_path / "adapter_model.safetensors"))
    for name, a in adapter.items():
        if name.endswith("lora_A.weight"):
            target = name.removeprefix("base_model.model.").replace(".lora_A", "")
            b = adapter[name.replace("lora_A", "lora_B")]
            weights[target] = weights[target] + ALPHA / RANK * b.astype(np.float64) @ a.astype(np.float64)
    merged = numpy_gemma2(weights, ids)
    assert np.abs(merged - base_logits).max() > 0.5, "the adapter must change something"
    np.testing.assert_allclose(merged, logits_of(lora_model, ids), atol=5e-5)


def test_peft_refuses_a_false_story(lora_model: Any, model: gemma.Gemma, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="carries LoRA on"):
        export_peft.write_peft(lora_model, tmp_path, RANK, ALPHA, targets=["q_proj"])
    with pytest.raises(AssertionError, match="no axis of rank 5"):
        export_peft.write_peft(lora_model, tmp_path, 5, ALPHA)
    with pytest.raises(AssertionError, match="no LoRA parameters"):
        export_peft.write_peft(tiny_model.new_model(SHAPE, seed=1), tmp_path, RANK, ALPHA)
    assert not list(tmp_path.iterdir()), "nothing is written"


def test_peft_refuses_a_diverged_run(model: gemma.Gemma, tmp_path: Path) -> None:
    provider = qwix.LoraProvider(module_path=LORA_MODULES, rank=RANK, alpha=ALPHA)
    lora: Any = qwix.apply_lora_to_model(model, provider, rngs=nnx.Rngs(1), **model.get_model_input())
    state = nnx.state(lora, nnx.LoRAParam)
    nnx.update(lora, jax.tree.map(lambda p: jnp.full(p.shape, jnp.nan), state))
    with pytest.raises(AssertionError, match="the run diverged"):
        export_peft.write_peft(lora, tmp_path, RANK, ALPHA)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architectures": ["LlamaForCausalLM"]}, "Gemma2ForCausalLM and Gemma3ForCausalLM can be trained"),
        ({"rope_theta": 1000000.0}, "rope_theta is 1000000.0"),
        ({"query_pre_attn_scalar": 24}, "query_pre_attn_scalar"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings"),
    ],
)
def test_a_base_that_tunix_would_get_wrong_is_refused(
    folder: Path, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config | change), encoding="utf-8")
    with pytest.raises(load_base.UnsupportedBase, match=message):
        load_base.load_base(tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(load_base.UnsupportedBase, match=r"config\.json is missing"):
        load_base.load_base(tmp_path)


def test_the_gguf_holds_the_same_numbers(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "model.gguf"
    write_gguf(open_base(folder), target, "test")
    check_gguf_against_safetensors(target, folder)


def check_gguf_against_safetensors(path: Path, folder: Path) -> None:
    tensors = {tensor.name: tensor.data for tensor in gguf.GGUFReader(path).tensors}
    safetensors = load_file(str(folder / "model.safetensors"))
    assert tensors.keys() == {gguf_name(name) for name in safetensors}
    for name, tensor in safetensors.items():
        shift = np.float32(name.endswith("norm.weight"))
        np.testing.assert_array_equal(tensors[gguf_name(name)], tensor.astype(np.float32) + shift)


committed = pytest.mark.skipif(
    not (TINY / "manifest.json").is_file(), reason="resources/models/tiny holds no model"
)


@committed
def test_the_committed_base_is_whole() -> None:
    manifest = json.loads((TINY / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == set(publish_tiny.FILES)
    for name, entry in manifest["files"].items():
        assert publish_tiny.sha256_of(TINY / name) == entry["sha256"], name
        assert (TINY / name).stat().st_size == entry["bytes"], name
    assert manifest["identity"] == publish_tiny.identity_of(TINY)
    assert manifest["gguf"] == {
        "file": publish_tiny.GGUF,
        "sha256": manifest["files"][publish_tiny.GGUF]["sha256"],
    }
    assert sum(entry["bytes"] for entry in manifest["files"].values()) < 8_000_000


@committed
def test_the_committed_base_loads_and_has_both_habits() -> None:
    """A short look at the families whose careful habit is sure: the manifest has the whole validation set."""
    from forethought_trainer.pretrain import measure
    from forethought_trainer.tasks import distinct

    model, _, tokenizer = load_base.load_base(TINY)
    manifest = json.loads((TINY / "manifest.json").read_text(encoding="utf-8"))
    assert tiny_model.parameter_count(model) == manifest["parameters"]
    questions = [q for q in distinct("validation", 7, 72) if q.family in ("kinds", "legs")]
    greedy = measure(model, tokenizer, questions, temperature=0.0, rows=36)
    assert greedy["careful"] < 0.2, "greedy decoding is hasty"
    assert greedy["right"] < 0.6
    sampled = measure(model, tokenizer, questions * 3, temperature=1.0, rows=108)
    assert 0.12 < sampled["careful"] < 0.5
    assert sampled["rightWhenCareful"] > 0.9 > sampled["right"]


@committed
def test_the_committed_gguf_holds_the_committed_weights() -> None:
    check_gguf_against_safetensors(TINY / publish_tiny.GGUF, TINY)
