"""Going about: the main screens, each of which keeps its place; the palette; jump mode; and where one was the last time."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.widgets import Input

from interpref_tui.app import session_state
from interpref_tui.app.stack import StackApp
from interpref_tui.diagnostics.memory import Tidying

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from textual.command import Provider
    from textual.screen import Screen

    from interpref_db.study.study import Study

EVERY = 5.0  # seconds after which it is written down where one is, if that has changed

_SCREENS: Final = {
    "home": ("home", "HomeScreen"),
    "histories": ("histories", "HistoriesScreen"),
    "items": ("items", "ItemsScreen"),
    "runs": ("runs.runs", "RunsScreen"),
    "verdicts": ("verdicts", "VerdictsScreen"),
    "failures": ("failures", "FailuresScreen"),
    "annotate": ("annotation.assignments", "AssignmentsScreen"),
    "scores": ("scores", "ScoresScreen"),
    "export": ("export", "ExportScreen"),
    "build": ("construction.build", "BuildScreen"),
    "clusters": ("construction.clusters", "ClustersScreen"),
}


def _actions() -> type[Provider]:
    from interpref_tui.app.command_palette import ActionsProvider

    return ActionsProvider


def _study() -> type[Provider]:
    from interpref_tui.app.command_palette import StudyProvider

    return StudyProvider


class GoingApp(StackApp):
    """An application of several screens over one study."""

    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_actions, _study}
    study: Study

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._kept = ""  # what was written down last
        self.remembers = False  # whether where one was is read and kept
        self.places = session_state.SessionState()
        self.tidying = Tidying()
        self.main_screens: dict[str, Screen[Any]] = {}

    def keep_screen(self, name: str, screen: Screen[Any]) -> Screen[Any]:
        """Have a main screen outlive being left: Textual ends those that are not installed, and never draws them again."""
        self.install_screen(screen, name)
        self.main_screens[name] = screen
        return screen

    async def action_go(self, name: str) -> None:
        """Show one of the main screens; each keeps its place."""
        target = self.main_screens.get(name) or self.keep_screen(name, _screen(name))
        while len(self.screen_stack) > 2 and self.screen is not target:
            await self.pop_screen()
        if self.screen is not target:
            await self.switch_screen(target)
        self.places.screen = name

    async def replace_screen(self, screen: Screen[Any]) -> None:
        """Leave a screen of which a part has failed; a main screen is made anew."""
        while len(self.screen_stack) > 2 and screen in self.screen_stack:
            await self.pop_screen()
        name = next((name for name, one in self.main_screens.items() if one is screen), None)
        if name is None:
            return
        del self.main_screens[name], self._installed_screens[name]
        if self.screen is screen:
            await self.switch_screen(self.keep_screen(name, _screen(name)))

    def action_command_palette(self) -> None:
        """Open the palette. It has no identifier of its own: one that is being left may still be there."""
        from interpref_tui.app.command_palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(placeholder="an action, item, run, history or preference"))

    def action_jump(self) -> None:
        """Put a letter on everything that one can go to."""
        from interpref_tui.screens.dialogs.jump import JumpScreen, targets_of

        targets = targets_of(self.screen)
        if targets:
            self.push_screen(JumpScreen(targets))

    async def on_event(self, event: events.Event) -> None:
        """A letter that was typed before a field had the focus comes up here from the widget that had it: it is the field's.

        Fields keep the letters that they get, so one that comes up while a field has the focus was sent elsewhere.
        """
        if isinstance(event, events.InputEvent):
            self.tidying.stir()
        if isinstance(event, events.Key) and event.is_forwarded and event.is_printable:
            field = self.focused
            if isinstance(field, Input):
                field._forward_event(events.Key(event.key, event.character))
                return
        await super().on_event(event)

    # -- coming back -------------------------------------------------------------------------------------------------

    async def restore_last_screen(self) -> None:
        """Go to the screen where the study was left; each list finds its own row when it is shown."""
        if self.places.theme and self.places.theme in self.available_themes and self.places.configured == self.theme:
            self.theme = self.places.theme
        if self.places.screen != "home" and self.places.screen in _SCREENS:
            await self.action_go(self.places.screen)

    def restore_session(self, path_theme: str) -> None:
        """What was kept of the last time. `path_theme` is the theme that the configuration says."""
        if self.remembers:
            self.places = session_state.load(self.study.path)
            self.set_interval(EVERY, self._keep_meanwhile)
        self._configured = path_theme

    def _keep_meanwhile(self) -> None:
        """A program that is killed, or whose machine is, comes back to about the same place."""
        text = self._where()
        if text != self._kept:
            self._kept = text
            keep = partial(session_state.save, self.study.path, text)
            self.run_worker(keep, thread=True, group="places", exclusive=True, exit_on_error=False)

    def save_session(self) -> None:
        """Write down where one is, for the next time."""
        if self.remembers:
            session_state.save(self.study.path, self._where())

    def _where(self) -> str:
        """Where one is, as it is written down."""
        from interpref_tui.widgets.list.filterable_list import FilterableList

        for screen in self.main_screens.values():
            if screen.is_running:
                for listing in screen.query(FilterableList):
                    if listing.rows.remembered:
                        self.places.lists[listing.rows.kind] = listing.place
        self.places.theme, self.places.configured = self.theme, self._configured
        return session_state.to_toml(self.places)

    def exit(self, result: int | None = None, return_code: int = 0, message: Any = None) -> None:
        self.save_session()
        super().exit(result, return_code, message)


def _screen(name: str) -> Screen[Any]:
    """A main screen, imported when it is first shown."""
    module, kind = _SCREENS[name]
    made: Screen[Any] = getattr(import_module(f"interpref_tui.screens.{module}"), kind)()
    return made
