"""What keeps a model from forgetting while it learns something else; each part can be left out. Used by sft and dpo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from forethought_trainer.checked import number, text
from forethought_trainer.spec.blocks import Data, HeldOut


@dataclass(frozen=True, kw_only=True)
class Replay(Data):
    """Rows of what was learned before, with completions; `share` of each batch is drawn from them (Robins 1995)."""

    share: Annotated[float, number(low=0, high=0.9)]


@dataclass(frozen=True, kw_only=True)
class Retention(HeldOut):
    """Questions that the policy can answer at the start, asked again every so many steps.

    maxDrop: the run ends when the share of right answers lies lower than at the start by more than this and the
        exact McNemar test says p < alpha. Where no answer can be checked it is the mean reward, as a share of the
        suite's range, and a sign-flip test of the paired rewards. null only measures.
    """

    max_drop: Annotated[float | None, number(low=0, high=1)] = None
    alpha: Annotated[float, number(above=0, high=0.5)] = 0.05
    set: Annotated[str, text(longest=100)] = "retention"


@dataclass(frozen=True)
class Guard:
    """klWeight: weight of the KL to the starting policy, which is the base with its adapters, and with lora.start where there is one.

    klEstimator: k3 takes exp(d) - d - 1 at the completion's own tokens, d = log start - log policy. Those tokens
        are not the policy's: on them it mostly slows learning down, and holds on to what replay rows say. full
        is the KL from start to policy over the whole vocabulary (Li & Hoiem 2016, arXiv 1606.09282), which also
        holds what no row says; it keeps one more copy of the logits.
    klRows: the rows whose completions it is taken over. On new rows it holds on to what they are meant to change; with
        replay, the rows of before alone keep it (Buzzega et al. 2020, arXiv 2004.07211). It is a mean over all
        completion tokens of the step, so that it weighs as much as those rows are of the batch.
    """

    replay: Replay | None = None
    kl_weight: Annotated[float | None, number(above=0, high=100)] = None
    kl_estimator: Literal["k3", "full"] = "k3"
    kl_rows: Literal["all", "replay"] = "all"
    retention: Retention | None = None


@dataclass(frozen=True)
class DpoGuard:
    """The part of the guard that any way of training can have."""

    retention: Retention | None = None
