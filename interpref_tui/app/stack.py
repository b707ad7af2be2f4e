"""The screens on top of each other: each is opened by the one that is on top, once; and what goes wrong in one ends no other."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual._context import active_message_pump
from textual.await_complete import AwaitComplete
from textual.css.query import NoMatches
from textual.dom import NoScreen
from textual.widget import AwaitMount, Widget

from interpref_tui.app.terminal_lifecycle import EnduringApp
from interpref_tui.diagnostics import log

if TYPE_CHECKING:
    from pathlib import Path

    from textual.message import Message
    from textual.screen import Screen

STANDS = 2.0  # seconds that a key waits for the screen that it is meant for
BORNE = 30  # errors within a minute after which the program is no longer worth going on with
MINUTE = 60.0


class StackApp(EnduringApp):
    """An application whose screens stand on each other, whatever is typed ahead, held or pasted."""

    steady: bool

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._errors: deque[float] = deque(maxlen=BORNE)
        self._reports: dict[str, Path | None] = {}  # what was reported, by where it went wrong

    # -- opening and leaving -----------------------------------------------------------------------------------------

    def push_screen(
        self, screen: Any, callback: Any = None, wait_for_dismiss: bool = False, *, mode: str | None = None
    ) -> Any:
        """Open a screen over the one on top. What a screen asks for that has been left, or covered by another, since the key
        was pressed comes too late: nothing is opened, and nothing is opened twice.
        """
        if not wait_for_dismiss and self.is_late():
            return AwaitMount(self.screen, [])
        pushed: Any = super().push_screen(screen, callback, wait_for_dismiss, mode=mode)  # type: ignore[call-overload]  # any of them
        return pushed

    def is_late(self) -> bool:
        """Whether whoever handles a message at this moment is not on the screen on top; the application itself always is."""
        asker = active_message_pump.get(None)
        if not isinstance(asker, Widget):
            return False
        try:
            return asker.screen is not self.screen
        except NoScreen:
            return True

    def pop_screen(self) -> AwaitComplete:
        """Go back; from a main screen there is nowhere to go. Of two escapes typed ahead, the second may mean a screen that the
        first one has already left.
        """
        return super().pop_screen() if len(self.screen_stack) > 2 else AwaitComplete()

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """A key does what it does on the screen on top, once all of that is there."""
        if not priority:
            await self._wait_for_screen()
        return await super()._check_bindings(key, priority)

    async def run_action(self, action: Any, default_namespace: Any = None, namespaces: Any = None) -> bool:
        """Run an action, unless the part of a screen that it was chosen for has gone meanwhile."""
        if isinstance(default_namespace, Widget) and not default_namespace.is_attached:
            return False
        return await super().run_action(action, default_namespace, namespaces)

    async def _wait_for_screen(self) -> None:
        mounted: asyncio.Event = self.screen._mounted_event
        if not mounted.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(mounted.wait(), STANDS)

    # -- going on ----------------------------------------------------------------------------------------------------

    async def _dispatch_message(self, message: Message) -> None:
        """Every action of a key and all that threads report is done here: one that fails is said, and the next one goes on."""
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            if not self.steady:
                raise
            if isinstance(error, NoMatches | NoScreen):
                # It was asked of a part that went away meanwhile: nothing that anybody could miss.
                log.log_error(error)
            elif not self._can_go_on(error):
                raise

    def _handle_exception(self, error: Exception) -> None:
        """An error in a part of a screen: that screen is shown anew, as long as that helps. One on its way out, as all are when
        the program is left, is let go.
        """
        part = active_message_pump.get(None)
        if self._exit or (isinstance(part, Widget) and self._is_gone(part)):
            log.log_error(error)
        elif isinstance(part, Widget) and self.steady and self._can_go_on(error):
            self.call_later(self.replace_screen, part.screen)
        else:
            super()._handle_exception(error)

    def _is_gone(self, part: Widget) -> bool:
        """Whether a part belongs to no screen any more that could be shown."""
        try:
            screen = part.screen
        except NoScreen:
            return True
        return part._pruning or not (screen in self.screen_stack or self.is_screen_installed(screen))

    async def replace_screen(self, screen: Screen[Any]) -> None:
        """Put something whole in the place of a screen of which a part has failed."""
        raise NotImplementedError

    def _can_go_on(self, error: Exception) -> bool:
        """Say what went wrong; False when too much does."""
        from interpref_tui.diagnostics.crash_report import write_report

        now = time.monotonic()
        self._errors.append(now)
        if len(self._errors) == BORNE and now - self._errors[0] < MINUTE:
            return False
        where = log.details(error)
        if where not in self._reports:
            log.log_error(error)
            report = self._reports[where] = write_report(error)
            text = "something went wrong inside: the last key did nothing, or only a part"
            details = f"; details are in {report}" if report else ""
            self.notify(text + details, severity="error", timeout=10, markup=False)
        return True
