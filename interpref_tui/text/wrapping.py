"""One line of a text as it is drawn, and where each piece of it stands in the text."""

from __future__ import annotations

from dataclasses import dataclass, field

from interpref_tui.text.sanitize import cell_width

Span = tuple[int, int]

# Kinsoku: what no line begins with, and what none ends with, in scripts that break between any two characters.
_NOT_FIRST = frozenset("、。，．・：；？！ー）］｝〉》」』】〕…‥々ぁぃぅぇぉゃゅょっァィゥェォャュョッ,.!?:;)]}%”’")
_NOT_LAST = frozenset("（［｛〈《「『【〔([{“‘")


@dataclass(slots=True)
class Paragraph:
    """`runs` are (place in `text`, place in the source, length); what is in no run was added, as bullets are.

    `styles` are (from, to, style) over `text`. `first` and `rest` stand before its first line and the others.
    """

    source: int
    text: str = ""
    styles: list[tuple[int, int, str]] = field(default_factory=list)
    runs: list[tuple[int, int, int]] = field(default_factory=list)
    first: str = ""
    rest: str = ""

    def add(self, text: str, source: int | None = None, style: str = "") -> None:
        """Append a piece; with `source`, it stands there in the source."""
        start = len(self.text)
        for number, part in enumerate(text.split("\t")) if "\t" in text else ((0, text),):
            if number:
                self.text += " " * (4 - len(self.text) % 4)
                source = None if source is None else source + 1
            if part and source is not None:
                self.runs.append((len(self.text), source, len(part)))
                source += len(part)
            self.text += part
        if style and len(self.text) > start:
            self.styles.append((start, len(self.text), style))

    def drawn_spans(self, span: Span) -> list[Span]:
        """Where a span of the source stands in what is drawn; in pieces where markers are left out."""
        found = []
        for place, source, length in self.runs:
            start, end = max(span[0], source), min(span[1], source + length)
            if start < end:
                found.append((place + start - source, place + end - source))
        return found

    def place_of(self, source: int) -> int:
        """The place in what is drawn that a place in the source has, or the nearest after it."""
        for place, start, length in self.runs:
            if source < start + length:
                return place + max(0, source - start)
        return len(self.text)

    def wrap(self, width: int) -> list[Span]:
        """The lines at this width in cells, as spans of `text`; at least one."""
        room = max(4, width - max(cell_width(self.first), cell_width(self.rest)))
        return wrap(self.text, room)


def wrap(text: str, width: int) -> list[Span]:
    """Spans of a text that take at most `width` cells each: at spaces, between wide characters, else within a word, never
    inside a character with its marks. The spaces at a break belong to no line."""
    if len(text) <= width and (text.isascii() or cell_width(text) <= width):
        return [(0, len(text))]
    return _wrap_narrow(text, width) if text.isascii() else _wrap_wide(text, width)


def _wrap_narrow(text: str, width: int) -> list[Span]:
    lines, start, end = [], 0, len(text)
    while end - start > width:
        place = text.rfind(" ", start + 1, start + width + 1)
        if place < 0 or not text[start:place].strip():
            lines.append((start, start + width))
            start += width
            continue
        lines.append((start, place))
        start = place
        while start < end and text[start] == " ":
            start += 1
    lines.append((start, end))
    return lines


def _wrap_wide(text: str, width: int) -> list[Span]:
    from rich.cells import split_graphemes

    lines: list[Span] = []
    start, used = 0, 0
    chance: tuple[int, int] | None = None  # where the line may end, and where the next one then begins
    since = 0  # cells after that chance
    before: tuple[str, int] | None = None
    for at, to, wide in split_graphemes(text)[0]:
        here = text[at:to]
        if here == " ":
            chance = (at, to) if chance is None or chance[1] != at else (chance[0], to)
            since = 0
        elif before is not None and (wide > 1 or before[1] > 1) and _may_part(before[0], here) and before[0] != " ":
            chance, since = (at, at), 0
        if used + wide > width and at > start and here != " ":
            stop, following = chance if chance and chance[0] > start else (at, at)
            lines.append((start, stop))
            start = following
            used = since if chance and stop == chance[0] else 0
            chance, since = None, used
        used += wide
        if here != " ":
            since += wide
        before = (here, wide)
    lines.append((start, len(text)))
    return lines


def _may_part(before: str, after: str) -> bool:
    return after[0] not in _NOT_FIRST and before[0] not in _NOT_LAST
