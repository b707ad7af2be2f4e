"""One import: files are looked at, put in the order in which they refer to each other, and taken one transaction each."""

from __future__ import annotations

import hashlib
import json
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core import __version__
from interpref_core.ids import uuid7
from interpref_core.system.background_threads import Beside
from interpref_core.system.memory_shortage import is_shortage, tell_shortage
from interpref_core.system.safe_files import PRIVATE_FOLDER
from interpref_core.system.temporary_folders import scratch_folder
from interpref_db.errors import StudyError
from interpref_db.importers.base import ImportContext
from interpref_db.importers.history_writer import fill_contents
from interpref_db.importers.json_records import attach_rejected_records
from interpref_db.importers.registry import importer_for
from interpref_db.importers.report import MOST_REFUSED, ImportRefused, ImportReport, Refusals, Rejected, write_rejected
from interpref_db.importers.sniff import sniff
from interpref_db.input_streams import is_stream, name_stream, spool
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from interpref_db.importers.base import FileHead, Importer
    from interpref_db.input_streams import Spooled
    from interpref_db.study.study import Study

_PASSED_OVER = (".rejected.jsonl", ".md", ".py", ".txt")


def import_files(
    study: Study,
    paths: Sequence[str | Path],
    *,
    format: str | None = None,  # noqa: A002 - the option's name
    run: str | None = None,
    confidential: bool = False,
    source: str | None = None,
    began: Callable[[Path, str], None] | None = None,
) -> ImportReport:
    """Import files, every file in folders, what patterns such as `logs/*.jsonl` match, or what pipes bring (`-` is standard
    input).

    `run` says which run an evaluation log judges. A file that is refused as a whole is in the report as one rejected
    record (line 0); the others go in. `began` is told each file and its format. Raises StudyBusy or StudyError when the
    study cannot be written.
    """
    with ExitStack() as stack:
        report = ImportReport()
        spooled = {one.path: one.name for one in _spooled(paths, report, stack)}
        options = {"run": run}
        files = [path for path in paths if not is_stream(Path(path))]
        for head, importer in _in_order([*spooled, *_files(files, report)], format, report):
            if began:
                began(head.path, importer.name)
            folders = _folders_for_rejected(study, head.path, is_spooled=head.path in spooled)
            one = _import_one(
                study, head, importer, confidential=confidential, source=source, options=options, folders=folders
            )
            report.add(one)
    for path, name in spooled.items():
        report.rename(str(path), name)
    return report


def _in_order(paths: Iterable[Path], format: str | None, report: ImportReport) -> list[tuple[FileHead, Importer]]:  # noqa: A002 - the option's name
    """The files that can be read with their importers, what others refer to first; refusals go into the report."""
    found: list[tuple[int, int, FileHead, Importer]] = []
    for number, path in enumerate(paths):
        try:
            head = sniff(path)
            importer = importer_for(head, format)
        except ImportRefused as error:
            report.rejected.append(_rejected_file(path, error))
        else:
            found.append((importer.rank, number, head, importer))
    return [(head, importer) for _, _, head, importer in sorted(found, key=lambda one: one[:2])]


def _spooled(paths: Sequence[str | Path], report: ImportReport, stack: ExitStack) -> list[Spooled]:
    """What comes through pipes, copied to files that are there until the stack is left; refusals go into the report."""
    streams = [path for path in map(Path, paths) if is_stream(path)]
    if not streams:
        return []
    folder = stack.enter_context(scratch_folder()) / "files"
    folder.mkdir(PRIVATE_FOLDER)
    found = []
    for path in streams:
        try:
            found.append(spool(path, folder))
        except OSError as error:
            report.rejected.append(Rejected(name_stream(path), 0, f"cannot be read: {error.strerror or error}"))
    return found


def _folders_for_rejected(study: Study, path: Path, *, is_spooled: bool) -> list[Path]:
    """Where what is refused of a file may be left: beside it, or where that cannot be, beside the study."""
    return [study.path.parent] if is_spooled else [path.parent, study.path.parent]


def _files(paths: Iterable[str | Path], report: ImportReport) -> list[Path]:
    files: list[Path] = []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            files += _filter_candidates(path.rglob("*"))
        elif path.is_file():
            files.append(path)
        elif matching := _matching(path):
            files += matching
        else:
            report.rejected.append(Rejected(str(path), 0, "there is no such file"))
    return files


def _matching(pattern: Path) -> list[Path]:
    """The files that a pattern matches, for shells that leave patterns as they are."""
    relative = str(pattern.relative_to(pattern.anchor)) if pattern.anchor else str(pattern)
    try:
        return _filter_candidates(Path(pattern.anchor).glob(relative))
    except (ValueError, NotImplementedError):  # no pattern that pathlib takes: then it is a file that is not there
        return []


def _filter_candidates(found: Iterable[Path]) -> list[Path]:
    """Of what lies in folders: files that may be records."""
    return sorted(one for one in found if one.is_file() and one.name[0] != "." and not one.name.endswith(_PASSED_OVER))


def _rejected_file(path: Path, error: ImportRefused) -> Rejected:
    reason = str(error).removeprefix(f"{path}: ").removeprefix(f"{path} ")
    return Rejected(str(path), 0, reason)


def _import_one(
    study: Study,
    head: FileHead,
    importer: Importer,
    *,
    confidential: bool,
    source: str | None,
    options: dict[str, Any],
    folders: list[Path],
) -> ImportReport:
    import duckdb

    report = ImportReport(format=importer.name)
    reason = None
    try:
        # The file is hashed while the study is opened and the import begins: on large files that is time to be had.
        digest = Beside(lambda: _digest(head.path))
        with study.writing(f"import of {head.path.name}", files=(head.path,)) as writer:
            fill_contents(writer.connection)
            importer.load(ImportContext(writer, head.path, head, report, confidential, source, options))
            writer.connection.execute(sql("import_source"), _source(head.path, importer, report, digest.result()))
    except ImportRefused as error:
        reason = _rejected_file(head.path, error).reason
    except (OSError, EOFError, zlib.error) as error:
        reason = f"cannot be read ({getattr(error, 'strerror', None) or error}); nothing of it was imported"
    except duckdb.Error as error:
        if is_shortage(error):
            raise StudyError(
                f"{study.path} is as it was, nothing of {head.path.name} was imported: {tell_shortage(error)}"
            ) from None
        reason = f"cannot be read as {importer.name} ({' '.join(str(error).split())[:200]}); nothing of it was imported"
    if reason is not None:
        report = ImportReport(format=importer.name, rejected=Refusals([Rejected(str(head.path), 0, reason)]))
    report.rejected.sort(key=lambda one: one.line)
    report.rejected = attach_rejected_records(report.rejected, head)
    refused = [one for one in report.rejected if one.line]
    written = write_rejected(head.path.name, refused, folders)
    if written:
        report.notices.append(f"what was refused of {head.path.name} is in {written}")
    elif refused:
        where = " or ".join(map(str, dict.fromkeys(folders)))
        report.notices.append(
            f"what was refused of {head.path.name} is kept nowhere: nothing can be written in {where}"
        )
    if report.rejected.more:
        report.notices.append(
            f"{report.rejected.more} more records of {head.path.name} are refused; the first {MOST_REFUSED} are told one by one"
        )
    return report


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _source(path: Path, importer: Importer, report: ImportReport, digest: str) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "file": path.name,
        "format": importer.name,
        "sha256": digest,
        "bytes": path.stat().st_size,
        "program": __version__,
        "counts": json.dumps(report.counts | {"unchanged": report.unchanged, "rejected": report.rejected.number}),
    }
