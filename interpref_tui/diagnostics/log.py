"""The log: when the program began and ended, in which terminal, and what went wrong where in the code.

Never a text of a study, a message that may hold one, or a key: of an error its kind and its places in the code.
"""

from __future__ import annotations

import logging
import os
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from interpref_core.ids import utc_now
from interpref_tui.settings.private_files import open_private
from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from io import TextIOWrapper

LONGEST = 256 << 10  # bytes of a file before the next one is begun
KEPT = 3  # older files
_log = logging.getLogger("interpref")


class _PrivateHandler(RotatingFileHandler):
    """Writes to a file that is for this user alone, and never through a link; so after each rotation."""

    def _open(self) -> TextIOWrapper:
        descriptor = open_private(Path(self.baseFilename), os.O_WRONLY | os.O_APPEND)
        return open(descriptor, "a", encoding=self.encoding, errors="backslashreplace")  # noqa: PTH123 - logging closes it


def log_file() -> Path:
    """Where the log is."""
    from interpref_tui.settings.paths import state_folder

    return state_folder() / "interpref.log"


def start() -> None:
    """Write to the log from now on; without a folder that can be written, nowhere."""
    path = log_file()
    try:
        handler = _PrivateHandler(path, maxBytes=LONGEST, backupCount=KEPT, encoding="utf-8")
    except OSError:
        return
    for old in list(_log.handlers):
        _log.removeHandler(old)
        old.close()
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False


def note(text: str) -> None:
    """One line, with the time and the process."""
    _log.info("%s %d %s", utc_now(), os.getpid(), sanitize(text))


def log_error(error: BaseException) -> None:
    """An error: its kind and its way through the code."""
    note(" ".join([f"failed {type(error).__name__}", *_places(error)]))


def details(error: BaseException) -> str:
    """The way of an error through the code, a line each, without values of variables."""
    return "\n".join([f"{type(error).__name__}, at", *(f"  {place}" for place in _places(error))])


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{os.path.relpath(one.filename, _ROOT)}:{one.lineno}:{one.name}" for one in frames]


_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120 - before a log there is no need of pathlib
