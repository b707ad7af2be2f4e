"""What stands on the terminal while the screens are loaded: which study is being opened, on the screen that they will have.

It is there a few hundredths of a second after the command. Keys that are typed meanwhile are not echoed into it: they wait
for the screens.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

# Another screen, no cursor, to the corner; and back to where the cursor was, since terminals with one place to keep it in would
# lose the shell's when the screens enter their screen once more.
_ENTER, _BACK, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[H", "\x1b[0m\x1b8", "\x1b[?1049l\x1b[?25h"


class Splash:
    """The first line, until `lift` leaves the terminal to the screens; without that, leaving gives it back as it was."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._modes: list[Any] | None = None
        self._up = False

    def __enter__(self) -> Self:
        from interpref_tui.text.output import sanitize, truncate

        with suppress(OSError):
            if os.isatty(2):  # where the screens are drawn
                self._silence()
                width = max(20, os.get_terminal_size(2).columns)
                line = truncate(sanitize(self._name), width - 14)
                self._draw(f"{_ENTER}\x1b[1;7m interpref \x1b[0m  {line} …{_BACK}")
                self._up = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._up:
            self.lift()
            with suppress(OSError):
                self._draw(_LEAVE)

    def lift(self) -> None:
        """The screens take over: the terminal has its own modes again, which they keep to give them back."""
        self._up = False
        if self._modes is not None:
            import termios

            with suppress(termios.error):
                termios.tcsetattr(0, termios.TCSANOW, self._modes)
            self._modes = None

    def _silence(self) -> None:
        """No echo, and keys as they come rather than by lines."""
        try:
            import termios
        except ImportError:
            return
        with suppress(termios.error):
            modes = termios.tcgetattr(0)
            self._modes = [*modes[:6], list(modes[6])]
            modes[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(0, termios.TCSANOW, modes)

    def _draw(self, text: str) -> None:
        sys.stderr.flush()
        os.write(2, text.encode("utf-8", "replace"))
