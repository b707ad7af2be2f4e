"""What `doctor STUDY` says of a study: who may read it, whether it is a copy, what lies in its journals, whether locks hold."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from interpref_core.system.safe_files import open_file
from interpref_tui.diagnostics.finding import Finding
from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_db.study.paths import StudyPaths
    from interpref_db.study.study import Study


def examine_study(path: Path) -> list[Finding]:
    """Open a study as every command does and look at what surrounds it."""
    from interpref_db.errors import StudyError
    from interpref_db.study.study import Study

    try:
        with Study.open(path) as study:
            return [
                Finding("study", True, f"{path}, schema {_schema(study)}"),
                _identity(study),
                _privacy(study.places),
                *_journals(study),
                _locks(study.places),
            ]
    except StudyError as error:
        return [Finding("study", False, str(error))]


def _schema(study: Study) -> int:
    from interpref_db.study.study import newest_schema

    with study.reading():
        return newest_schema()


def _identity(study: Study) -> Finding:
    """Which study it is, and whether this file is a copy of it."""
    from interpref_db.study.identity import is_copied

    identity = study.identity
    said = f"{identity.study}, file {identity.replica or 'not written to yet'}"
    if is_copied(identity, study.path):
        return Finding("identity", True, f"{said}; a copy of {identity.home}, a study of its own once it is written to")
    if identity.copy_of:
        return Finding("identity", True, f"{said}; a copy of {identity.copy_of}")
    return Finding("identity", True, said)


def _privacy(places: StudyPaths) -> Finding:
    """Whether others on this machine may read the study, its journals or its log of changes."""
    found = [places.file, places.file.with_name(places.file.name + ".wal"), places.journal, *places.journals()]
    open_to = []
    for path in found:
        with suppress(OSError):
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                open_to.append(path)
    if not open_to:
        return Finding("privacy", True, "only you may read the study and its journals")
    mode = stat.S_IMODE(open_to[0].stat().st_mode)
    names = ", ".join(path.name for path in open_to[:3]) + (f" and {len(open_to) - 3} more" if len(open_to) > 3 else "")
    return Finding(
        "privacy",
        False,
        f"others on this machine may read {names} (mode {mode:04o})",
        f"chmod 600 {places.file}; chmod -R go= {places.journal}, unless you share the study (docs: Several accounts)",
        optional=True,
    )


def _journals(study: Study) -> list[Finding]:
    """Notices about journals, and lines that were kept because they could not be taken in."""
    found = [Finding("journals", False, sanitize(notice), optional=True) for notice in study.notices()]
    torn = sorted(study.places.torn_lines_dir.glob("*")) if study.places.torn_lines_dir.is_dir() else []
    for path in torn:
        count = path.read_bytes().count(b"\n")
        found.append(
            Finding(
                "journals",
                False,
                f"{count} line(s) that could not be taken into the study are kept in {path}",
                f"look at them; lines of a newer program go in with it: interpref import {study.path} {path}",
                optional=True,
            )
        )
    return found or [Finding("journals", True, f"{len(study.places.journals())} open, nothing left out")]


def _locks(places: StudyPaths) -> Finding:
    """Try whether a lock on a file beside the study keeps a second one out: on some network file systems none does."""
    probe = places.file.with_name(f".{places.file.name}.{secrets.token_hex(8)}.lock")
    try:
        first = open_file(probe, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    except OSError as error:
        return Finding("locks", False, f"{places.file.parent} cannot be written ({error.strerror})", optional=True)
    try:
        second = open_file(probe, os.O_RDWR)
        try:
            fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return Finding("locks", True, "hold")
        except OSError as error:
            return Finding("locks", False, f"this file system has none ({error.strerror})", _LOCAL)
        finally:
            os.close(second)
        return Finding("locks", False, "do not keep a second program out on this file system", _LOCAL)
    finally:
        os.close(first)
        with suppress(OSError):
            probe.unlink()


_LOCAL = "keep the study on a local disk, or let one program at a time work on it"
