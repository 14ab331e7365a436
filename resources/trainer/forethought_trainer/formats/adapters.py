"""PEFT adapters: adapter_config.json and adapter_model.safetensors, whoever wrote them.

Opening checks the configuration, the names and the shapes among each other; tensors are read when they are asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forethought_trainer.checked import is_finite, is_whole, shown
from forethought_trainer.formats.architecture import UnsupportedBase
from forethought_trainer.formats.names import PROJECTIONS, weight_of
from forethought_trainer.formats.safetensors_files import DTYPES, Stored, header_bytes, read_file
from forethought_trainer.strict_json import NotJson, parse

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
NAME = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.(self_attn|mlp)\.(\w+)\.lora_(A|B)\.weight")
# What would make the tensors mean something else than W + (alpha / r) B A; absent means the value here. The core's AdapterConfig is the same
# list: tests/adapter_configs.json is read by tests of both.
MEANS_LORA: dict[str, Any] = {
    "peft_type": "LORA",
    "bias": "none",
    "fan_in_fan_out": False,
    "use_rslora": False,
    "use_dora": False,
    "lora_bias": False,
    "rank_pattern": {},
    "alpha_pattern": {},
    "modules_to_save": None,
    "layer_replication": None,
    "alora_invocation_tokens": None,
    "arrow_config": None,
    "kasa_config": None,
    "use_qalora": False,
    "use_bdlora": None,
}
# How A and B began. Others, pissa for example, change the base's weights before they train, so that the adapter lies on other ones.
LEAVE_THE_BASE = (True, False, "gaussian", "eva", "orthogonal")


class UnsupportedAdapter(ValueError):
    """The folder holds no adapter that can be used here; the message names the file and the field or tensor."""


@dataclass(frozen=True)
class Pair:
    """lora_A (rank, in) and lora_B (out, rank) of one projection."""

    layer: int
    module: str
    a: Stored
    b: Stored


@dataclass(frozen=True)
class Adapter:
    """pairs: by the Hugging Face name of the weight that each changes, in the order of the layers."""

    folder: Path
    rank: int
    alpha: float
    pairs: dict[str, Pair]

    @property
    def scale(self) -> float:
        return self.alpha / self.rank

    @property
    def targets(self) -> list[str]:
        carried = {pair.module for pair in self.pairs.values()}
        return [module for module in PROJECTIONS if module in carried]

    def a(self, name: str) -> np.ndarray:
        """lora_A of a weight as float32."""
        return whole(self.pairs[name].a)

    def b(self, name: str) -> np.ndarray:
        return whole(self.pairs[name].b)


def whole(tensor: Stored) -> np.ndarray:
    return tensor.rows(0, tensor.shape[0]).astype(np.float32, copy=False)


def open_adapter(folder: str | Path) -> Adapter:
    """The adapter in this folder. Raises UnsupportedAdapter for one that is not plain LoRA on Gemma's projections."""
    folder = Path(folder)
    rank, alpha, targets = read_config(folder / CONFIG)
    try:
        tensors = read_file(folder / WEIGHTS)
    except OSError:
        raise UnsupportedAdapter(f"{folder / WEIGHTS} is missing.") from None
    except UnsupportedBase as error:
        raise UnsupportedAdapter(str(error)) from None
    adapter = Adapter(folder, rank, alpha, pair_up(tensors, rank, folder / WEIGHTS))
    if set(adapter.targets) != targets:
        raise UnsupportedAdapter(
            f"{folder / WEIGHTS} changes {', '.join(adapter.targets)}; {CONFIG} names {', '.join(sorted(targets))}."
        )
    return adapter


def read_config(path: Path) -> tuple[int, float, set[str]]:
    """(rank, alpha, targets)."""
    if not path.is_file():
        raise UnsupportedAdapter(f"{path} is missing: an adapter is a folder as PEFT writes it.")
    try:
        config = parse(path.read_bytes())
    except NotJson as error:
        raise UnsupportedAdapter(f"{path} is not JSON: {error}.") from None
    if not isinstance(config, dict):
        raise UnsupportedAdapter(f"{path} is no JSON object.")
    for field, wanted in MEANS_LORA.items():
        if not is_same(config.get(field, wanted), wanted):
            raise UnsupportedAdapter(
                f"{path}: {field} is {json.dumps(config[field])}; only {json.dumps(wanted)} is understood here."
            )
    begun = config.get("init_lora_weights", True)
    if not any(is_same(begun, known) for known in LEAVE_THE_BASE):
        raise UnsupportedAdapter(
            f"{path}: init_lora_weights is {json.dumps(begun)}, which changes the base's weights before training: the adapter "
            "lies on those. PEFT can save it as one for the base (path_initial_model_for_weight_conversion)."
        )
    rank, alpha, targets = (config.get(field) for field in ("r", "lora_alpha", "target_modules"))
    if not is_whole(rank) or rank < 1 or not is_finite(alpha) or alpha <= 0:
        raise UnsupportedAdapter(
            f"{path}: r is {shown(rank)} and lora_alpha {shown(alpha)}; both must be above 0."
        )
    if not isinstance(targets, list) or not all(isinstance(target, str) for target in targets):
        raise UnsupportedAdapter(
            f"{path}: target_modules is {json.dumps(targets)}; it must be a list of module names."
        )
    return rank, float(alpha), {target.split(".")[-1] for target in targets}


def is_same(value: Any, wanted: Any) -> bool:
    """As in JSON, where 0 is not false."""
    return type(value) is type(wanted) and value == wanted


