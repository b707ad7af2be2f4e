"""A row as a line of cells: its columns, what is searched for in it, what does not fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment

from interpref_tui.text.sanitize import sanitize, strip_leading_blank_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.style import Style


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field of the row, its heading, its width in cells (0: shares what is left), and how a value reads."""

    name: str
    heading: str
    width: int = 0
    right: bool = False
    show: Callable[[Any], str] = field(default=lambda value: "" if value is None else str(value))


def widths_of(columns: Sequence[Column], width: int) -> list[int]:
    """Cells of each column in a line of so many: one before the row for the cursor's mark, one between columns."""
    room = width - sum(column.width for column in columns) - len(columns)
    sharing = sum(1 for column in columns if not column.width)
    share = max(6, room // sharing) if sharing else 0
    return [column.width or share for column in columns]


def cells_of(row: Mapping[str, Any], columns: Sequence[Column], widths: Sequence[int], marked: str) -> str:
    """A row as one line of cells; the widest column shows the words around a hit that is further in."""
    cells = []
    hit = row.get("hit")
    wide = widths.index(max(widths)) if hit and widths else -1
    for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
        # Cut first: a text may be long, and every character of what is drawn is looked at.
        text = sanitize(strip_leading_blank_lines(column.show(row.get(column.name)))[: 2 * width + 1])
        if place == wide and marked.casefold() not in text[: max(0, width - 1)].casefold():
            text = f"… {sanitize(strip_leading_blank_lines(str(hit))[: 2 * width])}"
        cells.append(align(text, width, right=column.right))
    return " ".join(cells)


def marked_spans(line: str, texts: Sequence[str]) -> list[tuple[int, int]]:
    """Where the texts stand in a line, in any case, in order and without overlap."""
    folded = line.lower()
    if len(folded) != len(line):  # a letter that changes its length: places would not fit
        folded = line
    spans: list[tuple[int, int]] = []
    for text in texts:
        wanted = text.lower()
        at = folded.find(wanted)
        while at >= 0 and wanted:
            spans.append((at, at + len(wanted)))
            at = folded.find(wanted, at + len(wanted))
    kept: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if not kept or start >= kept[-1][1]:
            kept.append((start, stop))
    return kept


def segments_of(line: str, marks: Sequence[tuple[int, int]], style: Style, hit: Style) -> list[Segment]:
    """A line in pieces: what is marked, and what is not."""
    edges = [0, *(edge for mark in marks for edge in mark), len(line)]
    pieces = [Segment(line[start:stop], hit if n % 2 else style) for n, (start, stop) in enumerate(pairwise(edges))]
    return [piece for piece in pieces if piece.text]


def align(text: str, width: int, *, right: bool = False) -> str:
    """A text in exactly so many cells, with an ellipsis where it was cut."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)
    return " " * (width - length) + text if right else text + " " * (width - length)
