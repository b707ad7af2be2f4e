"""What the command line prints: data on stdout, talk on stderr, texts of others inert."""

from __future__ import annotations

import json
import os
import sys
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

from interpref_tui.text.sanitize import cell_width, escape_json, sanitize, truncate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = (
    "json_line",
    "one_line",
    "plain",
    "sanitize",
    "say",
    "table",
    "table_lines",
    "truncate",
    "write",
    "write_json",
    "write_lines",
)
_MEASURED = 5000  # rows by which the width of columns is told
_WAITING = 8 << 20  # characters that wait in memory


def flush() -> None:
    """Bring what was printed to whoever reads it. Raises OSError where it cannot be, such as on a full disk."""
    sys.stdout.flush()


def write_json(value: Any) -> None:
    """One JSON document on stdout. Numbers that JSON has no word for are null; characters that a terminal would obey, or
    that hide, are written as JSON's escapes, which mean the same."""
    sys.stdout.write(json_line(value) + "\n")
    sys.stdout.flush()


def json_line(value: Any) -> str:
    """A JSON document as `write_json` writes it."""
    return escape_json(json.dumps(value, ensure_ascii=False, allow_nan=False, default=str))


def write_lines(lines: Iterable[str]) -> None:
    """Lines of data on stdout, all made before the first is written: whoever reads slowly keeps nothing open for it. What is
    more than a little waits in a temporary file. Raises OSError where there is no room for it."""
    with SpooledTemporaryFile(max_size=_WAITING, mode="w+", encoding="utf-8", newline="") as waiting:
        for line in lines:
            waiting.write(line + "\n")
        waiting.seek(0)
        while part := waiting.read(1 << 16):
            sys.stdout.write(part)
        sys.stdout.flush()


def say(text: str) -> None:
    """A message for the person, on stderr."""
    sys.stderr.write(sanitize(text, lines=True) + "\n")
    sys.stderr.flush()


def write(text: str) -> None:
    """A line of data for the person, on stdout."""
    sys.stdout.write(text + "\n")


def plain() -> bool:
    """Whether colours and boxes are unwanted: NO_COLOR, a dumb terminal, or a pipe."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()


def table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str], *, right: frozenset[str] = frozenset()) -> str:
    """Rows as aligned plain text under their headings; the last column is cut to the terminal's width."""
    return "\n".join(table_lines(rows, columns, right=right))


def table_lines(
    rows: Iterable[Mapping[str, Any]], columns: Iterable[str], *, right: frozenset[str] = frozenset()
) -> Iterator[str]:
    """The lines of such a table, one after the other. The first thousands of rows say how wide columns are."""
    import shutil

    names = list(columns)
    all_cells = ([sanitize("" if row.get(name) is None else row[name]) for name in names] for row in rows)
    found = list(islice(all_cells, _MEASURED))
    widths = [max([cell_width(name), *(cell_width(line[n]) for line in found)]) for n, name in enumerate(names)]
    room = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 10_000

    def line(values: list[str]) -> str:
        parts = []
        for n, value in enumerate(values):
            value = truncate(value, min(widths[n], 60)) if n < len(values) - 1 else value
            gap = " " * (min(widths[n], 60) - cell_width(value))
            parts.append(gap + value if names[n] in right else value + gap)
        return truncate("  ".join(parts).rstrip(), room)

    yield line(names)
    yield from map(line, found)
    yield from map(line, all_cells)


def one_line(error: BaseException) -> str:
    """What an error says, in one line that is not too long; its kind where it says nothing."""
    return " ".join(str(error).split())[:300] or type(error).__name__
