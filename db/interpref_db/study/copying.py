"""Copies of a study that can be relied on: taken while nobody writes, with all that belongs to it, and opened before they count.

A file that DuckDB has open is locked by the process, and the lock goes when the process closes any descriptor of that file:
so what is read here stays open until DuckDB has let go.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import stat
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core.system.safe_files import PRIVATE_FILE, PRIVATE_FOLDER, open_file, sync_folder
from interpref_db.errors import StudyError
from interpref_db.queries import sql
from interpref_db.study.attaching import attach, check_files
from interpref_db.study.damage import read_everything, reporting_damage
from interpref_db.study.identity import load_identity, locate_journals
from interpref_db.study.paths import BESIDE, StudyPaths, study_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

_PIECE = 8 << 20
# What others left in a journal for the moment: who writes, and what is asked of a run that goes on.
_PASSING = ("writer.json", "writer.waits")
_PASSING_ENDS = (".stop", ".tmp", ".lock")


@dataclass(slots=True)
class CopyReport:
    """What was copied: bytes in all, journals with their whole lines, and what was left out, each with its reason."""

    path: str
    bytes: int = 0
    journals: int = 0
    lines: int = 0
    left_out: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def copy_study(source: Path, target: Path, *, wait: float = 30.0) -> CopyReport:
    """Copy a study, whole and as of one moment, while others go on labelling and running.

    Nobody can fold journals or import meanwhile. The copy is opened and counted before it gets its name; it and its journal
    are private to the user. Raises StudyError, NotAStudy, StudyBusy, StudyDamaged, OSError.
    """
    there, here = StudyPaths(study_file(source)), StudyPaths(target)
    _check_target(here)
    check_files(there.file)
    report = CopyReport(str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    with reporting_damage(source), _private_folder(target) as folder:
        draft = StudyPaths(folder / target.name)
        counts = _copy_all(there, draft, report, wait)
        _settle_log(draft.file)
        _check_copy(draft, counts)
        _sync(draft.file)
        _name_copy(draft, here)
    report.bytes = target.stat().st_size + report.bytes
    return report


def back_up(file: Path, version: int, hold: ExitStack) -> Path:
    """Copy a file that is attached (and has no log beside it) to NAME.schema-N.backup.duckdb, private and verified.

    A copy that is there already and holds the same is kept as it is. `hold` keeps the file open until its lock may go.
    Raises StudyError.
    """
    try:
        with reporting_damage(file), _private_folder(file) as folder:
            draft = folder / file.name
            _copy_file(file, draft, hold)
            _check_copy(StudyPaths(draft), None)
            _sync(draft)
            for number in range(1, 100):
                name = f"{file.stem}.schema-{version}.backup{'' if number == 1 else f'-{number}'}{file.suffix}"
                copy = file.with_name(name)
                if copy.is_file() and filecmp.cmp(copy, draft, shallow=False):
                    return copy
                with suppress(FileExistsError):
                    os.link(draft, copy)
                    sync_folder(file.parent)
                    return copy
    except OSError as error:
        raise StudyError(
            f"{file} is of an older interpref, and no copy of it can be made before it is brought up to date: "
            f"{error.strerror or error}; it is as it was"
        ) from None
    raise StudyError(f"there are too many copies of {file} of before; remove some")


def _check_target(target: StudyPaths) -> None:
    """Refuse a name that is taken, or that somebody's journal would belong to. Raises StudyError."""
    for path in (target.file, target.journal, *(target.file.with_name(target.file.name + end) for end in BESIDE)):
        if os.path.lexists(path):
            raise StudyError(f"{path} is there already; name a copy that is not")


