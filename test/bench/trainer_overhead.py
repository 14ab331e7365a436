"""What the trainer's stage costs beside Tunix: a bare script and `grpo` on the same model, rows, seeds and rewards.

    <python of the trainer> test/bench/trainer_overhead.py [--blocks 8] [--block-steps 5]

Three processes take turns, a block of steps each, so that all see the same load of the machine. Each block ends when
the device is idle. The bare script is the shortest loop that Tunix allows and scores in its own process; the stage has
everything on: reward server, rollouts and metrics written, heartbeat, checks; the third only samples, by Tunix's own
sampler. The learning rate is next to nothing, so that all three must produce the same texts, else the comparison means
nothing. The last line is JSON: wall time of a step and its ratio by blocks; the ratio of processor time, children
included, over all blocks together, which other work on the machine disturbs less; completion tokens a second of the
stage's rollouts beside the sampler's; and the share of a step that scoring takes, by a server that does next to nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

REPOSITORY = Path(__file__).resolve().parents[2]
TRAINER = REPOSITORY / "resources" / "trainer"
TINY = REPOSITORY / "resources" / "models" / "tiny"
sys.path.insert(0, str(TRAINER))

SUITE = {
    "name": "bench",
    "version": 1,
    "structure": "four-step@1",
    "parts": [{"id": "shape", "fn": "structure", "weight": 1}],
}
WARM_UP_BLOCKS = 2  # the first one compiles
ROLES = ("bare", "stage", "sampler")
MOST_OVERHEAD = 1.02
LEARNING_RATE = 1e-9


def score(text: str) -> float:
    """Any pure function of the text that has spread: closed tags, and a little for bytes."""
    return float(("</reasoning>" in text) + ("</answer>" in text)) + sum(text.encode()) % 7 / 14


# --- the turn-taking ----------------------------------------------------------------------------------------


class Turns:
    """A child's side: waits for its turn at the start of each block, says so when a block is done."""

    def __init__(self, block: int, fd: int):
        self._block = block
        self._fd = fd
        self._step = 0
        self.texts = hashlib.sha256()
        self.tokens = 0

    def step(self, idle: Any) -> None:
        """Called at the start of every step; `idle` waits for the device."""
        if self._step % self._block == 0:
            if self._step:
                idle()
            said = {"texts": self.texts.hexdigest(), "tokens": self.tokens}
            os.write(self._fd, (json.dumps(said) + "\n").encode())
            if not sys.stdin.readline():
                sys.exit(0)
        self._step += 1


def child(role: str, job: Path, block: int) -> tuple[Any, Any]:
    reader, writer = os.pipe()
    command = [
        sys.executable,
        __file__,
        "--role",
        role,
        "--job",
        str(job),
        "--block-steps",
        str(block),
        "--fd",
        str(writer),
    ]
    env = {"JAX_PLATFORMS": "cpu", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.5", **os.environ}
    process = subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, pass_fds=[writer]
    )
    os.close(writer)
    return process, os.fdopen(reader)


# --- the two loops ------------------------------------------------------------------------------------------


