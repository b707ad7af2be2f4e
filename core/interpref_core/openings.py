"""Opening phrases that give a preference away ("Given your …", "Considering that you …"): found, counted, stripped.

The paper counts such openings (section 4.2); in the published logs most workflow answers have one, few of those without a prompt.
"""

from __future__ import annotations

import re

_HEAD = 500  # characters of a response in which such a phrase counts as its opening
_ENGLISH = re.compile(
    r"(?:considering|given|since|knowing|understanding|based on|taking into account|keeping in mind|because)\b"
    r"(?=[^.!?\n]{0,40}?\b(?:you|your|you're|you’re|you've|you’ve|user|user's)\b)[^.!?\n]*?(?:[,:]\s*|(?=[.!?\n])|\Z)",
    re.IGNORECASE,
)
_AS = re.compile(r"as (?:a|an|someone)\b[^.!?\n,]{1,120}?, (?=you)", re.IGNORECASE)
_CHINESE = re.compile(
    r"(?:考虑到|鉴于|根据|既然|由于|因为|知道)[^。！？\n，]{0,20}?(?:您|你|用户)[^。！？\n，]{0,120}(?:[，,：:]\s*|(?=[。！？\n])|\Z)"
)
# Where such a phrase may begin: at the start, and after the end of a clause (often a pleasantry comes first).
_BEGINS = re.compile(r"(?:\A|[.!?,:;\n—。！？，：])[\s#*_>\"“]*")


def _find(response: str) -> tuple[int, int] | None:
    head = response[:_HEAD]
    for begin in _BEGINS.finditer(head):
        for pattern in (_ENGLISH, _AS, _CHINESE):
            found = pattern.match(head, begin.end())
            if found:
                return found.span()
    return None


def opening_of(response: str) -> str | None:
    """The phrase near the start of a response that refers to what is known of the user, or None.

    Only the first 500 characters are looked at, so the cost does not grow with the response.
    """
    span = _find(response)
    return response[slice(*span)] if span else None


def has_opening(response: str) -> bool:
    """Whether a response opens with a phrase that refers to the user."""
    return opening_of(response) is not None


def strip_opening(response: str) -> str:
    """The response without such a phrase; what follows it begins with a capital letter. Others come back unchanged."""
    span = _find(response)
    if span is None:
        return response
    rest = response[span[1] :].lstrip(" \t,")
    if not any(character.isalnum() for character in rest):
        return response
    return response[: span[0]] + rest[:1].upper() + rest[1:]
