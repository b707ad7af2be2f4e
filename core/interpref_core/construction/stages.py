"""The stages of construction by name, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StageName = Literal["extract", "dedupe", "categorise", "counterparts", "queries", "histories", "items", "verify"]

STAGES: tuple[StageName, ...] = (
    "extract", "dedupe", "categorise", "counterparts", "queries", "histories", "items", "verify",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StageWords:
    """How a stage is spoken of: what it looks at, what it makes, in one line what it does; the native type of its product."""

    takes: str
    makes: str
    does: str
    product: str | None = None


WORDS: dict[StageName, StageWords] = {
    "extract": StageWords(
        "histories", "preferences", "cut histories into chunks by topic; what each shows of the user", "preference"
    ),
    "dedupe": StageWords("preferences", "clusters", "find preferences that say the same"),
    "categorise": StageWords("preferences", "categories", "give preferences a category and a type"),
    "counterparts": StageWords("preferences", "pairs", "2-3 counterparts of each preference, from near to far", "pair"),
    "queries": StageWords("pairs", "queries", "three candidate queries for each pair", "query"),
    "histories": StageWords("preferences", "histories", "a conversation that carries each preference", "history"),
    "items": StageWords("pairs", "items", "five conversations in a row for each side, and the item", "item"),
    "verify": StageWords("items", "report", "preservation, diversity, leakage, lengths"),
}


def span(first: StageName, last: StageName) -> tuple[StageName, ...]:
    """The stages from one to another, both included. Raises ValueError when they are the wrong way round."""
    start, end = STAGES.index(first), STAGES.index(last)
    if start > end:
        raise ValueError(f"{last} comes before {first}: the stages are {', '.join(STAGES)}")
    return STAGES[start : end + 1]


# `--from` names what there is (or a stage, where that is no other word), `--until` what is wanted: the words of the funnel.
FROM: dict[str, StageName] = {
    "histories": "extract",
    "preferences": "dedupe",
    "clusters": "counterparts",
    "pairs": "queries",
    "queries": "histories",
    "conversations": "items",
    "items": "verify",
    "extract": "extract",
    "dedupe": "dedupe",
    "categorise": "categorise",
    "counterparts": "counterparts",
    "verify": "verify",
}
UNTIL: dict[str, StageName] = {
    "chunks": "extract",
    "preferences": "extract",
    "clusters": "categorise",
    "pairs": "counterparts",
    "conversations": "histories",
}
UNTIL.update({name: name for name in STAGES})
