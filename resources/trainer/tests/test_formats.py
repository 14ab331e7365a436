"""Model files: what is read is what was written, whatever the format; what is damaged or foreign is refused with a sentence."""

from __future__ import annotations

import dataclasses
import itertools
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import sentencepiece
from safetensors.numpy import load_file, save_file

import models
from forethought_trainer.formats.architecture import UnsupportedBase, layer_types, read_geometry
from forethought_trainer.formats.bases import open_base, open_tokenizer
from forethought_trainer.formats.gguf_file import GgufFile
from forethought_trainer.formats.gguf_write import write_gguf
from forethought_trainer.formats.merge import Overflow, write_folder
from forethought_trainer.formats.names import gguf_name, hf_name, is_norm
from models import GEMMA2, GEMMA3

BOTH = pytest.mark.parametrize("architecture", [GEMMA2, GEMMA3])
TEXTS = [
    "Ann has three apples.",
    "<start_of_turn>user\nHow many?<end_of_turn>\n<start_of_turn>model\n",
    "  two  spaces, ümläut 漢字 🧠\ttab",
]


def same(found: np.ndarray, wanted: np.ndarray, name: str) -> None:
    assert found.shape == wanted.shape, name
    np.testing.assert_array_equal(found.astype(np.float32), wanted.astype(np.float32), err_msg=name)


# --- Hugging Face folders -----------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("shards", [1, 3])
def test_a_folder_is_read_as_it_is_stored(architecture: str, dtype: str, shards: int, tmp_path: Path) -> None:
    tensors = models.write_base(tmp_path / "base", architecture, dtype, shards)
    base = open_base(tmp_path / "base")
    assert set(base.shapes) == set(tensors)
    for name, tensor in tensors.items():
        assert base.dtype(name) == tensor.dtype
        rows = len(tensor)
        parts = [base.rows(name, first, min(first + 7, rows)) for first in range(0, rows, 7)]
        assert all(part.dtype == tensor.dtype for part in parts)
        same(np.concatenate(parts), tensor, name)
        whole = base.read(name)
        assert whole.dtype == np.float32
        same(whole, tensor, name)


def test_a_tied_head_and_rotary_tables_may_lie_beside_the_weights(tmp_path: Path) -> None:
    tensors = models.write_base(tmp_path / "base")
    beside = {
        "lm_head.weight": tensors["model.embed_tokens.weight"],
        "model.layers.0.self_attn.rotary_emb.inv_freq": np.ones(16, np.float32),
    }
    save_file(tensors | beside, str(tmp_path / "base" / "model.safetensors"))
    assert set(open_base(tmp_path / "base").shapes) == set(tensors)


def damage(folder: Path, change: Callable[[bytearray], Any]) -> None:
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    path.write_bytes(change(data) or data)


def header_of(data: bytearray) -> tuple[dict[str, Any], int]:
    length = struct.unpack_from("<Q", data)[0]
    return json.loads(data[8 : 8 + length]), 8 + length


def with_header(data: bytearray, header: Any, start: int) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[start:]


def change_entry(name: str, **entry: Any) -> Callable[[bytearray], bytes]:
    def change(data: bytearray) -> bytes:
        header, start = header_of(data)
        header[name] = {**header[name], **entry}
        return with_header(data, header, start)

    return change


def deep() -> Any:
    value: Any = 1
    for _ in range(200):
        value = [value]
    return value


QUERY = "model.layers.0.self_attn.q_proj.weight"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data[:5], "is no whole safetensors file: it has 5 bytes"),
        (lambda data: data[:200], "is no whole safetensors file: it has 200 bytes"),
        (lambda data: data[:-4], "is cut off or damaged: the bytes of .* are not all there"),
        (
            lambda data: struct.pack("<Q", 2**40) + bytes(data[8:]),
            "is no whole safetensors file",
        ),
        (lambda data: data[:8] + b"x" + data[9:], "its header is not JSON"),
        (lambda data: with_header(data, [1], 0), "its header is not a JSON object"),
        (change_entry(QUERY, dtype="I8"), f"{QUERY} holds I8 values; weights are F64, F32, F16, BF16"),
        (change_entry(QUERY, shape=[1, 1]), f"the bytes of {QUERY} are not all there"),
        (change_entry(QUERY, data_offsets=[-4, 0]), f"the bytes of {QUERY} are not all there"),
        (change_entry(QUERY, data_offsets="x"), f"its entry for {QUERY} has not type, shape and place"),
        (change_entry(QUERY, shape=[1e999]), "its header is not JSON"),
        (lambda data: with_header(data, deep(), 0), "its header is not JSON"),
        (change_entry(QUERY, shape=None), f"its entry for {QUERY} has not type, shape and place"),
    ],
)
def test_a_damaged_safetensors_file_is_refused(
    change: Callable[[bytearray], bytes], says: str, tmp_path: Path
) -> None:
    models.write_base(tmp_path / "base")
    damage(tmp_path / "base", change)
    with pytest.raises(UnsupportedBase, match=says) as error:
        open_base(tmp_path / "base")
    assert str(error.value).endswith(".")


