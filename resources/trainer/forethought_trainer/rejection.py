"""The stage `rejection`: completions are sampled and scored, and those that may are kept as rows to train on.

    python -m forethought_trainer rejection --job <folder>

All samples are rollouts and are kept in sampled/samples.jsonl as they come; traces.jsonl holds the kept ones, as `sft`
reads them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from forethought_trainer import artifact, job
from forethought_trainer.answers import (
    Answer,
    Asking,
    Draw,
    Journal,
    batches,
    load_generator,
    plan_of,
    write_lines,
)
from forethought_trainer.data import TrainingRow, check_lengths, check_turns, read_rows, teaches
from forethought_trainer.exam import Grader
from forethought_trainer.failures import Failure
from forethought_trainer.formats.bases import open_base, open_tokenizer
from forethought_trainer.plan import Plan
from forethought_trainer.reward_client import RewardServer
from forethought_trainer.rollouts import RolloutFile
from forethought_trainer.spec import Generation, RejectionSpec, file_sha256
from forethought_trainer.spec.rejection import Keep


def main(argv: list[str]) -> int:
    return job.main("rejection", argv, "Sample completions and keep those that a suite lets pass.")


def prepare(spec: RejectionSpec, folder: Path) -> list[TrainingRow]:
    """The rows; every prompt fits and has its turns."""
    rows = read_rows(spec.data, folder, spec.seed)
    tokenizer = open_tokenizer(open_base(folder / spec.base.path))
    check_lengths(rows, tokenizer, spec.rollout.max_prompt_tokens)
    check_turns(rows, tokenizer, spec.prompt.family)
    return rows


def draw_of(spec: RejectionSpec) -> Draw:
    r = spec.rollout
    lengths = Generation(r.max_prompt_tokens, r.max_completion_tokens, spec.batch_size)
    return Draw(lengths, r, spec.samples_per_prompt, spec.seed)


def make_plan(spec: RejectionSpec, folder: Path, inputs: list[TrainingRow]) -> Plan:
    keep = spec.keep
    least = "" if keep.min_total is None else f" from {keep.min_total:g} up"
    right = " that are right" if keep.correct_only else ""
    text = [
        f"{len(inputs)} prompts x {spec.samples_per_prompt} completions = {len(inputs) * spec.samples_per_prompt} "
        f"rollouts; the best {keep.per_prompt} of a prompt{right}{least} are kept",
        f"rewards from suite {spec.reward_suite.name} {spec.reward_suite.hash[:12]}",
    ]
    steps = batches(len(inputs), spec.batch_size)
    return plan_of(spec, folder, inputs, draw_of(spec), steps, text, "rollout")


def carry_out(run: job.Run, spec: RejectionSpec, inputs: list[TrainingRow]) -> job.Ending:
    journal = Journal(run.place / "sampled" / "samples.jsonl")
    rollouts = RolloutFile(run.folder, run.place, spec.rollout_encoding)
    draw = draw_of(spec)
    with RewardServer(spec.reward_server.command, run.folder, spec.reward_server.timeout_ms) as server:
        grader = Grader(server, spec.reward_suite, [e.completion for e in spec.prompt.examples])
        steps = batches(len(inputs), spec.batch_size)
        asking = Asking(run, "sampling", steps, draw, [journal], grader, rollouts)
        answers = asking.answers(inputs, journal, lambda: load_generator(run, spec, draw.lengths))
    journal.close()
    rollouts.close()
    if not answers:
        return job.Ending(run.stopper.reason or "stopped", asking.step)
    return publish(run, spec, inputs, asking, answers)


def publish(
    run: job.Run, spec: RejectionSpec, rows: list[TrainingRow], asking: Asking, answers: list[Answer]
) -> job.Ending:
    """The traces; where nothing may be kept the run fails, for whoever trains on them would have nothing. One that was cut might
    have kept something of what it had not asked yet: its end is the cut."""
    tokenizer = open_tokenizer(open_base(run.folder / spec.base.path))
    limit, samples = spec.rollout.max_completion_tokens, spec.samples_per_prompt
    kept, dropped = choose(answers, samples, spec.keep, limit, lambda text: not teaches(text, tokenizer))
    reasons = ", ".join(f"{count} {reason}" for reason, count in dropped.most_common())
    words = f"{len(kept)} of {len(answers)} completions are kept" + (
        f"; dropped: {reasons}" if reasons else ""
    )
    reason = (run.stopper.reason or "stopped") if asking.cut else "completed"
    nothing = f"Nothing is left to train on: {words}."
    if not kept and asking.cut:
        asked = f"{len(answers) // samples} of {len(rows)} prompts"
        return job.Ending(
            reason, asking.step, None, f"{nothing} It was cut after {asked} ({reason}): more time may help."
        )
    if not kept:
        raise Failure("nothing-kept", f"{nothing} More samples or a lower bar may help.")

    def fill(folder: Path) -> None:
        write_lines(folder / "traces.jsonl", [trace(answer) for answer in kept])

    spec_sha256, name = file_sha256(run.folder / "spec.json"), run.prefix + "traces"
    manifest = artifact.describe(spec, spec_sha256, name, "traces", asking.step)
    manifest |= {
        "complete": not asking.cut,
        "prompts": len(rows),
        "answered": len(answers) // samples,
        "samples": len(answers),
        "traces": len(kept),
        "promptsWithTraces": len({id(answer.row) for answer in kept}),
        "dropped": dict(dropped),
    }
    artifact.publish_once(run.log, run.folder / "artifacts", fill, manifest)
    return job.Ending(reason, asking.step, name, f"{words}.")


def choose(
    answers: Sequence[Answer], samples: int, keep: Keep, limit: int, unusable: Callable[[str], bool]
) -> tuple[list[Answer], Counter[str]]:
    """The completions that become traces, a prompt's best first, and how many of the others were dropped why.

    answers: a prompt's `samples` side by side. limit: tokens at which a completion was cut off; one that was cut
    would teach never to end. unusable: whether a text cannot be trained on.
    """
    kept: list[Answer] = []
    dropped: Counter[str] = Counter()
    for first in range(0, len(answers), samples):
        fit: dict[str, Answer] = {}
        for answer in sorted(answers[first : first + samples], key=total_of, reverse=True):
            reason = fault(answer, keep, limit, unusable)
            if reason is None and answer.completion.text in fit:
                reason = "said before"
            if reason is None and len(fit) == keep.per_prompt:
                reason = "not among the best"
            if reason is None:
                fit[answer.completion.text] = answer
            else:
                dropped[reason] += 1
        kept += fit.values()
    return kept, dropped


def total_of(answer: Answer) -> float:
    assert answer.score
    return answer.score.total


def fault(answer: Answer, keep: Keep, limit: int, unusable: Callable[[str], bool]) -> str | None:
    """Why a completion cannot be a trace, whatever the others are like."""
    assert answer.score
    if answer.completion.tokens >= limit:
        return "cut off"
    if unusable(answer.completion.text):
        return "empty or with marks of turns"
    if keep.correct_only and answer.score.verdict != "correct":
        return "not right"
    if keep.min_total is not None and answer.score.total < keep.min_total:
        return "below the bar"
    return None


def trace(answer: Answer) -> dict[str, Any]:
    """A line of traces.jsonl."""
    assert answer.score
    return {
        "row": answer.row.row,
        "prompt": answer.row.prompt,
        "completion": answer.completion.text,
        "total": answer.score.total,
        "verdict": answer.score.verdict,
        "parts": answer.score.parts,
    }
