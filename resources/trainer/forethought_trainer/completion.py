"""A completion, whoever sampled it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Completion:
    """tokens: how many, the end token not counted; so many as the limit means cut off."""

    text: str
    tokens: int
