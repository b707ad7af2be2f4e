"""What becomes of journals that nobody writes any more: they are locked, folded into the study, and only then removed.

A journal is removed only where it is, byte for byte, what was folded; lines that could not be folded are kept beside the study.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interpref_core.ids import uuid7
from interpref_core.system.safe_files import open_file, sync_folder
from interpref_db.study.journal import is_at, is_foreign, lock_journal, read_all_lines, read_identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_db.study.paths import StudyPaths


@dataclass(slots=True)
class ClosedJournal:
    """A journal whose lock we hold.

    `folded` is the byte up to which its lines are in the study, `left_out` the numbers of the lines among them that are not.
    """

    path: Path
    descriptor: int
    folded: int = 0
    left_out: set[int] = field(default_factory=set)


@contextmanager
def lock_closed_journals(places: StudyPaths, study: str) -> Iterator[list[ClosedJournal]]:
    """Every journal of the study that nobody writes, locked as long as the context lasts.

    Those that cannot be opened, are written by others or belong to another study are not among them.
    """
    found: list[ClosedJournal] = []
    try:
        for path in places.journals():
            with suppress(OSError):
                descriptor = lock_journal(path, root=places.root_of(path), create=False)
                found.append(ClosedJournal(path, descriptor))
                if not _is_ours(descriptor, study):
                    os.close(found.pop().descriptor)
        yield found
    finally:
        for one in found:
            os.close(one.descriptor)


def _is_ours(descriptor: int, study: str) -> bool:
    """Whether a journal is readable and says of no other study that it belongs there."""
    try:
        identity = read_identity(descriptor)
    except OSError:
        return False
    return identity is None or not is_foreign(identity, study)


def retire_journal(journal: ClosedJournal, places: StudyPaths) -> list[str]:
    """Remove a folded journal, after what could not be folded has been kept. Returns notices about that.

    The transaction that folded it is on the disk by now. Whatever goes wrong, the journal stays: folding it again changes nothing.
    """
    size = os.fstat(journal.descriptor).st_size
    if size > journal.folded and b"\n" in os.pread(journal.descriptor, size - journal.folded, journal.folded):
        return []  # where locks do not hold, somebody has written on meanwhile: the next fold takes it in
    notices = []
    try:
        if journal.left_out or size > journal.folded:
            count = _keep_lines(journal, places, size)
            notices.append(
                f"{journal.path}: {count} line(s) could not be taken into the study; they are kept in "
                f"{places.torn_lines_dir / journal.path.name}"
            )
    except OSError as error:
        return [
            f"{journal.path}: some lines could not be taken into the study, and it stays ({error.strerror or error})"
        ]
    _remove(journal, size)
    return notices


def _keep_lines(journal: ClosedJournal, places: StudyPaths, size: int) -> int:
    """Append the lines that were left out, and a torn end, to a file of the same name in the folder for them. How many."""
    target = places.torn_lines_dir / journal.path.name
    places.make_folder(places.torn_lines_dir)
    descriptor = open_file(
        target, os.O_RDWR | os.O_APPEND | os.O_CREAT, places.file_mode(), root=places.root_of(target)
    )
    try:
        start = os.fstat(descriptor).st_size
        # A journal that could not be removed afterwards is folded again, but kept only once.
        there = {line for lines, _ in read_all_lines(descriptor) for line in lines}
        try:
            count = 0
            for line in _find_left_out(journal, size):
                count += 1
                if line not in there:
                    _write_all(descriptor, line + b"\n")
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, start)  # a full disk: no half lines
            raise
    finally:
        os.close(descriptor)
    sync_folder(places.torn_lines_dir)
    return count


def _find_left_out(journal: ClosedJournal, size: int) -> Iterator[bytes]:
    """The lines that are not in the study, and what comes after the last whole one."""
    number = 0
    for lines, offset in read_all_lines(journal.descriptor):
        yield from (line for n, line in enumerate(lines, number + 1) if n in journal.left_out)
        number += len(lines)
        if offset >= journal.folded:
            break
    if size > journal.folded:
        yield os.pread(journal.descriptor, size - journal.folded, journal.folded)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _remove(journal: ClosedJournal, size: int) -> None:
    """Remove the file, unless it has grown or another one stands under its name.

    It gets another name first, under which it is still a journal. On file systems whose locks do not hold, a writer that appends
    meanwhile finds its file gone from its name and writes it again; what it appended before the renaming shows in the size.
    """
    aside = journal.path.with_name(f"{journal.path.stem}.{uuid7()[-12:]}{journal.path.suffix}")
    with suppress(OSError):
        if not is_at(journal.descriptor, journal.path):
            return
        journal.path.rename(aside)
        # Somebody may have put another one there in that moment: under this name it is a journal as well.
        if is_at(journal.descriptor, aside) and os.fstat(journal.descriptor).st_size == size:
            aside.unlink()


def free_name(path: Path, places: StudyPaths, study: str) -> Path:
    """The path itself, or the next of its names at which no journal stands that is not ours to write.

    Not ours are journals of another study, those of other users, and those that a hard link makes somebody else's file as well.
    Raises UnsafeFileError for a symbolic link or a special file.
    """
    for number in range(1, 100):
        name = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            descriptor = open_file(name, os.O_RDWR, root=places.root_of(path), linked=True)
        except FileNotFoundError:
            return name
        except PermissionError:
            continue
        try:
            identity = read_identity(descriptor)
            if os.fstat(descriptor).st_nlink == 1 and not (identity is not None and is_foreign(identity, study)):
                return name
        finally:
            os.close(descriptor)
    raise FileExistsError(errno.EEXIST, "there are too many journals of that name that are not yours", str(path))


def set_former_aside(places: StudyPaths) -> None:
    """Put journals that lie where a study has just been made, and do not say whose they are, where no study takes them for its own.

    They are of a study that had this name before (journals of 0.1.0 do not name theirs).
    """
    for path in places.journals():
        with suppress(OSError):
            descriptor = lock_journal(path, root=places.root_of(path), create=False)
            try:
                identity = read_identity(descriptor)
                if identity is not None and identity.study is not None:
                    continue
                places.make_folder(places.former)
                path.rename(places.former / f"{path.stem}.{uuid7()[-12:]}{path.suffix}")
            finally:
                os.close(descriptor)
