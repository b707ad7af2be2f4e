"""What the command line prints: data on stdout, talk on stderr, texts of others inert."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Characters that change the direction of a line or hide in it, shown as they are named.
_INVISIBLE = {*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0x061C}
_JOINERS = (0x200C, 0x200D)


def inert(text: object, *, lines: bool = False) -> str:
    """A text of a model or file without anything that a terminal would obey: control characters become pictures.

    With `lines`, line ends and tabs stay. Joiners between letters stay, which Persian and Indic words are written with;
    between emoji they go, since terminals disagree about how wide what they join is.
    """
    out = []
    whole = str(text)
    for place, character in enumerate(whole):
        code = ord(character)
        if lines and character in "\n\t":
            out.append(character)
        elif code < 0x20:
            out.append(chr(0x2400 + code))
        elif code == 0x7F:
            out.append("\u2421")
        elif code in _JOINERS and 0 < place < len(whole) - 1 and min(whole[place - 1], whole[place + 1]) > "\u02ff":
            if unicodedata.category(whole[place + 1])[0] in "LM":
                out.append(character)
        elif 0x80 <= code < 0xA0 or code in _INVISIBLE or 0xD800 <= code < 0xE000 or code in (0x2028, 0x2029):
            out.append(f"<U+{code:04X}>")
        else:
            out.append(character)
    return "".join(out)


def write_json(value: Any) -> None:
    """One JSON document on stdout. Numbers that JSON has no word for are null."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False, default=str) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """A message for the person, on stderr."""
    sys.stderr.write(inert(text, lines=True) + "\n")
    sys.stderr.flush()


def write(text: str) -> None:
    """A line of data for the person, on stdout."""
    sys.stdout.write(text + "\n")


def plain() -> bool:
    """Whether colours and boxes are unwanted: NO_COLOR, a dumb terminal, or a pipe."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()


def width_of(text: str) -> int:
    """Cells that a text takes in a terminal (wide East Asian characters take two)."""
    return sum(
        0 if unicodedata.combining(c) or ord(c) in _JOINERS else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def cut(text: str, width: int) -> str:
    """The text within `width` cells, with an ellipsis where it was cut."""
    if width_of(text) <= width:
        return text
    out, used = [], 0
    for character in text:
        used += width_of(character)
        if used > width - 1:
            break
        out.append(character)
    return "".join(out) + "…"


def table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str], *, right: frozenset[str] = frozenset()) -> str:
    """Rows as aligned plain text under their headings; the last column is cut to the terminal's width."""
    import shutil

    names = list(columns)
    cells = [[inert("" if row.get(name) is None else row[name]) for name in names] for row in rows]
    widths = [max([width_of(name), *(width_of(line[n]) for line in cells)]) for n, name in enumerate(names)]
    room = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 10_000

    def line(values: list[str]) -> str:
        parts = []
        for n, value in enumerate(values):
            value = cut(value, min(widths[n], 60)) if n < len(values) - 1 else value
            gap = " " * (min(widths[n], 60) - width_of(value))
            parts.append(gap + value if names[n] in right else value + gap)
        return cut("  ".join(parts).rstrip(), room)

    return "\n".join([line(names), *(line(values) for values in cells)])
