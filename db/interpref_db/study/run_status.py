"""Runs at work, as any process of this machine sees them.

Beside the journal of a run lies `RUN.status.json`: what it is, how far it is, how it ended. It is replaced, never changed in
place, and the process that works holds an flock on it across replacements: so whoever looks knows at once when a run was
killed. A run is asked to stop by `RUN.stop` (a byte for every time).
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from interpref_core.system.safe_files import open_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from interpref_db.study.paths import StudyPaths

State = Literal["running", "waiting", "stopping", "done", "partly done", "stopped", "broken", "killed"]
_LARGEST = 1 << 20  # bytes of a status file that are read
_TRIES = 5
_MOST = 1e15  # what any number of a progress may be


@dataclass(frozen=True, slots=True)
class RunStatus:
    """One session of a run, a judging or a comparing: the one that is at work, or the last.

    `facts` say what it is (kind, title, command, folder, pid, host, begun, ...), `progress` is a Progress as JSON,
    `ended` is None until the session ends by itself.
    """

    id: str
    is_running: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    progress: Mapping[str, Any] = field(default_factory=dict)
    ended: Mapping[str, Any] | None = None

    @property
    def state(self) -> State:
        """What it does, or how it ended; `killed` when it ended without a word."""
        if self.is_running:
            told = self.progress.get("state")
            return told if told in ("running", "waiting", "stopping") else "running"
        if self.ended is None:
            return "killed"
        if self.ended.get("broken"):
            return "broken"
        if self.ended.get("stopped"):
            return "stopped"
        return "partly done" if self.progress.get("failed") else "done"

    def text(self, name: str) -> str:
        """A fact as text; empty when it is not known."""
        value = self.facts.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> float:
        """A number of the progress; 0 when it is not known."""
        value = self.progress.get(name)
        # NaN is no number between, and no count of anything goes beyond.
        return value if isinstance(value, int | float) and abs(value) < _MOST else 0

    @property
    def command(self) -> list[str]:
        """The command line after `interpref`; empty when it is not known."""
        told = self.facts.get("command")
        return [str(part) for part in told] if isinstance(told, list) else []


class RunStatusFile:
    """Says how a run is. One writer, which also holds the run's journal. Nothing that goes wrong here stops a run."""

    def __init__(self, places: StudyPaths, identifier: str, facts: Mapping[str, Any]) -> None:
        self._places = places
        self._path = places.run_status(identifier)
        self._stop = places.run_stop(identifier)
        self._facts = {"id": identifier, **facts}
        self._descriptor = -1
        with suppress(OSError):
            self._stop.unlink(missing_ok=True)  # it was meant for an earlier session

    def write(self, progress: Mapping[str, Any], ended: Mapping[str, Any] | None = None) -> None:
        """Replace the file; readers see the old or the new one, and the lock on it all the time."""
        data = json.dumps({**self._facts, "progress": progress, "ended": ended}, ensure_ascii=False, default=str)
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            descriptor = open_file(draft, flags, self._places.file_mode(), root=self._places.root_of(draft))
        except OSError:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(descriptor, data.encode("utf-8", "replace"))
            draft.replace(self._path)
        except OSError:  # a full disk: the journal says so
            os.close(descriptor)
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            return
        self.close()
        self._descriptor = descriptor

    def asked_to_stop(self) -> int:
        """How often somebody asked this run to stop."""
        try:
            return self._stop.stat().st_size
        except OSError:
            return 0

    def close(self) -> None:
        """Let go: whoever looks now sees that nobody works on the run."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class RunStatusReader:
    """Reads the status files of a study again and again; what did not change costs a look at the folder."""

    def __init__(self, places: StudyPaths) -> None:
        self._places = places
        self._known: dict[Path, tuple[tuple[int, int], RunStatus]] = {}

    def all(self) -> list[RunStatus]:
        """Every status there is, the session that began last first."""
        known: dict[Path, tuple[tuple[int, int], RunStatus]] = {}
        for path in self._places.statuses():
            found = self._read(path)
            if found is not None:
                known[path] = found
        self._known = known
        return sorted((status for _, status in known.values()), key=lambda one: one.text("begun"), reverse=True)

    def _read(self, path: Path) -> tuple[tuple[int, int], RunStatus] | None:
        for left in reversed(range(_TRIES)):
            try:
                descriptor = open_file(path, os.O_RDONLY, root=self._places.root_of(path))
            except OSError:
                return None
            try:
                status = os.fstat(descriptor)
                stamp = (status.st_ino, status.st_mtime_ns)
                at_work = _is_locked(descriptor)
                before = self._known.get(path)
                if before and before[0] == stamp and before[1].is_running == at_work:
                    return before
                data = os.read(descriptor, _LARGEST)
                # A file that was replaced while we looked is not locked any more: look at the new one. Where that goes on and
                # on, somebody is writing. Asked while it is open: a closed file's inode may be the next one's.
                settled = _inode(path) == stamp[0]
            finally:
                os.close(descriptor)
            if at_work or settled or not left:
                found = _parse_status(data, at_work or not settled)
                return (stamp, found) if found else None
        return None


def request_stop(places: StudyPaths, identifier: str) -> None:
    """Ask a run of any process to stop cleanly; a second time, at once. Raises OSError when that cannot be written."""
    path = places.run_stop(identifier)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    descriptor = open_file(path, flags, places.file_mode(), root=places.root_of(path))
    try:
        os.write(descriptor, b"x")
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks: nothing can be known
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return -1


def _is_text(value: object) -> bool:
    """Whether a value is a text that a database takes: JSON can say half surrogates, which none does."""
    return isinstance(value, str) and not any("\ud800" <= one <= "\udfff" for one in value)


def _parse_status(data: bytes, at_work: bool) -> RunStatus | None:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not _is_text(told.get("id")):
        return None
    progress, ended = told.pop("progress", None), told.pop("ended", None)
    return RunStatus(
        told["id"],
        at_work,
        told,
        progress if isinstance(progress, dict) else {},
        ended if isinstance(ended, dict) else None,
    )
