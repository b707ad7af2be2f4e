"""Which item each row of a published evaluation log judges.

Such a log has no identifiers: its rows follow the order of the responses. It may have stopped early, and it may have been
restarted, so that a stretch is judged twice. What the judge quotes from the responses is the evidence: a quoted phrase
that occurs in an item's two responses speaks for the item, one that does not speaks against it. The rows are placed by
the most likely path that mostly goes on to the next item (Viterbi); what stays ambiguous or contradicted is not placed.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUOTED = re.compile(r"[\"“”「『]([^\"“”「」『』\n]{4,300})[\"“”」』]")
_NOT_WORD = re.compile(r"[^\w]+")

# How often a quote is found in the item that it was taken from, and in another item. Measured on the published logs:
# 0.91-0.95 and 0.00-0.02.
_FOUND_RIGHT, _FOUND_WRONG = 0.92, 0.02
_FOR = math.log(_FOUND_RIGHT / _FOUND_WRONG)
_AGAINST = math.log((1 - _FOUND_RIGHT) / (1 - _FOUND_WRONG))
_JUMP = -9.0  # what it costs to leave the order: more than two quotes must say so
_RESTART = -6.0  # from the first item again: what a restarted program does


@dataclass(frozen=True, slots=True)
class AlignedBlock:
    """Rows `first_row` to `last_row` judge items `first_item` to ... in order (all counted from 0, ends included)."""

    first_row: int
    last_row: int
    first_item: int

    @property
    def last_item(self) -> int:
        return self.first_item + self.last_row - self.first_row


@dataclass(slots=True)
class Alignment:
    """`places[row]` is the index of the item that a row judges, or None where that cannot be told.

    `support` is the share of all quotes that occur in the item they were placed at (0-1); `notes` says, in a line each,
    what was repeated, left out or contradicted.
    """

    places: list[int | None]
    stretches: list[AlignedBlock] = field(default_factory=list)
    support: float = 0.0
    notes: list[str] = field(default_factory=list)


def normalize_text(text: str) -> str:
    """A text as it is compared: lower case, only words, single spaces."""
    return _NOT_WORD.sub(" ", text.lower()).strip()


def quotes_of(texts: Sequence[str | None]) -> list[str]:
    """The distinct phrases that a judge's outputs put in quotation marks, in compared form."""
    found = {normalize_text(quote) for text in texts if text for quote in _QUOTED.findall(text)}
    return sorted(quote for quote in found if len(quote) >= 4)


def support(quotes: Sequence[Sequence[str]], texts: Sequence[str]) -> float:
    """Share of the quotes that occur somewhere in the texts of a run at all: which run was judged (0-1)."""
    everything = "\n".join(texts)
    total = sum(len(row) for row in quotes)
    return sum(quote in everything for row in quotes for quote in row) / total if total else 0.0


def align(quotes: Sequence[Sequence[str]], texts: Sequence[str]) -> Alignment:
    """Place the rows (their quotes) at the items (their two responses, normalised and joined).

    Where the counts agree, row i is item i, and the quotes are only counted.
    """
    if not texts:
        return Alignment([None] * len(quotes), notes=[f"{len(quotes)} rows: the run has no responses"])
    if len(quotes) == len(texts):
        places: list[int | None] = list(range(len(quotes)))
        result = Alignment(places, [AlignedBlock(0, len(quotes) - 1, 0)] if quotes else [])
        contradicted = [row for row in range(len(quotes)) if _is_contradicted(quotes[row], texts, row)]
        if contradicted:
            result.notes.append(
                f"rows {_format_ranges(contradicted)} quote another item's responses; placed by their number"
            )
    else:
        path = _best_path(quotes, texts)
        result = Alignment(list(path), _stretches(path))
        _leave_out_ambiguous(result, quotes, texts)
        _leave_out_contradicted(result, quotes, texts)
        _tell(result, len(texts))
    result.support = _support_of(result.places, quotes, texts)
    return result


def _best_path(quotes: Sequence[Sequence[str]], texts: Sequence[str]) -> list[int]:
    """The most likely item of each row: O(rows x items)."""
    n = len(texts)
    scores = [0.0 if item == 0 else _JUMP for item in range(n)]
    back: list[list[int]] = []
    for row, phrases in enumerate(quotes):
        if row:
            best = max(range(n), key=scores.__getitem__)
            jumped, restarted = scores[best] + _JUMP, scores[best] + _RESTART
            moved, origins = [], []
            for item in range(n):
                elsewhere = restarted if item == 0 else jumped
                onward = scores[item - 1] if item else -math.inf
                moved.append(max(onward, elsewhere))
                origins.append(item - 1 if onward >= elsewhere else best)
            scores = moved
            back.append(origins)
        if phrases:
            scores = [score + _evidence(phrases, text) for score, text in zip(scores, texts, strict=True)]
    item = max(range(n), key=scores.__getitem__)
    path = [item]
    for origins in reversed(back):
        item = origins[item]
        path.append(item)
    return path[::-1] if quotes else []


