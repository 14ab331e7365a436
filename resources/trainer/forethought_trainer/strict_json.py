"""JSON that somebody else may have written: whatever is wrong with it is one exception with a phrase for a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

# Deeper than anything that is meant. Python's own limit would be met later, wherever the value is written again.
MOST_LEVELS = 100


class NotJson(ValueError):
    """The message is a phrase that goes on "… is not JSON: "."""


def parse(data: str | bytes, pairs: Callable[[list[tuple[str, Any]]], dict[str, Any]] | None = None) -> Any:
    """The value of a JSON text in UTF-8, which can be written again. Raises NotJson.

    pairs: makes the object of a list of keys and values.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=no_constants)
        if levels_beyond(value, MOST_LEVELS):
            raise RecursionError
        json.dumps(value, ensure_ascii=False).encode()
    except NotJson:
        raise
    except RecursionError:
        raise NotJson(f"it is nested more than {MOST_LEVELS} levels deep") from None
    except UnicodeDecodeError as error:
        raise NotJson(f"it is no text in UTF-8 (byte {error.start})") from None
    except UnicodeEncodeError:
        raise NotJson("it holds half of a surrogate pair, which is no character") from None
    except json.JSONDecodeError as error:
        raise NotJson(str(error)) from None
    except ValueError:  # the one other thing that json.loads refuses
        raise NotJson("it holds a number of thousands of digits") from None
    return value


def no_constants(name: str) -> Any:
    raise NotJson(f"it holds {name}, which is not a JSON number")


def levels_beyond(value: Any, most: int) -> bool:
    """Whether lists and objects lie in each other more than so many times."""
    level = [value]
    for _ in range(most + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)
