"""Who holds a study file, said in one line."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import re
import socket
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from interpref_core.ids import utc_now
from interpref_core.system.safe_files import check_folders, open_file, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_db.study.paths import StudyPaths

_PID = re.compile(r"\(PID (\d+)\)")


def write_lock_owner(places: StudyPaths, purpose: str) -> None:
    """Leave word of who writes and why. Only for messages: the lock itself is DuckDB's."""
    word = {
        "pid": os.getpid(),
        "user": _user(),
        "host": socket.gethostname(),
        "purpose": purpose,
        "command": Path(sys.argv[0]).name,
        "since": utc_now(),
    }
    with suppress(OSError):
        places.make_folder(places.journal)
        replace_file(
            places.lock_owner_file, json.dumps(word).encode("utf-8", "replace"), places.file_mode(), sync=False
        )


def clear_lock_owner(places: StudyPaths) -> None:
    """Take the word back, and the journal's folder too where nothing else lies in it."""
    with suppress(OSError):
        check_folders(places.journal, places.journal.parent)
        for path in (places.lock_owner_file, places.waiting):
            path.unlink(missing_ok=True)
        left_behind = [folder for root in places.others for folder in (root / "labels", root / "runs", root)]
        for folder in (*left_behind, places.journal):
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def announced(places: StudyPaths) -> Iterator[None]:
    """Say, as long as the context lasts, that a writer waits, so that readers do not come one after the other for ever."""
    descriptor = -1
    with suppress(OSError):
        places.make_folder(places.journal)
        descriptor = open_file(places.waiting, os.O_RDWR | os.O_CREAT, places.file_mode(), root=places.journal.parent)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    try:
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def is_awaited(places: StudyPaths) -> bool:
    """Whether a writer waits for the readers. What a killed one left says nothing: the lock on it went with it."""
    try:
        descriptor = open_file(places.waiting, os.O_RDONLY, root=places.journal.parent)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    finally:
        os.close(descriptor)
    return False


def give_way(places: StudyPaths, most: float) -> None:
    """Let writers that wait go first, for a moment."""
    deadline = time.monotonic() + most
    while is_awaited(places) and time.monotonic() < deadline:
        time.sleep(0.01)


def describe_lock_owner(places: StudyPaths, message: str) -> str:
    """One line from DuckDB's lock message and the word that the holder left: who, since when, what to do."""
    found = _PID.search(message)
    pid = int(found.group(1)) if found else None
    since = purpose = user = None
    try:
        word = json.loads(_read_holder(places))
        if pid is None or word.get("pid") == pid:
            said = [
                " ".join(one.split()) if isinstance(one, str) else None
                for one in map(word.get, ("since", "purpose", "user"))
            ]
            pid, (since, purpose, user) = int(word["pid"]), said
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        since = None
    if since is None and pid is not None:
        since = _process_start_time(pid)
    who = f"process {pid}" if pid else "another process"
    details = ", ".join(
        part for part in (f"user {user}" if user else "", purpose or "", f"since {since}" if since else "") if part
    )
    about = f" ({details})" if details else ""
    stop = f" (to end it: kill {pid})" if pid else ""
    return f"{places.file} is in use by {who}{about}; wait until it is done and try again{stop}"


def _read_holder(places: StudyPaths) -> str:
    """The word that the holder left. Raises OSError."""
    descriptor = open_file(places.lock_owner_file, os.O_RDONLY, root=places.journal.parent)
    try:
        return os.read(descriptor, 1 << 16).decode("utf-8", "replace")
    finally:
        os.close(descriptor)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _process_start_time(pid: int) -> str | None:
    """When a process started, local time; None where the system does not say."""
    try:
        stamp = Path(f"/proc/{pid}").stat().st_mtime
    except OSError:
        return None
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(stamp))
