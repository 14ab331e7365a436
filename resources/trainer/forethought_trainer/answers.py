"""Many prompts answered, batch by batch: what `evaluate`, `generate` and `rejection` have in common.

A step is a batch. Each is on the disk before the next one is begun, so that a restart goes on after the last whole one.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forethought_trainer import metrics, plan
from forethought_trainer.completion import Completion
from forethought_trainer.data import TrainingRow
from forethought_trainer.events import append_whole
from forethought_trainer.exam import Grader
from forethought_trainer.failures import Failure
from forethought_trainer.host_memory import host_metrics
from forethought_trainer.job import Run
from forethought_trainer.reward_client import Score
from forethought_trainer.rollouts import RolloutFile
from forethought_trainer.spec import Generation, Header, Rollout

if TYPE_CHECKING:  # it imports JAX
    from forethought_trainer.generation import Generator

# A duration is told once it does not hold the compilation any more.
ESTIMATE_AFTER = 3


@dataclass(frozen=True)
class Answer:
    """sample: which of the row's completions it is, from 0. score: None where nobody scores."""

    row: TrainingRow
    sample: int
    completion: Completion
    score: Score | None

    def kept(self) -> dict[str, Any]:
        """As the journal keeps it; the row is found again by its place in the batch."""
        said = {"rowId": self.row.id, "sample": self.sample, **asdict(self.completion)}
        return said | ({"score": asdict(self.score)} if self.score else {})

    @staticmethod
    def read(row: TrainingRow, kept: dict[str, Any]) -> Answer:
        score = Score(**kept["score"]) if "score" in kept else None
        return Answer(row, kept["sample"], Completion(kept["text"], kept["tokens"]), score)

    def line(self, limit: int) -> dict[str, Any]:
        """As a published file says it, without the row."""
        c = self.completion
        said = {"prompt": self.row.prompt, "completion": c.text, "tokens": c.tokens}
        said |= {"truncated": c.tokens >= limit}
        if self.score is None:
            return said
        s = self.score
        return said | {
            "total": s.total,
            "parts": s.parts,
            "verdict": s.verdict,
            "extracted": s.extracted,
            "why": s.why,
        }


