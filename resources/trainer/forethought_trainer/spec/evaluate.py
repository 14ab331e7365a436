"""The spec of a job of kind evaluate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from forethought_trainer.checked import SpecError, shown
from forethought_trainer.spec.blocks import Generation, Header, QuestionSet, RewardServer, RewardSuite
from forethought_trainer.spec.files import check_data, check_model
from forethought_trainer.spec.rules import check_rewards, check_sources

# A set's name is its file's name too: no folder, not hidden, and with its ending at most 255 bytes.
SET_NAME = re.compile(r"[^/.\x00-\x1f][^/\x00-\x1f]*")
LONGEST_NAME = 240


@dataclass(frozen=True, kw_only=True)
class EvaluateSpec(Header):
    """Sets of questions that a model answers greedily, scored by the suite.

    checkpoints: last: the base with all its adapters. each: also the base alone, and with the first of them, and so on.
    """

    kind: Literal["evaluate"]
    sets: list[QuestionSet]
    generation: Generation
    reward_suite: RewardSuite
    reward_server: RewardServer
    checkpoints: Literal["last", "each"] = "last"

    def check(self) -> None:
        """Rules between fields."""
        check_rewards(self.reward_suite, self.reward_server)
        if not self.sets:
            raise SpecError("sets", "must hold at least one set of questions.")
        names: set[str] = set()
        for i, questions in enumerate(self.sets):
            if not SET_NAME.fullmatch(questions.set) or len(questions.set.encode()) > LONGEST_NAME:
                raise SpecError(
                    f"sets[{i}].set",
                    f"is {shown(questions.set)}; it must be the name of a file: no slash, no dot in front, at most "
                    f"{LONGEST_NAME} bytes.",
                )
            if questions.set in names:
                raise SpecError(f"sets[{i}].set", f"is {questions.set!r}, as an earlier set's.")
            names.add(questions.set)
            check_sources(questions, f"sets[{i}]")

    def check_chain(self) -> None:
        names = ["base", *(adapter.name for adapter in self.base.adapters)]
        if self.checkpoints == "each" and len(set(names)) < len(names):
            raise SpecError(
                "base.adapters", f"have the names {', '.join(names)}: each checkpoint needs its own."
            )

    def check_files(self, folder: Path) -> None:
        g = self.generation
        total = g.max_prompt_tokens + g.max_completion_tokens
        check_model(self, folder, total, "generation.maxCompletionTokens", "and maxPromptTokens are")
        for i, questions in enumerate(self.sets):
            check_data(questions, folder, f"sets[{i}]")
