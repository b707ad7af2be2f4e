"""What is needed of DuckDB to open a study.

Four fifths of the time that `import duckdb` takes go to what nothing here uses (relations, expressions, functions in
Python). Its compiled half is enough to connect, ask and be told of errors; the whole package works beside it.
"""

from __future__ import annotations

try:
    from _duckdb import CatalogException, Error, IOException, connect
except ImportError:  # a DuckDB that is put together in another way
    from duckdb import CatalogException, Error, IOException, connect

__all__ = [
    "CatalogException",
    "Error",
    "IOException",
    "connect",
    "disk_full_reason",
    "is_locked",
    "quote",
    "quote_name",
]

# What systems say when a file cannot grow. DuckDB passes it on in errors of several kinds.
_NO_ROOM = ("no space left", "quota exceeded", "file too large", "read-only file system", "input/output error")


def disk_full_reason(error: BaseException) -> str | None:
    """What the system said, where DuckDB could not write for want of room; None for any other error."""
    text = str(error)
    at = max(text.lower().find(one) for one in _NO_ROOM)
    return text[at:].splitlines()[0] if at >= 0 else None


def is_locked(error: BaseException) -> bool:
    """Whether a file could not be opened because another process, or another study of this one, holds it."""
    text = str(error)
    return any(words in text for words in ("Could not set lock on file", "Conflicting lock", "file handle conflict"))


def quote(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'