def pair_up(tensors: Mapping[str, Stored], rank: int, where: Path) -> dict[str, Pair]:
    halves: dict[tuple[int, str], dict[str, Stored]] = {}
    for name, tensor in tensors.items():
        match = NAME.fullmatch(name)
        if not match or PROJECTIONS.get(match[3], ("", ""))[0] != match[2]:
            raise UnsupportedAdapter(
                f'{where}: "{name}" is not the name of a LoRA tensor that is known here.'
            )
        if len(tensor.shape) != 2 or tensor.shape[0 if match[4] == "A" else 1] != rank:
            raise UnsupportedAdapter(
                f"{where}: {name} has the shape {list(tensor.shape)}, which has not rank {rank}."
            )
        halves.setdefault((int(match[1]), match[3]), {})[match[4]] = tensor
    order = list(PROJECTIONS)
    pairs = {}
    for layer, module in sorted(halves, key=lambda key: (key[0], order.index(key[1]))):
        half = halves[layer, module]
        if len(half) != 2:
            raise UnsupportedAdapter(
                f"{where}: {weight_of(layer, module)} has its lora_{next(iter(half))} only."
            )
        pairs[weight_of(layer, module)] = Pair(layer, module, half["A"], half["B"])
    if not pairs:
        raise UnsupportedAdapter(f"{where} holds no LoRA tensor.")
    return pairs


@dataclass(frozen=True)
class Needed:
    """The LoRA that a model must have to take an adapter in. shared: whether keys and values of the adapter have one A."""

    rank: int
    alpha: float
    targets: list[Any]
    shared: bool


def needed_for(adapter: Adapter) -> Needed:
    """An adapter made here has one A for keys and values, as Tunix computes them by one einsum. One that PEFT made has two: they
    fit in at twice the rank, A = [Ak; Av] with B zero where they must not meet. alpha doubles too, so alpha / rank stays.
    One that changes only keys or only values takes both in, the other with B zero.
    """
    targets, shared = set(adapter.targets), True
    if targets & {"k_proj", "v_proj"}:
        targets |= {"k_proj", "v_proj"}
    for layer in {pair.layer for pair in adapter.pairs.values()}:
        keys, values = weight_of(layer, "k_proj"), weight_of(layer, "v_proj")
        if keys in adapter.pairs and values in adapter.pairs and (adapter.a(keys) != adapter.a(values)).any():
            shared = False
            break
    times = 1 if shared else 2
    ordered = [module for module in PROJECTIONS if module in targets]
    return Needed(times * adapter.rank, times * adapter.alpha, ordered, shared)


def check_fits(adapter: Adapter, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Every pair has a weight in the base, of its shape."""
    for name, pair in adapter.pairs.items():
        if name not in shapes:
            raise UnsupportedAdapter(f"{adapter.folder} changes {name}, which the base does not have.")
        out, into = shapes[name]
        if (pair.b.shape[0], pair.a.shape[1]) != (out, into):
            raise UnsupportedAdapter(
                f"{adapter.folder}: the pair of {name} is for ({pair.b.shape[0]}, {pair.a.shape[1]}), the base has "
                f"({out}, {into}): the adapter was made for another model."
            )


def write_adapter(
    folder: Path, rank: int, alpha: float, tensors: Mapping[str, np.ndarray], base_name: str = ""
) -> None:
    """Writes PEFT's two files. tensors: PEFT names, float32, in the order in which they shall lie in the file."""
    carried = {name.split(".")[-3] for name in tensors}
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / WEIGHTS).open("wb") as f:
        f.write(header_bytes({name: ("F32", tensor.shape) for name, tensor in tensors.items()}))
        for tensor in tensors.values():
            f.write(np.ascontiguousarray(tensor, DTYPES["F32"]).data)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_name,
        "r": rank,
        "lora_alpha": alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "use_rslora": False,
        "inference_mode": True,
        "target_modules": [module for module in PROJECTIONS if module in carried],
    }
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def peft_names(name: str) -> tuple[str, str]:
    """`model.layers.0.mlp.up_proj.weight` → the names of its lora_A and lora_B."""
    stem = f"base_model.model.{name.removesuffix('.weight')}"
    return f"{stem}.lora_A.weight", f"{stem}.lora_B.weight"


def concat_adapters(folders: Sequence[str | Path], out: Path) -> Adapter:
    """Writes one adapter that is all of these, one upon the other: A = [A1; A2; …], B = [s1 B1 | s2 B2 | …], alpha = rank.

    It is valid on what the first one was trained on, and its rank is the sum of theirs.
    """
    parts = [open_adapter(folder) for folder in folders]
    rank = sum(part.rank for part in parts)
    names = list(dict.fromkeys(name for part in parts for name in part.pairs))
    names.sort(key=lambda name: (int(name.split(".")[2]), list(PROJECTIONS).index(name.split(".")[-2])))
    tensors: dict[str, np.ndarray] = {}
    for name in names:
        into, outputs = next(
            (p.pairs[name].a.shape[1], p.pairs[name].b.shape[0]) for p in parts if name in p.pairs
        )
        a, b = np.zeros((rank, into), np.float32), np.zeros((outputs, rank), np.float32)
        at = 0
        for part in parts:
            if name in part.pairs:  # one that leaves this weight alone takes its share of the rank with zeros
                a[at : at + part.rank] = part.a(name)
                b[:, at : at + part.rank] = np.float32(part.scale) * part.b(name)
            at += part.rank
        tensors |= zip(peft_names(name), (a, b), strict=True)
    write_adapter(out, rank, float(rank), tensors)
    return open_adapter(out)