def bare(job: Path, turns: Turns) -> None:
    """Tunix as its examples use it, with the stage's order of rows and seeds so that the work is the same."""
    import jax
    import numpy as np
    import optax
    from flax import nnx
    from tunix.rl import rl_cluster
    from tunix.rl.grpo.grpo_learner import GRPOConfig, GRPOLearner
    from tunix.rl.rollout import base_rollout

    from forethought_trainer.data import read_rows, rows_of_step, sampling_seed
    from forethought_trainer.load_base import load_base, single_device_mesh
    from forethought_trainer.policy import add_lora, end_tokens
    from forethought_trainer.spec import read_spec

    spec = read_spec(job)
    rows = read_rows(spec.data, job, spec.seed)
    t, r = spec.training, spec.rollout
    mesh = single_device_mesh()
    base, _, tokenizer = load_base(spec.base.path, mesh)
    model = add_lora(base, spec.lora, spec.seed, mesh)
    rollout = base_rollout.RolloutConfig(
        max_tokens_to_generate=r.max_completion_tokens,
        max_prompt_length=r.max_prompt_tokens,
        kv_cache_size=r.max_prompt_tokens + r.max_completion_tokens,
        temperature=r.temperature,
        top_p=r.top_p,
        top_k=r.top_k,
        eos_tokens=end_tokens(tokenizer),
    )
    roles = (rl_cluster.Role.ACTOR, rl_cluster.Role.REFERENCE, rl_cluster.Role.ROLLOUT)
    cluster = rl_cluster.RLCluster(
        actor=model,
        reference=base,
        tokenizer=tokenizer,
        cluster_config=rl_cluster.ClusterConfig(
            role_to_mesh=dict.fromkeys(roles, mesh),
            training_config=rl_cluster.RLTrainingConfig(
                actor_optimizer=optax.chain(
                    optax.clip_by_global_norm(t.grad_clip),
                    optax.adamw(t.learning_rate, b1=0.9, b2=0.99, weight_decay=0.0),
                ),
                eval_every_n_steps=10**9,
                max_steps=t.steps,
                mini_batch_size=t.prompts_per_step,
                train_micro_batch_size=t.prompts_per_step,
            ),
            rollout_config=rollout,
        ),
    )

    def reward(prompts: list[str], completions: list[str], **_: Any) -> list[float]:
        for text in completions:
            turns.texts.update(text.encode())
        return [score(text) for text in completions]

    config = GRPOConfig(
        num_generations=t.group_size, beta=t.beta, epsilon=t.epsilon, kl_loss_mode="low_var_kl"
    )
    learner = GRPOLearner(rl_cluster=cluster, algo_config=config, reward_fns=[reward])

    def idle() -> None:
        jax.block_until_ready(nnx.state(cluster.actor_trainer.model, nnx.LoRAParam))

    def batches() -> Iterator[dict[str, Any]]:
        for step in range(1, t.steps + 1):
            turns.step(idle)
            rollout.seed = sampling_seed(spec.seed, step)  # type: ignore[assignment]
            yield {
                "prompts": np.array(
                    [rows[i].prompt for i in rows_of_step(spec.seed, step, t.prompts_per_step, len(rows))]
                )
            }

    learner.train(batches())


def stage(job: Path, turns: Turns) -> None:
    """The stage itself; only the start of a step waits for its turn."""
    from forethought_trainer import grpo
    from forethought_trainer.grpo_run import GrpoRun

    batches, reward = GrpoRun.batches, GrpoRun.reward

    def gated(self: Any) -> Iterator[dict[str, Any]]:
        inner = batches(self)
        while True:
            turns.step(lambda: None)  # the stage itself waits for each update
            batch = next(inner, None)
            if batch is None:
                return
            yield batch

    def watched(self: Any, texts: list[str], indices: list[int]) -> list[float]:
        for text in texts:
            turns.texts.update(text.encode())
        return reward(self, texts, indices)

    GrpoRun.batches, GrpoRun.reward = gated, watched  # type: ignore[method-assign]
    sys.exit(grpo.main(["--job", str(job)]))


def sampler(job: Path, turns: Turns) -> None:
    """Tunix's sampler alone, asked for the completions of each step."""
    from tunix.generate import sampler as tunix

    from forethought_trainer.data import read_rows, rows_of_step, sampling_seed
    from forethought_trainer.policy import Policy
    from forethought_trainer.spec import read_spec

    spec = read_spec(job)
    rows = read_rows(spec.data, job, spec.seed)
    t, r = spec.training, spec.rollout
    policy = Policy(spec, job, spec.lora)
    config = policy.config
    cache = tunix.CacheConfig(
        cache_size=r.max_prompt_tokens + r.max_completion_tokens,
        num_layers=config.num_layers,
        num_kv_heads=config.num_kv_heads,
        head_dim=config.head_dim,
    )
    ask = tunix.Sampler(policy.model, policy.tokenizer, cache)
    for step in range(1, t.steps + 1):
        turns.step(lambda: None)
        indices = rows_of_step(spec.seed, step, t.prompts_per_step, len(rows))
        with policy.mesh:
            output = ask(
                [rows[i].prompt for i in indices for _ in range(t.group_size)],
                max_generation_steps=r.max_completion_tokens,
                max_prompt_length=r.max_prompt_tokens,
                eos_tokens=policy.end_tokens,
                temperature=r.temperature,
                top_p=r.top_p,
                top_k=r.top_k,
                seed=sampling_seed(spec.seed, step),
            )
        for text, ids in zip(output.text, output.tokens, strict=True):
            turns.texts.update(str(text).encode())
            turns.tokens += len(ids)


