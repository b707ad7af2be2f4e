"""A run tells everybody on this machine how it is, and hears when it is asked to stop.

Both happen in a thread of its own: a slow disk never holds up the calls.
"""

from __future__ import annotations

import getpass
import os
import re
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interpref_core import __version__
from interpref_core.ids import utc_now
from interpref_db.study.run_status import RunStatusFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from interpref_core.engine import Outcome, Progress, ProgressDisplay
    from interpref_db.study.paths import StudyPaths

EVERY = 1.0  # seconds between two replacements of the file
_LISTEN = 0.2  # seconds between looks for a wish to stop
_USER_IN_URL = re.compile(r"//[^/@\s]*@")
_FOR_ONE_TIME = {"--json", "--dry-run"}
KINDS = ("generate", "judge", "compare", "build")


class StatusReporter:
    """A display around another one: shows there, and in the status file of the run. `close` it in any case."""

    def __init__(self, inner: ProgressDisplay, places: StudyPaths, identifier: str, facts: Mapping[str, Any]) -> None:
        """`facts` say what the run is; what concerns this process is added. Call with the run's journal held."""
        self._inner = inner
        self._file = RunStatusFile(places, identifier, {**facts, **_process()})
        self._latest: Progress | None = None
        self._ended: dict[str, Any] | None = None
        self._fresh = threading.Event()
        self._closing = False
        self._stop: Callable[[], object] | None = None
        self._thread = threading.Thread(target=self._beat, daemon=True, name="heartbeat")

    def on_stop(self, stop: Callable[[], object]) -> None:
        """Call `stop`, from the thread, each time that somebody asks the run to stop."""
        self._stop = stop

    def start(self, progress: Progress) -> None:
        self._latest = progress
        self._thread.start()
        self._inner.start(progress)

    def update(self, progress: Progress) -> None:
        self._latest = progress
        self._inner.update(progress)

    def finish(self, outcome: Outcome) -> None:
        self._latest = outcome.progress
        self._ended = {"stopped": outcome.stopped, "broken": outcome.broken, "time": utc_now()}
        self._inner.finish(outcome)

    def close(self) -> None:
        """Say the last word and let go of the file."""
        self._closing = True
        self._fresh.set()
        if self._thread.ident is not None:
            self._thread.join(10)
        self._file.close()

    def _beat(self) -> None:
        heard, written = 0, -EVERY
        told: Progress | None = None
        while True:
            closing = self._closing
            latest, ended = self._latest, self._ended
            if latest is not None and (closing or (latest is not told and time.monotonic() - written >= EVERY)):
                self._file.write(latest.to_json() | {"seen": utc_now()}, ended)
                told, written = latest, time.monotonic()
            if closing:
                return
            asked = self._file.asked_to_stop()
            while heard < asked and self._stop is not None:
                heard += 1
                self._stop()
            self._fresh.wait(_LISTEN)


def _process() -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "user": _user(),
        "program": __version__,
        "begun": utc_now(),
        "command": command_line(sys.argv),
        "folder": str(Path.cwd()),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def command_line(argv: list[str]) -> list[str]:
    """What follows `interpref` on a command line that asks models, without what is for one time. Empty when this process was
    not started by such a line, or when an address on it holds a password: that is written nowhere."""
    place = next((n for n, part in enumerate(argv) if part in KINDS), None)
    if place is None or any(_USER_IN_URL.search(part) for part in argv):
        return []
    return [part for part in argv[place:] if part not in _FOR_ONE_TIME]