def test_a_shard_that_is_missing_is_named(tmp_path: Path) -> None:
    models.write_base(tmp_path / "base", shards=3)
    (tmp_path / "base" / "model-00002-of-00003.safetensors").unlink()
    with pytest.raises(UnsupportedBase, match=r"lies in model-00002-of-00003.* a shard is missing"):
        open_base(tmp_path / "base")


def test_shards_of_two_models_are_refused(tmp_path: Path) -> None:
    tensors = models.write_base(tmp_path / "base", shards=2)
    save_file({QUERY: tensors[QUERY]}, str(tmp_path / "base" / "other.safetensors"))
    with pytest.raises(UnsupportedBase, match=f"both hold {QUERY}: shards of two models"):
        open_base(tmp_path / "base")


@pytest.mark.parametrize("content", ["{", "[]", '{"metadata": {}}', '{"weight_map": 3}'])
def test_a_broken_index_is_refused(tmp_path: Path, content: str) -> None:
    models.write_base(tmp_path / "base", shards=2)
    (tmp_path / "base" / "model.safetensors.index.json").write_text(content)
    with pytest.raises(UnsupportedBase, match="is no index of shards"):
        open_base(tmp_path / "base")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({QUERY: None}, f"does not hold {QUERY}: the weights are not complete"),
        ({QUERY: np.ones((64, 192), np.float32)}, r"has the shape \[64, 192\], .* means \[192, 64\]"),
        (
            {"model.layers.2.mlp.up_proj.weight": np.ones((160, 64), np.float32)},
            r"holds model\.layers\.2\.mlp\.up_proj\.weight, which no Gemma of this configuration has",
        ),
        (
            {"model.layers.0.self_attn.q_norm.weight": np.ones(32, np.float32)},
            "q_norm.weight, which no Gemma of this configuration has",
        ),
    ],
)
def test_weights_that_are_not_what_the_configuration_says(
    change: dict[str, Any], says: str, tmp_path: Path
) -> None:
    tensors = models.write_base(tmp_path / "base")
    changed = {name: tensor for name, tensor in (tensors | change).items() if tensor is not None}
    save_file(changed, str(tmp_path / "base" / "model.safetensors"))
    with pytest.raises(UnsupportedBase, match=says):
        open_base(tmp_path / "base")


def test_an_empty_folder_and_a_missing_tokenizer(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedBase, match=r"config\.json is missing: a base is a folder"):
        open_base(tmp_path)
    models.write_base(tmp_path / "base")
    (tmp_path / "base" / "tokenizer.model").unlink()
    with pytest.raises(UnsupportedBase, match=r"tokenizer\.model is missing: the SentencePiece model is"):
        open_tokenizer(open_base(tmp_path / "base"))


@pytest.mark.parametrize(
    ("architecture", "change", "says"),
    [
        (GEMMA2, {"architectures": ["Gemma3ForConditionalGeneration"]}, "can be trained .text models."),
        (GEMMA2, {"attention_bias": True}, "attention_bias is True, Tunix computes with False"),
        (GEMMA2, {"rms_norm_eps": 1e-5}, "rms_norm_eps is 1e-05"),
        (GEMMA2, {"layer_types": ["full_attention"] * 2}, "layer_types is another order"),
        (GEMMA2, {"num_key_value_heads": 6}, "num_key_value_heads equals num_attention_heads"),
        (GEMMA2, {"rope_parameters": {"rope_type": "linear"}}, "rope_type is linear"),
        (GEMMA3, {"rope_scaling": {"factor": 8.0, "rope_type": "linear"}}, "rope_scaling is"),
        (GEMMA3, {"final_logit_softcapping": 30.0}, "final_logit_softcapping is 30.0"),
        (GEMMA3, {"use_bidirectional_attention": True}, "use_bidirectional_attention is True"),
    ],
)
def test_a_configuration_that_tunix_would_compute_otherwise(
    architecture: str, change: dict[str, Any], says: str, tmp_path: Path
) -> None:
    models.write_base(tmp_path / "base", architecture)
    config = models.config_of(architecture) | change
    (tmp_path / "base" / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedBase, match=says):
        open_base(tmp_path / "base")


