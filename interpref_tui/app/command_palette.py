"""The command palette: what can be done here, and anything in the study by its identifier or words."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.markup import escape
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from interpref_db.lists.quick_open import FoundRecord, quick_find
from interpref_tui.diagnostics import log
from interpref_tui.keys.actions import ACTIONS, NO_KEY
from interpref_tui.keys.key_names import display
from interpref_tui.screens.dialogs.dialog import is_on_top
from interpref_tui.text.output import one_line, sanitize, truncate
from interpref_tui.text.row_layout import marked_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from duckdb import DuckDBPyConnection
    from textual.dom import DOMNode

    from interpref_tui.app.app import InterprefApp
    from interpref_tui.keys.actions import Action

LEAST = 2  # letters from which the study is asked
PAUSE = 0.1  # seconds in which another letter may come before it is


class Palette(CommandPalette):
    """Textual's, for fast fingers: it closes once, what is chosen is done once, and a page key while its list is being filled
    does nothing."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        return super().dismiss(result) if is_on_top(self) else AwaitComplete()

    @on(Input.Submitted)
    def _let_go_when_late(self, event: Input.Submitted) -> None:
        """Enter that was typed ahead of the palette's end: what was chosen is on its way."""
        if not is_on_top(self):
            event.stop()
            event.prevent_default()

    def _select_or_command(self, event: Any = None) -> None:
        if is_on_top(self):
            super()._select_or_command(event)

    def _action_command_list(self, action: str) -> None:
        # The list knows its new options before it knows their lines.
        with suppress(LookupError):
            super()._action_command_list(action)

    def _gather_commands(self, search_value: str) -> Worker[None]:
        worker = super()._gather_commands(search_value)
        worker.exit_on_error = False
        return worker

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A search that fails ends nothing; one that was left in the middle is nothing to say."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            log.log_error(event.worker.error)
            if is_on_top(self):
                self.app.notify(one_line(event.worker.error), severity="error", markup=False)


class ActionsProvider(Provider):
    """Every action that a key reaches on the screen under the palette, and every screen."""

    def _actions(self) -> list[tuple[Action, str, DOMNode]]:
        """Each action with its keys and where it is at home."""
        found: dict[str, tuple[list[str], DOMNode]] = {}
        for key, active in self.screen.active_bindings.items():
            name = active.binding.id
            if name in ACTIONS and active.enabled and name != "app.palette":
                found.setdefault(name, ([], active.node))[0].append(key)
        return [
            (ACTIONS[name], " ".join(display(key) for key in keys if key != NO_KEY), node)
            for name, (keys, node) in found.items()
        ]

    def _running(self, action: Action, node: DOMNode) -> Callable[[], Any]:
        return lambda: self.app.call_later(self.app.run_action, action.call, node)

    async def discover(self) -> Hits:
        for action, keys, node in self._actions():
            if action.shown or action.area == "go":
                yield DiscoveryHit(
                    escape(action.help_text), self._running(action, node), help=escape(f"{keys}  {action.name}")
                )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action, keys, node in self._actions():
            score = max(matcher.match(action.help_text), matcher.match(action.name), matcher.match(action.label))
            if score > 0:
                shown = _mark_matches(action.help_text, query)
                yield Hit(score, shown, self._running(action, node), help=escape(f"{keys}  {action.name}"))


class StudyProvider(Provider):
    """Items, runs, histories and preferences. The study is asked in a thread, and no longer when another letter comes."""

    async def search(self, query: str) -> Hits:
        if len(query.strip()) < LEAST:
            return
        await asyncio.sleep(PAUSE)
        matcher = self.matcher(query)
        asking = _SearchRequest(cast("InterprefApp", self.app), query)
        try:
            while (thing := await asyncio.to_thread(asking.next)) is not None:
                text = truncate(sanitize(f"{thing.kind} {thing.id}  {thing.text}"), 200)
                # What the study found holds the words; the order of letters only says how well.
                score = max(0.3, matcher.match(text))
                yield Hit(score, _mark_matches(text, query), partial(self._open, thing), help=escape(thing.kind))
        finally:
            asking.stop()

    def _open(self, thing: FoundRecord) -> None:
        from interpref_tui.app.router import open_record

        open_record(cast("InterprefApp", self.app), thing)


def _mark_matches(text: str, query: str) -> Content:
    """A text with the words of the query marked. Textual's own marking would read markup in it."""
    shown = Content(text)
    for start, stop in marked_spans(text, query.split()):
        shown = shown.stylize("reverse", start, stop)
    return shown


class _SearchRequest:
    """One search, a thing at a time, each in whatever thread asks for it. Whoever is last gives the study back."""

    def __init__(self, app: InterprefApp, text: str) -> None:
        self._reading = app.study.reading()
        self._text = text
        self._cursor: DuckDBPyConnection | None = None
        self._things: Iterator[FoundRecord] | None = None
        self._lock = threading.Lock()
        self._busy = False
        self._stopped = threading.Event()

    def next(self) -> FoundRecord | None:
        """The next thing, or None after the last, or when it was stopped."""
        with self._lock:
            if self._stopped.is_set():
                return None
            self._busy = True
        try:
            if self._things is None:
                self._cursor = self._reading.__enter__()
                self._things = quick_find(self._cursor, self._text)
            return next(self._things, None)
        except Exception:
            if self._stopped.is_set():
                return None
            raise
        finally:
            with self._lock:
                self._busy = False
                if self._stopped.is_set():
                    self._give_back()

    def stop(self) -> None:
        """Give the study back, also in the middle of a query."""
        with self._lock:
            self._stopped.set()
            if self._busy and self._cursor is not None:
                with suppress(Exception):
                    self._cursor.interrupt()
            elif not self._busy:
                self._give_back()

    def _give_back(self) -> None:
        if self._cursor is not None:
            self._cursor = None
            with suppress(Exception):
                self._reading.__exit__(None, None, None)