class Journal:
    """A file that keeps answers, a batch a line; what a killed process has left of a line is cut off."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.truncate(path, len(whole))
        lines = [json.loads(line) for line in whole.splitlines()]
        self.path = path
        self.batches: dict[int, list[dict[str, Any]]] = {line["step"]: line["answers"] for line in lines}
        self._fd = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o644)

    @property
    def last(self) -> int:
        return max(self.batches, default=0)

    def append(self, step: int, answers: list[dict[str, Any]]) -> None:
        line = {"step": step, "answers": answers}
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        append_whole(self._fd, text.encode() + b"\n")

    def close(self) -> None:
        os.close(self._fd)


@dataclass(frozen=True)
class Draw:
    """How prompts are answered: the likeliest completion of each where `rollout` is None, else `samples` draws."""

    lengths: Generation
    rollout: Rollout | None
    samples: int
    seed: int


class Asking:
    """Batches under way, through all the rows of a job, from one journal after the other."""

    def __init__(
        self,
        run: Run,
        phase: str,
        total_steps: int,
        draw: Draw,
        journals: Sequence[Journal],
        grader: Grader | None = None,
        rollouts: RolloutFile | None = None,
    ):
        """rollouts: gets every answer too, with its score."""
        self.run, self.phase, self.draw = run, phase, draw
        self.grader, self.rollouts = grader, rollouts
        self.step = 0
        self.cut = False  # the run had to end before all was answered
        self._total = run.progress.total_steps = total_steps
        # Nobody knows whether the last batch that was kept was told as well: it is told again.
        self._told_before = max((journal.last for journal in journals), default=0) - 1
        self._asked = 0

    @property
    def telling(self) -> bool:
        """False while a restart goes over batches that were told already."""
        return self.step > self._told_before

    def answers(
        self, rows: Sequence[TrainingRow], journal: Journal, load: Callable[[], Generator]
    ) -> list[Answer]:
        """Those of all rows in their order, a row's side by side; fewer where the run is cut.

        load: gives the model that answers; not called where the journal has all.
        """
        found: list[Answer] = []
        size = self.draw.lengths.batch_size
        for first in range(0, len(rows), size):
            if self.cut:
                break
            batch = [row for row in rows[first : first + size] for _ in range(self.draw.samples)]
            kept = journal.batches.get(self.step + 1)
            if kept is None and self.run.stopper.now():
                self.cut = True
                break
            self.step += 1
            found += self._ask(batch, journal, load) if kept is None else self._again(batch, kept, journal)
        return found

    def _again(self, batch: list[TrainingRow], kept: list[dict[str, Any]], journal: Journal) -> list[Answer]:
        if [row.id for row in batch] != [answer["rowId"] for answer in kept]:
            raise Failure(
                "spec",
                f"{journal.path} holds answers to other rows than the job's: its spec was changed after it had begun. "
                "Make a new job.",
            )
        answers = [Answer.read(row, answer) for row, answer in zip(batch, kept, strict=True)]
        self.run.progress.step = self.step
        if self.telling:
            self._tell(answers, {})
        return answers

    def _ask(self, batch: list[TrainingRow], journal: Journal, load: Callable[[], Generator]) -> list[Answer]:
        began = time.perf_counter()
        generator = load()
        from forethought_trainer.compiles import CompileWatch  # imports JAX, which is there by now

        first = self._asked == 0
        compiles = CompileWatch() if first else None
        self.run.log.phase(
            "compiling" if first else self.phase,
            f"batch {self.step} of {self._total}" + (", compiling" if first else ""),
        )
        sampling = time.perf_counter()
        prompts = [row.prompt for row in batch]
        if self.draw.rollout is None:
            completions = generator.greedy(prompts)
        else:
            completions = generator.sample(prompts, self.draw.rollout, self.draw.seed, self.step)
        seconds = time.perf_counter() - sampling
        values = {
            "perf/rollout_s": seconds,
            "perf/tokens_per_s": sum(completion.tokens for completion in completions) / seconds,
        }
        scores: Sequence[Score | None] = [None] * len(batch)
        if self.grader:
            scoring = time.perf_counter()
            limit = self.draw.lengths.max_completion_tokens
            scores = self.grader.score(batch, completions, limit, self.draw.samples)
            values["perf/reward_s"] = time.perf_counter() - scoring
        answers = [
            Answer(row, i % self.draw.samples, completion, score)
            for i, (row, completion, score) in enumerate(zip(batch, completions, scores, strict=True))
        ]
        journal.append(self.step, [answer.kept() for answer in answers])
        elapsed = values["perf/step_s"] = time.perf_counter() - began
        self._tell(answers, values)
        self._asked += 1
        if compiles:  # what is left of the first one without it counts until there is a second one
            compiles.close()
            self.run.stopper.expects("step", max(0.0, time.perf_counter() - sampling - compiles.seconds))
        else:
            self.run.stopper.needs("step", elapsed)
        if self._asked == ESTIMATE_AFTER:
            left = (self._total - self.step) * elapsed
            self.run.log.write("estimate", step=self.step, secondsPerStep=elapsed, secondsLeft=left)
        return answers

    def _tell(self, answers: list[Answer], values: dict[str, float]) -> None:
        """Metrics of a batch, and its rollouts. values: times, of a batch that was answered by this process."""
        samples, limit = self.draw.samples, self.draw.lengths.max_completion_tokens
        values |= metrics.text_metrics(
            [answer.completion.text for answer in answers],
            [answer.row.id for answer in answers],
            self.grader.examples if self.grader else (),
        )
        values |= metrics.length_metrics([answer.completion.tokens for answer in answers], limit)
        scores = [answer.score for answer in answers if answer.score]
        if self.grader:
            values |= metrics.reward_metrics(scores, samples, self.grader.format_parts)
            if samples == 1:  # one has no spread
                values.pop("reward/zero_std_frac")
        if self.rollouts:
            self.run.log.write(
                "rollouts", step=self.step, **self.rollouts.append(self._lines(answers, scores))
            )
        self.run.progress.step = self.step
        self.run.log.write("metrics", step=self.step, values=values | host_metrics())
        reward = f"reward {values['reward/total/mean']:.3f}, " if scores else ""
        length = values["completion/length_mean"]
        print(f"batch {self.step} of {self._total}: {reward}length {length:.0f}", flush=True)

    def _lines(self, answers: list[Answer], scores: list[Score]) -> list[dict[str, Any]]:
        """advantage: how far a total is above the mean of its prompt's; nothing is trained by it."""
        samples, limit = self.draw.samples, self.draw.lengths.max_completion_tokens
        gains = metrics.advantages([score.total for score in scores], samples, "drgrpo")
        return [
            {
                "step": self.run.first_step + self.step,
                "group": i // samples,
                "sample": answer.sample,
                "rowId": answer.row.id,
                **answer.line(limit),
                "advantage": float(gains[i]),
            }
            for i, answer in enumerate(answers)
        ]


def batches(rows: int, size: int) -> int:
    """How many batches so many rows make."""
    return -(-rows // size)


def plan_of(
    spec: Header,
    folder: Path,
    rows: Sequence[TrainingRow],
    draw: Draw,
    steps: int,
    text: list[str],
    where: str,
) -> plan.Plan:
    """What answering these rows takes. where: the block that says how long prompts and completions may be."""
    g, r = draw.lengths, draw.rollout
    how = "the likeliest completion of each"
    if r:
        top_k = "all tokens" if r.top_k is None else f"top-k {r.top_k}"
        how = f"{draw.samples} of each at temperature {r.temperature:g}, top-p {r.top_p:g}, {top_k}; seed {draw.seed}"
    lengths = f"up to {g.max_completion_tokens} tokens after prompts of up to {g.max_prompt_tokens}"
    made = plan.make_plan(
        spec,
        folder,
        None,
        [*text, f"{how}, {lengths}, {g.batch_size} at once"],
        steps=steps,
        rows_at_once=g.batch_size,
        rows_per_step=g.batch_size * draw.samples,
        tokens_per_row=g.max_prompt_tokens + g.max_completion_tokens,
    )
    field = f"{where}.maxPromptTokens"
    made.findings += plan.padding_of_prompts(spec, folder, rows, g.max_prompt_tokens, field)
    return made


def load_generator(run: Run, spec: Header, lengths: Generation) -> Generator:
    """The spec's model, ready to answer."""
    from forethought_trainer.generation import Generator
    from forethought_trainer.policy import Policy

    names = [spec.base.model_id, *(adapter.name for adapter in spec.base.adapters)]
    run.log.phase("loading", f"loading {' + '.join(names)}")
    return Generator(Policy(spec, run.folder, None), lengths)


def write_lines(path: Path, lines: Sequence[dict[str, Any]]) -> None:
    """A JSONL file."""
    with path.open("w", encoding="utf-8") as f:
        for line in lines:
            f.write(json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n")
