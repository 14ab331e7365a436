"""The trainer's side of the parity proof: what its own model computes, and the files that the other engines load.

    tunix_side.py <request.json>

The request (sides.ts has its type) asks for files to make, and for variants: a base, adapters merged into it, one adapter
on top. Of each variant it writes <out>/<name>.f32, the logits of every position (or of the last) of every sequence, and,
where greedy texts are wanted, <out>/<name>.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import nnx

from forethought_trainer.devices import make_mesh
from forethought_trainer.formats.adapters import (
    concat_adapters,
    needed_for,
    open_adapter,
    peft_names,
    write_adapter,
)
from forethought_trainer.formats.bases import open_base
from forethought_trainer.formats.gguf_write import write_gguf, write_gguf_lora
from forethought_trainer.formats.merge import merge_files
from forethought_trainer.generation import Generator
from forethought_trainer.import_peft import load_adapter
from forethought_trainer.load_base import load_base
from forethought_trainer.policy import add_lora, end_tokens
from forethought_trainer.spec import Generation, Lora, Mesh

BATCH_VALUES = 40_000_000


def make(what: dict[str, Any]) -> None:
    out = Path(what["out"])
    match what["kind"]:
        case "random":
            random_adapter(out, what)
        case "merge":
            merge_files(what["base"], what["adapters"], out, "float32")
        case "join":
            concat_adapters(what["adapters"], out)
        case "gguf":
            write_gguf(open_base(what["base"]), out, "parity")
        case "gguf-lora":
            architecture = open_base(what["base"]).geometry.architecture
            name = {"Gemma2ForCausalLM": "gemma2", "Gemma3ForCausalLM": "gemma3"}[architecture]
            write_gguf_lora(open_adapter(what["adapter"]), out, name, "parity")


def random_adapter(out: Path, what: dict[str, Any]) -> None:
    """A and B random on every module. sharedA: keys and values have one A, as an adapter that Tunix trained."""
    rng = np.random.default_rng(what["seed"])
    rank, scale = what["rank"], what["scale"]
    tensors: dict[str, np.ndarray] = {}
    last: dict[str, np.ndarray] = {}
    for name, shape in open_base(what["base"]).shapes.items():
        module = name.split(".")[-2]
        if not module.endswith("_proj"):
            continue
        a = rng.normal(0, shape[1] ** -0.5, (rank, shape[1])).astype(np.float32)
        if module == "k_proj":
            last["a"] = a
        if module == "v_proj" and what["sharedA"]:
            a = last["a"]
        b = rng.normal(0, scale, (shape[0], rank)).astype(np.float32)
        tensors |= zip(peft_names(name), (a, b), strict=True)
    write_adapter(out, rank, what["alpha"], tensors)


@nnx.jit
def logits_of(model: nnx.Module, ids: jnp.ndarray) -> jnp.ndarray:
    """float32 (texts, length, vocabulary) for right-padded ids: under the causal mask no real position sees the padding."""
    length = ids.shape[1]
    mask = jnp.broadcast_to(jnp.tril(jnp.ones((length, length), bool)), (ids.shape[0], length, length))
    positions = jnp.broadcast_to(jnp.arange(length), ids.shape)
    return model(ids, positions, None, mask)[0].astype(jnp.float32)  # type: ignore[operator]


def write_logits(model: nnx.Module, request: dict[str, Any], vocabulary: int, path: Path) -> None:
    sequences = request["sequences"]
    length = max(map(len, sequences))
    batch = max(1, min(len(sequences), BATCH_VALUES // (length * vocabulary)))
    with path.open("wb") as f:
        for first in range(0, len(sequences), batch):
            part = sequences[first : first + batch]
            ids = np.zeros((batch, length), np.int32)  # one shape for all batches
            for i, sequence in enumerate(part):
                ids[i, : len(sequence)] = sequence
            logits = np.asarray(logits_of(model, jnp.asarray(ids)))
            for i, sequence in enumerate(part):
                start = len(sequence) - 1 if request["positions"] == "last" else 0
                f.write(np.ascontiguousarray(logits[i, start : len(sequence)]).data)


def greedy_texts(model: Any, config: Any, tokenizer: Any, request: dict[str, Any]) -> list[str]:
    longest = max(len(tokenizer.encode(prompt)) + 1 for prompt in request["prompts"])
    lengths = Generation(
        max_prompt_tokens=longest,
        max_completion_tokens=request["maxTokens"],
        batch_size=min(50, len(request["prompts"])),
    )
    policy: Any = SimpleNamespace(
        model=model,
        config=config,
        tokenizer=tokenizer,
        mesh=make_mesh(Mesh(1, 1)),
        end_tokens=end_tokens(tokenizer),
    )
    return [completion.text for completion in Generator(policy, lengths).greedy(request["prompts"])]


def check_tokens(tokenizer: Any, request: dict[str, Any]) -> None:
    """llama.cpp cut the texts; SentencePiece must cut them in the same way, or nothing below would mean anything."""
    for text, ids in zip(request["texts"], request["sequences"], strict=True):
        own = [tokenizer.bos_id(), *tokenizer.encode(text)][: len(ids)]
        if own != ids:
            raise SystemExit(f"llama.cpp and SentencePiece cut a text in different ways: {text!r}")


def compute(variant: dict[str, Any], request: dict[str, Any], out: Path) -> None:
    base, config, tokenizer = load_base(variant["base"], adapters=variant["merged"])
    check_tokens(tokenizer, request)
    model: Any = base
    if variant["lora"]:
        needed = needed_for(open_adapter(variant["lora"]))
        lora = Lora(needed.rank, needed.alpha, needed.targets)
        model = add_lora(base, lora, seed=1, mesh=make_mesh(Mesh(1, 1)))
        load_adapter(model, variant["lora"])
    write_logits(model, request, config.num_embed, out / f"{variant['name']}.f32")
    if variant["greedy"]:
        texts = greedy_texts(model, config, tokenizer, request)
        (out / f"{variant['name']}.json").write_text(json.dumps(texts), encoding="utf-8")


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for what in request["make"]:
        make(what)
    out = Path(request["out"])
    out.mkdir(parents=True, exist_ok=True)
    for variant in request["variants"]:
        print(f"tunix: {variant['name']}", file=sys.stderr, flush=True)
        compute(variant, request, out)


if __name__ == "__main__":
    main()
