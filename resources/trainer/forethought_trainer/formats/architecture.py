"""What a Gemma 2 or 3 is in numbers, read from config.json; and whether Tunix computes the same thing.

Tunix's models hold some of these numbers as constants of their own. A checkpoint that says otherwise would load
without a word and be subtly wrong, so each is compared before a weight is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forethought_trainer.checked import is_finite, is_whole, shown
from forethought_trainer.formats.names import EMBEDDING, FINAL_NORM, weight_of

GEMMA2, GEMMA3 = "Gemma2ForCausalLM", "Gemma3ForCausalLM"
TRAINABLE = (GEMMA2, GEMMA3)
# More than any Gemma has: a number beyond them is a mistake, and naming the tensors of so many layers would take for ever.
MOST_LAYERS, MOST_OF_A_KIND = 1000, 2**31 - 1
SLIDING, FULL = "sliding_attention", "full_attention"

# (value that Tunix computes with, which is also what a config.json that does not say it means)
FIXED: dict[str, dict[str, Any]] = {
    GEMMA2: {
        "rms_norm_eps": 1e-6,
        "attention_bias": False,
        "tie_word_embeddings": True,
        "hidden_activation": "gelu_pytorch_tanh",
        "rope_scaling": None,
    },
    GEMMA3: {
        "rms_norm_eps": 1e-6,
        "attention_bias": False,
        "tie_word_embeddings": True,
        "hidden_activation": "gelu_pytorch_tanh",
        "rope_scaling": None,
        "attn_logit_softcapping": None,
        "final_logit_softcapping": None,
        "use_bidirectional_attention": False,
    },
}


class UnsupportedBase(ValueError):
    """The files are no model that this trainer can train; the message names the file and the field."""


@dataclass(frozen=True)
class Geometry:
    """A base in numbers. window: tokens that a sliding layer sees; rope_*: base frequencies of the rotary positions.

    Gemma 2 has soft caps on logits and one rotary base; Gemma 3 has none and two, and norms on queries and keys.
    """

    architecture: str
    layers: int
    vocabulary: int
    width: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    context: int
    window: int
    rope_full: float
    rope_sliding: float
    attention_cap: float | None
    final_cap: float | None


def layer_types(architecture: str, layers: int) -> list[str]:
    """Gemma 2 alternates sliding and full attention; in Gemma 3 each sixth layer sees everything."""
    period = 2 if architecture == GEMMA2 else 6
    return [FULL if (i + 1) % period == 0 else SLIDING for i in range(layers)]


def read_geometry(config: dict[str, Any], where: str) -> Geometry:
    """The numbers of a config.json; `where` begins what is said of a wrong one.

    Raises UnsupportedBase for another architecture, a field that is missing, or one that Tunix would ignore.
    """
    named = config.get("architectures")
    architecture = named[0] if isinstance(named, list) and len(named) == 1 else None
    if not isinstance(architecture, str) or architecture not in FIXED:
        raise UnsupportedBase(
            f"{where}: architectures is {named}; {' and '.join(TRAINABLE)} can be trained (text models)."
        )
    geometry = _numbers(config, architecture, where)
    for field, wanted in FIXED[architecture].items():
        if config.get(field, wanted) != wanted:
            raise UnsupportedBase(f"{where}: {field} is {config[field]}, Tunix computes with {wanted}.")
    if _field(config, "query_pre_attn_scalar", where) != geometry.head_dim:
        raise UnsupportedBase(
            f"{where}: query_pre_attn_scalar must equal head_dim, Tunix scales queries by head_dim."
        )
    if config.get("layer_types", types := layer_types(architecture, geometry.layers)) != types:
        raise UnsupportedBase(
            f"{where}: layer_types is another order of sliding and full attention than Tunix's."
        )
    if geometry.heads == geometry.kv_heads:
        raise UnsupportedBase(
            f"{where}: num_key_value_heads equals num_attention_heads ({geometry.heads}); Tunix keeps queries, keys and "
            "values of such a model in one matrix, which no format here maps."
        )
    if architecture == GEMMA2 and geometry.rope_full != 10_000:
        raise UnsupportedBase(f"{where}: rope_theta is {geometry.rope_full}, Tunix computes with 10000.0.")
    return geometry


def _numbers(config: dict[str, Any], architecture: str, where: str) -> Geometry:
    gemma2 = architecture == GEMMA2
    return Geometry(
        architecture=architecture,
        layers=_whole(config, "num_hidden_layers", where, MOST_LAYERS),
        vocabulary=_whole(config, "vocab_size", where),
        width=_whole(config, "hidden_size", where),
        hidden=_whole(config, "intermediate_size", where),
        heads=_whole(config, "num_attention_heads", where),
        kv_heads=_whole(config, "num_key_value_heads", where),
        head_dim=_whole(config, "head_dim", where),
        context=_whole(config, "max_position_embeddings", where),
        window=_whole(config, "sliding_window", where),
        rope_full=_rope(config, FULL, "rope_theta", 10_000.0 if gemma2 else 1_000_000.0, where),
        rope_sliding=_rope(
            config, SLIDING, "rope_theta" if gemma2 else "rope_local_base_freq", 10_000.0, where
        ),
        attention_cap=_cap(config, "attn_logit_softcapping", where) if gemma2 else None,
        final_cap=_cap(config, "final_logit_softcapping", where) if gemma2 else None,
    )


def _field(config: dict[str, Any], field: str, where: str) -> Any:
    if field not in config:
        raise UnsupportedBase(f"{where}: {field} is missing.")
    return config[field]


def _whole(config: dict[str, Any], field: str, where: str, most: int = MOST_OF_A_KIND) -> int:
    value = _field(config, field, where)
    if not is_whole(value) or not 1 <= value <= most:
        raise UnsupportedBase(
            f"{where}: {field} is {shown(value)}; it must be a whole number from 1 to {most}."
        )
    return value


def _positive(value: Any, field: str, where: str) -> float:
    if not is_finite(value) or value <= 0:
        raise UnsupportedBase(f"{where}: {field} is {shown(value)}; it must be a number above 0.")
    return float(value)


def _cap(config: dict[str, Any], field: str, where: str) -> float | None:
    value = _field(config, field, where)
    return None if value is None else _positive(value, field, where)


def _rope(config: dict[str, Any], kind: str, field: str, default: float, where: str) -> float:
    """Rotary base of one kind of layer: a field of its own, or in newer files `rope_parameters`."""
    parameters = config.get("rope_parameters") or {}
    if isinstance(parameters, dict):
        parameters = parameters.get(kind, parameters)
    if not isinstance(parameters, dict):
        raise UnsupportedBase(
            f"{where}: rope_parameters is {shown(config['rope_parameters'])}; it must be an object."
        )
    if parameters.get("rope_type", "default") != "default":
        raise UnsupportedBase(
            f"{where}: rope_parameters.rope_type is {parameters['rope_type']}, Tunix computes with default."
        )
    if "rope_theta" in parameters:
        return _positive(parameters["rope_theta"], "rope_parameters.rope_theta", where)
    return _positive(config.get(field, default), field, where)


def lora_parameters(geometry: Geometry, rank: int, targets: Sequence[str]) -> int:
    """How many numbers an adapter trains. Tunix keeps keys and values as one matrix with one A for both."""
    total = 0
    for name, shape in tensor_shapes(geometry).items():
        target = name.split(".")[-2]
        if target in targets:
            rows, columns = shape
            total += rank * (rows + (0 if target == "v_proj" else columns))
    return total


def tensor_shapes(geometry: Geometry) -> dict[str, tuple[int, ...]]:
    """Every tensor of such a model by its Hugging Face name, in the order of the layers. There is no lm_head: it is tied."""
    g = geometry
    queries, keys = g.heads * g.head_dim, g.kv_heads * g.head_dim
    projections = {
        "q_proj": (queries, g.width),
        "k_proj": (keys, g.width),
        "v_proj": (keys, g.width),
        "o_proj": (g.width, queries),
        "gate_proj": (g.hidden, g.width),
        "up_proj": (g.hidden, g.width),
        "down_proj": (g.width, g.hidden),
    }
    norms = [
        "input_layernorm",
        "post_attention_layernorm",
        "pre_feedforward_layernorm",
        "post_feedforward_layernorm",
    ]
    shapes: dict[str, tuple[int, ...]] = {EMBEDDING: (g.vocabulary, g.width)}
    for layer in range(g.layers):
        for module, shape in projections.items():
            shapes[weight_of(layer, module)] = shape
        for norm in norms:
            shapes[f"model.layers.{layer}.{norm}.weight"] = (g.width,)
        if g.architecture == GEMMA3:
            for norm in ("q_norm", "k_norm"):
                shapes[f"model.layers.{layer}.self_attn.{norm}.weight"] = (g.head_dim,)
    shapes[FINAL_NORM] = (g.width,)
    return shapes