def _evidence(phrases: Sequence[str], text: str) -> float:
    found = sum(phrase in text for phrase in phrases)
    return found * _FOR + (len(phrases) - found) * _AGAINST


def _stretches(path: Sequence[int]) -> list[AlignedBlock]:
    found = []
    start = 0
    for row in range(1, len(path) + 1):
        if row == len(path) or path[row] != path[row - 1] + 1:
            found.append(AlignedBlock(start, row - 1, path[start]))
            start = row
    return found


def _leave_out_ambiguous(result: Alignment, quotes: Sequence[Sequence[str]], texts: Sequence[str]) -> None:
    """Between the last row that speaks before a jump and the first that speaks after it, nobody knows where it was.

    A restart from the first item is exempt: its rows follow from their number.
    """
    unclear: list[int] = []
    for before, after in zip(result.stretches, result.stretches[1:], strict=False):
        if after.first_item == 0:
            continue
        unclear += _silent(range(before.last_row, before.first_row - 1, -1), result, quotes, texts)
        unclear += _silent(range(after.first_row, after.last_row + 1), result, quotes, texts)
    for row in unclear:
        result.places[row] = None
    if unclear:
        result.notes.append(
            f"rows {_format_ranges(sorted(unclear))} cannot be placed: nothing they quote says where they belong"
        )


def _silent(rows: range, result: Alignment, quotes: Sequence[Sequence[str]], texts: Sequence[str]) -> list[int]:
    """The rows, from the jump on, that quote nothing of the item they stand at."""
    found = []
    for row in rows:
        place = result.places[row]
        if place is not None and any(quote in texts[place] for quote in quotes[row]):
            break
        found.append(row)
    return found


def _is_contradicted(phrases: Sequence[str], texts: Sequence[str], place: int) -> bool:
    """Whether a row quotes nothing of its item, and two phrases or more of one other item."""
    if len(phrases) < 2 or any(phrase in texts[place] for phrase in phrases):
        return False
    return any(sum(phrase in text for phrase in phrases) >= 2 for text in texts)


def _leave_out_contradicted(result: Alignment, quotes: Sequence[Sequence[str]], texts: Sequence[str]) -> None:
    wrong = [
        row
        for row, place in enumerate(result.places)
        if place is not None and _is_contradicted(quotes[row], texts, place)
    ]
    for row in wrong:
        result.places[row] = None
    if wrong:
        result.notes.append(
            f"rows {_format_ranges(wrong)} quote another item's responses than their order says: kept unplaced"
        )


def _tell(result: Alignment, items: int) -> None:
    """Say what the log holds: what was judged twice, and what not at all."""
    if len(result.stretches) > 1:
        parts = ", ".join(
            f"rows {s.first_row + 1}-{s.last_row + 1} are items {s.first_item + 1}-{s.last_item + 1}"
            for s in result.stretches
        )
        result.notes.append(f"the log does not follow the order of the responses once through: {parts}")
    placed = [place for place in result.places if place is not None]
    twice = {place for place in placed if placed.count(place) > 1}
    if twice:
        result.notes.append(
            f"items {_format_ranges(sorted(twice))} were judged more than once: the later verdicts count"
        )
    missing = sorted(set(range(items)) - set(placed))
    if missing:
        result.notes.append(f"{len(missing)} of {items} items are not judged: {_format_ranges(missing)}")


def _support_of(places: Sequence[int | None], quotes: Sequence[Sequence[str]], texts: Sequence[str]) -> float:
    total = found = 0
    for place, phrases in zip(places, quotes, strict=True):
        if place is not None:
            total += len(phrases)
            found += sum(phrase in texts[place] for phrase in phrases)
    return found / total if total else 0.0


def _format_ranges(numbers: Sequence[int]) -> str:
    """Numbers counted from 1, as ranges: 1-12, 40."""
    parts: list[str] = []
    start = previous = None
    for number in [*numbers, None]:
        if start is not None and number != (previous or 0) + 1:
            parts.append(f"{start + 1}-{(previous or 0) + 1}" if start != previous else f"{start + 1}")
            start = number
        elif start is None:
            start = number
        previous = number
    return ", ".join(parts)
