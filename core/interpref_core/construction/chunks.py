"""Chunks of a history, from what the model says of its windows: every turn of the user in exactly one of them.

A model names chunks by begin and end; whatever it names, `tidied` gives spans that cover the window once, and `merged` the
chunks of the whole history. Between two windows there is one seam: what lies before it is as the earlier window has it,
what lies after it as the later one does. So no turn is ever attributed twice, nor to two chunks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from interpref_core.construction.windows import FEWEST, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Kind = Literal["profile", "format"]

SHORT = f"fewer than {('zero', 'one', 'two', 'three')[FEWEST]} turns"
LEFT_OUT = "the answer leaves these turns out"


@dataclass(frozen=True, slots=True)
class ExtractedPreference:
    """A preference that an answer gives: `turns` are the user's turns that show it, by number."""

    kind: Kind
    text: str
    turns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WindowChunk:
    """Turns about one topic. `ignored` says why nothing is taken from them."""

    span: Span
    topic: str | None = None
    found: tuple[ExtractedPreference, ...] = ()
    ignored: str | None = None


def clip_to_window(given: Iterable[WindowChunk], window: Span) -> list[WindowChunk]:
    """The pieces that an answer gives, made to cover the window once, in order.

    What lies outside the window is cut off; where two overlap, the turns go to the one that begins later; of two that
    begin together the first given counts. Turns that no piece has become pieces that are ignored.
    """
    starts: dict[int, WindowChunk] = {}
    for piece in given:
        first, last = max(piece.span.first, window.first), min(piece.span.last, window.last)
        if first <= last:
            starts.setdefault(first, replace(piece, span=Span(first, last)))
    pieces: list[WindowChunk] = []
    ordered = [starts[first] for first in sorted(starts)]
    position = window.first
    for number, piece in enumerate(ordered):
        following = ordered[number + 1].span.first if number + 1 < len(ordered) else window.last + 1
        if piece.span.first > position:
            pieces.append(WindowChunk(Span(position, piece.span.first - 1), ignored=LEFT_OUT))
        last = min(piece.span.last, following - 1)
        pieces.append(_clip_to_span(piece, Span(piece.span.first, last)))
        position = last + 1
    if position <= window.last:
        pieces.append(WindowChunk(Span(position, window.last), ignored=LEFT_OUT))
    return pieces


def _clip_to_span(piece: WindowChunk, span: Span) -> WindowChunk:
    """A piece within a span: what no turn of it shows any more is not its own."""
    found = []
    for one in piece.found:
        turns = tuple(turn for turn in one.turns if turn in span)
        if turns:
            found.append(replace(one, turns=turns))
    return replace(piece, span=span, found=tuple(found))


def merge_windows(windows: Sequence[tuple[Span, Sequence[WindowChunk]]]) -> list[WindowChunk]:
    """The chunks of a history from its windows in order, each tidied. Together they cover every turn once.

    A chunk that both windows have across their seam is one. Those of fewer than three turns are ignored.
    """
    chunks: list[WindowChunk] = []
    begin = windows[0][0].first if windows else 1
    crossing = False
    for number, (span, pieces) in enumerate(windows):
        end = _seam(*windows[number : number + 2]) if number + 1 < len(windows) else span.last + 1
        inside = [piece for piece in pieces if piece.span.last >= begin and piece.span.first < end]
        for place, piece in enumerate(inside):
            part = _clip_to_span(piece, Span(max(piece.span.first, begin), min(piece.span.last, end - 1)))
            joins = place == 0 and crossing and piece.span.first < begin and piece.ignored is None
            if chunks and (joins or (part.ignored is not None and part.ignored == chunks[-1].ignored)):
                chunks[-1] = _join_pieces(chunks[-1], part)
            else:
                chunks.append(part)
        crossing = bool(inside) and inside[-1].span.last >= end and inside[-1].ignored is None
        begin = end
    return [_renumber(chunk) for chunk in chunks]


def _seam(earlier: tuple[Span, Sequence[WindowChunk]], later: tuple[Span, Sequence[WindowChunk]]) -> int:
    """The first turn that is as the later window has it.

    Where both begin a piece, else where one of them does and cuts off no fragment of fewer than three turns; else within
    a piece of both, which then is one; else in the middle of what they share.
    """
    low, high = later[0].first, earlier[0].last + 1
    middle = (low + high) // 2
    starts = [{piece.span.first for piece in pieces if low < piece.span.first < high} for _, pieces in (earlier, later)]
    inside = set(range(low + 1, high))
    whole = {turn for turn in starts[0] | starts[1] if _leaves_whole(turn, earlier[1], later[1])}
    for choice in (starts[0] & starts[1], whole & starts[1], whole & starts[0], inside - starts[0] - starts[1]):
        if choice:
            return min(choice, key=lambda turn: (abs(turn - middle), turn))
    return middle


def _leaves_whole(seam: int, earlier: Sequence[WindowChunk], later: Sequence[WindowChunk]) -> bool:
    """Whether a seam leaves three turns or more of the pieces that it cuts, or none."""
    before = next((seam - piece.span.first for piece in earlier if seam - 1 in piece.span), FEWEST)
    after = next((piece.span.last - seam + 1 for piece in later if seam in piece.span), FEWEST)
    return before >= FEWEST and after >= FEWEST


def _join_pieces(one: WindowChunk, other: WindowChunk) -> WindowChunk:
    """Two parts of one chunk; the topic is that of the longer one. The same sentence twice is one, shown by both."""
    found = list(one.found)
    for new in other.found:
        same = next((n for n, old in enumerate(found) if (old.kind, old.text) == (new.kind, new.text)), None)
        if same is None:
            found.append(new)
        else:
            found[same] = replace(found[same], turns=tuple(sorted({*found[same].turns, *new.turns})))
    topic = one.topic if len(one.span) >= len(other.span) else other.topic
    return WindowChunk(Span(one.span.first, other.span.last), topic, tuple(found), one.ignored)


def _renumber(chunk: WindowChunk) -> WindowChunk:
    if chunk.ignored is None and len(chunk.span) < FEWEST:
        return replace(chunk, ignored=SHORT, found=())
    return chunk


def positions(chunks: Sequence[WindowChunk], asked: Sequence[int], last: int) -> list[tuple[int, int]]:
    """First and last position in the history of each chunk: from its first turn of the user to just before the next's.

    `asked` are the positions of the user's turns, `last` is that of the last turn. The first chunk begins at 1.
    """
    starts = [1 if number == 0 else asked[chunk.span.first - 1] for number, chunk in enumerate(chunks)]
    ends = [start - 1 for start in starts[1:]] + [last]
    return list(zip(starts, ends, strict=True))
