"""Models that think aloud first: what stands between `<think>` and `</think>` is no part of what they say."""

from __future__ import annotations

import re

# Looked for in the text itself: in lower case, some texts are longer, and places in them are others.
_OPENING = re.compile(r"\s*<think>", re.IGNORECASE)
_OPEN, _CLOSE = re.compile("<think>", re.IGNORECASE), re.compile("</think>", re.IGNORECASE)


def split_reasoning(text: str) -> tuple[str | None, str]:
    """The thoughts at the start of an output, or None, and what is said after them.

    Some chat templates open the thoughts themselves, so a closing mark alone ends them too. Thoughts that never end
    (the output was cut) leave nothing said.
    """
    begins = _OPENING.match(text)
    if not begins and (not _CLOSE.search(text) or _OPEN.search(text)):
        return None, text
    start = begins.end() if begins else 0
    close = _CLOSE.search(text, start)
    if close is None:
        return text[start:].strip(), ""
    return text[start : close.start()].strip() or None, text[close.end() :].strip()
