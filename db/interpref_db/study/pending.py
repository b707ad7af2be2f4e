"""Lines that are not settled yet: what journals hold, and what an import has read, in the schema `incoming`.

The tables there are the study's own with two more columns: `origin` (the journal or file) and `line`.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core.system.safe_files import open_file
from interpref_db.queries import sql
from interpref_db.study.journal import (
    TAIL,
    JournalIdentity,
    is_foreign,
    is_header,
    read_all_lines,
    read_identity,
    unseal,
)
from interpref_db.study.run_status import RunStatusReader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from duckdb import DuckDBPyConnection

    from interpref_core.records.base import Record
    from interpref_db.study.paths import StudyPaths

# The kinds of lines, by their native type, and the table that each goes to.
TABLES = {
    "history": "histories",
    "preference": "preferences",
    "pair": "pairs",
    "item": "items",
    "run": "runs",
    "judging": "judgings",
    "response": "responses",
    "verdict": "verdicts",
    "call": "calls",
    "error": "errors",
    "comparison": "comparisons",
    "assignment": "assignments",
    "label": "labels",
    "building": "buildings",
    "making": "makings",
    "chunk": "chunks",
    "query": "queries",
    "link": "links",
    "superseded": "superseded",
    "clustering": "clusterings",
    "split": "splits",
}
JOURNALED = (
    "runs", "judgings", "responses", "verdicts", "calls", "errors", "comparisons", "assignments", "labels", "buildings",
    "makings", "clusterings", "splits",
)  # fmt: skip
JOURNALED_KINDS = frozenset(kind for kind, table in TABLES.items() if table in JOURNALED)
_LOOKS = 5
BATCH = 20_000
BATCH_SIZE = 8_000_000  # bytes, about

# Where taken lines go: the schema for journals, or temporary tables of a writer. One transaction may write to one
# database only, the study, and to temporary tables.
JOURNALS = "incoming."
STAGED = "staged_"


def load_lines(
    connection: DuckDBPyConnection,
    lines: Sequence[tuple[int, str]],
    origin: str,
    tables: str = JOURNALS,
    known: Collection[str] = tuple(TABLES),
) -> set[int]:
    """Take JSON lines (with their numbers) into the tables. Returns the numbers of those that are no object of a known type."""
    if not lines:
        return set()
    given = {"numbers": [number for number, _ in lines], "lines": [text for _, text in lines], "origin": origin}
    connection.execute(sql("take_lines"), given)
    connection.execute(sql("take_fresh"))
    connection.execute("DROP TABLE lines")
    kinds = [row[0] for row in connection.execute("SELECT DISTINCT type FROM fresh").fetchall()]
    for kind in kinds:
        if kind in known:
            connection.execute(sql(f"take_{TABLES[kind]}").replace(JOURNALS, tables))
    if all(kind in known for kind in kinds):
        return set()
    unknown = connection.execute(sql("take_unknown"), {"known": list(known)}).fetchall()
    return {line for (line,) in unknown}


def take_raw(
    connection: DuckDBPyConnection, lines: Sequence[tuple[int, bytes]], origin: str, tables: str = JOURNALS
) -> set[int]:
    """Take lines of a journal as they lie in the file. Returns the numbers of those that cannot be read or are unknown."""
    texts: list[tuple[int, str]] = []
    bad: set[int] = set()
    for number, line in lines:
        if not line.strip() or (number == 1 and is_header(line)):
            if line.strip() and unseal(line) is None:
                bad.add(number)
            continue
        text = unseal(line)
        if text is None:
            bad.add(number)
        else:
            texts.append((number, text))
    return bad | load_lines(connection, texts, origin, tables, JOURNALED_KINDS)


def required_columns(connection: DuckDBPyConnection) -> dict[str, list[str]]:
    """By table that journals hold rows of, the columns that may not be NULL in the attached study."""
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(sql("required_columns")).fetchall():
        if table in JOURNALED:
            found.setdefault(table, []).append(column)
    return found


def drop_incomplete(
    connection: DuckDBPyConnection, required: dict[str, list[str]], tables: str = JOURNALS, origin: str | None = None
) -> set[int]:
    """Remove rows of journals that lack what their kind must have, so that no line can harm the rest. Their numbers."""
    dropped: set[int] = set()
    for table, columns in required.items():
        missing = " OR ".join(f"{column} IS NULL" for column in columns)
        query = f"DELETE FROM {tables}{table} WHERE ({missing}) AND ($1 IS NULL OR origin = $1) RETURNING line"  # noqa: S608 - names are ours
        dropped.update(line for (line,) in connection.execute(query, [origin]).fetchall())
    return dropped


def stage_records(
    connection: DuckDBPyConnection, records: Iterable[tuple[int, Record | dict[str, Any]]], origin: str
) -> None:
    """Take records (with their line numbers) into the staged tables of a writer, in batches."""
    batch: list[tuple[int, str]] = []
    size = 0
    for number, record in records:
        data = record if isinstance(record, dict) else record.to_json()
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        batch.append((number, text))
        size += len(text) if text.isascii() else 3 * len(text)
        if len(batch) >= BATCH or size > BATCH_SIZE:
            load_lines(connection, batch, origin, STAGED)
            batch.clear()
            size = 0
    load_lines(connection, batch, origin, STAGED)


@dataclass(slots=True)
class _JournalOffset:
    """How far one journal has been read. `tail` is what stood before the offset, `bad` the lines that were left out.

    `partial` when lines of it were dropped, since they stood elsewhere as well: in the study or in another journal.
    """

    identity: JournalIdentity
    offset: int = 0
    lines: int = 0
    tail: bytes = b""
    bad: set[int] = field(default_factory=set)
    partial: bool = False


class PendingRecords:
    """The tables of `incoming` and how far each journal has been read.

    A journal is known by its identity: where another one stands at a path, or an older copy of it was put there, it is read
    from the start.
    """

    def __init__(self, connection: DuckDBPyConnection, places: StudyPaths, study: str | None = None) -> None:
        """`study` is the identifier of the study: journals of another one are left alone."""
        self._connection = connection
        self._places = places
        self._study = study
        self._positions: dict[str, _JournalOffset] = {}
        self._skipped: dict[str, str] = {}  # journals that are not taken, and why
        self._lock = threading.Lock()
        self._forgot = False  # whether a journal was forgotten since it was last asked
        self._rows_went = False  # whether rows were deleted since the memory of deleted ones was last given back
        self._watch = RunStatusReader(places)
        self._live: list[tuple[str, bool, str]] = []
        self._required: dict[str, list[str]] = {}
        self.ready = False

    def create(self) -> None:
        """Make the tables: the columns of the study's own, of which the schema is known to be ours. It must be attached."""
        connection = self._connection.cursor()
        connection.execute("CREATE SCHEMA memory.incoming")
        for table in (*TABLES.values(), "turns"):
            # Without the constraints: a line that lacks something is dropped after it was taken, and spoils no other.
            connection.execute(
                f"CREATE TABLE memory.incoming.{table} AS "  # noqa: S608 - names are ours
                f"SELECT *, NULL::VARCHAR AS origin, NULL::BIGINT AS line FROM study.{table} LIMIT 0"
            )
        connection.execute("CREATE TABLE memory.incoming.live (id VARCHAR, at_work BOOLEAN, state VARCHAR)")
        self._required = required_columns(connection)
        connection.close()
        self.ready = True

    def change_study(self, study: str) -> None:
        """Where another study stands under the name by now, read everything again."""
        with self._lock:
            if study != self._study:
                self._study = study
                for name in list(self._positions):
                    self.drop_origin(name)

    def take_journals(self, *, settled: bool = False, without: frozenset[str] = frozenset()) -> bool:
        """Read what each journal has gained; forget journals that are gone. True if anything changed.

        `without` names journals that a writer moves into the study itself. `settled` when the file was written to, or replaced,
        since the last time. What was dropped of a journal because it stood elsewhere too may stand there no more, then and
        whenever a journal goes: such journals are read again.
        """
        with self._lock:
            changed = False
            before, self._forgot = set(self._positions), False
            for _ in range(_LOOKS):
                self._skipped.clear()
                present = self._list_journals(without)
                changed |= self._take_present(present)
                if self._list_journals(without).keys() == present.keys():
                    break  # else one was given another name as we looked, and may have been missed under both
            if settled or self._forgot:
                for name in sorted(before):
                    if name in self._positions and self._positions[name].partial:
                        self.drop_origin(name)
                        changed |= self._take_journal(name, Path(name))
            return changed

    def _list_journals(self, without: frozenset[str]) -> dict[str, Path]:
        return {str(path): path for path in self._places.journals() if str(path) not in without}

    def _take_present(self, present: dict[str, Path]) -> bool:
        changed = False
        for name in [name for name in self._positions if name not in present]:
            self.drop_origin(name)
            changed = True
        for name, path in present.items():
            changed |= self._take_journal(name, path)
        return changed

    def take_live(self) -> None:
        """Bring `live` up to date: which runs are at work in whatever process, and how the others ended."""
        with self._lock:
            found = [(one.id, one.is_running, str(one.state)) for one in self._watch.all()]
            if found == self._live:
                return
            self._connection.execute("DELETE FROM incoming.live")
            if found:
                self._connection.executemany("INSERT INTO incoming.live VALUES (?, ?, ?)", found)
            self._live = found

    def _take_journal(self, name: str, path: Path) -> bool:
        try:
            descriptor = open_file(path, os.O_RDONLY, root=self._places.root_of(path))
        except FileNotFoundError:
            return False
        except OSError as error:
            self._skipped[name] = f"{error.strerror or error}; it is left out"
            return False
        try:
            return self._take_opened(name, descriptor)
        except OSError as error:
            self._skipped[name] = f"cannot be read ({error.strerror or error}); it is left out"
            return False
        finally:
            os.close(descriptor)

    def _take_opened(self, name: str, descriptor: int) -> bool:
        identity = read_identity(descriptor)
        if identity is None:  # not even its first line is finished
            return self._forget_known(name)
        if is_foreign(identity, self._study):
            if not any(Path(name).is_relative_to(root) for root in self._places.others):
                self._skipped[name] = "it belongs to another study and is left alone"
            return self._forget_known(name)
        position = self._positions.get(name)
        changed = False
        if position and not (position.identity == identity and _is_unchanged(descriptor, position)):
            self.drop_origin(name)
            changed, position = True, None
        if position is None:
            position = self._positions[name] = _JournalOffset(identity)
        for lines, offset in read_all_lines(descriptor, position.offset):
            numbered = list(enumerate(lines, position.lines + 1))
            position.bad |= take_raw(self._connection, numbered, name)
            position.bad |= drop_incomplete(self._connection, self._required, origin=name)
            position.offset, position.lines = offset, position.lines + len(lines)
            position.tail = os.pread(descriptor, min(TAIL, offset), max(0, offset - TAIL))
            changed = True
        return changed

    def _forget_known(self, name: str) -> bool:
        known = name in self._positions
        if known:
            self.drop_origin(name)
        return known

    def drop_origin(self, origin: str) -> None:
        """Drop what came from one journal or file."""
        for table in (*TABLES.values(), "turns"):
            self._connection.execute(f"DELETE FROM incoming.{table} WHERE origin = $origin", {"origin": origin})  # noqa: S608 - names are ours
        self._forgot |= self._positions.pop(origin, None) is not None
        self._rows_went = True

    def drop_committed(self) -> None:
        """Drop rows that the settled tables have by now, and all but one of those that journals hold twice."""
        for table in JOURNALED:
            dropped = self._connection.execute(sql("drop_settled").replace("TABLE_NAME", table)).fetchall()
            self._rows_went |= bool(dropped)
            for origin in {origin for (origin,) in dropped}:
                if origin in self._positions:
                    self._positions[origin].partial = True
        if self._rows_went:
            # Rows that were deleted from tables in memory keep their place there until then.
            with suppress(Exception):  # somebody reads them at this moment: the next time, then
                self._connection.execute("CHECKPOINT memory")
                self._rows_went = False

    def notices(self) -> list[str]:
        """Journals and lines of journals that were left out, one notice each."""
        found = [f"{name}: {reason}" for name, reason in sorted(self._skipped.items())]
        for name, position in sorted(self._positions.items()):
            if position.bad:
                found.append(f"{name}: {len(position.bad)} line(s) could not be read and were left out")
            with suppress(OSError):
                if Path(name).stat().st_size > position.offset:
                    found.append(f"{name}: the last line is not finished; it is left out until it is")
        return found


def _is_unchanged(descriptor: int, position: _JournalOffset) -> bool:
    """Whether what has been read of a journal still stands there: no older copy of it was put in its place."""
    start = position.offset - len(position.tail)
    return os.pread(descriptor, len(position.tail), start) == position.tail