@BOTH
def test_names_are_translated_both_ways(architecture: str) -> None:
    for name in models.tensors_of(architecture):
        assert hf_name(gguf_name(name)) == name
    assert hf_name("blk.0.attn_rot.weight") is None
    assert hf_name("rope_freqs.weight") is None


# --- into Tunix and back --------------------------------------------------------------------------------------


def hf_tensors_of(model: Any, names: list[str], architecture: str) -> dict[str, np.ndarray]:
    """What a loaded Tunix model holds, under Hugging Face's names and axes."""
    from flax import nnx

    from forethought_trainer.export_peft import flatten
    from forethought_trainer.tunix_axes import from_tunix, place_of

    leaves = dict(flatten(nnx.to_pure_dict(nnx.state(model, nnx.Param))))
    tensors = {}
    for name in names:
        place, index = place_of(name, architecture)
        weight = leaves[tuple(map(str, place))]
        tensors[name] = from_tunix(name, weight if index is None else weight[index])
    return tensors


@BOTH
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_folder_and_gguf_load_into_tunix_as_the_same_weights(
    architecture: str, dtype: str, tmp_path: Path
) -> None:
    from forethought_trainer.load_base import load_base

    tensors = models.write_base(tmp_path / "base", architecture, dtype, shards=2)
    write_gguf(open_base(tmp_path / "base"), tmp_path / "base.gguf", "test")
    for path in (tmp_path / "base", tmp_path / "base.gguf"):
        model, config, tokenizer = load_base(path)
        assert config.num_layers == models.LAYERS[architecture]
        assert config.num_embed == tokenizer.vocab_size()
        for name, tensor in hf_tensors_of(model, list(tensors), architecture).items():
            same(tensor, tensors[name], name)


PUBLISHED = json.loads(Path(__file__).with_name("published_configs.json").read_text())


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_configuration_is_what_tunix_says_of_that_model(name: str) -> None:
    """But for two: Tunix's Gemma 2 is of a checkpoint with rows for 128 more tokens, and its Gemma 3 is in bfloat16."""
    from tunix.models.gemma import model as gemma2
    from tunix.models.gemma3 import model as gemma3

    from forethought_trainer.load_base import tunix_config

    theirs: Any = {
        "google/gemma-2-2b-it": gemma2.ModelConfig.gemma2_2b_it,
        "google/gemma-3-1b-it": gemma3.ModelConfig.gemma3_1b_it,
        "google/gemma-3-270m-it": gemma3.ModelConfig.gemma3_270m_it,
    }[name]()
    geometry = read_geometry(PUBLISHED[name], name)
    ours = tunix_config(geometry)
    assert type(ours) is type(theirs)
    other = {f.name for f in dataclasses.fields(ours) if getattr(ours, f.name) != getattr(theirs, f.name)}
    assert other == {"num_embed" if geometry.architecture == GEMMA2 else "param_dtype"}
    assert (ours.num_embed, geometry.context) == tuple(
        PUBLISHED[name][field] for field in ("vocab_size", "max_position_embeddings")
    )


def test_each_sixth_layer_of_tunix_gemma_3_sees_everything() -> None:
    from tunix.models.gemma3 import model as gemma3

    kinds = {"LOCAL_SLIDING": "sliding_attention", "GLOBAL": "full_attention"}
    pattern = itertools.cycle(gemma3.GEMMA3_ATTENTION_PATTERN)
    assert layer_types(GEMMA3, 26) == [kinds[kind.name] for kind in itertools.islice(pattern, 26)]


