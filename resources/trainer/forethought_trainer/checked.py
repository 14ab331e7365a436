"""Dataclasses that check the JSON they are built from; the spec modules are written with them.

A field's rule stands in its annotation: `rank: Annotated[int, number(low=1, high=256)]`. The first field that
is wrong is named in one sentence.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import typing
from pathlib import Path
from typing import Annotated, Any, Literal, TypeGuard

from forethought_trainer.strict_json import NotJson, parse

LONGEST_TEXT = 4096
# Beyond it the numbers of JSON are not exact, and the core's are not either.
LARGEST_WHOLE = 2**53 - 1
# Numbers that are written by hand are compared with sums and differences of shares: 0.1 + 0.2 + 0.7 is a little more than
# 1, and 0.8 - 0.1 a little more than 0.7.
ROUNDING = 1e-9


class SpecError(ValueError):
    """The spec, or a file that it names, cannot be used; the message is a sentence that names the field."""

    def __init__(self, where: str, what: str):
        super().__init__(f"{where} {what}")
        self.where = where
        self.what = what

    def inside(self, where: str) -> SpecError:
        """The same about a field that lies deeper: `lora.rank …` becomes `stages[1].lora.rank …`."""
        return SpecError(join(where, self.where), self.what)


Rule = dict[str, Any]


def number(low: float | None = None, high: float | None = None, above: float | None = None) -> Rule:
    """A field that holds a finite number: at least `low`, more than `above`, at most `high`."""
    return {"low": low, "high": high, "above": above}


def text(
    pattern: re.Pattern[str] | None = None, what: str = "", longest: int = LONGEST_TEXT, empty: bool = False
) -> Rule:
    """A field that holds text, not empty unless said, of a pattern that `what` describes in words."""
    return {"pattern": pattern, "what": what, "longest": longest, "empty": empty}


SHA256 = text(re.compile(r"[0-9a-f]{64}"), "a SHA-256 as 64 lowercase hex digits")


def camel(name: str) -> str:
    """group_size -> groupSize, as the fields are called in JSON; requirements_lock_sha256 -> …LockSha256."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def read_object(kind: Any, value: Any, where: str) -> Any:
    """Builds the dataclass `kind` from a JSON object that has exactly its fields; those with a default may be missing."""
    if not isinstance(value, dict):
        raise SpecError(where or "spec.json", f"must be an object, but is {shown(value)}.")
    fields = {camel(f.name): f for f in dataclasses.fields(kind)}
    for key in value:
        if key not in fields:
            raise SpecError(join(where, key), f"is not known; {where or 'a spec'} has: {', '.join(fields)}.")
    hints = typing.get_type_hints(kind, include_extras=True)
    built = {}
    for key, f in fields.items():
        if key not in value:
            if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING:
                raise SpecError(join(where, key), "is missing.")
            continue
        hint, rule = hints[f.name], {}
        if typing.get_origin(hint) is Annotated:
            hint, rule = typing.get_args(hint)
        built[f.name] = read_value(hint, value[key], join(where, key), rule)
    return kind(**built)


def as_json(value: Any) -> Any:
    """What `read_object` would build this from: a dataclass as an object with camel-case keys; a dict stays as it is."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {camel(f.name): as_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return [as_json(item) for item in value] if isinstance(value, list) else value


def read_value(kind: Any, value: Any, where: str, rule: Rule) -> Any:
    """Checks one value against its type and its rule."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if type(None) in inner:  # X | None
        if value is None:
            return None
        return read_value(next(t for t in inner if t is not type(None)), value, where, rule)
    if origin is Literal:
        if value not in inner or isinstance(value, bool):
            allowed = " or ".join(json.dumps(option) for option in inner)
            raise SpecError(where, f"must be {allowed}, but is {shown(value)}.")
        return value
    if origin is list:
        if not isinstance(value, list):
            raise SpecError(where, f"must be a list, but is {shown(value)}.")
        return [read_value(inner[0], item, f"{where}[{i}]", {}) for i, item in enumerate(value)]
    if origin is dict:
        if not isinstance(value, dict):
            raise SpecError(where, f"must be an object, but is {shown(value)}.")
        return value
    if dataclasses.is_dataclass(kind):
        return read_object(kind, value, where)
    if kind is str:
        return read_text(value, where, rule)
    if kind is bool:
        if not isinstance(value, bool):
            raise SpecError(where, f"must be true or false, but is {shown(value)}.")
        return value
    assert kind in (int, float), kind
    return read_number(kind, value, where, rule)


def read_text(value: Any, where: str, rule: Rule) -> str:
    if not isinstance(value, str):
        raise SpecError(where, f"must be text, but is {shown(value)}.")
    if not value and not rule.get("empty"):
        raise SpecError(where, "must not be empty.")
    longest = rule.get("longest", LONGEST_TEXT)
    if len(value) > longest:
        raise SpecError(where, f"must have at most {longest} characters, but has {len(value)}.")
    pattern = rule.get("pattern")
    if pattern and not pattern.fullmatch(value):
        raise SpecError(where, f"must be {rule['what']}, but is {shown(value)}.")
    return value


def read_number(kind: type, value: Any, where: str, rule: Rule) -> float:
    right = is_whole(value) if kind is int else is_finite(value)
    low, high, above = rule.get("low"), rule.get("high"), rule.get("above")
    if (
        not right
        or (low is not None and value < low)
        or (above is not None and value <= above)
        or (high is not None and value > high)
    ):
        what = "a whole number" if kind is int else "a number"
        if above is not None:
            what += f" above {above:g}"
        elif low is not None and high is not None:
            what += f" from {low:g} to {high:g}"
        elif low is not None:
            what += f" of at least {low:g}"
        if above is not None and high is not None:
            what += f" and at most {high:g}"
        if kind is int and is_finite(value) and abs(value) > LARGEST_WHOLE:
            what += ", and at most 2^53 - 1"
        raise SpecError(where, f"must be {what}, but is {shown(value)}.")
    return kind(value)


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether this is a whole number that JSON holds exactly."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_WHOLE


def is_finite(value: Any) -> TypeGuard[float]:
    """Whether this is a number that a float can hold."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def unreadable(path: Path, error: OSError) -> str:
    """What a SpecError says of a path that the system does not read, for whatever reason: too long, not allowed, broken."""
    return f"names {shown(str(path))}, which cannot be read: {error.strerror or error}."


def join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def shown(value: Any) -> str:
    """A value as a person sees it in a sentence, shortened."""
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= 80 else written[:77] + "…"


def no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise NotJson(f"{key} stands twice in the same object")
    return dict(pairs)


def parse_json(folder: Path) -> Any:
    """The JSON of the folder's spec.json, read strictly."""
    try:
        if not folder.is_dir():
            raise SpecError("--job", f"names {folder}, which is not a folder.")
        return parse((folder / "spec.json").read_bytes(), no_duplicates)
    except FileNotFoundError:
        raise SpecError("spec.json", f"is missing in {folder}.") from None
    except OSError as error:
        raise SpecError("spec.json", f"cannot be read: {error}.") from None
    except NotJson as error:
        raise SpecError("spec.json", f"is not JSON: {error}.") from None
