"""What can go wrong in a run, by class: the `class` of a `failure` event and the sentence that goes with it.

Used by every stage; imports nothing heavy, so that a failure can be named before JAX is there.
"""

from __future__ import annotations

import errno

from forethought_trainer.formats.adapters import UnsupportedAdapter
from forethought_trainer.formats.architecture import UnsupportedBase
from forethought_trainer.formats.merge import Overflow

CLASSES = (
    *("spec", "environment", "reward", "numerics", "nothing-kept"),
    *("disk", "memory", "slice", "internal"),
)
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class Failure(Exception):
    """An end that has a class and a sentence for a person; `detail` is what an expert wants besides.

    batch: the file in the job folder that keeps the rows at which a run broke.
    """

    batch: str | None = None

    def __init__(self, kind: str, message: str, detail: str = ""):
        assert kind in CLASSES, kind
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.detail = detail


def chain(error: BaseException | None) -> list[BaseException]:
    """The exception with all its causes, outermost first."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def is_full_disk(error: BaseException) -> bool:
    """True for "no space left", also where a library (tensorstore, safetensors) has wrapped it in its own type."""
    for link in chain(error):
        if isinstance(link, OSError) and link.errno in NO_SPACE:
            return True
        text = str(link)
        if "No space left on device" in text or "Disk quota exceeded" in text or "os error 28" in text:
            return True
    return False


def classify(error: BaseException) -> Failure:
    """Names any exception: a Failure stays what it is, the rest is found out from its causes."""
    if is_full_disk(error):
        return Failure(
            "disk",
            "The disk of the job folder is full. Published adapters are intact. Free space and start the job again.",
            repr(error),
        )
    for link in chain(error):
        if isinstance(link, Failure):
            return link
        if isinstance(link, MemoryError) or "RESOURCE_EXHAUSTED" in str(link):
            return Failure(
                "memory",
                "The machine ran out of memory. Fewer prompts per step, a smaller group or shorter completions need less.",
                repr(link),
            )
        if isinstance(link, UnsupportedBase | UnsupportedAdapter):
            return Failure("spec", str(link))
        if isinstance(link, Overflow):
            return Failure("numerics", str(link))
        if isinstance(link, ImportError):
            return Failure(
                "environment",
                f"A Python package that the trainer needs cannot be imported ({link}). "
                "Make the trainer's environment again from requirements.lock.",
                repr(link),
            )
    return Failure("internal", f"The trainer failed: {type(error).__name__}: {error}", repr(error))
