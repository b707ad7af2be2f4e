"""Writing to a study: bulk insertion of native records, each once by its identifier, and the fold of the journals."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from interpref_db.queries import sql
from interpref_db.study import duckdb_core
from interpref_db.study.journal import read_all_lines
from interpref_db.study.journal_retirement import lock_closed_journals, retire_journal
from interpref_db.study.pending import (
    JOURNALS,
    STAGED,
    TABLES,
    PendingRecords,
    drop_incomplete,
    required_columns,
    stage_records,
    take_raw,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from duckdb import DuckDBPyConnection

    from interpref_core.records.base import Record
    from interpref_db.study.journal_retirement import ClosedJournal
    from interpref_db.study.paths import StudyPaths


_LARGE = 32_000_000  # bytes of journals
_MODEST = "320MB"
_LONG = 4_000_000  # bytes of a line


@dataclass(slots=True)
class FoldReport:
    """What a fold did, by native type. A conflict is a line whose identifier the study has with other content."""

    added: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    conflicts: list[tuple[str, str, int]] = field(default_factory=list)
    turns: int = 0


STAGED_TABLES = (*TABLES.values(), "turns")


class Writer:
    """Inside `Study.writing`: the connection with the file attached for writing as `study`, and what to do with it."""

    def __init__(self, connection: DuckDBPyConnection, places: StudyPaths, study: str) -> None:
        """`study` is the identifier of the study: journals of another one are left alone."""
        self.connection = connection
        self.notices: list[str] = []  # what became of lines of journals that could not be folded
        self._places = places
        self._study = study
        self._staged = False
        self._required: dict[str, list[str]] | None = None

    @contextmanager
    def transaction(self, *, views: bool = False) -> Iterator[None]:
        """Fold finished journals, run the body, commit; then retire the journals that were folded.

        With `views` the body finds the views that readers have, with what others are writing in their journals.
        """
        with lock_closed_journals(self._places, self._study) as journals:
            if views:
                self._make_views(frozenset(str(one.path) for one in journals))
            try:
                self._begin(journals)
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                with suppress(Exception):
                    self.connection.execute("ROLLBACK")
                raise
            for one in journals:
                self.notices += retire_journal(one, self._places)

    def _make_views(self, folded: frozenset[str]) -> None:
        """Before the transaction, which can write to one database only: the views need tables for the journals of others."""
        incoming = PendingRecords(self.connection, self._places, self._study)
        incoming.create()
        incoming.take_journals(without=folded)
        incoming.take_live()
        incoming.drop_committed()
        self.connection.execute(sql("session_views"))

    def _begin(self, journals: list[ClosedJournal]) -> None:
        """Begin the transaction and fold, with modest memory where that is enough: single lines may need more."""
        self.connection.execute("BEGIN")
        try:
            with self._modest():
                for one in journals:
                    self._fold_journal(one)
        except duckdb_core.Error:
            self.connection.execute("ROLLBACK")
            self._staged = False
            self.connection.execute("BEGIN")
            for one in journals:
                one.folded = 0
                one.left_out.clear()
                self._fold_journal(one)

    @contextmanager
    def _modest(self) -> Iterator[None]:
        """While large journals are folded, what does not fit into a modest part of the memory goes to the disk: a run that
        took little should not take much at its end. Few threads, since each wants memory of its own."""
        sizes = 0
        for path in self._places.journals():
            with suppress(OSError):
                sizes += path.stat().st_size
        if sizes < _LARGE:
            yield
            return
        with suppress(Exception):  # more is in use already: then so be it
            self.connection.execute(f"SET memory_limit = '{_MODEST}'; SET threads = {min(2, os.cpu_count() or 1)}")
        try:
            yield
        finally:
            self.connection.execute("RESET memory_limit; RESET threads")

    def add(self, records: Iterable[Record | tuple[int, Record | dict[str, Any]]], *, origin: str) -> None:
        """Take native records into `incoming` (not yet the study). Numbers are lines of the origin, else counted."""
        numbered = (
            entry if isinstance(entry, tuple) else (number, entry) for number, entry in enumerate(records, start=1)
        )
        self.stage()
        stage_records(self.connection, numbered, origin)

    def stage(self) -> None:
        """Make the temporary tables `staged_TABLE` (the study's columns, origin and line), if they are not there."""
        if not self._staged:
            for table in STAGED_TABLES:
                self.connection.execute(
                    f"CREATE OR REPLACE TEMP TABLE {STAGED}{table} AS "  # noqa: S608 - names are ours
                    f"SELECT *, NULL::VARCHAR AS origin, NULL::BIGINT AS line FROM study.{table} LIMIT 0"
                )
            self._staged = True

    def fold(self, origin: str) -> FoldReport:
        """Move what was added from one origin into the settled tables, once each by identifier."""
        report = self._fold(origin, STAGED)
        for table in STAGED_TABLES:
            self.connection.execute(f"DELETE FROM {STAGED}{table} WHERE origin = $origin", {"origin": origin})  # noqa: S608 - names are ours
        return report

    def _fold(self, origin: str, tables: str) -> FoldReport:
        report = FoldReport()
        for kind, table in TABLES.items():
            self._fold_table(kind, table, origin, tables, report)
        return report

    def _fold_table(self, kind: str, table: str, origin: str, tables: str, report: FoldReport) -> None:
        def run(name: str) -> list[tuple[Any, ...]]:
            text = sql(name).replace("TABLE_NAME", table).replace(JOURNALS, tables)
            return self.connection.execute(text, {"origin": origin}).fetchall()

        total = run("fold_count")[0][0]
        if not total:
            return
        conflicts = [(kind, identifier, line) for identifier, line in run("fold_conflicts")]
        report.conflicts += conflicts
        if table == "histories":
            run("fold_new_histories")
            added = run("fold_insert_histories")[0][0]
            report.turns += run("fold_insert_turns")[0][0]
            self.connection.execute("DROP TABLE new_histories")
        else:
            added = run("fold_insert")[0][0]
        report.added[kind] = added
        report.unchanged[kind] = total - added - len(conflicts)

    # -- journals ----------------------------------------------------------------------------------------------------

    def _fold_journal(self, journal: ClosedJournal) -> None:
        """Move every line of a journal, from its first byte, into the settled tables; remember what could not be moved."""
        origin = str(journal.path)
        self.stage()
        number = 0
        for lines, offset in read_all_lines(journal.descriptor):
            if max(map(len, lines)) > _LONG:
                self.connection.execute("RESET memory_limit")  # one line must be taken whole, whatever it takes
            journal.left_out |= take_raw(self.connection, list(enumerate(lines, number + 1)), origin, STAGED)
            number += len(lines)
            journal.folded = offset
        if self._required is None:
            self._required = required_columns(self.connection)
        journal.left_out |= drop_incomplete(self.connection, self._required, STAGED, origin)
        report = self.fold(origin)
        journal.left_out.update(line for _, _, line in report.conflicts)
