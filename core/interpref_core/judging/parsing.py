"""Reading a judge's output: JSON where it is JSON, labelled sections otherwise. What cannot be read is never guessed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interpref_core.records import CaseLabel, Choice


@dataclass(frozen=True, slots=True)
class ParsedVerdict:
    """What an output says. `parsed_by` is "json" or "sections", None when it could not be read at all."""

    choice: Choice
    reasoning: str | None = None
    case_label: CaseLabel | None = None
    parsed_by: str | None = None


# The three sections of a labelled output, by words that occur in their headings.
_HEADING = re.compile(
    r"^[ \t]*(?:[#*_>\-]+[ \t]*)?(?P<name>reasoning|(?:the[ _])?response[ _]+corresponds[ _]+to[ _]+persona[ _]*1|"
    r"persona[ _]?1|case[ _]?label)[ \t]*[*_]*[ \t]*(?::|：)?[ \t]*[*_]*[ \t]*(?P<rest>.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_LABELLED = re.compile(r"^[ \t]*[#*_>]|[:：]|^[ \t]*(?:reasoning|case[ _]?label|persona[ _]?1)[ \t]*$", re.IGNORECASE)
_FENCE = re.compile(r"```[a-zA-Z]*[ \t]*\n?(.*?)(?:```|\Z)", re.DOTALL)
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"'})
_DECORATION = re.compile(r"[*_#\"'.,:;()\[\]<>!。：「」\s]+")
_UNSURE = re.compile(
    r"\b(?:do(?:es)?\s*n[o']?t|do\s+not|cannot|can't)\s+(?:know|tell)\b|\bdon'?t\s*know\b|不知道|不确定", re.I
)
_SIDE = re.compile(r"(?<![a-z])(left|right)(?![a-z])", re.IGNORECASE)

_SECTION = {"reasoning": "reasoning", "case": "case_label"}


def parse_verdict(text: str) -> ParsedVerdict:
    """Read a judge's output, tolerant of case, quotes, code fences and Markdown.

    Both sides, neither, or contradictory answers are "Unreadable".
    """
    found = _from_json(text)
    if found is None:
        found = _from_sections(text)
    return found or ParsedVerdict("Unreadable")


def _from_json(text: str) -> ParsedVerdict | None:
    """The last JSON object in the text that has a verdict in it; None when there is none."""
    candidates = [match.group(1) for match in _FENCE.finditer(text)] if "```" in text else []
    for candidate in [*reversed(candidates), text]:
        data = _object_in(candidate)
        if data is None:
            continue
        keys = {re.sub(r"[^a-z0-9]+", "_", str(key).lower()).strip("_"): value for key, value in data.items()}
        answer = next((keys[name] for name in keys if name in _ANSWER_KEYS), None)
        if answer is None and not any(name in _ANSWER_KEYS for name in keys):
            continue
        reasoning = keys.get("reasoning")
        return ParsedVerdict(
            read_choice(answer) if isinstance(answer, str) else "Unreadable",
            reasoning if isinstance(reasoning, str) else None,
            read_case_label(keys.get("case_label")),
            "json",
        )
    return None


_ANSWER_KEYS = {"persona_1", "response_corresponds_to_persona_1", "persona1", "answer", "choice"}


def _object_in(text: str) -> dict[str, Any] | None:
    """The first complete JSON object in a text."""
    start = text.find("{")
    decoder = json.JSONDecoder(strict=False)
    tries = 0
    while start >= 0 and tries < 20:
        try:
            value, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            start = text.find("{", start + 1)
            tries += 1
            continue
        return value if isinstance(value, dict) else None
    return None


def _from_sections(text: str) -> ParsedVerdict | None:
    sections = _sections(text)
    if "persona_1" not in sections:
        return None
    return ParsedVerdict(
        read_choice(sections["persona_1"]),
        sections.get("reasoning") or None,
        read_case_label(sections.get("case_label")),
        "sections",
    )


def _sections(text: str) -> dict[str, str]:
    """The text under each labelled heading; the last one of a name counts."""
    headings = [match for match in _HEADING.finditer(text) if _LABELLED.search(match.group(0))]
    sections: dict[str, str] = {}
    for match, following in zip(headings, [*headings[1:], None], strict=True):
        end = following.start() if following else len(text)
        body = (match["rest"] + "\n" + text[match.end() : end]).strip().strip("`").strip()
        name = match["name"].lower()
        key = "reasoning" if name == "reasoning" else "case_label" if name.startswith("case") else "persona_1"
        sections[key] = body
    return sections


def read_choice(answer: str) -> Choice:
    """Left, Right or Don't know as a judge writes them; "Unreadable" when it says none or more than one of them."""
    plain = answer.translate(_APOSTROPHES)
    lines = [line for line in plain.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    exact = _DECORATION.sub(" ", first).strip().lower()
    if exact in ("don t know", "dont know", "do not know", "don", "unknown"):
        return "Don't know"
    sides = {side.lower() for side in _SIDE.findall(re.sub(r"response_", "", first, flags=re.IGNORECASE))}
    unsure = bool(_UNSURE.search(first))
    if unsure and not sides:
        return "Don't know"
    if len(sides) == 1 and not unsure:
        return "Left" if "left" in sides else "Right"
    return "Unreadable"


def read_case_label(label: object) -> CaseLabel | None:
    """One of the five case labels, from the spellings that judges give; None when it is none of them."""
    if not isinstance(label, str):
        return None
    words = label.lower()
    if re.search(r"\b(?:ir|in)relevant", words):
        return "irrelevant"
    if "implicit" in words:
        return "implicit content"
    if "direct" in words:
        return "direct content"
    if "format" in words:
        return "format"
    if "logic" in words:
        return "logical"
    return None
