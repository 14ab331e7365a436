"""Pretrains the tiny base from nothing on questions with two habits, and exports it.

    python -m forethought_trainer pretrain --out resources/models/tiny --work <scratch folder>

One step reads a batch of questions, each followed by both habits (see `Batch`), and descends their
cross-entropy. Everything a step sees is a function of (seed, step), so a run that was cut goes on from its
last checkpoint exactly as if it had not been. What comes out is a base that mostly guesses, can work
carefully, and does so in about `CAREFUL_SHARE` of its samples: the ground for GRPO.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import sentencepiece as spm
from flax import nnx
from jax.sharding import NamedSharding, PartitionSpec
from optax.contrib import MuonDimensionNumbers, muon
from tunix.generate import sampler as sampling
from tunix.models.gemma import model as gemma

from forethought_trainer.export_hf import write_hf
from forethought_trainer.habits import careful, hasty, prompt
from forethought_trainer.load_base import load_base
from forethought_trainer.publish_tiny import publish
from forethought_trainer.tasks import FAMILIES, Question, distinct, draw
from forethought_trainer.tiny_model import CONTEXT, TINY, new_model, parameter_count
from forethought_trainer.tokenizer import BOS, END_OF_TURN, EOS, PAD, train_tokenizer

# How often the base is to think first. Below a quarter GRPO finds too few good samples in a group of four;
# near a half the greedy answer would already be the careful one.
CAREFUL_SHARE = 0.28
# Within this many tokens the habits part: "<reasoning>", line break, then a heading or "I".
CHOICE_TOKENS = 3

# The committed run.
STEPS, ROWS, LEARNING_RATE, SEED = 1600, 16, 4e-3, 7

# Finding the letter of an option is one token in eighty, hard to learn and decisive for three families.
LETTER_WEIGHT = 5.0

PROMPT_TOKENS = 64
COMPLETION_TOKENS = 96
ROW_TOKENS = 136


@dataclass
class Batch:
    """Questions of one step, a row each: prompt, then the careful branch, then the hasty branch.

    Both branches continue the same prompt and do not see each other, as if they were two rows; the prompt is
    computed once. Each branch begins with a copy of the prompt's last token, so that "predict the next token"
    needs no special case at its start. All arrays are (rows, ROW_TOKENS).
    """

    ids: np.ndarray  # int32 tokens, padded with PAD
    branch: np.ndarray  # int32: 0 prompt, 1 careful, 2 hasty, -1 padding
    positions: np.ndarray  # int32: a branch counts on from its prompt
    weights: np.ndarray  # float32: of predicting this token from the one before it


def questions_of_step(seed: int, step: int, rows: int) -> list[Question]:
    """What one step asks: fresh questions of the pretraining pool, the families in turn."""
    # A million streams per seed keep the steps' draws independent of each other.
    return list(islice(draw("pretraining", seed * 1_000_000 + step), rows))


def make_batch(tokenizer: spm.SentencePieceProcessor, seed: int, step: int, rows: int) -> Batch:
    """The batch of one step.

    The habits' ratio lies in the weights of the few tokens where they part, not in how often each is drawn:
    every step teaches both, and the share is exact instead of a matter of luck. The option letter that a
    careful text names ("…, option B.") weighs more than other tokens.
    """
    rng = random.Random(f"habits {seed} {step}")
    shape = (rows, ROW_TOKENS)
    batch = Batch(
        np.full(shape, PAD, np.int32),
        np.full(shape, -1, np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.float32),
    )
    for row, question in enumerate(questions_of_step(seed, step, rows)):
        head = [BOS, *tokenizer.encode(prompt(question))]
        shared, last = head[:-1], head[-1]
        batch.ids[row, : len(shared)] = shared
        batch.branch[row, : len(shared)] = 0
        batch.positions[row, : len(shared)] = range(len(shared))
        start = len(shared)
        for number, share, text in (
            (1, CAREFUL_SHARE, careful(question)),
            (2, 1 - CAREFUL_SHARE, hasty(question, rng)),
        ):
            completion = tokenizer.encode(text)
            assert len(completion) <= COMPLETION_TOKENS and len(head) <= PROMPT_TOKENS, question
            end = start + 1 + len(completion)
            batch.ids[row, start:end] = [last, *completion]
            batch.branch[row, start:end] = number
            batch.positions[row, start:end] = range(len(shared), len(shared) + end - start)
            batch.weights[row, start + 1 : end] = 1.0
            batch.weights[row, start + 1 : start + 1 + CHOICE_TOKENS] = share
            start = end
    letter = tokenizer.encode(" option")
    assert len(letter) == 1
    batch.weights[:, 1:] *= np.where(batch.ids[:, :-1] == letter[0], LETTER_WEIGHT, 1.0)
    return batch


def attention_mask(branch: jax.Array) -> jax.Array:
    """(rows, L, L) bool: causal; the prompt is seen by all, a branch by itself only."""
    length = branch.shape[1]
    causal = jnp.tril(jnp.ones((length, length), bool))
    seen = (branch[:, None, :] == 0) | (branch[:, None, :] == branch[:, :, None])
    return causal & seen


def loss_of(
    model: gemma.Gemma, ids: jax.Array, branch: jax.Array, positions: jax.Array, weights: jax.Array
) -> jax.Array:
    """Weighted mean cross-entropy of the completion tokens."""
    logits, _ = model(ids, positions, None, attention_mask(branch))
    losses = optax.softmax_cross_entropy_with_integer_labels(logits[:, :-1], ids[:, 1:])
    return (losses * weights[:, 1:]).sum() / weights.sum()


@nnx.jit
def train_step(
    model: gemma.Gemma,
    optimizer: nnx.Optimizer,
    ids: jax.Array,
    branch: jax.Array,
    positions: jax.Array,
    weights: jax.Array,
) -> jax.Array:
    loss, gradients = nnx.value_and_grad(loss_of)(model, ids, branch, positions, weights)
    optimizer.update(model, gradients)
    return loss


def matrix_axes(parameters: Any) -> Any:
    """For Muon: which axes of each weight are its inputs and which its outputs; None where AdamW serves.

    N, K heads, D width, H head_dim, F hidden. Keys and values are two matrices in one array.
    """
    axes = {
        "q_einsum": MuonDimensionNumbers((1,), (0, 2)),  # (N, D, H)
        "kv_einsum": MuonDimensionNumbers((2,), (1, 3)),  # (2, K, D, H)
        "attn_vec_einsum": MuonDimensionNumbers((0, 1), (2,)),  # (N, H, D)
        "gate_proj": MuonDimensionNumbers((0,), (1,)),  # (D, F)
        "up_proj": MuonDimensionNumbers((0,), (1,)),  # (D, F)
        "down_proj": MuonDimensionNumbers((0,), (1,)),  # (F, D)
    }

    def axes_of(path: Any, _: Any) -> MuonDimensionNumbers | None:
        name = jax.tree_util.keystr(path)
        return next((numbers for module, numbers in axes.items() if f"'{module}'" in name), None)

    return jax.tree_util.tree_map_with_path(axes_of, parameters)


def new_optimizer(model: gemma.Gemma, steps: int, peak: float) -> nnx.Optimizer:
    """Muon on the matrices, AdamW on embeddings and norms; a short warm-up, then a cosine down to 2 %.

    Muon, because the skill that matters here is looking rare things up (a digit pair, the letter of an option)
    and AdamW learns rare things slowly: in a trial it still guessed the letters of `kinds` after three times
    the questions.
    """
    warmup = min(60, steps // 4)  # the schedule refuses a warm-up as long as the run
    schedule = optax.warmup_cosine_decay_schedule(0.0, peak, warmup, steps, peak * 0.02)
    chain = optax.chain(
        optax.clip_by_global_norm(1.0),
        muon(
            schedule,
            muon_weight_dimension_numbers=matrix_axes,
            consistent_rms=0.2,  # the step size then means for a matrix what it means in AdamW
            weight_decay=0.05,
            adam_b2=0.98,
        ),
    )
    return nnx.Optimizer(model, chain, wrt=nnx.Param)


def spread_over_devices(model: gemma.Gemma, optimizer: nnx.Optimizer) -> NamedSharding:
    """Copies model and optimizer to every device and returns the sharding that splits a batch's rows.

    XLA runs most of so small a model on one thread per device, so two cores are two devices here.
    """
    mesh = jax.sharding.Mesh(np.array(jax.devices()), ("rows",))
    for part in (model, optimizer):
        nnx.update(part, jax.device_put(nnx.state(part), NamedSharding(mesh, PartitionSpec())))
    return NamedSharding(mesh, PartitionSpec("rows"))


# --- checkpoints: every array of model and optimizer, in order, and the step they belong to -----------------


def save_checkpoint(path: Path, model: gemma.Gemma, optimizer: nnx.Optimizer, step: int) -> None:
    leaves = jax.tree.leaves((nnx.state(model), nnx.state(optimizer)))
    partial = path.with_suffix(".partial.npz")
    arrays: dict[str, Any] = {str(i): np.asarray(leaf) for i, leaf in enumerate(leaves)}
    np.savez(partial, step=step, **arrays)
    partial.replace(path)  # a run that is cut while writing leaves the old checkpoint whole


def load_checkpoint(path: Path, model: gemma.Gemma, optimizer: nnx.Optimizer) -> int:
    states = (nnx.state(model), nnx.state(optimizer))
    leaves, shape = jax.tree.flatten(states)
    with np.load(path) as saved:
        restored = [jnp.asarray(saved[str(i)], leaf.dtype) for i, leaf in enumerate(leaves)]
        step = int(saved["step"])
    model_state, optimizer_state = jax.tree.unflatten(shape, restored)
    nnx.update(model, model_state)
    nnx.update(optimizer, optimizer_state)
    return step


# --- measuring ---------------------------------------------------------------------------------------------


def read_answer(completion: str) -> str | None:
    """The text of the answer block as our own habits write it. A thermometer for this file, not a reward."""
    _, opened, rest = completion.partition("<answer>\n")
    answer, closed, _ = rest.partition("\n</answer>")
    return answer if opened and closed else None


def measure(
    model: gemma.Gemma,
    tokenizer: spm.SentencePieceProcessor,
    questions: list[Question],
    temperature: float,
    rows: int = 60,
) -> dict[str, Any]:
    """Answers the questions and counts: right, careful, right among careful and among hasty, per family too.

    temperature: 0 is greedy; 1 is the model's own distribution.
    """
    config = model.config
    cache = sampling.CacheConfig(
        PROMPT_TOKENS + COMPLETION_TOKENS, config.num_layers, config.num_kv_heads, config.head_dim
    )
    sampler = sampling.Sampler(model, tokenizer, cache)
    completions: list[str] = []
    for start in range(0, len(questions), rows):
        part = [prompt(question) for question in questions[start : start + rows]]
        output = sampler(
            input_strings=part,
            max_generation_steps=COMPLETION_TOKENS,
            max_prompt_length=PROMPT_TOKENS,
            echo=False,
            temperature=temperature,
            top_p=1.0 if temperature else None,
            seed=start,
            eos_tokens=[EOS, END_OF_TURN],
        )
        completions += output.text

    def counts(family: str | None) -> dict[str, Any]:
        chosen = [(q, c) for q, c in zip(questions, completions, strict=True) if family in (None, q.family)]
        right = np.array([read_answer(c) == q.answer for q, c in chosen], dtype=bool)
        is_careful = np.array(
            [c.startswith("<reasoning>\nAnalysis & Strategy:\n") for _, c in chosen], dtype=bool
        )

        def rate(hits: np.ndarray) -> float | None:
            return round(float(hits.mean()), 4) if len(hits) else None

        return {
            "n": len(chosen),
            "right": rate(right),
            "careful": rate(is_careful),
            "rightWhenCareful": rate(right[is_careful]),
            "rightWhenHasty": rate(right[~is_careful]),
        }

    families = {family: counts(family) for family in FAMILIES}
    return {"temperature": temperature, **counts(None), "families": families}


# --- the stage ---------------------------------------------------------------------------------------------


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="forethought_trainer pretrain", description="Pretrain the tiny base and export it."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    parser.add_argument(
        "--work", type=Path, required=True, help="folder for the checkpoint; a run found there goes on"
    )
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--rows", type=int, default=ROWS, help="questions a step")
    parser.add_argument("--learning-rate", type=float, default=LEARNING_RATE)
    parser.add_argument("--devices", type=int, default=2, help="CPU cores to split a batch over")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args(argv)

    # Both must be set before JAX looks for its devices.
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_prefer_vector_width=512")
    jax.config.update("jax_num_cpu_devices", args.devices)
    assert args.rows % args.devices == 0, "each device takes the same number of rows"

    started = time.monotonic()
    args.work.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer(args.work / "tokenizer.model")
    model = new_model(TINY, args.seed)
    optimizer = new_optimizer(model, args.steps, args.learning_rate)
    print(
        f"{parameter_count(model):,} parameters, {args.steps} steps of {args.rows} questions, seed {args.seed}",
        flush=True,
    )

    checkpoint = args.work / "checkpoint.npz"
    first = load_checkpoint(checkpoint, model, optimizer) if checkpoint.is_file() else 0
    split_rows = spread_over_devices(model, optimizer)
    validation = distinct("validation", args.seed, 300)

    for step in range(first, args.steps):
        batch = make_batch(tokenizer, args.seed, step, args.rows)
        arrays = (batch.ids, batch.branch, batch.positions, batch.weights)
        loss = train_step(model, optimizer, *jax.device_put(arrays, split_rows))
        if step == first or (step + 1) % 50 == 0:
            value = float(loss)
            assert np.isfinite(value), f"the loss became {value} at step {step + 1}"
            print(f"step {step + 1}  loss {value:.4f}  {time.monotonic() - started:.0f} s", flush=True)
        if (step + 1) % 200 == 0 or step + 1 == args.steps:
            save_checkpoint(checkpoint, model, optimizer, step + 1)
        if (step + 1) % 400 == 0:
            print(json.dumps(measure(model, tokenizer, validation[:120], 1.0)), flush=True)

    # Rounded to float16 on the way out: what is measured, and what llama.cpp gets, is what the file holds.
    write_hf(model, args.out, args.work / "tokenizer.model", CONTEXT)
    model, _, tokenizer = load_base(args.out)
    measured = {
        "set": f"validation, {len(validation)} questions",
        "greedy": measure(model, tokenizer, validation, 0.0),
        "sampled": measure(model, tokenizer, validation, 1.0),
    }
    command = (
        f"python -m forethought_trainer pretrain --out resources/models/tiny --work <scratch folder> "
        f"--steps {args.steps} --rows {args.rows} --learning-rate {args.learning_rate:g} --devices {args.devices} --seed {args.seed}"
    )
    manifest = publish(args.out, parameter_count(model), args.seed, command, measured)
    print(json.dumps(manifest, indent=1), flush=True)


if __name__ == "__main__":
    main()
