"""Reading the outputs of paradigms: labelled parts and lists. Never loses text: what has no label is the answer."""

from __future__ import annotations

import json
import re

_LINE = re.compile(r"^\s*(?:[-*•·]|\d+[.)、])\s+(.*\S)\s*$")


def split_labelled(text: str, first: str, second: str) -> tuple[str | None, str]:
    """The two labelled parts of an output ("persona: … Answer: …"), tolerant of case and Markdown.

    The second label that comes first after the first one splits. Without it the whole text is the second part.
    """
    label = re.compile(
        rf"^[ \t]*[#*_>\-]*[ \t]*{re.escape(second)}[ \t]*[*_]*[ \t]*[:：][ \t]*[*_]*[ \t]*",
        re.IGNORECASE | re.MULTILINE,
    )
    found = label.search(text)
    if not found or not text[found.end() :].strip():
        return None, text.strip()
    head = text[: found.start()].strip()
    opening = re.compile(
        rf"^[ \t]*[#*_>\-]*[ \t]*{re.escape(first)}[ \t]*[*_]*[ \t]*[:：]?[ \t]*[*_]*[ \t]*", re.IGNORECASE
    )
    return opening.sub("", head, count=1).strip() or None, text[found.end() :].strip()


def read_list(text: str, key: str, limit: int) -> list[str]:
    """A list of sentences from JSON ({key: [...]} or [...]), also inside talk or fences; else from its bullet lines."""
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
            return [one.strip() for one in value if isinstance(one, str) and one.strip()][:limit]
    return [match.group(1) for line in text.splitlines() if (match := _LINE.match(line))][:limit]


def bullets(sentences: list[str]) -> str:
    """Sentences as a list in a prompt."""
    return "\n".join(f"- {sentence}" for sentence in sentences)
