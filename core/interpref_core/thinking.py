"""Models that think aloud first: what stands between `<think>` and `</think>` is no part of what they say."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


def without_thoughts(text: str) -> tuple[str | None, str]:
    """The thoughts at the start of an output, or None, and what is said after them.

    Some chat templates open the thoughts themselves, so a closing mark alone ends them too. Thoughts that never end
    (the output was cut) leave nothing said.
    """
    lowered = text.lower()
    begins = lowered.lstrip().startswith(_OPEN)
    if not begins and (_CLOSE not in lowered or _OPEN in lowered):
        return None, text
    start = lowered.index(_OPEN) + len(_OPEN) if begins else 0
    end = lowered.find(_CLOSE, start)
    if end < 0:
        return text[start:].strip(), ""
    return text[start:end].strip() or None, text[end + len(_CLOSE) :].strip()