# --- GGUF -----------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("stored", "written"),
    [("float32", "float32"), ("bfloat16", "bfloat16"), ("float16", "float16"), ("bfloat16", "float32")],
)
def test_folder_to_gguf_to_folder(architecture: str, stored: str, written: str, tmp_path: Path) -> None:
    """Weights, configuration and tokens come back, and PyPI's gguf reads the file as it was meant."""
    tensors = models.write_base(tmp_path / "base", architecture, stored)
    base = open_base(tmp_path / "base")
    write_gguf(base, tmp_path / "base.gguf", "test", written)

    theirs = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "base.gguf").tensors}
    assert set(theirs) == {gguf_name(name) for name in tensors}
    for name, tensor in tensors.items():
        read = gguf.quants.dequantize(theirs[gguf_name(name)].data, theirs[gguf_name(name)].tensor_type)
        same(read, tensor.astype(np.float32) + np.float32(is_norm(name)), name)

    again = open_base(tmp_path / "base.gguf")
    assert again.geometry == base.geometry
    for name, tensor in tensors.items():
        same(again.read(name), tensor, name)
    ours, others = open_tokenizer(base), open_tokenizer(again)
    assert [ours.encode(text) for text in TEXTS] == [others.encode(text) for text in TEXTS]

    write_folder(again, tmp_path / "again", written)
    back = open_base(tmp_path / "again")
    assert back.geometry == base.geometry
    for name, tensor in tensors.items():
        same(back.read(name), tensor, name)
    processor = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "again" / "tokenizer.model"))
    assert [ours.encode(text) for text in TEXTS] == [processor.encode(text) for text in TEXTS]


QUANTISED = {
    "Q8_0": gguf.GGMLQuantizationType.Q8_0,
    "Q4_0": gguf.GGMLQuantizationType.Q4_0,
    "F16": gguf.GGMLQuantizationType.F16,
    "BF16": gguf.GGMLQuantizationType.BF16,
}


