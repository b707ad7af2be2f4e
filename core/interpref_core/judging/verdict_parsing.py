"""Reading a judge's output: JSON where it is JSON, labelled sections otherwise. What cannot be read is never guessed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.judging.verdict_words import parse_case_label, parse_choice
from interpref_core.text.reasoning_tags import split_reasoning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_core.records.base import CaseLabel, Choice


@dataclass(frozen=True, slots=True)
class ParsedVerdict:
    """What an output says. `parsed_by` is "json", "sections", "overlap" or "probabilities"; None when no verdict was found in it.

    A verdict that was found and names both sides, neither, or now one and now the other is "Unreadable" as well.
    """

    choice: Choice
    reasoning: str | None = None
    case_label: CaseLabel | None = None
    parsed_by: str | None = None


_ANSWER_KEYS = frozenset({"persona_1", "persona1", "response_corresponds_to_persona_1"})
_LOOSE_KEYS = frozenset(
    {"answer", "choice", "verdict"}
)  # count only beside a case label: a response may quote such JSON
_MOST_OBJECTS = 50  # places in a text at which a JSON object is looked for

# A heading: one of the three names with decoration around it, then the end of the line, or a colon and more.
_HEADING = re.compile(
    r"^(?P<lead>[ \t>#*_\-\"'`]*)(?:(?P<reasoning>reasoning)|(?P<case_label>case[ _]?label)|"
    r"(?P<answer>(?:the[ _])?response[ _]+corresponds[ _]+to[ _*]+persona[ _]?1)|(?P<bare>persona[ _]?1))(?![^\W_])"
    r"[ \t*_\"'`]*(?P<colon>[:：]?)(?P<rest>.*)$",
    re.IGNORECASE | re.MULTILINE,
)


class _Object(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that a key that occurs twice is seen twice."""


def parse_verdict(text: str) -> ParsedVerdict:
    """Read a judge's output, tolerant of case, quotes, code fences, Markdown and talk around the verdict.

    Output that is cut before the verdict is whole, that names both sides or neither, or contradicts itself is
    "Unreadable". Thoughts between `<think>` marks do not count.
    """
    _, said = split_reasoning(text)
    found, talk = _from_json(said)
    found += _from_sections(talk)
    if not found:
        return ParsedVerdict("Unreadable")
    if len({verdict.choice for verdict in found}) == 1:
        return found[0]
    return ParsedVerdict("Unreadable", found[0].reasoning, found[0].case_label, found[0].parsed_by)


def _from_json(text: str) -> tuple[list[ParsedVerdict], str]:
    """The verdicts of the JSON objects in a text, and the text around those objects."""
    verdicts: list[ParsedVerdict] = []
    around: list[str] = []
    last = 0
    for value, start, end in _objects(text):
        inner = [one for _, one in value if isinstance(one, _Object)]
        for candidate in (value, *inner):
            verdict = _verdict_of(candidate)
            if verdict is not None:
                verdicts.append(verdict)
                around.append(text[last:start])
                last = end
                break
    return verdicts, "\n".join([*around, text[last:]])


def _objects(text: str) -> Iterator[tuple[_Object, int, int]]:
    """The complete JSON objects in a text that are not inside another, with where they begin and end."""
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_Object)
    start = text.find("{")
    for _ in range(_MOST_OBJECTS):
        if start < 0:
            return
        end = start + 1
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            pass
        else:
            yield value, start, end
        start = text.find("{", end)


def iter_json_objects(text: str) -> list[list[tuple[str, Any]]]:
    """The JSON objects in a text, each as its pairs; those inside another are not told apart from it."""
    return [list(value) for value, _, _ in _objects(text)]


def _verdict_of(pairs: _Object) -> ParsedVerdict | None:
    named = [(re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_"), value) for key, value in pairs]
    fields = dict(named)
    keys = _ANSWER_KEYS | _LOOSE_KEYS if "case_label" in fields else _ANSWER_KEYS
    answers = [value for name, value in named if name in keys]
    if not answers:
        return None
    choices = {parse_choice(answer) if isinstance(answer, str) else "Unreadable" for answer in answers}
    reasoning = fields.get("reasoning")
    return ParsedVerdict(
        choices.pop() if len(choices) == 1 else "Unreadable",
        reasoning if isinstance(reasoning, str) else None,
        parse_case_label(fields.get("case_label")),
        "json",
    )


def _from_sections(text: str) -> list[ParsedVerdict]:
    """The verdicts under labelled headings: one for each answer, all with the last reasoning and case label."""
    text = text.replace("\\_", "_")
    headings = [match for match in _HEADING.finditer(text) if _is_heading(match)]
    bodies: dict[str, list[str]] = {"reasoning": [], "case_label": [], "answer": [], "bare": []}
    ends = [match.start() for match in headings[1:]] + [len(text)]
    for match, end in zip(headings, ends, strict=False):
        name = next(name for name in bodies if match[name])
        bodies[name].append(f"{match['rest']}\n{text[match.end() : end]}".strip().strip("`").strip())
    # The full heading is the judge's answer; a line "persona_1: Left" is one only where there is no such heading.
    answers = bodies["answer"] or bodies["bare"]
    reasoning = (bodies["reasoning"] or [""])[-1] or None
    label = parse_case_label((bodies["case_label"] or [""])[-1])
    return [ParsedVerdict(parse_choice(answer), reasoning, label, "sections") for answer in answers]


def _is_heading(match: re.Match[str]) -> bool:
    """Whether a line that begins with one of the names is a heading, not a sentence about it."""
    rest = match["rest"].strip(" \t*_#\"'`")
    if not rest:
        return True
    if match["bare"]:
        return parse_choice(rest) != "Unreadable"
    return (
        bool(match["colon"]) or "#" in match["lead"] or (bool(match["answer"]) and parse_choice(rest) != "Unreadable")
    )
