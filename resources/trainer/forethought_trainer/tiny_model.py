"""The tiny model's shape and its first weights: Gemma 2 in everything but size."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from flax import nnx
from tunix.models.gemma import model as gemma

from forethought_trainer.tokenizer import VOCABULARY

CONTEXT = 512

# What makes it a Gemma 2 and not some small transformer: alternating sliding and global attention, grouped
# key/value heads, both soft caps, norms before and after each block, tied and scaled embeddings.
# The window is as long as the context, because Tunix measures it with the left padding and others without.
TINY = gemma.ModelConfig(
    num_layers=4,
    num_embed=VOCABULARY,
    embed_dim=128,
    hidden_dim=512,
    num_heads=4,
    head_dim=32,
    num_kv_heads=2,
    final_logit_softcap=30.0,
    use_post_attn_norm=True,
    use_post_ffw_norm=True,
    attention_types=(gemma.AttentionType.LOCAL_SLIDING, gemma.AttentionType.GLOBAL) * 2,
    attn_logits_soft_cap=50.0,
    sliding_window_size=CONTEXT,
)


def new_model(config: gemma.ModelConfig, seed: int) -> gemma.Gemma:
    """A Gemma with fresh float32 weights.

    Tunix initialises the MLP with zeros, from where its gradient is exactly zero and it never learns: it is
    meant to be loaded, not trained from nothing. Here matrices get N(0, 1/fan_in) and embeddings
    N(0, 1/width), which is RMS 1 once Gemma has multiplied them by sqrt(width). The norms after each block
    begin at 0.3 instead of 1: else eight blocks of noise bury the embedding at first, and copying a word, on
    which every careful step rests, takes about half as long again to learn.
    """
    model = gemma.Gemma(config, rngs=nnx.Rngs(seed))
    rng = np.random.default_rng(seed)
    fan_in_of = {
        "q_einsum": config.embed_dim,
        "kv_einsum": config.embed_dim,
        "attn_vec_einsum": config.num_heads * config.head_dim,
        "gate_proj": config.embed_dim,
        "up_proj": config.embed_dim,
        "down_proj": config.hidden_dim,
    }
    state = nnx.state(model, nnx.Param)
    for path, parameter in nnx.to_flat_state(state):
        shape = parameter.get_value().shape
        if path[-1] == "scale":
            values = np.full(shape, -0.7 if path[-2] in ("post_attn_norm", "post_ffw_norm") else 0.0)
        elif path[-1] == "input_embedding":
            values = rng.normal(0, config.embed_dim**-0.5, shape)
        else:
            values = rng.normal(0, fan_in_of[str(path[-2])] ** -0.5, shape)
        parameter.set_value(jnp.asarray(values, jnp.float32))
    nnx.update(model, state)
    return model


def parameter_count(model: gemma.Gemma) -> int:
    return sum(int(np.prod(leaf.shape)) for leaf in nnx.state(model, nnx.Param).flat_state().leaves)
