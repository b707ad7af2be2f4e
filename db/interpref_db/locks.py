"""Who holds a study file, said in one line."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from interpref_core.ids import now

if TYPE_CHECKING:
    from interpref_db.places import Places

_PID = re.compile(r"\(PID (\d+)\)")


def claim(places: Places, purpose: str) -> None:
    """Leave word of who writes and why. Only for messages: the lock itself is DuckDB's."""
    word = {
        "pid": os.getpid(),
        "user": _user(),
        "host": socket.gethostname(),
        "purpose": purpose,
        "command": Path(sys.argv[0]).name,
        "since": now(),
    }
    try:
        places.journal.mkdir(parents=True, exist_ok=True)
        places.holder.write_text(json.dumps(word), encoding="utf-8")
    except OSError:
        return


def unclaim(places: Places) -> None:
    """Take the word back, and the journal's folder too where nothing else lies in it."""
    places.holder.unlink(missing_ok=True)
    try:
        places.journal.rmdir()
    except OSError:
        return


def who_holds(places: Places, message: str) -> str:
    """One line from DuckDB's lock message and the word that the holder left: who, since when, what to do."""
    found = _PID.search(message)
    pid = int(found.group(1)) if found else None
    since = purpose = user = None
    try:
        word = json.loads(places.holder.read_text(encoding="utf-8"))
        if pid is None or word.get("pid") == pid:
            pid, since, purpose, user = word["pid"], word.get("since"), word.get("purpose"), word.get("user")
    except (OSError, ValueError, KeyError, AttributeError):
        since = None
    if since is None and pid is not None:
        since = _started(pid)
    who = f"process {pid}" if pid else "another process"
    details = ", ".join(
        part for part in (f"user {user}" if user else "", purpose or "", f"since {since}" if since else "") if part
    )
    about = f" ({details})" if details else ""
    stop = f" (to end it: kill {pid})" if pid else ""
    return f"{places.file} is in use by {who}{about}; wait until it is done and try again{stop}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _started(pid: int) -> str | None:
    """When a process started, local time; None where the system does not say."""
    try:
        stamp = Path(f"/proc/{pid}").stat().st_mtime
    except OSError:
        return None
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(stamp))
