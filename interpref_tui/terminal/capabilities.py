"""What a terminal can do to a program, and how it is kept from doing it."""

from __future__ import annotations

import codecs
import os
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator


def tolerate_invalid_utf8() -> None:
    """Let a byte that is not UTF-8 (an old mouse report after a reattach) become a replacement character.

    Textual decodes the keyboard strictly, and one such byte ends its input thread: the program lives on, deaf
    (Textual issues 6456 and 6668).
    """
    from textual.drivers import linux_driver

    def forgiving(encoding: str) -> partial[codecs.IncrementalDecoder]:
        return partial(codecs.getincrementaldecoder(encoding), errors="replace")

    linux_driver.getincrementaldecoder = forgiving  # type: ignore[attr-defined,assignment]  # the name that it imported


@contextmanager
def guarded_stderr() -> Iterator[None]:
    """Keep what libraries print on file descriptor 2 off the screen, which is drawn there.

    The screen gets a descriptor of its own; descriptor 2 leads to a file in the state folder meanwhile.
    """
    import sys

    from interpref_tui.settings.paths import state_folder
    from interpref_tui.settings.private_files import open_private

    screen = os.dup(2)
    try:
        noise = open_private(state_folder() / "noise.log", os.O_WRONLY | os.O_TRUNC)
    except OSError:
        noise = os.open(os.devnull, os.O_WRONLY)
    before = sys.__stderr__
    drawing = os.fdopen(os.dup(screen), "w", encoding="utf-8", errors="replace")
    os.dup2(noise, 2)
    sys.__stderr__ = drawing  # type: ignore[misc]  # what Textual's driver draws on
    try:
        yield
    finally:
        with suppress(OSError):  # the terminal may be gone
            drawing.flush()
        sys.__stderr__ = before  # type: ignore[misc]  # as it was
        os.dup2(screen, 2)
        os.close(noise)
        os.close(screen)


Colours = Literal["none", "sixteen", "many"]


def colours() -> Colours:
    """How many colours the terminal has: none where NO_COLOR asks for none, its own sixteen, or more."""
    if os.environ.get("NO_COLOR"):
        return "none"
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "many"
    number = _known_number()
    if number is None:
        number = 256 if os.environ.get("TERM", "").endswith(("256color", "direct", "kitty")) else 16
    return "many" if number >= 256 else "sixteen" if number >= 8 else "none"


def _known_number() -> int | None:
    """The number of colours that the system's terminal database gives this terminal; None where it does not know it."""
    try:
        import curses
    except ImportError:
        return None
    try:
        curses.setupterm(os.environ.get("TERM") or "dumb")
        return max(0, curses.tigetnum("colors"))
    except (curses.error, OSError):
        return None


def on_light_ground() -> bool:
    """Whether the terminal says that it draws on a light ground ($COLORFGBG, as rxvt, Konsole and others set it)."""
    ground = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return ground in ("7", "15")


def set_color_system(many: Colours) -> None:
    """Have Textual send as many colours as the terminal has, also where it would guess from the terminal's name alone."""
    from textual import constants

    if not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)  # an empty one asks for nothing, by no-color.org; Textual takes it as a wish
    if many == "many" and os.environ.get("COLORTERM", "").lower() not in ("truecolor", "24bit"):
        constants.COLOR_SYSTEM = "256"  # type: ignore[misc]  # read when an app is made, too early for ours
    elif many == "sixteen":
        constants.COLOR_SYSTEM = "standard"  # type: ignore[misc]  # likewise


def describe(many: Colours) -> str:
    """The terminal in a few words, for the log and `doctor`."""
    import shutil

    size = shutil.get_terminal_size((0, 0))
    names = {"none": "no colours", "sixteen": "16 colours", "many": "256 colours"}
    if many == "many" and os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        names["many"] = "true colour"
    where = [name for name, sign in (("tmux", "TMUX"), ("screen", "STY"), ("SSH", "SSH_TTY")) if os.environ.get(sign)]
    inside = f" in {' over '.join(where)}" if where else ""
    return f"{os.environ.get('TERM') or 'an unnamed terminal'}{inside}, {size.columns}x{size.lines}, {names[many]}"
