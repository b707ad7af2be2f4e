"""A text in the user's own editor or pager."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

# Editors with a window of their own: they leave the terminal alone, so the screens stay.
_WINDOWS = {
    "code", "codium", "code-insiders", "cursor", "zed", "subl", "atom", "gedit", "gnome-text-editor", "kate", "kwrite",
    "mousepad", "pluma", "xed", "gvim", "mvim", "nvim-qt", "neovide", "bbedit", "mate", "open", "xdg-open",
}  # fmt: skip


def program() -> str:
    """What a text is opened with: $VISUAL, $EDITOR, $PAGER, or less."""
    return next(
        (value for name in ("VISUAL", "EDITOR", "PAGER") if (value := os.environ.get(name, "").strip())), "less"
    )


def open_text(app: App[Any], path: Path) -> str:
    """Open a file and come back when the program ends, at once if it has a window of its own. What went wrong, or ''."""
    from textual.app import SuspendNotSupported

    wanted = program()
    try:
        words = shlex.split(wanted)
    except ValueError:
        words = []
    if not words:
        return f"{wanted!r} is no command; $VISUAL, $EDITOR or $PAGER says what opens a text"
    if shutil.which(words[0]) is None:
        return f"{words[0]} is not there; $VISUAL, $EDITOR or $PAGER says what opens a text"
    command = [*words, str(path)]
    try:
        if has_window(words):
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
            return ""
        with app.suspend():
            # Descriptor 2 leads to a file while the screens stand; an editor gets the terminal.
            code = subprocess.run(command, check=False, stderr=sys.__stderr__).returncode
    except SuspendNotSupported:
        return "this terminal cannot be lent to an editor"
    except OSError as error:
        return f"{words[0]} cannot be started: {error.strerror or error}"
    return f"{words[0]} ended with code {code}" if code else ""


def has_window(words: list[str]) -> bool:
    """Whether an editor opens a window and leaves the terminal alone."""
    name = Path(words[0]).name.lower()
    if name in ("emacs", "emacsclient"):
        return (name == "emacsclient" and bool({"-c", "-n"} & set(words)) and "-nw" not in words) or (
            name == "emacs" and bool(os.environ.get("DISPLAY")) and not {"-nw", "--no-window-system"} & set(words)
        )
    return name in _WINDOWS


def show_folder(folder: Path) -> bool:
    """Open a folder in the desktop's own way; whether there is a desktop that has one."""
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    seen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not seen or shutil.which(opener) is None:
        return False
    try:
        subprocess.Popen(
            [opener, str(folder)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    except OSError:
        return False
    return True
