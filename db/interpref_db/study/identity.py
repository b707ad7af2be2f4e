"""Which study a file holds, whether the file is a copy, and where the journals of a study may lie besides.

A study has a random identifier, which its copies share, and each file one of its own (`replica`), which a copy gets when it is
first written to. `home` is where the file was when it was last written: so a copy, or another name of one file, shows.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from interpref_core.ids import uuid7
from interpref_core.system.safe_files import make_folder, open_file
from interpref_db.errors import StudyError
from interpref_db.queries import sql
from interpref_db.study.journal import JournalIdentity, read_identity
from interpref_db.study.paths import StudyPaths, away_folder, is_duckdb_file, journals_below

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duckdb import DuckDBPyConnection

_KEYS = ("study", "replica", "home", "copy_of")
_MOST_NEIGHBOURS = 5000  # names in a folder that are looked at for journals left behind


@dataclass(frozen=True, slots=True)
class StudyIdentity:
    """What a study file says of itself. `copy_of` is where it was copied from, None for one that is no copy."""

    study: str
    replica: str | None = None
    home: Path | None = None
    copy_of: str | None = None


def load_identity(connection: DuckDBPyConnection) -> StudyIdentity:
    """Read the identity of the attached study."""
    found = dict(connection.execute(sql("study_identity"), {"keys": list(_KEYS)}).fetchall())
    home = found.get("home")
    return StudyIdentity(
        str(found.get("study") or ""), found.get("replica"), Path(home) if home else None, found.get("copy_of")
    )


def renew_identity(connection: DuckDBPyConnection, file: Path) -> StudyIdentity:
    """Bring the identity up to date inside a transaction: a copy gets a replica of its own, a moved file its new home."""
    before = load_identity(connection)
    here = file.absolute()
    if before.replica and before.home is not None and (before.home == here or is_same_file(before.home, here)):
        return before
    copied = is_copied(before, file)
    after = StudyIdentity(
        before.study or uuid7(),
        uuid7() if copied or not before.replica else before.replica,
        here,
        str(before.home) if copied else before.copy_of,
    )
    for key in _KEYS:
        value = getattr(after, key)
        connection.execute(sql("forget_meta"), {"key": key})
        if value is not None:
            connection.execute("INSERT INTO study.meta VALUES (?, ?)", [key, str(value)])
    return after


def is_copied(identity: StudyIdentity, file: Path) -> bool:
    """Whether the file is a copy of the study at its home, which is still there as another file."""
    home = identity.home
    if home is None or home == file.absolute() or not is_duckdb_file(home) or is_same_file(home, file):
        return False
    return study_at(home) in (None, identity.study)


def study_at(file: Path) -> str | None:
    """The identifier of the study that a file holds; None where that cannot be told at this moment."""
    from interpref_db.study.attaching import attach
    from interpref_db.study.connection import connect

    connection = connect(files=(file,))
    try:
        attach(connection, StudyPaths(file), read_only=True, wait=0.5)
        return load_identity(connection).study
    except StudyError:
        return None
    finally:
        connection.close()


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file (hard links, mounts)."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def locate_journals(places: StudyPaths, identity: StudyIdentity) -> tuple[StudyPaths, list[str]]:
    """The places with the one folder where the journals of this study belong, and what its user should know about that.

    Raises StudyError where the file has names by which it would get several.
    """
    home = identity.home
    at_home = home == places.file.absolute()
    if home is not None and not at_home and is_same_file(home, places.file):
        places = StudyPaths(places.file, home)
    elif not at_home and _has_other_names(places.file):
        raise StudyError(
            f"{places.file} has another name too (a hard link), and labels saved under one would not be seen under the other; "
            "remove one of the names, or make a copy with `interpref copy`"
        )
    others, left = _find_left_behind(places, identity)
    return StudyPaths(places.file, places.home, tuple(others)), left


def _has_other_names(file: Path) -> bool:
    """Whether a file has hard links, without drafts that a killed program left of making it."""
    try:
        status = file.stat()
        if status.st_nlink < 2:
            return False
        for draft in file.parent.glob(f".{file.name}.*.tmp"):
            if is_same_file(draft, file):
                draft.unlink(missing_ok=True)
        return file.stat().st_nlink > 1
    except OSError:
        return False


# -- journals under earlier names ----------------------------------------------------------------------------------------


def _find_left_behind(places: StudyPaths, identity: StudyIdentity) -> tuple[list[Path], list[str]]:
    """Journal folders of this study whose file has another name by now, and what is to be said of others."""
    found: list[Path] = []
    notices: list[str] = []
    for root in dict.fromkeys([*_folder_at_home(places, identity), *_folders_without_study(places)]):
        known = [one for one in map(_identity_of, journals_below(root)) if one is not None]
        if not known:
            continue
        ours = [one for one in known if one.study == identity.study and _may_be_of(one, identity)]
        if (ours and not _is_claimed(places, identity, root)) or _is_of_010(root, known, places):
            found.append(root)
        elif ours or any(one.study is None for one in known):
            notices.append(
                f"{root} belongs to no study of that name; if it belongs to {places.file}: interpref import {places.file} "
                f"{root}/*/*.jsonl"
            )
    return found, notices


def _is_claimed(places: StudyPaths, identity: StudyIdentity, root: Path) -> bool:
    """Whether the journals of this study in a folder may be those of another file that holds it."""
    folders = {places.file.absolute().parent, root.parent}
    return any(_elsewhere(places.file, identity, folder) for folder in folders)


def _folder_at_home(places: StudyPaths, identity: StudyIdentity) -> Iterable[Path]:
    """The journal folder where the file was before it was moved, whatever stands there now; none of a copy."""
    home = identity.home
    if home is not None and home != places.file.absolute() and not is_same_file(home, places.file):
        root = StudyPaths(home).journal
        if root.is_dir() and not is_copied(identity, places.file):
            yield root


def _is_of_010(root: Path, known: list[JournalIdentity], places: StudyPaths) -> bool:
    """Whether a folder holds journals of 0.1.0, which named it after the file without its ending, and only this file has that."""
    if root.name != places.file.stem + ".journal" or any(one.study is not None for one in known):
        return False
    alike = [path for path in places.file.absolute().parent.glob("*") if path.stem == places.file.stem]
    return not any(is_duckdb_file(path) and not is_same_file(path, places.file) for path in alike)


def _folders_without_study(places: StudyPaths) -> Iterable[Path]:
    """Journal folders beside the study, and in the user's data, that no file there belongs to by its name."""
    folder = places.file.absolute().parent
    with suppress(OSError):
        names = [path.name for path in folder.iterdir()]
        if len(names) <= _MOST_NEIGHBOURS:
            files = {name for name in names if not name.endswith(".journal")}
            for name in sorted(names):
                root = folder / name
                if name.endswith(".journal") and root != places.journal.absolute() and not _is_wanted(name, files):
                    yield root
    with suppress(OSError):
        for root in sorted(away_folder().iterdir()):
            if root != places.fallback_labels_dir:
                first = next(iter(journals_below(root)), None)
                told = _identity_of(first) if first else None
                if told and told.file and not Path(told.file).exists():
                    yield root


