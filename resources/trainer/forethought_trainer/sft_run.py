"""What one step of SFT is: new rows and rows of before in batches of one shape, and an update. Made by sft.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from forethought_trainer.data import rows_of_step
from forethought_trainer.examples import Example, batch_of
from forethought_trainer.job import Run
from forethought_trainer.reward_client import RewardServer
from forethought_trainer.sft import Inputs
from forethought_trainer.spec import SftSpec
from forethought_trainer.supervised_run import SupervisedRun
from forethought_trainer.tunix_sft import SftSession
from forethought_trainer.validation import Validation


class SftRun(SupervisedRun):
    spec: SftSpec
    session: SftSession

    def __init__(self, run: Run, spec: SftSpec, inputs: Inputs, server: RewardServer | None):
        super().__init__(run, spec, [example.row for example in inputs.data.examples])
        self.inputs = inputs
        self.session = SftSession(spec, self.policy, run.place / "checkpoints")
        self.ready()
        validation = None
        if spec.validation:
            batches = self.cut(inputs.validation.take(range(len(inputs.validation.sequences))))
            rows = len(inputs.validation.examples)
            validation = Validation(self, spec.validation, rows, lambda: self.session.held_out(batches))
        self.measured(server, inputs.held_out, inputs.retention, validation)

    def cut(self, sequences: list[list[Example]]) -> list[dict[str, Any]]:
        """Batches of the size that is computed at once, the last one filled up with empty sequences."""
        t = self.spec.training
        size, pad = t.micro_batch or t.batch_size, self.policy.tokenizer.pad_id()
        return [
            batch_of(sequences[i : i + size], size, t.max_tokens, pad) for i in range(0, len(sequences), size)
        ]

    def parts(self, step: int) -> list[dict[str, Any]]:
        """Rows of before have an order of their own, so that each set is passed through fairly."""
        seed, old, new = self.spec.seed, self.spec.replay_rows, self.inputs.data.sequences
        sequences = self.inputs.data.take(
            rows_of_step(seed, step, self.spec.training.batch_size - old, len(new))
        )
        if old:
            replay = self.inputs.replay
            sequences += replay.take(rows_of_step(f"{seed} replay", step, old, len(replay.sequences)))
        self.note(sequences)
        parts = self.cut(sequences)
        scale = np.asarray(len(parts) / sum(part["mask"].sum() for part in parts), np.float32)
        held = np.split(self.held(len(sequences), old), len(parts))
        return [{**part, "held": rows, "scale": scale} for part, rows in zip(parts, held, strict=True)]

    def held(self, count: int, old: int) -> np.ndarray:
        """(count, 1), 1 for the sequences that the KL is taken over; those of before are the last ones."""
        held = np.ones((count, 1), np.float32)
        if self.spec.guard and self.spec.guard.kl_rows == "replay":
            held[: count - old] = 0
        return held

    def note(self, sequences: Sequence[Sequence[Example]]) -> None:
        """What the step is made of."""
        found = [example for sequence in sequences for example in sequence]
        self.batch = [
            {"row": e.row.row, "prompt": e.row.prompt, "completion": e.row.texts["completion"]} for e in found
        ]
        self.tokens = sum(len(e.ids) for e in found)
        self.values["completion/length_mean"] = sum(e.learned for e in found) / len(found)

    def told(self, values: dict[str, float]) -> str:
        self.values |= {
            "policy/loss": values["loss"],
            "policy/nll": values["nll"],
            "policy/grad_norm": values["grad_norm"],
            "policy/token_accuracy": values["token_accuracy"],
        }
        kl = ""
        if "kl" in values:
            self.values["guard/kl"] = values["kl"]
            kl = f", KL to the start {values['kl']:.4f}"
        return f"loss {values['loss']:.4f}{kl}"
