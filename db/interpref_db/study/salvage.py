"""Saving what can be read of a damaged study: its rows go into a new one, piece by piece, and that is exported.

Each table is read whole where that works, else in halves, down to pieces of the size that DuckDB reads at once. The study itself
is only read, and what its journals hold is there anyway.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_db.errors import NotAStudy, StudyBusy, StudyDamaged
from interpref_db.queries import sql
from interpref_db.study.attaching import check_files
from interpref_db.study.catalog import verify_catalog
from interpref_db.study.copying import CopyReport, copy_journals
from interpref_db.study.odd_values import mended_columns
from interpref_db.study.paths import BESIDE, StudyPaths, is_duckdb_file

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from interpref_db.exporters.export import ExportReport

_PIECE = 2048  # rows that DuckDB reads at once
# What the new study says of itself.
_OWN_META = "AND key NOT IN ('schema', 'migration', 'study', 'created', 'created_by')"


@dataclass(slots=True)
class SalvageReport:
    """What was saved: rows by table, rows that could not be read by table, and what else is to be told, a line each."""

    path: str
    rows: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    mended: int = 0  # values
    notices: list[str] = field(default_factory=list)
    exported: ExportReport | None = None

    def to_json(self) -> dict[str, Any]:
        whole = self.exported.to_json() if self.exported else {}
        return {**whole, "saved": self.rows, "unreadable": self.lost, "mended": self.mended, "notices": self.notices}


def salvage(file: Path, target: Path, *, include_confidential: bool = False) -> SalvageReport:
    """Write what can be read of a study to `target`, as native JSON lines.

    Raises NotAStudy, StudyBusy, StudyDamaged (nothing can be read), ExportError, OSError.
    """
    from interpref_db.exporters.export import export
    from interpref_db.study.study import Study

    check_files(file)
    if not is_duckdb_file(file):
        raise NotAStudy(
            f"{file} is not a study: it does not begin as one, so nothing of it can be read; restore a copy"
        )
    report = SalvageReport(str(target))
    with tempfile.TemporaryDirectory(prefix="interpref-salvage-") as folder:
        fresh = StudyPaths(Path(folder) / "saved.duckdb")
        _Salvage(file, fresh, report).run()
        journals = CopyReport(str(target))
        copy_journals(StudyPaths(file), fresh, journals)
        report.notices += [f"left out: {line}" for line in journals.left_out]
        with Study.open(fresh.file) as study:
            report.notices += study.notices()
            report.exported = export(study, "study", target, include_confidential=include_confidential)
    return report


class _Salvage:
    """One damaged file on its way into a new one."""

    def __init__(self, file: Path, fresh: StudyPaths, report: SalvageReport) -> None:
        self._file = file
        self._fresh = fresh
        self._report = report
        self._connection: DuckDBPyConnection

    def run(self) -> None:
        """Fill the new study. Raises NotAStudy, StudyBusy, StudyDamaged."""
        from interpref_db.study.migrations import create_file

        create_file(self._fresh)
        self._source = self._openable()
        try:
            self._connect()
            for name, rows in self._tables():
                self._save_table(name, rows)
            self._drop_torn()
        finally:
            with suppress(Exception):
                self._connection.close()

    def _openable(self) -> Path:
        """The file, or a copy of it without the log beside it where that cannot be used. Raises StudyBusy, StudyDamaged."""
        from interpref_db.study import duckdb_core
        from interpref_db.study.damage import describe_damage

        try:
            self._try(self._file)
        except duckdb_core.Error as error:
            if duckdb_core.is_locked(error):
                raise StudyBusy(
                    f"{self._file} is in use by another process; wait until it is done and try again"
                ) from None
            first = error
        else:
            return self._file
        alone = self._fresh.file.with_name("alone.duckdb")
        shutil.copyfile(self._file, alone)
        alone.chmod(0o600)
        try:
            self._try(alone)
        except duckdb_core.Error:
            what = str(describe_damage(self._file, first)).split("; restore")[0]
            raise StudyDamaged(f"{what}, where nothing of it can be read without; restore a copy") from None
        beside = [end for end in BESIDE if self._file.with_name(self._file.name + end).exists()]
        if beside:
            self._report.notices.append(
                f"{self._file.name}{beside[0]} could not be read: what was written last is not in it"
            )
        return alone

    def _try(self, file: Path) -> None:
        from interpref_db.study.connection import connect

        with connect(files=(file,)) as connection:
            connection.execute(_attach(file, "study", "READ_ONLY"))
            verify_catalog(connection, self._file)

    def _connect(self) -> None:
        """Open both files; again where an error has made the first connection useless."""
        from interpref_db.study.connection import connect

        with suppress(Exception):
            self._connection.close()
        self._connection = connect(files=(self._source, self._fresh.file))
        self._connection.execute(_attach(self._source, "study", "READ_ONLY"))
        self._connection.execute(_attach(self._fresh.file, "saved", "READ_WRITE"))

    def _tables(self) -> list[tuple[str, int]]:
        ours = {name for name, _ in self._connection.execute(sql("catalog_tables"), {"database": "saved"}).fetchall()}
        there = self._connection.execute(sql("catalog_tables"), {"database": "study"}).fetchall()
        return [(name, rows) for name, rows in there if name in ours]

    def _save_table(self, name: str, rows: int) -> None:
        saved = lost = 0
        pieces = [(0, max(rows, 1))]
        while pieces:
            start, end = pieces.pop()
            count = self._save_piece(name, start, end)
            if count is not None:
                saved += count
            elif end - start > _PIECE:
                middle = start + max(_PIECE, (end - start) // 2 // _PIECE * _PIECE)
                pieces += [(middle, end), (start, middle)]
            else:
                lost += end - start
        if name != "meta":
            self._report.rows[name] = saved
            if lost:
                self._report.lost[name] = lost

    def _drop_torn(self) -> None:
        """A history without some of its turns is not what it was: it counts as lost, and so do turns without their history."""
        for table, query in (("histories", "salvage_torn_histories"), ("turns", "salvage_stray_turns")):
            row = self._connection.execute(sql(query)).fetchone()
            if row and row[0]:
                self._report.rows[table] -= row[0]
                self._report.lost[table] = self._report.lost.get(table, 0) + row[0]

    def _save_piece(self, name: str, start: int, end: int) -> int | None:
        """Save rows by their places; None where that is not possible."""
        from interpref_db.study import duckdb_core

        columns = mended_columns(self._connection, name)
        odd = " OR ".join(f"({column} IS DISTINCT FROM {mended})" for column, mended in columns) or "false"
        values = ", ".join(f"{mended} AS {column}" for column, mended in columns)
        where = f"FROM study.{name} WHERE rowid >= {start} AND rowid < {end} {_OWN_META if name == 'meta' else ''}"
        try:
            counted = self._connection.execute(f"SELECT count(*) FILTER ({odd}) {where}").fetchone()
            row = self._connection.execute(
                f"INSERT INTO saved.{name} BY NAME SELECT * REPLACE ({values}) {where}"
                if columns
                else f"INSERT INTO saved.{name} BY NAME SELECT * {where}"
            ).fetchone()
        except duckdb_core.Error:
            self._connect()
            return None
        self._report.mended += int(counted[0]) if counted else 0
        return int(row[0]) if row else 0


def _attach(file: Path, name: str, mode: str) -> str:
    from interpref_db.study.duckdb_core import quote

    return f"ATTACH {quote(str(file.resolve()))} AS {name} ({mode}, TYPE duckdb)"
