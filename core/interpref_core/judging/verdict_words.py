"""The words of a verdict: which side, and which case label, in the spellings that judges give."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interpref_core.records.base import CaseLabel, Choice

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'"})
_TOKEN = re.compile(r"[^\W_]+(?:['\-][^\W_]+)*")
_UNSURE = re.compile(
    r"\W*(?:i\s+|it\s+is\s+)?(?:(?:do(?:es)?\s*(?:n['\s]?t|not)|can\s?not|can't)\s*(?:know|tell|decide|determine)\b|"
    r"(?:unknown|undecided|unsure|not\s+sure|don)\W*\Z|不知道|不确定)",
    re.IGNORECASE,
)
# One blank before the word: those before it are within the lazy run, and a second run of them would be tried again and
# again over a long gap.
_LEADS = re.compile(r"\W*(?:response[ _]*)?(?:left|right)\W*?(?:[,;:.(—–]|\s-|\s(?:because|since)\b)", re.IGNORECASE)
_NOT = frozenset({"not", "no", "neither", "nor", "never", "isn't", "doesn't", "don't", "cannot", "can't", "unless"})
# Words that may stand around the side in an answer without changing it.
_AROUND = frozenset(
    re.findall(
        r"\S+",
        "the a an response answer choice verdict option one is it that to of for on side belongs corresponds persona "
        "persona1 1 i think believe would say most more likely probably clearly final my",
    )
)

_LABELS: tuple[tuple[CaseLabel, re.Pattern[str]], ...] = (
    ("direct content", re.compile(r"\bdirect(?:ly)?\b")),
    ("implicit content", re.compile(r"\bimplicit(?:y|ly)?\b")),
    ("format", re.compile(r"\bformat(?:ting)?\b")),
    ("logical", re.compile(r"\blogic(?:al|ally)?\b")),
    ("irrelevant", re.compile(r"\b(?:in|ir|not )relevant\b|\bunrelated\b")),
)


def parse_choice(answer: str) -> Choice:
    """Left, Right or Don't know as a judge writes them.

    "Unreadable" when it says none of them or more than one, or talks about a side without choosing it.
    """
    lines = [line for line in answer.translate(_APOSTROPHES).splitlines() if any(c.isalnum() for c in line)]
    said = [_read_line(line) for line in lines]
    if not said or said[0] == "Unreadable":
        return "Unreadable"
    return said[0] if {*said} <= {said[0], "Unreadable"} else "Unreadable"


def _read_line(line: str) -> Choice:
    tokens = _TOKEN.findall(line.lower())
    sides = {"left", "right"}.intersection(tokens)
    if _UNSURE.match(line.strip("\"'*_ \t")):
        return "Unreadable" if sides else "Don't know"
    if len(sides) != 1 or _NOT.intersection(tokens):
        return "Unreadable"
    if _AROUND.union(sides).issuperset(tokens) or _LEADS.match(line):
        return "Left" if "left" in sides else "Right"
    return "Unreadable"


def parse_case_label(label: object) -> CaseLabel | None:
    """One of the five case labels, from the spellings that judges give; None when it is none of them, or several."""
    if not isinstance(label, str):
        return None
    plain = label.lower().replace("_", " ").replace("-", " ")
    found = [name for name, pattern in _LABELS if pattern.search(plain)]
    return found[0] if len(found) == 1 else None
