"""Reads a base model into Tunix's Gemma 2 or 3: a Hugging Face folder, or a GGUF file, dequantised.

Every stage that needs a model comes through here. Tunix has a loader of its own, but that one takes all tensors of a
file for the type of the first, does not notice a missing shard, and keeps everything twice; here a tensor is read,
checked, turned and put on its devices before the next one is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sentencepiece as spm
from flax import nnx
from tunix.models.gemma import model as gemma2
from tunix.models.gemma3 import model as gemma3

from forethought_trainer.formats.adapters import open_adapter
from forethought_trainer.formats.architecture import GEMMA2, Geometry, UnsupportedBase, layer_types
from forethought_trainer.formats.bases import BaseFiles, open_base, open_tokenizer
from forethought_trainer.formats.merged import Merged
from forethought_trainer.needed_logits import can_be_told
from forethought_trainer.tunix_axes import Path as Place
from forethought_trainer.tunix_axes import place_of, to_tunix

__all__ = ["UnsupportedBase", "load_base", "load_model", "single_device_mesh", "tunix_config"]


def single_device_mesh() -> jax.sharding.Mesh:
    """A 1 x 1 mesh over the first device: what a laptop or a test trains on."""
    return jax.sharding.Mesh(np.array(jax.devices()[:1]).reshape(1, 1), ("fsdp", "tp"))


def load_base(
    path: str | Path,
    mesh: jax.sharding.Mesh | None = None,
    dtype: Any = jnp.float32,
    adapters: Sequence[str | Path] = (),
) -> tuple[Any, Any, spm.SentencePieceProcessor]:
    """Loads a base model, its configuration and its tokenizer.

    path:     folder with config.json, *.safetensors and tokenizer.model; or a .gguf file.
    mesh:     axes ("fsdp", "tp"); None means one device. Weights land sharded as Tunix lays them out.
    dtype:    of the weights in memory. float32 reproduces the file exactly; bfloat16 halves the memory.
    adapters: folders of PEFT adapters, merged one after the other in float32 before the cast.

    Returns (model, config, tokenizer). The tokenizer adds no BOS by itself: whoever encodes a prompt puts
    exactly one `tokenizer.bos_id()` in front. Raises UnsupportedBase for what is no Gemma 2 or 3.
    """
    base = open_base(path)
    if adapters:
        base = Merged(base, [open_adapter(folder) for folder in adapters])
    tokenizer = open_tokenizer(base)
    config = tunix_config(base.geometry, dtype)
    return load_model(base, config, mesh or single_device_mesh(), dtype), config, tokenizer


def tunix_config(geometry: Geometry, dtype: Any = jnp.float32) -> Any:
    """Tunix's ModelConfig of a model with these numbers."""
    g = geometry
    sizes: dict[str, Any] = {
        "num_layers": g.layers,
        "num_embed": g.vocabulary,
        "embed_dim": g.width,
        "hidden_dim": g.hidden,
        "num_heads": g.heads,
        "head_dim": g.head_dim,
        "num_kv_heads": g.kv_heads,
        "sliding_window_size": g.window,
    }
    if g.architecture == GEMMA2:
        kinds = {
            "sliding_attention": gemma2.AttentionType.LOCAL_SLIDING,
            "full_attention": gemma2.AttentionType.GLOBAL,
        }
        return gemma2.ModelConfig(
            **sizes,
            final_logit_softcap=g.final_cap,
            attn_logits_soft_cap=g.attention_cap,
            use_post_attn_norm=True,
            use_post_ffw_norm=True,
            attention_types=tuple(kinds[kind] for kind in layer_types(g.architecture, g.layers)),
        )
    return gemma3.ModelConfig(
        **sizes,
        local_base_frequency=int(g.rope_sliding),
        global_base_frequency=int(g.rope_full),
        param_dtype=dtype,
    )


def load_model(base: BaseFiles, config: Any, mesh: jax.sharding.Mesh, dtype: Any) -> Any:
    """Tunix's model with the weights of `base`, each tensor sharded as the model says."""
    model_class: Any = gemma2.Gemma if base.geometry.architecture == GEMMA2 else gemma3.Gemma3
    with mesh:
        model = nnx.eval_shape(lambda: can_be_told(model_class(config, rngs=nnx.Rngs(0))))
    graph, state = nnx.split(model)
    shardings = nnx.to_flat_state(nnx.get_named_sharding(state, mesh))
    names: dict[Place, list[str]] = {}
    for name in base.shapes:
        names.setdefault(place_of(name, base.geometry.architecture)[0], []).append(name)
    parameters = []
    for (place, parameter), (_, sharding) in zip(nnx.to_flat_state(state), shardings, strict=True):
        weight = in_tunix_axes(base, names.pop(place))
        assert weight.shape == parameter.shape, f"{place}: {weight.shape}, Tunix wants {parameter.shape}"
        parameters.append((place, parameter.replace(on_devices(weight, sharding.get_value(), dtype))))
    assert not names, f"Tunix's model has no place for {names}"
    return nnx.merge(graph, nnx.from_flat_state(parameters))


def in_tunix_axes(base: BaseFiles, names: list[str]) -> np.ndarray:
    """One parameter of Tunix's as float32; keys and values (two names) are stacked."""
    parts = [to_tunix(name, base.read(name), base.geometry) for name in names]
    return parts[0] if len(parts) == 1 else np.stack(parts)


def on_devices(weight: np.ndarray, sharding: Any, dtype: Any) -> jax.Array:
    """Puts an array on its devices, the part of each cast for itself; every process of a job puts its own parts."""
    return jax.make_array_from_callback(
        weight.shape, sharding, lambda part: np.ascontiguousarray(weight[part]).astype(dtype)
    )
