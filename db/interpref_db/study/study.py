"""One study: open it, read it, write to it for a moment.

A process reads through one in-memory DuckDB connection to which the file is attached read-only while somebody reads,
and let go of a moment later, so that readers and writers in other processes never wait for long. What journals hold is
taken into the schema `incoming`; views show settled tables and journals as one.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from interpref_core.system.memory_shortage import is_shortage, tell_shortage
from interpref_db.errors import NotAStudy, StudyBusy, StudyError
from interpref_db.queries import migrations, sql
from interpref_db.study import lock_owner
from interpref_db.study.attaching import attach, check_files
from interpref_db.study.damage import reporting_damage
from interpref_db.study.journal import JournalWriter
from interpref_db.study.paths import StudyPaths, is_duckdb_file, study_file
from interpref_db.study.pending import PendingRecords
from interpref_db.study.read_lock import ReadHold, writing_here

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from duckdb import DuckDBPyConnection

    from interpref_db.study.identity import StudyIdentity
    from interpref_db.study.writer import Writer

_HEADERS = 3 * 4096  # bytes at the beginning of a DuckDB file
LINGER = 0.5  # seconds that the file stays attached after the last reader: a screen asks several things in a row

_TICK = 0.05  # seconds between looks whether a writer waits
_PATIENCE = 2.0  # seconds that a reader lets writers who wait go first
_SLICE = 0.25  # seconds that a writer tries before it says again that it waits


def newest_schema() -> int:
    """The number of the last migration that this program knows."""
    return migrations()[-1][0]


class Study:
    """A study file and its journals. Safe to use from many threads; use `open`, or `begin` to go on meanwhile."""

    _connection: DuckDBPyConnection
    _hold: ReadHold  # while the file is attached
    incoming: PendingRecords
    identity: StudyIdentity

    def __init__(self, places: StudyPaths, wait: float) -> None:
        self.places = places
        self._wait = wait
        self._opener: threading.Thread | None = None
        self._refused: BaseException | None = None  # why it could not be opened
        self._lock = threading.RLock()
        self._readers = 0
        self._attached = False
        self._timer: threading.Timer | None = None
        self._seen: tuple[object, ...] | None = None
        self._dropped: tuple[object, ...] | None = None
        self._notices: list[str] = []
        self.set_aside: list[str] = []  # what became of lines of journals that a fold could not take in
        self.remarks: list[str] = []  # what its user should know of what was written, that and else
        self._version = self._told = 0
        self._closed = False

    # -- opening and closing -----------------------------------------------------------------------------------------

    @classmethod
    def open(cls, path: str | Path, *, create: bool = False, wait: float = 5.0) -> Study:
        """Open a study for reading. `wait` is how many seconds to wait for another process that writes.

        With `create`, a file that is missing is made. A study of an older schema is brought up to date (a copy of the
        file is made first). Raises NotAStudy, StudyTooNew, StudyBusy or StudyError, each one line.
        """
        study = cls(_find_study(path, create=create), wait)
        study._open()
        return study

    @classmethod
    def open_in_background(cls, path: str | Path, *, create: bool = False, wait: float = 5.0) -> Study:
        """As `open`, but at once: what takes a moment is done in a thread, and whatever is asked of the study waits for it.

        Raises at once what can be told at once; the rest is raised by `opened`, and by whatever is asked.
        """
        study = cls(_find_study(path, create=create), wait)
        if not is_duckdb_file(study.path):
            study._open()
            return study
        study._opener = threading.Thread(target=study._open_beside, name="opening", daemon=True)
        study._opener.start()
        return study

    def wait_until_open(self) -> None:
        """Wait until the study is open. Raises what was wrong with it."""
        if self._opener is None or self._opener is threading.current_thread():
            return
        self._opener.join()
        if self._refused is not None:
            raise self._refused

    def _open(self) -> None:
        from interpref_db.study.connection import connect

        self._connection = connect(files=(self.path,))
        self.incoming = PendingRecords(self._connection, self.places)  # of no use before _prepare
        try:
            self._bring_up_to_date()
            self._prepare()
        except BaseException:
            self._end()
            raise

    def _bring_up_to_date(self) -> None:
        """Refuse a study of a newer program; migrate an older one. Raises NotAStudy, StudyTooNew, StudyDamaged."""
        from interpref_db.study.catalog import read_schema
        from interpref_db.study.migrations import is_out_of_date, migrate_file

        with self.reading() as cursor:  # attaching has looked at all that it holds
            version = read_schema(cursor, self.path)
        if is_out_of_date(version):
            with self._lock:
                self._wait_for_readers()
                self.remarks += migrate_file(self.places)

    def _open_beside(self) -> None:
        try:
            self._open()
        except BaseException as error:
            self._refused = error
        if self._closed:
            self._end()

    def _prepare(self) -> None:
        """Make the tables and views of this session. The views name columns of the file, so it must be attached."""
        from interpref_db.study.identity import load_identity, locate_journals

        with self._attached_file():
            self.identity = load_identity(self._connection)
            self.places, self._notices = locate_journals(self.places, self.identity)
            self.incoming = self._session(self._connection)
            self._load_pending()
            self._told = self._version

    def _session(self, connection: DuckDBPyConnection) -> PendingRecords:
        """Make the tables for journals, the macros and the views on a connection to which the file is attached."""
        incoming = PendingRecords(connection, self.places, self.identity.study)
        incoming.create()
        connection.execute(sql("session_macros"))
        connection.execute(sql("session_views"))
        return incoming

    def close(self) -> None:
        """Let go of everything. May be called twice, and while the study is being opened."""
        self._closed = True
        if self._opener is None or not self._opener.is_alive():
            self._end()

    def _end(self) -> None:
        with self._lock:
            self._closed = True
            if self._timer:
                self._timer.cancel()
            with suppress(Exception):
                self._connection.close()
            if self._attached:
                self._hold.release()
            self._attached = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        return self.places.file

    # -- reading -----------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self, *, fresh: bool = True) -> Iterator[DuckDBPyConnection]:
        """A cursor over the study as of now: what is settled and what the journals hold.

        Without `fresh`, journals are not looked at again: a run that reads its texts as it goes has no use for what it
        wrote itself, and would keep all of it in memory. Keep it short: while any reading is open, no other process can
        write to the file (journals are not concerned). Raises StudyBusy when another process is writing and does not
        finish within the wait.
        """
        with self._attached_file(fresh=fresh):
            cursor = self._connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()

    def rows(self, query: str, /, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of `sql/QUERY.sql` as dicts by column name."""
        with self.reading() as cursor:
            cursor.execute(sql(query), parameters or None)
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, query: str, /, **parameters: Any) -> dict[str, Any] | None:
        """The first row of `sql/QUERY.sql`, or None."""
        found = self.rows(query, **parameters)
        return found[0] if found else None

    def version(self) -> int:
        """A number that grows whenever something in the study or its journals has changed since it was opened."""
        with self._attached_file():
            return self._version

    def refresh(self) -> bool:
        """Take in what journals have gained and what others have settled. True if anything changed since the last time."""
        version = self.version()
        with self._lock:
            told, self._told = self._told, version
        return version != told

    def notices(self) -> list[str]:
        """What its user should know, one line each: a copy, journals of others, lines that were left out."""
        self.wait_until_open()
        return self._notices + self.incoming.notices()

    @contextmanager
    def _attached_file(self, *, fresh: bool = True) -> Iterator[None]:
        """Keep the file attached inside; let go of it LINGER seconds after the last one left."""
        self.wait_until_open()
        with self._lock:
            if self._timer:
                self._timer.cancel()
                self._timer = None
            with reporting_damage(self.path, self._connection):
                if self._attached and not self._readers and lock_owner.is_awaited(self.places):
                    self._detach()  # whoever reads one thing after the other would never let a writer in
                if not self._attached:
                    self._attach(fresh=fresh)
                elif fresh and self.incoming.ready:
                    self._load_pending()
            self._readers += 1
        try:
            with reporting_damage(self.path, self._connection):
                yield
        finally:
            with self._lock:
                self._readers -= 1
                if not self._readers and self._attached and not self._closed:
                    self._linger(time.monotonic() + LINGER)

    def _attach(self, *, fresh: bool = True) -> None:
        """Attach read-only, waiting for a writer; then take in what changed meanwhile. Under the lock."""
        if self._closed:
            raise StudyError(f"{self.path} has been closed")
        lock_owner.give_way(self.places, min(self._wait, _PATIENCE))
        while True:
            self._hold = self._take_hold()
            try:
                attach(self._connection, self.places, read_only=True, wait=self._wait)
            except BaseException:
                self._hold.release()
                raise
            if self._hold.is_of(self.path):
                break
            self._detach()  # another file was put there in between
        self._attached = True
        if fresh and self.incoming.ready:
            self._load_pending()
        elif self.incoming.ready and self._dropped != (stamp := self._file_stamp()):
            # Others may have folded what we hold of the journals: nothing is counted twice, fresh or not.
            self.incoming.drop_committed()
            self._dropped = stamp

    def _take_hold(self) -> ReadHold:
        try:
            with _missing_told(self.path):
                return ReadHold(self.path, self._wait)
        except StudyBusy as error:
            raise StudyBusy(lock_owner.describe_lock_owner(self.places, str(error))) from None

    def _load_pending(self) -> None:
        """Bring `incoming` up to date with the journals, and drop from it what the file has by now."""
        with self._lock:
            stamp = self._file_stamp()
            settled = stamp != self._seen
            if settled:
                self._notice_another_study()
            changed = self.incoming.take_journals(settled=settled)
            self.incoming.take_live()
            if settled or changed:
                self.incoming.drop_committed()
            self._seen = self._dropped = stamp
            self._version += changed or settled

    def _notice_another_study(self) -> None:
        """Where another study was put under the name, its journals are the ones to read."""
        from interpref_db.study.identity import load_identity

        self.identity = load_identity(self._connection)
        self.incoming.change_study(self.identity.study)

    def _file_stamp(self) -> tuple[object, ...]:
        """What changes whenever somebody has written to the file: its headers count checkpoints, and the rest is in its `.wal`."""
        log = self.path.with_name(self.path.name + ".wal")
        # From the descriptor that holds it: to close another one of this file would take DuckDB's lock from us.
        headers = os.pread(self._hold.descriptor, _HEADERS, 0)
        status = os.fstat(self._hold.descriptor)
        try:
            rest: tuple[int, ...] = (log.stat().st_size, log.stat().st_mtime_ns)
        except OSError:
            rest = ()
        return status.st_mtime_ns, status.st_size, status.st_ino, headers, rest

    def _linger(self, until: float) -> None:
        """Let go of the file then, or as soon as a writer waits. Under the lock."""
        self._timer = threading.Timer(min(_TICK, max(0.0, until - time.monotonic())), self._linger_on, (until,))
        self._timer.daemon = True
        self._timer.start()

    def _linger_on(self, until: float) -> None:
        with self._lock:
            if threading.current_thread() is not self._timer:  # somebody has come back
                return
            if time.monotonic() < until and not lock_owner.is_awaited(self.places):
                self._linger(until)
            else:
                self._release()

    def _release(self) -> None:
        with self._lock:
            if self._readers or not self._attached or self._closed:
                return
            with suppress(Exception):
                self._detach()

    def _detach(self) -> None:
        self._connection.execute("DETACH study")
        self._attached = False
        self._hold.release()

    # -- writing -----------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(
        self, purpose: str, *, wait: float | None = None, views: bool = False, files: Sequence[Path] = ()
    ) -> Iterator[Writer]:
        """The write lock for a moment, in one transaction; finished journals are folded in first.

        Commits at the end; on an exception everything is rolled back. `purpose` is for the message that others get. `wait` is
        how many seconds to wait for others, as the study was opened where it is None. With `views` the writer's connection has
        the views that readers have; `files` are those that its SQL reads. Raises StudyBusy when another process holds
        the file, and StudyError where the disk is full.
        """
        from interpref_db.study import duckdb_core
        from interpref_db.study.connection import connect
        from interpref_db.study.identity import load_identity, renew_identity
        from interpref_db.study.writer import Writer

        self.wait_until_open()
        wait = self._wait if wait is None else wait
        with self._lock, reporting_damage(self.path), ExitStack() as ending:
            self._wait_for_readers(wait)
            with _missing_told(self.path):
                ending.enter_context(writing_here(self.path))
            # A database of its own: the fold reads every journal from its first byte, whatever was read of it before.
            # No other file is touched by it than the study and those that the caller reads.
            connection = connect(files=(self.path, *files), locked=False)
            ending.callback(connection.close)
            try:
                self._attach_for_writing(connection, wait)
                ending.callback(_detach_quietly, connection)
                ending.callback(lock_owner.clear_lock_owner, self.places)
                lock_owner.write_lock_owner(self.places, purpose)
                connection.execute(sql("session_macros"))
                # Another study may stand under the name by now: then its journals are the ones to fold, not those of the old one.
                self.identity = load_identity(connection)
                writer = Writer(connection, self.places, self.identity.study)
                with writer.transaction(views=views):
                    before, self.identity = self.identity, renew_identity(connection, self.path)
                    yield writer
                self.set_aside += writer.notices
                self.remarks += writer.notices
                if self.identity.copy_of not in (None, before.copy_of):
                    self.remarks.append(
                        f"{self.path} is a copy of {self.identity.copy_of}, and a study of its own from now on: what is done in "
                        "one is not in the other (`interpref export` and `interpref import` bring labels over)"
                    )
            except duckdb_core.Error as error:
                if is_shortage(error):
                    raise StudyError(f"{self.path} is as it was: {tell_shortage(error)}") from None
                reason = duckdb_core.disk_full_reason(error)
                if reason is None:
                    raise
                raise StudyError(
                    f"{self.path} is as it was, nothing could be written: {reason}; make room and try again"
                ) from None

    def _attach_for_writing(self, connection: DuckDBPyConnection, wait: float) -> None:
        """Attach the file once others are out of it; those who come meanwhile let us go first."""
        deadline = time.monotonic() + wait
        with suppress(StudyBusy):
            attach(connection, self.places, read_only=False, wait=0.0)
            return
        while True:
            left = deadline - time.monotonic()
            with lock_owner.announced(self.places):  # again and again: whoever ends takes the word away
                try:
                    attach(connection, self.places, read_only=False, wait=max(0.0, min(_SLICE, left)))
                    return
                except StudyBusy:
                    if left <= _SLICE:
                        raise

    def _wait_for_readers(self, wait: float | None = None) -> None:
        """Our own readers must be out before the file can be attached for writing. Under the lock."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        deadline = time.monotonic() + (self._wait if wait is None else wait)
        while self._readers:
            if time.monotonic() > deadline:
                raise StudyBusy(f"{self.path} is being read by this program; try again")
            self._lock.release()
            try:
                time.sleep(0.01)
            finally:
                self._lock.acquire()
        if self._attached:
            self._detach()

    # -- journals ----------------------------------------------------------------------------------------------------

    def open_run_journal(self, name: str, what: str = "run") -> JournalWriter:
        """The journal of a run, judging or stage for writing. Raises StudyBusy, StudyError."""
        return self._open_journal(self.places.run_journal(name), name, what)

    def open_label_journal(self, annotator: str, what: str = "") -> JournalWriter:
        """The journal of an annotator for writing. Raises StudyBusy, StudyError."""
        path = self.places.label_journal(annotator)
        return self._open_journal(path, annotator, what or f"annotation by {annotator}")

    def _open_journal(self, path: Path, writer: str, what: str) -> JournalWriter:
        from interpref_db.study.identity import journal_header
        from interpref_db.study.journal_retirement import free_name

        self._learn_home()
        try:
            self.places.make_folder(path.parent)
            path = free_name(path, self.places, self.identity.study)
        except OSError as error:
            raise StudyError(f"cannot write the journal {path}: {error.strerror or error}") from None
        mode = self.places.file_mode() if path.is_relative_to(self.places.journal) else 0o600
        header = journal_header(self.identity, self.places, writer)
        return JournalWriter(
            path,
            what=what,
            header=header,
            root=self.places.root_of(path),
            mode=mode,
            folder_mode=self.places.folder_mode(path.parent),
        )

    def _learn_home(self) -> None:
        """See to it that the file knows where it is before the first line is written beside it, so that other names of it lead
        here. Where it cannot be written at this moment, the next one sees to it."""
        if self.identity.home != self.path.absolute() and self.places.home is None:
            remarks = list(self.remarks)
            with suppress(StudyError, OSError), self.writing("finding its journal", wait=0.0):
                pass
            self.remarks = remarks + [one for one in self.set_aside if one not in remarks]


def _find_study(path: str | Path, *, create: bool) -> StudyPaths:
    """The places of a study that is there; with `create`, made where it is missing. Raises NotAStudy, StudyError."""
    places = StudyPaths(study_file(Path(path)))
    if os.path.lexists(places.file):
        check_files(places.file)
    else:
        if not create:
            raise NotAStudy(f"there is no study {places.file}; `interpref import {places.file} FILE...` makes one")
        from interpref_db.study.journal_retirement import set_former_aside
        from interpref_db.study.migrations import create_file

        create_file(places)
        set_former_aside(places)
    return places


@contextmanager
def _missing_told(file: Path) -> Iterator[None]:
    """Tell in our words that the file cannot be opened. Raises NotAStudy."""
    try:
        yield
    except OSError as error:
        raise NotAStudy(f"{file} cannot be opened: {(error.strerror or str(error)).lower()}") from None


def _detach_quietly(connection: DuckDBPyConnection) -> None:
    with suppress(Exception):
        connection.execute("DETACH study")
