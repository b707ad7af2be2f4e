"""Lines that are not settled yet: what journals hold, and what an import has read, in the schema `incoming`.

The tables there are the study's own with two more columns: `origin` (the journal or file) and `line`.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_db.journal import whole_lines
from interpref_db.live import Watch
from interpref_db.sqlfiles import migrations, sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from duckdb import DuckDBPyConnection

    from interpref_core.records import Record
    from interpref_db.places import Places

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
BATCH = 20_000
BATCH_SIZE = 8_000_000  # characters

# Where taken lines go: the schema for journals, or temporary tables of a writer. One transaction may write to one
# database only, the study, and to temporary tables.
JOURNALS = "incoming."
STAGED = "staged_"


def take(connection: DuckDBPyConnection, lines: Sequence[tuple[int, str]], origin: str, tables: str = JOURNALS) -> int:
    """Take JSON lines (with their numbers) into the tables. Returns how many are no JSON object of a known type."""
    if not lines:
        return 0
    given = {"numbers": [number for number, _ in lines], "lines": [text for _, text in lines], "origin": origin}
    connection.execute(sql("take_lines"), given)
    connection.execute(sql("take_fresh"))
    connection.execute("DROP TABLE lines")
    counted = dict(connection.execute("SELECT type, count(*) FROM fresh GROUP BY type").fetchall())
    for kind in counted:
        if kind in TABLES:
            connection.execute(sql(f"take_{TABLES[kind]}").replace(JOURNALS, tables))
    return sum(n for kind, n in counted.items() if kind not in TABLES)


def drop_incomplete(connection: DuckDBPyConnection, required: dict[str, list[str]]) -> int:
    """Remove rows of journals that lack what their kind must have, so that no line can harm the rest. How many."""
    dropped = 0
    for table, columns in required.items():
        missing = " OR ".join(f"{column} IS NULL" for column in columns)
        row = connection.execute(f"DELETE FROM incoming.{table} WHERE {missing}").fetchone()  # noqa: S608 - names are ours
        dropped += int(row[0]) if row else 0
    return dropped


def stage(connection: DuckDBPyConnection, records: Iterable[tuple[int, Record | dict[str, Any]]], origin: str) -> None:
    """Take records (with their line numbers) into the staged tables of a writer, in batches."""
    batch: list[tuple[int, str]] = []
    size = 0
    for number, record in records:
        data = record if isinstance(record, dict) else record.to_json()
        batch.append((number, json.dumps(data, ensure_ascii=False, allow_nan=False)))
        size += len(batch[-1][1])
        if len(batch) >= BATCH or size > BATCH_SIZE:
            take(connection, batch, origin, STAGED)
            batch.clear()
            size = 0
    take(connection, batch, origin, STAGED)


@dataclass(slots=True)
class _Position:
    offset: int
    lines: int
    inode: int
    bad: int


class Incoming:
    """The tables of `incoming` and how far each journal has been read."""

    def __init__(self, connection: DuckDBPyConnection, places: Places) -> None:
        self._connection = connection
        self._places = places
        self._positions: dict[str, _Position] = {}
        self._lock = threading.Lock()
        self._watch = Watch(places)
        self._live: list[tuple[str, bool, str]] = []
        self._required: dict[str, list[str]] = {}
        self.ready = False

    def create(self) -> None:
        """Make the tables by the migrations themselves, in another schema: so they are the study's by construction."""
        connection = self._connection.cursor()
        connection.execute("CREATE SCHEMA memory.shapes; CREATE SCHEMA memory.incoming; USE memory.shapes")
        for _, _, text in migrations():
            connection.execute(text)
        for table in (*TABLES.values(), "turns"):
            # Without the constraints: a line that lacks something is dropped after it was taken, and spoils no other.
            connection.execute(
                f"CREATE TABLE memory.incoming.{table} AS "  # noqa: S608 - names are ours
                f"SELECT *, NULL::VARCHAR AS origin, NULL::BIGINT AS line FROM {table} LIMIT 0"
            )
        connection.execute("CREATE TABLE memory.incoming.live (id VARCHAR, at_work BOOLEAN, state VARCHAR)")
        constrained = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'shapes' AND NOT is_nullable"
        )
        for table, column in constrained.fetchall():
            if table in JOURNALED:
                self._required.setdefault(table, []).append(column)
        connection.close()
        self.ready = True

    def take_journals(self) -> bool:
        """Read what each journal has gained; forget journals that are gone. True if anything changed."""
        with self._lock:
            changed = False
            present = {str(path): path for path in self._places.journals()}
            for name in [name for name in self._positions if name not in present]:
                self.forget(name)
                changed = True
            for name, path in present.items():
                changed |= self._take_journal(name, path)
            return changed

    def take_live(self) -> None:
        """Bring `live` up to date: which runs are at work in whatever process, and how the others ended."""
        with self._lock:
            found = [(one.id, one.at_work, str(one.state)) for one in self._watch.all()]
            if found == self._live:
                return
            self._connection.execute("DELETE FROM incoming.live")
            if found:
                self._connection.executemany("INSERT INTO incoming.live VALUES (?, ?, ?)", found)
            self._live = found

    def _take_journal(self, name: str, path: Path) -> bool:
        try:
            status = path.stat()
        except FileNotFoundError:
            return False
        position = self._positions.get(name)
        if position and (position.inode != status.st_ino or status.st_size < position.offset):
            self.forget(name)
            position = None
        if position is None:
            position = self._positions[name] = _Position(0, 0, status.st_ino, 0)
        changed = False
        while status.st_size > position.offset:
            lines, offset = whole_lines(path, position.offset)
            if not lines:
                break
            numbered = [(position.lines + n, line) for n, line in enumerate(lines, 1) if line.strip()]
            position.bad += take(self._connection, numbered, name)
            position.bad += drop_incomplete(self._connection, self._required)
            position.offset, position.lines = offset, position.lines + len(lines)
            changed = True
        return changed

    def forget(self, origin: str) -> None:
        """Drop what came from one journal or file."""
        for table in (*TABLES.values(), "turns"):
            self._connection.execute(f"DELETE FROM incoming.{table} WHERE origin = $origin", {"origin": origin})  # noqa: S608 - names are ours
        self._positions.pop(origin, None)

    def drop_settled(self) -> None:
        """Drop rows that the settled tables have by now, and all but one of those that journals hold twice."""
        for table in JOURNALED:
            self._connection.execute(sql("drop_settled").replace("TABLE_NAME", table))

    def read_to(self, path: Path) -> int:
        """The byte offset up to which a journal has been taken in."""
        position = self._positions.get(str(path))
        return position.offset if position else 0

    def notices(self) -> list[str]:
        """Lines of journals that were left out, one notice a journal."""
        found = []
        for name, position in sorted(self._positions.items()):
            if position.bad:
                found.append(f"{name}: {position.bad} line(s) could not be read and were left out")
            try:
                if Path(name).stat().st_size > position.offset:
                    found.append(f"{name}: the last line is not finished; it is left out until it is")
            except OSError:
                continue
        return found