def _is_wanted(name: str, files: set[str]) -> bool:
    """Whether one of the files is the study that a journal folder of this name belongs to."""
    stem = name.removesuffix(".journal")
    if stem + ".duckdb" in files or (stem in files and "." in stem):
        return True
    return stem.endswith(".file") and stem.removesuffix(".file") in files


def _identity_of(path: Path) -> JournalIdentity | None:
    try:
        descriptor = open_file(path, os.O_RDONLY, root=path.parent.parent.parent)
    except (OSError, ValueError):
        return None
    try:
        return read_identity(descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _may_be_of(journal: JournalIdentity, study: StudyIdentity) -> bool:
    return journal.replica is None or study.replica is None or journal.replica == study.replica


def _elsewhere(file: Path, identity: StudyIdentity, folder: Path) -> bool:
    """Whether another file in a folder holds the same study, or may: then nobody knows whose the journals there are."""
    try:
        others = [path for path in folder.iterdir() if not path.is_symlink() and path.is_file()]
    except OSError:
        return True
    return any(
        is_duckdb_file(other) and not is_same_file(other, file) and study_at(other) in (None, identity.study)
        for other in others
    )


@cache
def machine_id() -> str:
    """A random name of this machine for this user, kept in the state folder; the host's name where that cannot be."""
    from platformdirs import user_state_path

    folder = user_state_path("interpref")
    try:
        make_folder(folder)
        descriptor = open_file(folder / "machine", os.O_RDWR | os.O_CREAT)
    except OSError:
        return socket.gethostname()
    try:
        known = os.read(descriptor, 64).decode("ascii", "replace").strip()
        if not known:
            known = uuid7()
            os.write(descriptor, known.encode())
        return known
    except OSError:
        return socket.gethostname()
    finally:
        os.close(descriptor)


def journal_header(identity: StudyIdentity, places: StudyPaths, writer: str) -> dict[str, str]:
    """What the first line of a journal says besides the journal's identifier."""
    found = {
        "study": identity.study,
        "replica": identity.replica,
        "file": str(places.file.absolute()),
        "machine": machine_id(),
        "host": socket.gethostname(),
        "writer": writer,
    }
    return {name: value for name, value in found.items() if value}