def requantised(source: Path, target: Path, kind: gguf.GGMLQuantizationType) -> dict[str, np.ndarray]:
    """The file with its matrices in this type, quantised and dequantised by PyPI's gguf; returns what they then are."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, "gemma2")
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        inner = field.types[1] if len(field.types) > 1 else None
        writer.add_key_value(key, field.contents(), field.types[0], inner)
    means = {}
    for tensor in reader.tensors:
        values = tensor.data.reshape(tuple(reversed(tensor.shape.tolist())))
        if values.ndim > 1:
            quantised = gguf.quants.quantize(values, kind)
            writer.add_tensor(tensor.name, quantised, raw_dtype=kind)
            means[tensor.name] = gguf.quants.dequantize(quantised, kind)
        else:
            writer.add_tensor(tensor.name, values)
            means[tensor.name] = values
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return means


@pytest.mark.parametrize("kind", QUANTISED)
def test_a_quantised_gguf_is_dequantised_as_gguf_does_it(kind: str, tmp_path: Path) -> None:
    models.write_base(tmp_path / "base")
    write_gguf(open_base(tmp_path / "base"), tmp_path / "base.gguf", "test")
    means = requantised(tmp_path / "base.gguf", tmp_path / "small.gguf", QUANTISED[kind])
    small = open_base(tmp_path / "small.gguf")
    for name, shape in small.shapes.items():
        wanted = means[gguf_name(name)] - np.float32(is_norm(name))
        parts = [small.rows(name, first, min(first + 11, shape[0])) for first in range(0, shape[0], 11)]
        np.testing.assert_array_equal(np.concatenate(parts), wanted, err_msg=name)
    matrix = "model.layers.0.mlp.up_proj.weight"
    error = np.abs(small.read(matrix) - open_base(tmp_path / "base").read(matrix)).max()
    assert 0 < error < (0.1 if kind == "Q4_0" else 0.01)


def test_a_quantised_gguf_becomes_a_folder_of_its_dequantised_weights(tmp_path: Path) -> None:
    models.write_base(tmp_path / "base")
    write_gguf(open_base(tmp_path / "base"), tmp_path / "base.gguf", "test")
    means = requantised(tmp_path / "base.gguf", tmp_path / "small.gguf", QUANTISED["Q4_0"])
    write_folder(open_base(tmp_path / "small.gguf"), tmp_path / "folder", "float32")
    for name, tensor in load_file(str(tmp_path / "folder" / "model.safetensors")).items():
        np.testing.assert_array_equal(tensor, means[gguf_name(name)] - np.float32(is_norm(name)), name)


@pytest.fixture(scope="module")
def whole_gguf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("gguf")
    models.write_base(folder / "base")
    write_gguf(open_base(folder / "base"), folder / "base.gguf", "test")
    return (folder / "base.gguf").read_bytes()


def patched(data: bytes, at: int, packing: str, value: Any) -> bytes:
    changed = bytearray(data)
    struct.pack_into(packing, changed, at, *(value if isinstance(value, tuple) else (value,)))
    return bytes(changed)


def after(data: bytes, key: str) -> int:
    """The place of the type of a metadata entry."""
    return data.index(struct.pack("<Q", len(key)) + key.encode()) + 8 + len(key)


def with_entry(data: bytes, key: str, kind: int, value: bytes) -> bytes:
    """With one more entry of metadata in front of the others."""
    entry = struct.pack("<Q", len(key)) + key.encode() + struct.pack("<I", kind) + value
    (count,) = struct.unpack_from("<Q", data, 16)
    return data[:16] + struct.pack("<Q", count + 1) + entry + data[24:]


def entry_of(data: bytes, name: str) -> int:
    """The place after a tensor's name in the table: axes (uint32), shape (uint64 each), type (uint32), offset."""
    return after(data, name)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: b"GGML" + d[4:], "is no GGUF file"),
        (lambda d: patched(d, 4, "<I", 9), "its version is 9; known are 2 and 3"),
        (lambda d: patched(d, 8, "<Q", 2**34), "it declares 17179869184 tensors"),
        (lambda d: patched(d, 16, "<Q", 2**60), "and 1152921504606846976 metadata entries"),
        (lambda d: d[: entry_of(d, "blk.1.ffn_up.weight") + 3], "its header ends too early or is damaged"),
        (lambda d: d[: d.index(b"blk.1.ffn_norm")], "it declares a text of 21 bytes"),
        (lambda d: d[:-4], r"it is cut off: the bytes of output_norm\.weight are not all there"),
        (
            lambda d: with_entry(d, "general.alignment", 4, struct.pack("<I", 0)),
            r"its general\.alignment is 0\.",
        ),
        (
            lambda d: with_entry(d, "general.alignment", 8, struct.pack("<Q", 2) + b"32"),
            r"its general\.alignment is '32'\.",
        ),
        (
            lambda d: patched(d, after(d, "gemma2.block_count"), "<If", (6, 2.5)),
            r"gemma2\.block_count is 2\.5; no Gemma has so many layers",
        ),
        (
            lambda d: patched(d, after(d, "gemma2.block_count") + 4, "<I", 2**31),
            r"gemma2\.block_count is 2147483648; no Gemma has so many layers",
        ),
        (lambda d: patched(d, 24, "<Q", 2**40), "it declares a text of 1099511627776 bytes"),
        (
            lambda d: patched(d, after(d, "tokenizer.ggml.tokens") + 8, "<Q", 2**34),
            "tokenizer.ggml.tokens declares 17179869184 items",
        ),
        (
            lambda d: patched(d, after(d, "gemma2.context_length"), "<I", 99),
            "gemma2.context_length is of type 99, which is unknown here",
        ),
        (
            lambda d: patched(d, entry_of(d, "blk.0.attn_q.weight") + 20, "<I", 77),
            "blk.0.attn_q.weight is of type 77, which is unknown here",
        ),
        (
            lambda d: d.replace(b"blk.1.ffn_up.weight", b"blk.1.ffn_ax.weight"),
            r"does not hold model\.layers\.1\.mlp\.up_proj\.weight",
        ),
        (
            lambda d: patched(d, after(d, "gemma2.block_count") + 4, "<I", 1),
            r"holds model\.layers\.1\..*, which no Gemma of this configuration has",
        ),
        (
            lambda d: d.replace(b"gemma2.block_count", b"gemma2.block_counT"),
            "gemma2.block_count is missing",
        ),
        (
            lambda d: patched(d, after(d, "gemma2.feed_forward_length") + 4, "<I", 161),
            r"has the shape \[160, 64\], its configuration means \[161, 64\]",
        ),
        (
            lambda d: d.replace(
                b"\x06\x00\x00\x00\x00\x00\x00\x00gemma2", b"\x06\x00\x00\x00\x00\x00\x00\x00gemmaX"
            ),
            "general.architecture is 'gemmaX'",
        ),
    ],
)
def test_a_damaged_or_foreign_gguf_is_refused(
    whole_gguf: bytes, change: Callable[[bytes], bytes], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "base.gguf"
    path.write_bytes(change(whole_gguf))
    with pytest.raises(UnsupportedBase, match=says) as error:
        open_base(path)
    assert str(error.value).endswith(".")


def test_a_gguf_without_a_sentencepiece_vocabulary(whole_gguf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "base.gguf"
    path.write_bytes(whole_gguf.replace(b"tokenizer.ggml.scores", b"tokenizer.ggml.scoreX"))
    with pytest.raises(UnsupportedBase, match=r"tokenizer\.ggml\.scores is missing"):
        open_tokenizer(open_base(path))


@pytest.mark.parametrize(
    ("key", "at", "value"),
    [
        ("tokenizer.ggml.unknown_token_id", 4, 10**6),  # beyond the vocabulary
        ("tokenizer.ggml.token_type", 4, 6),  # numbers with a fraction in place of kinds
    ],
)
def test_a_gguf_whose_vocabulary_is_damaged(
    whole_gguf: bytes, key: str, at: int, value: int, tmp_path: Path
) -> None:
    path = tmp_path / "base.gguf"
    path.write_bytes(patched(whole_gguf, after(whole_gguf, key) + at, "<I", value))
    with pytest.raises(UnsupportedBase, match="its vocabulary is damaged"):
        open_tokenizer(open_base(path))


def test_arrays_and_scalars_of_a_gguf(whole_gguf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "base.gguf"
    path.write_bytes(whole_gguf)
    file = GgufFile(path)
    assert file.metadata["gemma2.final_logit_softcapping"] == 30.0
    assert file.metadata["tokenizer.ggml.add_bos_token"] is True
    assert len(file.array("tokenizer.ggml.scores")) == len(file.array("tokenizer.ggml.tokens"))
    with pytest.raises(KeyError):
        file.array("tokenizer.ggml.merges")


# --- casts ------------------------------------------------------------------------------------------------------


def test_a_weight_too_large_for_float16_is_refused(tmp_path: Path) -> None:
    tensors = models.write_base(tmp_path / "base")
    tensors[QUERY][3, 4] = 70_000
    save_file(tensors, str(tmp_path / "base" / "model.safetensors"))
    with pytest.raises(Overflow, match=f"{QUERY} holds values above 65504"):
        write_folder(open_base(tmp_path / "base"), tmp_path / "out", "float16")
    with pytest.raises(Overflow, match=f"{QUERY} holds values above 65504"):
        write_gguf(open_base(tmp_path / "base"), tmp_path / "out.gguf", "test", "float16")
    write_folder(open_base(tmp_path / "base"), tmp_path / "brain", "bfloat16")
    assert open_base(tmp_path / "brain").read(QUERY)[3, 4] == 70144


@pytest.mark.parametrize("shard_bytes", [60_000, 200_000, 10**9])
def test_shards_are_cut_where_they_are_full(shard_bytes: int, tmp_path: Path) -> None:
    tensors = models.write_base(tmp_path / "base")
    write_folder(open_base(tmp_path / "base"), tmp_path / "out", "bfloat16", shard_bytes)
    files = sorted((tmp_path / "out").glob("*.safetensors"))
    index = tmp_path / "out" / "model.safetensors.index.json"
    assert (len(files) == 1) == (shard_bytes == 10**9) == (not index.exists())
    found: dict[str, str] = {}
    for file in files:
        part = load_file(str(file))
        found |= dict.fromkeys(part, file.name)
        assert len(part) == 1 or sum(tensor.nbytes for tensor in part.values()) <= shard_bytes
    assert set(found) == set(tensors)
    if index.exists():
        content = json.loads(index.read_text())
        assert content["weight_map"] == found
        assert content["metadata"]["total_size"] == sum(tensor.size * 2 for tensor in tensors.values())
    back = open_base(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "config.json").read_text())["torch_dtype"] == "bfloat16"
    for name, tensor in tensors.items():
        same(back.read(name), tensor.astype(models.DTYPES["bfloat16"]), name)
