"""JSON of others: whatever stands where an object is expected, reading it never fails.

Files, journals and studies come from elsewhere, and their free fields (`extra`, `trace`, `opinion`, ...) may hold any value.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

DEEPEST = 100  # levels; what is nested more deeply stays text, for nothing else here would bear it
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def read_json(text: str | None) -> Any:
    """The value of a JSON text. What is no JSON, or is nested more deeply than DEEPEST, is the text itself; numbers that no
    number here can hold are text."""
    if text is None:
        return None
    if text.count("[") + text.count("{") > DEEPEST and _depth(text) > DEEPEST:
        return text
    try:
        return json.loads(text, parse_float=_number, parse_int=_whole, parse_constant=str)
    except (ValueError, RecursionError):
        return text


def read_object(text: Any) -> dict[str, Any]:
    """The object of a JSON text (or the object itself, where it is one already); an empty one for anything else."""
    value = read_json(text) if isinstance(text, str) else text
    return value if isinstance(value, dict) else {}


def read_list(text: Any) -> list[Any]:
    """The list of a JSON text (or the list itself, where it is one already); an empty one for anything else."""
    value = read_json(text) if isinstance(text, str) else text
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str | None:
    """A value where a text is expected; None for anything that is no text."""
    return value if isinstance(value, str) else None


def texts_of(value: Any) -> list[str]:
    """The texts of a value where a list of texts is expected."""
    return [one for one in read_list(value) if isinstance(one, str)]


def _depth(text: str) -> int:
    deepest = level = 0
    for found in _BRACKETS.finditer(text):
        if found[0] in "[{":
            level += 1
            deepest = max(deepest, level)
        elif found[0] in "]}":
            level -= 1
    return deepest


def _number(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _whole(text: str) -> int | str:
    return int(text) if len(text) < 1000 else text
