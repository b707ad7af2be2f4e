"""What the command line prints: data on stdout, talk on stderr, texts of others inert."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from interpref_tui.characters import cells, cut, escaped, inert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ("cut", "inert", "one_line", "plain", "say", "table", "write", "write_json")


def flush() -> None:
    """Bring what was printed to whoever reads it. Raises OSError where it cannot be, such as on a full disk."""
    sys.stdout.flush()


def write_json(value: Any) -> None:
    """One JSON document on stdout. Numbers that JSON has no word for are null; characters that a terminal would obey, or
    that hide, are written as JSON's escapes, which mean the same."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    sys.stdout.write(escaped(text) + "\n")
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


def table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str], *, right: frozenset[str] = frozenset()) -> str:
    """Rows as aligned plain text under their headings; the last column is cut to the terminal's width."""
    import shutil

    names = list(columns)
    found = [[inert("" if row.get(name) is None else row[name]) for name in names] for row in rows]
    widths = [max([cells(name), *(cells(line[n]) for line in found)]) for n, name in enumerate(names)]
    room = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 10_000

    def line(values: list[str]) -> str:
        parts = []
        for n, value in enumerate(values):
            value = cut(value, min(widths[n], 60)) if n < len(values) - 1 else value
            gap = " " * (min(widths[n], 60) - cells(value))
            parts.append(gap + value if names[n] in right else value + gap)
        return cut("  ".join(parts).rstrip(), room)

    return "\n".join([line(names), *(line(values) for values in found)])


def one_line(error: BaseException) -> str:
    """What an error says, in one line that is not too long; its kind where it says nothing."""
    return " ".join(str(error).split())[:300] or type(error).__name__
