"""An application that survives its terminal: hang-ups, suspension, reattaching, windows too small to draw in; and nothing but
what can be drawn ever gets into a line."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import TYPE_CHECKING

from interpref_tui.app.host_integration import OutsideApp
from interpref_tui.app.line_filters import ControlCharacterFilter
from interpref_tui.app.reentrant_animator import ReentrantAnimator

if TYPE_CHECKING:
    from textual import events

SMALLEST = (40, 12)
PATIENCE = 3.0  # seconds that an orderly end may take


class EnduringApp(OutsideApp):
    """`steady` applications, the only ones of their process, hear its signals."""

    steady = False

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._filters.append(ControlCharacterFilter())
        self._animator = ReentrantAnimator(self)
        self._animate = self._animator.bind(self)

    def on_load(self) -> None:
        if self.steady:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGHUP, signal.SIGTERM):
                loop.add_signal_handler(number, self._end, number)

    def _end(self, number: signal.Signals) -> None:
        """The terminal is gone, or somebody wants us gone. What counts is on the disk already."""
        code = 128 + number
        # With the terminal gone, giving it back can hang or fail: that must not keep the process.
        watchdog = threading.Timer(PATIENCE, os._exit, [code])
        watchdog.daemon = True
        watchdog.start()
        self.exit(code)

    # -- the terminal came back --------------------------------------------------------------------------------------

    def on_app_focus(self) -> None:
        self._modes_on()

    def action_redraw(self) -> None:
        """Draw everything anew, for a terminal that lost it or was attached again."""
        self._modes_on()
        self.screen.refresh(layout=True)
        compositor = self.screen._compositor
        if self._driver is not None:
            self._display(self.screen, compositor.render_update(full=True))

    def _modes_on(self) -> None:
        """A terminal that was reattached, or reset by another program, has forgotten what we had asked of it."""
        driver = self._driver
        if driver is None or self.is_headless:
            return
        for name in ("_enable_mouse_support", "_enable_bracketed_paste", "_disable_line_wrap"):
            switch = getattr(driver, name, None)
            if switch is not None:
                switch()
        driver.write("\x1b[?25l\x1b[?1004h")
        driver.flush()

    # -- the window is too small -------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        from interpref_tui.screens.dialogs.window_too_small import WindowTooSmall

        small = event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1]
        shown = isinstance(self.screen, WindowTooSmall)
        if small and not shown:
            self.push_screen(WindowTooSmall(SMALLEST))
        elif not small and shown:
            self.pop_screen()
