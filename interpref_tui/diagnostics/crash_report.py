"""What is told when something goes wrong: known errors in their own words, bugs as a report without local variables."""

from __future__ import annotations

import os
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path

from interpref_core import __version__
from interpref_core.ids import utc_now
from interpref_core.system.memory_shortage import is_shortage, tell_shortage
from interpref_tui.settings.private_files import prepare_folder

KEPT = 20  # reports
_BEGINS = "crash-"

# What Python says of numbers in JSON that are not finite, or longer than it reads.
_UNREADABLE_NUMBERS = ("float values are not JSON compliant", "for integer string conversion")


def known_message(error: BaseException) -> str | None:
    """The message of an error that says what to do; None for what is a bug of ours."""
    from interpref_core.prompts.loading import PromptError
    from interpref_core.providers.base import ProviderError
    from interpref_db.errors import StudyError
    from interpref_tui.settings.model import ConfigError

    if isinstance(error, StudyError | PromptError | ProviderError | ConfigError):
        return str(error)
    if type(error).__name__ in ("ExportError", "ImportRefused", "WorkError"):
        return str(error)
    if is_shortage(error):
        return tell_shortage(error)
    if isinstance(error, RecursionError) or any(sign in str(error) for sign in _UNREADABLE_NUMBERS):
        return (
            "a value is nested too deeply, or is a number that cannot be read; if the study came from elsewhere: "
            "interpref export STUDY study -o FILE --salvage"
        )
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return None


def write_report(error: BaseException) -> Path | None:
    """Write a crash report: where in the code, without the values of variables, which may hold private texts.

    It lies in the state folder with the newest others, or where temporary files are; None where neither can be written.
    """
    from interpref_tui.settings.paths import state_folder

    lines = [f"interpref {__version__} {utc_now()}", *traceback.format_tb(error.__traceback__), type(error).__name__]
    text = "\n".join(lines).encode("utf-8", "backslashreplace")
    folder = state_folder()
    try:
        prepare_folder(folder)
        path = _make_report(folder)
        path.write_bytes(text)
        _remove_old(folder)
    except OSError:
        try:
            path = _make_report(Path(tempfile.gettempdir()))
            path.write_bytes(text)
        except OSError:
            return None
    return path


def _make_report(folder: Path) -> Path:
    """A new empty file for a report, for this user alone. Raises OSError."""
    moment = utc_now().replace(":", "")
    descriptor, name = tempfile.mkstemp(prefix=f"{_BEGINS}{moment}-", suffix=".txt", dir=folder)
    os.close(descriptor)
    return Path(name)


def _remove_old(folder: Path) -> None:
    """Keep the newest reports. Their names begin with the time."""
    found = sorted(path for path in folder.glob(f"{_BEGINS}*.txt") if path.is_file() and not path.is_symlink())
    for path in found[:-KEPT]:
        with suppress(OSError):
            path.unlink()
