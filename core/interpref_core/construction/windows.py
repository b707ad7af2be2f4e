"""Windows over the user's turns of a long history: what one extraction call is shown.

The user's turns are counted from 1 through the whole history; these numbers are the dialog ids that the model sees, in every
window, so that what it says of a turn needs no translation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST = 3  # turns of the user that a topic needs (paper section 3.3.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How much one call is shown: at most so many `turns` of the user and `characters`, each turn cut at `turn_characters`.

    Neighbouring windows share `overlap` turns, where there is room for it.
    """

    turns: int = 40
    overlap: int = 8
    characters: int = 24_000
    turn_characters: int = 1_500


@dataclass(frozen=True, slots=True)
class Span:
    """Turns of the user by number, both included, from 1."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __contains__(self, turn: int) -> bool:
        return self.first <= turn <= self.last


def windows(lengths: Sequence[int], window: Window) -> list[Span]:
    """The windows over turns of these lengths (characters): every turn is in one or two of them, in order.

    Only neighbours overlap. A turn that alone is longer than a window has one to itself.
    """
    found: list[Span] = []
    total = len(lengths)
    start = 1
    while start <= total:
        end = _reach(lengths, start, window)
        if found:
            # Each window must get further than the one before it: with less overlap where turns are long.
            while end <= found[-1].last:
                start += 1
                end = _reach(lengths, start, window)
        found.append(Span(start, end))
        if end == total:
            break
        overlap = min(window.overlap, (end - start + 1) // 2)
        least = found[-2].last + 1 if len(found) > 1 else 1
        start = max(end + 1 - overlap, least, start + 1)
    return found


def _reach(lengths: Sequence[int], start: int, window: Window) -> int:
    """The last turn of a window that begins at `start`."""
    room = window.characters
    end = start
    for turn in range(start, min(len(lengths), start + window.turns - 1) + 1):
        room -= min(lengths[turn - 1], window.turn_characters)
        if room < 0 and turn > start:
            break
        end = turn
    return end


def render_window(text: str, window: Window) -> str:
    """A turn as it is shown: on one line, a long one without its middle."""
    line = " ".join(text.split())
    if len(line) <= window.turn_characters:
        return line
    half = window.turn_characters // 2
    return f"{line[:half]} […] {line[-half:]}"


def render_dialogue(turns: Sequence[str], span: Span, window: Window) -> str:
    """The user's turns of a window with their numbers, one a line. `turns` are all of the history."""
    return "\n".join(f"[Dialog {n}] {render_window(turns[n - 1], window)}" for n in range(span.first, span.last + 1))