@contextmanager
def _private_folder(beside: Path) -> Iterator[Path]:
    """A folder beside a file, of a name that cannot be guessed, open to this user alone; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f".{beside.name[:100]}.", suffix=".tmp", dir=beside.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_all(source: StudyPaths, draft: StudyPaths, report: CopyReport, wait: float) -> dict[str, int]:
    """Copy the file, what lies beside it and the journals; how many rows each table has."""
    from interpref_db.study.connection import connect

    with ExitStack() as hold, connect(files=(source.file,)) as connection:
        attach(connection, source, read_only=True, wait=wait)  # whoever would write waits
        for end in ("", *BESIDE):
            with suppress(FileNotFoundError):
                _copy_file(
                    source.file.with_name(source.file.name + end), draft.file.with_name(draft.file.name + end), hold
                )
        located, _ = locate_journals(source, load_identity(connection))
        copy_journals(located, draft, report)
        counts = _count_rows(connection)
        connection.execute("DETACH study")
    return counts


def _copy_file(source: Path, target: Path, hold: ExitStack) -> None:
    """Copy a file's bytes into a new private file; the source stays open until `hold` ends. Raises OSError."""
    # A study may be reached through a link; what lies beside it may not.
    origin = os.open(source.resolve(), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    hold.callback(os.close, origin)
    if not stat.S_ISREG(os.fstat(origin).st_mode):
        raise StudyError(f"{source} is no regular file")
    copy = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
    try:
        _copy_bytes(origin, copy, os.fstat(origin).st_size)
        os.fsync(copy)
    finally:
        os.close(copy)


def _copy_bytes(origin: int, copy: int, size: int) -> None:
    place = 0
    while place < size:
        data = os.pread(origin, min(_PIECE, size - place), place)
        if not data:
            break
        view = memoryview(data)
        while view:
            view = view[os.write(copy, view) :]
        place += len(data)


def copy_journals(source: StudyPaths, target: StudyPaths, report: CopyReport) -> None:
    """Copy what lies in a study's journal: of journals the whole lines that there are by now. Raises OSError."""
    if source.journal.is_dir() and not source.journal.is_symlink():
        for folder, _, names in os.walk(source.journal):
            for name in sorted(names):
                path = Path(folder) / name
                if name not in _PASSING and not name.endswith(_PASSING_ENDS):
                    _copy_entry(path, target.journal / path.relative_to(source.journal), source.journal, report)
    # Labels of a user who could not write beside the study lie elsewhere, as do journals of an earlier name; in the copy they lie
    # where they belong.
    for path in source.journals():
        if not path.is_relative_to(source.journal):
            place = (target.runs if path.parent.name == "runs" else target.labels) / path.name
            while place.exists():
                place = place.with_name(f"{place.stem}-away.jsonl")
            _copy_entry(path, place, path.parent, report)


def _copy_entry(path: Path, target: Path, root: Path, report: CopyReport) -> None:
    try:
        origin = open_file(path, os.O_RDONLY, root=root)
    except FileNotFoundError:
        return  # gone meanwhile, as what runs say of themselves may be
    except OSError as error:
        report.left_out.append(f"{path}: {error.strerror or error}")
        return
    try:
        with os.fdopen(os.dup(origin), "rb") as file:
            data = file.read()
    finally:
        os.close(origin)
    if path.suffix == ".jsonl":
        data = data[: data.rfind(b"\n") + 1]  # a line that is being written belongs to whoever writes it
        report.journals += 1
        report.lines += data.count(b"\n")
    target.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    copy = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
    with os.fdopen(copy, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    report.bytes += len(data)


def _count_rows(connection: DuckDBPyConnection) -> dict[str, int]:
    from interpref_db.study.duckdb_core import quote_name

    counts = {}
    for name, _ in connection.execute(sql("catalog_tables"), {"database": "study"}).fetchall():
        row = connection.execute(f"SELECT count(*) FROM study.{quote_name(name)}").fetchone()  # noqa: S608 - quoted
        counts[name] = int(row[0]) if row else 0
    return counts


def _settle_log(file: Path) -> None:
    """Take what lies beside a copy into it, so that it is one file. Nobody else knows of it yet."""
    from interpref_db.study.connection import connect

    with connect(files=(file,)) as connection:
        attach(connection, StudyPaths(file), read_only=False, wait=0)
        connection.execute("CHECKPOINT study; DETACH study")


def _check_copy(copy: StudyPaths, counts: dict[str, int] | None) -> None:
    """Open a copy and read all of it; its rows must be as many as they were. Raises StudyError."""
    from interpref_db.study.connection import connect

    with connect(files=(copy.file,)) as connection:
        attach(connection, copy, read_only=True, wait=0)
        if counts is not None and _count_rows(connection) != counts:
            raise StudyError(f"the copy of {copy.file.name} does not hold what the study does; try again")
        read_everything(connection)
        connection.execute("DETACH study")


def _name_copy(draft: StudyPaths, target: StudyPaths) -> None:
    """Give a finished copy its name, which nobody else may have taken meanwhile: the journal first, since the file says that
    the copy is there. Raises StudyError, OSError."""
    _check_target(target)
    if draft.journal.is_dir():
        draft.journal.rename(target.journal)
    try:
        os.link(draft.file, target.file)
    except FileExistsError:
        raise StudyError(f"{target.file} is there already; name a copy that is not") from None
    except OSError:  # a file system without hard links
        draft.file.rename(target.file)
    sync_folder(target.file.parent)


def _sync(file: Path) -> None:
    """Wait until a copy is on the disk. Raises OSError."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
