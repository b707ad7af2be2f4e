"""What a terminal can do to a program, and how it is kept from doing it."""

from __future__ import annotations

import codecs
import os
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def forgive_bad_bytes() -> None:
    """Let a byte that is not UTF-8 (an old mouse report after a reattach) become a replacement character.

    Textual decodes the keyboard strictly, and one such byte ends its input thread: the program lives on, deaf
    (Textual issues 6456 and 6668).
    """
    from textual.drivers import linux_driver

    def forgiving(encoding: str) -> partial[codecs.IncrementalDecoder]:
        return partial(codecs.getincrementaldecoder(encoding), errors="replace")

    linux_driver.getincrementaldecoder = forgiving  # type: ignore[attr-defined,assignment]


@contextmanager
def guarded_stderr() -> Iterator[None]:
    """Keep what libraries print on file descriptor 2 off the screen, which is drawn there.

    The screen gets a descriptor of its own; descriptor 2 leads to a file in the state folder meanwhile.
    """
    import sys

    from interpref_tui.config import state_folder

    screen = os.dup(2)
    try:
        folder = state_folder()
        folder.mkdir(parents=True, exist_ok=True)
        noise = os.open(folder / "noise.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError:
        noise = os.open(os.devnull, os.O_WRONLY)
    before = sys.__stderr__
    drawing = os.fdopen(os.dup(screen), "w", encoding="utf-8", errors="replace")
    os.dup2(noise, 2)
    sys.__stderr__ = drawing  # type: ignore[misc]  # what Textual's driver draws on
    try:
        yield
    finally:
        drawing.flush()
        sys.__stderr__ = before  # type: ignore[misc]
        os.dup2(screen, 2)
        os.close(noise)
        os.close(screen)
