"""Reading the outputs of paradigms: labelled parts and lists. Never loses text: what has no label is the answer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from interpref_core.text.reasoning_tags import split_reasoning

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a label is called by models that answer in Chinese.
_ALSO = {"answer": ("回答", "答案", "答复"), "persona": ("用户画像", "人物画像"), "reasoning": ("推理", "思考")}

# Of a line without the blanks around it: a pattern that looks for them would try a line of blanks over and over.
_LINE = re.compile(r"(?:[-*•·]|\d+[.)、])\s+(\S.*)")
_PLAIN = re.compile(r"\s*((?:(?:because|since)\s+)?the user\b.*\S|(?:因为|由于)?(?:该)?用户.*\S)\s*", re.IGNORECASE)
_STRING = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
_NOTHING = frozenset({"none", "n/a", "nothing", "empty", "无", "没有"})


def strip_reasoning(raw: str) -> tuple[str, dict[str, Any]]:
    """What an output says after its thoughts, and a trace with the thoughts if it has any.

    Where nothing follows the thoughts (the output was cut), the whole output is what it says, and the trace says so.
    """
    thoughts, text = split_reasoning(raw)
    if thoughts is None:
        return text.strip(), {}
    if not text.strip():
        return raw.strip(), {"note": "the output ends within its thoughts: all of it is the answer"}
    return text.strip(), {"thoughts": thoughts}


def split_labelled(text: str, first: str, second: str) -> tuple[str | None, str]:
    """The two labelled parts of an output ("persona: … Answer: …"), tolerant of case and Markdown.

    The second label splits: one at the beginning of a line, else, if the text opens with the first label, one within
    a line. Without it the whole text is the second part. The first part is None when there is none.
    """
    found = _at_line(second).search(text)
    opening = _at_line(first).match(text)
    if not found and opening:
        found = re.compile(rf"(?<=[.!?。！？\s])[*_]*(?:{_names(second)})[*_]*\s*[:：][*_]*\s*", re.IGNORECASE).search(
            text, opening.end()
        )
    if not found or not text[found.end() :].strip():
        return None, text.strip()
    head = text[opening.end() if opening and opening.end() <= found.start() else 0 : found.start()]
    return head.strip() or None, text[found.end() :].strip()


def _names(label: str) -> str:
    return "|".join(re.escape(name) for name in (label, *_ALSO.get(label.lower(), ())))


def _at_line(label: str) -> re.Pattern[str]:
    """A label at the beginning of a line: with a colon, or alone on its line."""
    return re.compile(
        rf"^[ \t#*_>\-]*(?:{_names(label)})[ \t]*(?:[*_]+[ \t]*)?(?:[:：][ \t]*[*_]*[ \t]*|$)",
        re.IGNORECASE | re.MULTILINE,
    )


def read_list(text: str, key: str, limit: int) -> list[str] | None:
    """A list of sentences from JSON ({key: […]} or […]), also in talk or fences or cut; else from its bullet lines.

    An empty list where the output gives one; None where no list can be read from it.
    """
    text = split_reasoning(text)[1]
    for start in (text.find("{"), text.find("[")):
        if start < 0:
            continue
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            value = value.get(key)
        if isinstance(value, list):
            return _sentences([one for one in value if isinstance(one, str)], limit)
    cut = re.search(rf'"{re.escape(key)}"\s*:\s*\[', text)
    if cut:
        return _sentences([_unescape(one) for one in _strings(text, cut.end())], limit)
    lines = text.splitlines()
    bulleted = [match.group(1) for line in lines if (match := _LINE.fullmatch(line.strip()))]
    plain = bulleted or [match.group(1) for line in lines if (match := _PLAIN.fullmatch(line))]
    if plain:
        return _sentences(plain, limit)
    return [] if text.strip(" \t\r\n.。*\"'").lower() in _NOTHING else None


def _strings(text: str, at: int) -> Iterator[str]:
    """The strings of JSON after a place, as they are written, up to one that does not end: what follows is within it."""
    while (start := text.find('"', at)) >= 0 and (whole := _STRING.match(text, start)):
        yield whole.group(1)
        at = whole.end()


def _sentences(found: list[str], limit: int) -> list[str]:
    """At most so many of them, each once."""
    return list(dict.fromkeys(one.strip() for one in found if one.strip()))[:limit]


def _unescape(inner: str) -> str:
    try:
        return str(json.loads(f'"{inner}"', strict=False))
    except ValueError:
        return inner


def format_bullets(sentences: list[str]) -> str:
    """Sentences as a list in a prompt."""
    return "\n".join(f"- {sentence}" for sentence in sentences)
