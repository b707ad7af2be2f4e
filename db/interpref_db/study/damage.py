"""Damaged study files: DuckDB's errors as one line that names the study and says the way out."""

from __future__ import annotations

import re
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from interpref_db.errors import NotAStudy, StudyDamaged
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

# What DuckDB says of bytes that are not what it wrote, whatever kind of error it makes of it.
_SURE = ("corrupt database file", "does not match stored checksum")
# What it may say of such bytes, of a file that is imported, or for a fault of its own: the study is read to tell.
_DOUBTFUL = (
    "corrupt", "checksum", "deserialize", "deserialization", "serialization error", "could not read enough bytes",
    "not enough data", "database has been invalidated", "free list", "block pointer", "invalid unicode", "end of file",
    "out of bounds", "out of range", "could not read from file", "metadata block",
)  # fmt: skip
_LOG = re.compile(r"\bWAL\b")
_BLOCK = re.compile(r"checksum .* in block at location (\d+)")
# What it says of values that no program of ours has written, in a file that is whole.
_VALUES = ("invalid unicode", "malformed json", "invalid utf8")
_VALUE_KINDS = ("ConversionException", "OutOfRangeException")
_KINDS = ("FatalException", "SerializationException", "InternalException")


def is_damage(error: BaseException) -> bool:
    """Whether an error of DuckDB, met when a file was opened, says that the file is not as it was written."""
    text = str(error).lower()
    known = any(sign in text for sign in (*_SURE, *_DOUBTFUL)) or type(error).__name__ in _KINDS
    return known or bool(_LOG.search(str(error)))


def describe_damage(file: Path, error: BaseException) -> StudyDamaged:
    """What to say of a damaged study, with the ways out."""
    text = str(error)
    block = _BLOCK.search(text)
    if block:
        what = f"what lies at byte {block.group(1)} is not what was written there"
    elif _is_of_a_value(error):
        what = f"it holds a value that is none: {shorten(error)}"
    elif _LOG.search(text):
        what = f"{file.name}.wal beside it does not belong to it, or is damaged: {shorten(error)}"
    else:
        what = shorten(error)
    return StudyDamaged(
        f"{file} is damaged ({what}); restore a copy, or save what can be read: "
        f"interpref export {shlex.quote(str(file))} study -o FILE --salvage"
    )


@contextmanager
def reporting_damage(file: Path, connection: DuckDBPyConnection | None = None) -> Iterator[None]:
    """Turn DuckDB's errors of damage into StudyDamaged, one line; any other error passes.

    `connection` reads, and has the file attached as `study`: then what is wrong with a value is wrong in the study. Without,
    the file is attached nowhere in this process by the time that an error arrives here: closing it would end the lock that an
    attached one holds.
    """
    from interpref_db.study import duckdb_core

    try:
        yield
    except duckdb_core.Error as error:
        if connection is not None and _is_of_a_value(error):
            raise describe_damage(file, error) from None
        if _is_of_a_value(error) and has_damage(file, odd=True):
            raise describe_damage(file, error) from None
        sure = any(sign in str(error).lower() for sign in _SURE)
        if not sure and not (is_damage(error) and has_damage(file, connection)):
            raise
        raise describe_damage(file, error) from None


def _is_of_a_value(error: BaseException) -> bool:
    return any(sign in str(error).lower() for sign in _VALUES) or type(error).__name__ in _VALUE_KINDS


def has_damage(file: Path, connection: DuckDBPyConnection | None = None, *, odd: bool = False) -> bool:
    """Whether some part of a study cannot be read, by reading all of it: through a connection, or one of its own.

    With `odd`, whether it holds a value that is none.
    """
    from interpref_db.study import duckdb_core
    from interpref_db.study.connection import connect
    from interpref_db.study.odd_values import has_odd_values

    try:
        if connection is not None:
            read_everything(connection)
            return False
        with connect(files=(file,)) as another:
            another.execute(f"ATTACH {duckdb_core.quote(str(file.resolve()))} AS study (READ_ONLY, TYPE duckdb)")
            if odd:
                return has_odd_values(another)
            read_everything(another)
    except duckdb_core.Error as error:
        return not duckdb_core.is_locked(error)
    return False


def read_everything(connection: DuckDBPyConnection) -> None:
    """Read every value of the attached study's tables. Raises DuckDB's errors where that is not possible."""
    from interpref_db.study.duckdb_core import quote_name

    for name, _ in connection.execute(sql("catalog_tables"), {"database": "study"}).fetchall():
        connection.execute(f"SELECT max(hash(one)) FROM study.{quote_name(name)} AS one").fetchall()  # noqa: S608 - quoted


def raise_unreadable(file: Path, error: BaseException) -> NoReturn:
    """Say in one line why a file cannot be opened as a study. Raises NotAStudy, StudyDamaged."""
    from interpref_db.study.paths import is_duckdb_file

    text = str(error)
    if "ermission" in text and "disabled by configuration" not in text:
        raise NotAStudy(f"{file} cannot be opened: permission denied") from None
    if is_damage(error) and is_duckdb_file(file):
        raise describe_damage(file, error) from None
    raise NotAStudy(f"{file} is not a study that can be opened ({shorten(error)})") from None


def shorten(error: BaseException) -> str:
    """An error of DuckDB on one line, without what is for its developers."""
    text = re.split(r"\nThis error signals|Stack Trace|\s+Input:", str(error))[0]
    return " ".join(text.split())[:200]
