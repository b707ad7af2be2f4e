"""What is told when something goes wrong: known errors in their own words, bugs as a report without local variables."""

from __future__ import annotations

import tempfile
import traceback
from pathlib import Path

from interpref_core import __version__
from interpref_core.ids import now
from interpref_core.shortage import is_shortage, tell_shortage


def known_message(error: BaseException) -> str | None:
    """The message of an error that says what to do; None for what is a bug of ours."""
    from interpref_core.prompts import PromptError
    from interpref_core.providers.base import ProviderError
    from interpref_db.problems import StudyError
    from interpref_tui.config import ConfigError

    if isinstance(error, StudyError | PromptError | ProviderError | ConfigError):
        return str(error)
    if type(error).__name__ in ("ExportError", "ImportRefused", "WorkError"):
        return str(error)
    if is_shortage(error):
        return tell_shortage(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return None


def write_report(error: BaseException) -> Path:
    """A crash report: where in the code, without the values of variables, which may hold private texts."""
    from interpref_tui.folders import state_folder

    lines = [f"interpref {__version__} {now()}", *traceback.format_tb(error.__traceback__), type(error).__name__]
    folder = state_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir())
    path = folder / f"crash-{now().replace(':', '')}.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
