"""Several processes, one endpoint: together they have no more calls under way than the largest of them may.

Each place at an endpoint is one byte of a file, held by a lock that the system drops when its process ends, however it ends.
A process takes places as it needs them and keeps them while it uses them; when others want some as well, it gives back
what exceeds its fair part. Beside that file every process that is at work keeps a small one of its own, which says how
many places it wants and until when the endpoint asked for silence; one that has not been renewed for a few seconds is of a
process that ended.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from interpref_core.system.safe_files import PRIVATE_FILE, make_folder, open_file, replace_file

if TYPE_CHECKING:
    from pathlib import Path

_EVERY = 0.25  # seconds between looks at the others
_STALE = 3.0
_HUNGRY = 1.0  # seconds for which a process that found no place says that it wants more


class SharedSlots:
    """This process's part of one endpoint. One a process and endpoint: the locks are the process's. Does nothing where the
    folder cannot be written or the system has no such locks.
    """

    def __init__(self, folder: Path, endpoint: str, most: int) -> None:
        """`endpoint` is what is shared (an address and a model); `most` how many places this process may have at most."""
        self._most = most
        self._held: list[int] = []
        self._descriptor = -1
        self._looked = 0.0
        self._others: dict[str, int] = {}  # places that other processes want
        self._wants = self._in_use = 0
        self._hungry_until = self._full_until = 0.0
        self._silent_until = self._others_silent_until = 0.0
        self._folder = folder / hashlib.sha256(endpoint.encode()).hexdigest()[:24]
        self._own = self._folder / f"{socket.gethostname()}-{os.getpid()}.json"
        with suppress(OSError):
            make_folder(self._folder, root=folder)
            self._descriptor = open_file(self._folder / "places", os.O_RDWR | os.O_CREAT)
            self._scan_peers()

    @property
    def capacity(self) -> int:
        """How many places this process holds."""
        return len(self._held)

    @property
    def other_processes(self) -> int:
        """How many other processes are at work there."""
        return len(self._others)

    def acquire(self, wanted: int, limit: int) -> int:
        """Try to have places for `wanted` calls, of `limit` at most; gives for how many there are."""
        if self._descriptor < 0:
            return wanted
        moment = time.monotonic()
        if moment - self._looked > _EVERY:
            self._scan_peers()
        while len(self._held) < wanted and moment >= self._full_until:
            found = self._lock_one() if len(self._held) < self._fair_share() else None
            if found is None:
                self._full_until = moment + _EVERY
                break
            self._held.append(found)
        if len(self._held) < wanted:
            self._wants, self._hungry_until = limit, moment + _HUNGRY
        return len(self._held) if self._descriptor >= 0 else wanted

    def release_unused(self, in_use: int) -> None:
        """So many are in use now: others may have the rest, as far as they want it."""
        self._in_use = in_use
        if self._descriptor < 0:
            return
        moment = time.monotonic()
        if moment > self._hungry_until:
            self._wants = max(in_use, 1)
        if moment - self._looked > _EVERY:
            self._scan_peers()
        self._give_back(self._fair_share() if self._others else self._most)

    def pause(self, until: float) -> None:
        """The endpoint asked for silence until then (seconds since the epoch); the others will see it."""
        if until > self._silent_until:
            self._silent_until = until
            self._scan_peers()

    def paused_until(self) -> float:
        """Until when it asked other processes for silence (seconds since the epoch)."""
        return self._others_silent_until

    def close(self) -> None:
        """Let go of everything."""
        if self._descriptor >= 0:
            os.close(self._descriptor)  # and with it all the locks
            self._descriptor = -1
            self._held.clear()
            with suppress(OSError):
                self._own.unlink(missing_ok=True)

    def _fair_share(self) -> int:
        """How many places this process may have: what others do not want, and at least an equal part."""
        if not self._others:
            return self._most
        equal = max(1, self._most // (len(self._others) + 1))
        return max(equal, self._most - sum(min(wants, self._most) for wants in self._others.values()))

    def _give_back(self, keep: int) -> None:
        """Unlock places that no call is in, down to `keep`."""
        while len(self._held) > max(self._in_use, keep):
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, self._held.pop())

    def _lock_one(self) -> int | None:
        """A free place, the last ones first: those that may have fewer only look at the first ones."""
        held = set(self._held)
        for place in range(self._most - 1, -1, -1):
            if place in held:
                continue
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
            except (BlockingIOError, PermissionError):
                continue
            except OSError:  # no locks here (some network file systems): everybody for themselves
                self.close()
                return None
            return place
        return None

    def _scan_peers(self) -> None:
        """Say what this process wants, and see what the others want."""
        self._looked = time.monotonic()
        if self._descriptor < 0:
            return
        said = {"wants": self._wants, "silent_until": self._silent_until}
        with suppress(OSError):
            replace_file(self._own, json.dumps(said).encode(), PRIVATE_FILE, sync=False)
        self._others, self._others_silent_until = {}, 0.0
        with suppress(OSError):
            for path in self._folder.glob("*.json"):
                if path != self._own:
                    self._read_peer(path)

    def _read_peer(self, path: Path) -> None:
        """What one other process says. The silence that it was asked for holds when it has ended, too."""
        with suppress(OSError, ValueError, OverflowError, AttributeError, TypeError, RecursionError):
            with os.fdopen(open_file(path, os.O_RDONLY), "rb") as file:
                said = json.load(file)
            silent_until = float(said.get("silent_until", 0.0))
            self._others_silent_until = max(self._others_silent_until, silent_until)
            if time.time() - path.lstat().st_mtime <= _STALE and not _has_ended(path.stem):
                self._others[path.name] = int(said.get("wants", 0))
            elif silent_until < time.time():
                path.unlink(missing_ok=True)


def _has_ended(name: str) -> bool:
    """Whether the process that a file is called after (HOST-PID) is one of this machine that is no more."""
    host, _, number = name.rpartition("-")
    if host != socket.gethostname() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:  # somebody else's: alive
        return False
    return False
