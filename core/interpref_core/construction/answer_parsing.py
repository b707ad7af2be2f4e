"""Reading what models answer to the prompts of construction: JSON where it is JSON, also in talk, in fences, or cut off;
else labelled lines. What cannot be read raises Unreadable, and is never guessed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from interpref_core.text.reasoning_tags import split_reasoning

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 400  # characters of a preference: one sentence
_MOST = 200  # places in a text at which JSON is looked for
_READ_AGAIN, _LEAST = 10, 100_000  # times its length, and more characters, that a text is read for JSON that breaks off
_BULLET = re.compile(r"(?:[-*•·]|\d+[.)、．])\s*(\S.*)")  # of a line without the blanks around it
_OPENING = re.compile(r"[{\[]")


class UnreadableAnswer(Exception):
    """An answer that does not say what was asked for; the reason in one line, for the list of refusals."""


def strip_reasoning(text: str) -> str:
    """An answer after what the model thought aloud."""
    return split_reasoning(text)[1].strip()


def iter_json_values(text: str) -> Iterator[Any]:
    """Every JSON object and array in a text, outermost ones as they come."""
    decoder = json.JSONDecoder(strict=False)
    position = 0
    left = _READ_AGAIN * len(text) + _LEAST
    for _ in range(_MOST):
        opening = _OPENING.search(text, position)
        if opening is None or left < 0:
            return
        try:
            value, position = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError) as error:
            position = opening.end()
            left -= getattr(error, "pos", position) - opening.start()
            continue
        yield value


def find_json_key(text: str, key: str) -> Any:
    """The value of `key` in the first JSON object that has it; None when none does."""
    for value in iter_json_values(text):
        if isinstance(value, dict) and key in value:
            return value[key]
    return None


def parse_string_list(text: str, key: str) -> list[str]:
    """A list of texts: under `key` in JSON, as a JSON array, else as lines with bullets. Raises Unreadable."""
    text = strip_reasoning(text)
    found = find_json_key(text, key)
    if found is None:
        found = next((value for value in iter_json_values(text) if isinstance(value, list)), None)
    if isinstance(found, list):
        listed = [_text_of(one) for one in found]
    else:
        listed = [match.group(1) for line in text.splitlines() if (match := _BULLET.fullmatch(line.strip()))]
    kept = list(dict.fromkeys(one for one in listed if one))
    if not kept:
        raise UnreadableAnswer(f"no list of {key} in the answer")
    return kept


def _text_of(value: Any) -> str:
    """A text on one line; of an object its text."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("text", "sentence", "query", "preference") if key in value), None)
    return " ".join(value.split()) if isinstance(value, str) else ""


def text_of(value: Any) -> str:
    """A text that stands alone or as the text of an object, on one line; empty where there is none."""
    return _text_of(value)


def parse_int(value: Any) -> int | None:
    """A number that models write as 12, "12", 12.0 or "Dialog 12"."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and (digits := re.search(r"\d{1,9}", value)):
        return int(digits.group())
    return None
