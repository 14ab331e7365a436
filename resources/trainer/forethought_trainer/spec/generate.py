"""The spec of a job of kind generate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from forethought_trainer.checked import SpecError, number
from forethought_trainer.spec.blocks import Data, Generation, Header, Rollout
from forethought_trainer.spec.files import check_data, check_model
from forethought_trainer.spec.rules import check_sources


@dataclass(frozen=True, kw_only=True)
class GenerateSpec(Header):
    """Completions of prompts, not scored.

    rollout: how they are sampled; null: the likeliest one of each prompt.
    """

    kind: Literal["generate"]
    data: Data
    generation: Generation
    rollout: Rollout | None = None
    samples_per_prompt: Annotated[int, number(low=1, high=1024)] = 1

    def check(self) -> None:
        """Rules between fields."""
        check_sources(self.data, "data")
        if self.rollout is None:
            if self.samples_per_prompt > 1:
                raise SpecError(
                    "samplesPerPrompt",
                    f"is {self.samples_per_prompt}, but rollout is null: the likeliest completion is always the same.",
                )
            return
        for name, field in (
            ("max_prompt_tokens", "maxPromptTokens"),
            ("max_completion_tokens", "maxCompletionTokens"),
        ):
            there, here = getattr(self.generation, name), getattr(self.rollout, name)
            if here != there:
                raise SpecError(f"rollout.{field}", f"is {here}, but generation.{field} is {there}.")

    def check_files(self, folder: Path) -> None:
        g = self.generation
        total = g.max_prompt_tokens + g.max_completion_tokens
        check_model(self, folder, total, "generation.maxCompletionTokens", "and maxPromptTokens are")
        check_data(self.data, folder, "data")