def serve() -> None:
    """The stage's reward server: the same function behind JSON lines."""
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "load":
            answer: dict[str, Any] = {"ok": True, "hash": "0" * 64, "min": 0.0, "max": 3.0}
        else:
            results = []
            for item in request["items"]:
                total = score(item["completion"])
                results.append(
                    {"total": total, "parts": {"shape": total}, "verdict": "not-applicable", "why": {}}
                )
            answer = {"id": request["id"], "results": results}
        print(json.dumps(answer), flush=True)


# --- the parent ---------------------------------------------------------------------------------------------


def prompt(row: dict[str, Any]) -> str:
    """Near enough to the product's own rendering for a comparison of times."""
    options = "".join(
        f"\n{letter}) {choice}" for letter, choice in zip("ABCDEFGH", row["choices"] or (), strict=False)
    )
    return f"<start_of_turn>user\n{row['question']}{options}<end_of_turn>\n<start_of_turn>model\n"


def make_job(folder: Path, base: Path, tasks: Path, preset: dict[str, Any], steps: int) -> Path:
    from forethought_trainer.spec import base_identity, file_sha256

    folder.mkdir(parents=True)
    rows = [json.loads(line) for line in (tasks / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    data = folder / "train.jsonl"
    data.write_text(
        "".join(json.dumps({"row": row, "prompt": prompt(row)}) + "\n" for row in rows), encoding="utf-8"
    )
    sha256 = file_sha256(data)
    spec = {
        "version": 1,
        "jobId": "00000000-0000-7000-8000-000000000000",
        "kind": "grpo",
        "name": "overhead",
        "base": {"modelId": "tiny-gemma2", "path": str(base), "sha256": base_identity(base)},
        "data": {"snapshot": sha256, "path": "train.jsonl", "sha256": sha256, "count": len(rows)},
        "prompt": {
            "id": "tiny-plain@1",
            "family": "gemma",
            "instruction": None,
            "examples": [],
            "choicesStyle": "letters",
        },
        "rewardSuite": {"name": "bench", "hash": "0" * 64, "suite": SUITE},
        "rewardServer": {"command": [sys.executable, __file__, "--serve"], "timeoutMs": 60000},
        "lora": preset["lora"],
        "training": {
            **preset["training"],
            "steps": steps,
            "learningRate": LEARNING_RATE,
            "schedule": "constant",
            "warmupFraction": 0,
            "klEstimator": "k3",
        },
        "rollout": preset["rollout"],
        "limits": {"deadlineMs": None, "checkpointEveryMs": 60000},
        "seed": 7,
        "env": {"requirementsLockSha256": None, "trainerSha256": None},
    }
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    return folder


def cpu_seconds(process: subprocess.Popen[str]) -> float:
    """Processor time of a process and of its living children so far."""
    root = psutil.Process(process.pid)
    times = [one.cpu_times() for one in (root, *root.children(recursive=True))]
    return sum(t.user + t.system for t in times)


def compare(jobs: dict[str, Path], blocks: int, block_steps: int) -> dict[str, Any]:
    """Median seconds a step for each role, over blocks that were run in turns."""
    children = {role: child(role, job, block_steps) for role, job in jobs.items()}
    seconds: dict[str, list[float]] = {role: [] for role in jobs}
    cpu = dict.fromkeys(jobs, 0.0)
    sampled = 0

    def told(role: str) -> dict[str, Any]:
        process, turn = children[role]
        line = turn.readline()
        if not line:
            raise SystemExit(f"the {role} process ended before its time with code {process.wait()}")
        return json.loads(line)

    said = {role: told(role) for role in jobs}  # they are ready for their first block
    for block in range(WARM_UP_BLOCKS + blocks):
        for role in jobs if block % 2 else reversed(jobs):
            process, _ = children[role]
            used, before = cpu_seconds(process), said[role]["tokens"]
            began = time.perf_counter()
            process.stdin.write("go\n")
            process.stdin.flush()
            said[role] = told(role)
            took = (time.perf_counter() - began) / block_steps
            used = (cpu_seconds(process) - used) / block_steps
            print(
                f"block {block} {role:7s} {took:.3f} s a step, {used:.3f} s of processor",
                file=sys.stderr,
                flush=True,
            )
            if block >= WARM_UP_BLOCKS:
                seconds[role].append(took)
                cpu[role] += used
                sampled += said[role]["tokens"] - before
    for process, _ in children.values():
        process.stdin.close()
        process.kill()
        process.wait()
    ratio = statistics.median(s / b for s, b in zip(seconds["stage"], seconds["bare"], strict=True))
    rollouts, reward_share = shares(jobs["stage"], WARM_UP_BLOCKS * block_steps)
    alone = sampled / (sum(seconds["sampler"]) * block_steps)
    return {
        "bareStepS": round(statistics.median(seconds["bare"]), 4),
        "stageStepS": round(statistics.median(seconds["stage"]), 4),
        "ratio": round(ratio, 4),
        "cpuRatio": round(cpu["stage"] / cpu["bare"], 4),
        "rolloutTokensPerS": round(rollouts),
        "samplerTokensPerS": round(alone),
        "rolloutRatio": round(rollouts / alone, 4),
        "rewardShare": round(reward_share, 5),
        "steps": blocks * block_steps,
        "sameTexts": len({words["texts"] for words in said.values()}) == 1,
    }


def shares(job: Path, after: int) -> tuple[float, float]:
    """Of the stage's own metrics after so many steps: completion tokens a second of sampling, and scoring's share of the steps."""
    from forethought_trainer.events import decode

    told = [decode(line) for line in (job / "events.jsonl").read_bytes().splitlines(keepends=True)]
    steps = [event["values"] for event in told if event["kind"] == "metrics" and event["step"] > after]
    tokens = sum(step["perf/tokens_per_s"] * step["perf/rollout_s"] for step in steps)
    rollout, reward, whole = (
        sum(step[f"perf/{name}_s"] for step in steps) for name in ("rollout", "reward", "step")
    )
    return tokens / rollout, reward / whole


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--base", type=Path, default=TINY)
    parser.add_argument("--tasks", type=Path, default=TINY / "tasks")
    parser.add_argument("--blocks", type=int, default=8)
    parser.add_argument("--block-steps", type=int, default=5)
    parser.add_argument("--role", choices=ROLES, help=argparse.SUPPRESS)
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return 0
    if options.role:
        turns = Turns(options.block_steps, options.fd)
        {"bare": bare, "stage": stage, "sampler": sampler}[options.role](options.job, turns)
        return 0
    preset = json.loads(
        (REPOSITORY / "resources" / "presets" / "think-first-tiny.json").read_text(encoding="utf-8")
    )["settings"]
    steps = (WARM_UP_BLOCKS + options.blocks + 1) * options.block_steps
    with tempfile.TemporaryDirectory() as folder:
        jobs = {
            role: make_job(Path(folder) / role, options.base.resolve(), options.tasks, preset, steps)
            for role in ROLES
        }
        found = compare(jobs, options.blocks, options.block_steps)
    print(
        f"a step takes {found['ratio']:.3f} of a bare Tunix script's time (at most {MOST_OVERHEAD}), {found['cpuRatio']:.3f} of its "
        f"processor time; rollouts {found['rolloutTokensPerS']} tokens/s, {found['rolloutRatio']:.2f} of Tunix's sampler alone; "
        f"scoring {found['rewardShare']:.2%} of a step; {'the same' if found['sameTexts'] else 'OTHER'} texts"
    )
    print(json.dumps(found))
    return 0 if found["ratio"] <= MOST_OVERHEAD and found["sameTexts"] else 1


if __name__ == "__main__":
    sys.exit(main())
