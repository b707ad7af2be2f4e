"""Markdown as people and models write it in conversations, line by line: nothing is lost, every word keeps its place.

Line ends stay where they were written. Links show where they lead; nothing becomes a terminal's hyperlink. What is not
understood stands as it was written. Time grows with the length of the text, whatever is in it.
"""

from __future__ import annotations

import re

from interpref_tui.text.sanitize import cell_width
from interpref_tui.text.wrapping import Paragraph

_LONGEST = 4_000  # characters of a line in which emphasis is looked for
_NEAR = 400  # characters within which an emphasis must end

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})([^`]*)$")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(?=\S)")
_ITEM = re.compile(r"(\s*)([-*+•]|\d{1,4}[.)])(\s+)(?=\S)")
_QUOTE = re.compile(r"\s{0,3}(?:>\s?)+")
_RULE = re.compile(r"\s{0,3}([-*_])(?:\s*\1){2,}\s*$")
_CELLS = re.compile(r"(?<!\\)\|")
_DIVIDER = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_INLINE = re.compile(
    r"\\(?P<escaped>[\\`*_{}\[\]()#+.!>~|-])"
    rf"|(?P<ticks>`{{1,4}})(?!`)(?P<code>.{{1,{_NEAR}}}?)(?<!`)(?P=ticks)(?!`)"
    rf"|(?P<two>\*\*|(?<!\w)__)(?=\S)(?P<bold>.{{1,{_NEAR}}}?)(?<=\S)(?P=two)"
    rf"|(?P<one>\*|(?<!\w)_)(?=[^\s*_])(?P<italic>[^*\n]{{1,{_NEAR}}}?)(?<=[^\s*_])(?P=one)(?!\w)"
    rf"|~~(?=\S)(?P<struck>.{{1,{_NEAR}}}?)(?<=\S)~~"
    rf"|!?\[(?P<label>[^\[\]\n]{{1,{_NEAR}}})\]\((?P<url>[^()\s]{{1,{_NEAR}}})\)"
)


def paragraphs(text: str, *, formatted: bool = True, width: int = 80) -> list[Paragraph]:
    """The lines of an inert text as they are drawn: as Markdown, or as they were written."""
    lines, place = [], 0
    for line in text.split("\n"):
        lines.append((place, line))
        place += len(line) + 1
    if not formatted:
        return [_plain_paragraph(place, line) for place, line in lines]
    return _Layout(lines, width).all


def _plain_paragraph(place: int, line: str, style: str = "") -> Paragraph:
    found = Paragraph(place)
    found.add(line, place, style)
    return found


class _Layout:
    """Goes over the lines once."""

    def __init__(self, lines: list[tuple[int, str]], width: int) -> None:
        self.all: list[Paragraph] = []
        self._lines = lines
        self._width = width
        number, fence = 0, ""
        while number < len(lines):
            place, line = lines[number]
            if fence or _FENCE.match(line):
                fence = self._layout_code_line(place, line, fence)
            elif "|" in line and number + 1 < len(lines) and _is_divider(lines[number + 1][1]):
                number = self._table(number)
                continue
            else:
                self.all.append(_line(place, line, self._width))
            number += 1

    def _layout_code_line(self, place: int, line: str, fence: str) -> str:
        """A line of code, or the mark that begins or ends it; the mark that is open afterwards."""
        found = _FENCE.match(line)
        if not fence and found:
            mark = _plain_paragraph(place, line.strip()[len(found.group(1)) :] or "code", "dim")
            mark.first = mark.rest = "┌ "
            self.all.append(mark)
            return found.group(1)
        if found and found.group(1).startswith(fence) and not found.group(2).strip():
            end = Paragraph(place, first="└", rest="└")
            self.all.append(end)
            return ""
        code = _plain_paragraph(place, line)
        code.first = code.rest = "│ "
        self.all.append(code)
        return fence

    def _table(self, number: int) -> int:
        """Rows with their cells aligned where they fit beside each other; the number of the line after them."""
        rows: list[list[tuple[int, str]]] = []
        first = number
        while number < len(self._lines) and "|" in self._lines[number][1]:
            place, line = self._lines[number]
            if number != first + 1:
                rows.append(_table_cells(place, line))
            number += 1
        columns = max(len(row) for row in rows)
        drawn = [[_inline(Paragraph(place), text, place, "") for place, text in row] for row in rows]
        widths = [max([cell_width(row[n].text) for row in drawn if n < len(row)], default=0) for n in range(columns)]
        aligned = sum(widths) + 3 * (columns - 1) <= self._width
        for place_in_table, row in enumerate(rows):
            line_of_row = Paragraph(row[0][0] if row else self._lines[first][0])
            for n, (place, text) in enumerate(row):
                _inline(line_of_row, text, place, "" if place_in_table else "bold")
                if n < len(row) - 1:
                    line_of_row.add(
                        " " * (widths[n] - cell_width(drawn[place_in_table][n].text) if aligned else 0) + " │ "
                    )
            self.all.append(line_of_row)
            if not place_in_table:
                self.all.append(
                    Paragraph(line_of_row.source, first="─┼─".join("─" * w for w in widths) if aligned else "───")
                )
        return number


def _is_divider(line: str) -> bool:
    return "-" in line and "|" in line and len(line) <= _LONGEST and bool(_DIVIDER.match(line))


def _table_cells(place: int, line: str) -> list[tuple[int, str]]:
    found, start = [], 0
    for bar in [*(one.start() for one in _CELLS.finditer(line)), len(line)]:
        cell = line[start:bar]
        found.append((place + start + len(cell) - len(cell.lstrip()), cell.strip()))
        start = bar + 1
    if found and not found[0][1]:
        found = found[1:]
    if found and not found[-1][1]:
        found = found[:-1]
    return found or [(place, "")]


def _line(place: int, line: str, width: int) -> Paragraph:
    """A line outside code and tables."""
    if len(line) > _LONGEST:
        return _plain_paragraph(place, line)
    if _RULE.match(line):
        return Paragraph(place, first="─" * min(40, width))
    if found := _HEADING.match(line):
        text = line[found.end() :].rstrip().rstrip("#").rstrip()
        return _inline(Paragraph(place), text, place + found.end(), "bold underline" if len(found[1]) == 1 else "bold")
    paragraph = Paragraph(place)
    start = 0
    if found := _QUOTE.match(line):
        start = found.end()
        paragraph.first = paragraph.rest = "▎ " * min(3, found.group().count(">"))
    if found := _ITEM.match(line, start):
        indent = " " * min(12, len(found[1].expandtabs(4)))
        sign = "•" if found[2] in "-*+•" else found[2]
        paragraph.first, paragraph.rest = (
            f"{paragraph.first}{indent}{sign} ",
            f"{paragraph.rest}{indent}{' ' * cell_width(sign)} ",
        )
        start = found.end()
    return _inline(paragraph, line[start:], place + start, "")


def _inline(paragraph: Paragraph, text: str, place: int, style: str) -> Paragraph:
    """Append a text with its emphasis as styles and without the markers."""
    done = 0
    for found in _INLINE.finditer(text):
        paragraph.add(text[done : found.start()], place + done, style)
        done = found.end()
        for name, more in (("code", "italic"), ("bold", "bold"), ("italic", "italic"), ("struck", "strike")):
            inner = found.group(name)
            if inner is None:
                continue
            if name == "code":
                paragraph.add(inner, place + found.start(name), f"{style} {more}".strip())
            else:
                _inline(paragraph, inner, place + found.start(name), f"{style} {more}".strip())
        if found.group("escaped"):
            paragraph.add(found.group("escaped"), place + found.start("escaped"), style)
        if found.group("label") is not None:
            _inline(paragraph, found.group("label"), place + found.start("label"), f"{style} underline".strip())
            if found.group("url") != found.group("label"):
                paragraph.add(" ")
                paragraph.add(f"({found.group('url')})", place + found.start("url") - 1, "dim")
    paragraph.add(text[done:], place + done, style)
    return paragraph
