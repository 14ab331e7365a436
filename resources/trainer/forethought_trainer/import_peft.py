"""Puts a PEFT adapter into a model's LoRA, whoever made it, so that it trains on from where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx

from forethought_trainer.agreement import whole
from forethought_trainer.formats.adapters import Adapter, UnsupportedAdapter, open_adapter
from forethought_trainer.formats.names import weight_of
from forethought_trainer.load_base import on_devices
from forethought_trainer.tunix_axes import MODULES, pair_to_tunix


def load_adapter(model: nnx.Module, folder: str | Path) -> None:
    """Overwrites the model's fresh LoRA with the adapter in `folder`; formats.adapters.needed_for says what LoRA it takes.

    The model computes then what base and adapter compute. What the adapter leaves free stays as qwix made it, A random
    and B zero: rank that it does not fill, modules and layers that it does not change. Raises UnsupportedAdapter where
    it changes more than the model can.
    """
    adapter = open_adapter(folder)
    left = set(adapter.pairs)
    state = nnx.state(model, nnx.LoRAParam)
    parameters: dict[tuple[Any, ...], Any] = dict(nnx.to_flat_state(state))
    for path, a in parameters.items():
        if not str(path[-1]).endswith("lora_a"):
            continue
        _, layer, block, tunix, _ = path
        b = parameters[(*path[:-1], str(path[-1])[:-1] + "b")]
        modules = [(m, index) for m, (place, index) in MODULES.items() if place == (block, tunix)]
        names = {weight_of(int(layer), module): (module, index) for module, index in modules}
        left -= names.keys()
        fill(a, b, adapter, {name: place for name, place in names.items() if name in adapter.pairs})
    if left:
        raise UnsupportedAdapter(
            f"{adapter.folder} changes {min(left)} and {len(left) - 1} more weights that the model's LoRA does not cover."
        )
    nnx.update(model, state)


def fill(a: Any, b: Any, adapter: Adapter, names: dict[str, tuple[str, int | None]]) -> None:
    """Writes the pairs of one Tunix matrix into its variables a and b; keys and values share a where theirs are equal."""
    new_a, new_b = np.array(whole(a.get_value()), np.float32), np.zeros(b.get_value().shape, np.float32)
    head_dim = new_b.shape[-1] if new_b.ndim > 2 else new_a.shape[1]
    at, before = 0, None
    for name, (module, index) in names.items():
        here, there = adapter.a(name), adapter.b(name)
        if before is not None and (here == before).all():
            at -= adapter.rank
        before = here
        place = slice(at, at + adapter.rank)
        at += adapter.rank
        if at > new_a.shape[-1]:
            raise UnsupportedAdapter(
                f"{adapter.folder} needs a LoRA of rank {at} on {name}, the model's has {new_a.shape[-1]}."
            )
        part_a, part_b = pair_to_tunix(module, here, there, head_dim)
        if (part_a.shape[:-1], part_b.shape[1:]) != (
            new_a.shape[:-1],
            (new_b if index is None else new_b[:, index]).shape[1:],
        ):
            raise UnsupportedAdapter(f"{adapter.folder}: the pair of {name} was made for another model.")
        new_a[..., place] = part_a
        (new_b if index is None else new_b[:, index])[place] = part_b
    for variable, new in ((a, new_a), (b, new_b)):
        old = variable.get_value()
        variable.set_value(on_devices(new, old.sharding, old.dtype))
