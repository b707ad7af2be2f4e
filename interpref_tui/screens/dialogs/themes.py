"""The themes, each shown on the screen while the cursor is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import on
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from interpref_tui.keys.actions import bindings
from interpref_tui.screens.dialogs.dialog import Dialog, is_on_top
from interpref_tui.terminal.theme_choice import remember
from interpref_tui.text.output import sanitize

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_themes.palette import Palette
    from interpref_tui.app.app import InterprefApp


class ThemesScreen(Dialog[None]):
    """Beside the screen below, which stays as it is: enter keeps a theme and remembers it, escape takes the old one back."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("themes")

    def compose(self) -> ComposeResult:
        app = cast("InterprefApp", self.app)
        self._before = app.theme
        with Vertical(id="themes"):
            yield Static(Text("Theme", "bold"), markup=False, classes="heading")
            yield OptionList(
                *(Option(_line(one, one.name == app.theme), id=one.name) for one in app.themes.palettes), markup=False
            )
            yield Static("", id="theme-notes", markup=False)

    def on_mount(self) -> None:
        choices = self.query_one(OptionList)
        names = [option.id for option in choices.options]
        choices.highlighted = names.index(self.app.theme) if self.app.theme in names else 0
        choices.focus()

    @on(OptionList.OptionHighlighted)
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_id is None or not is_on_top(self):
            return
        self.app.theme = event.option_id
        palette = next(one for one in cast("InterprefApp", self.app).themes.palettes if one.name == event.option_id)
        self.query_one("#theme-notes", Static).update(_notes(palette))

    @on(OptionList.OptionSelected)
    def _keep(self, event: OptionList.OptionSelected) -> None:
        app = cast("InterprefApp", self.app)
        if event.option_id is None or not is_on_top(self):
            return
        app.theme = event.option_id
        app.choose_theme(self._before, event.option_id)
        named = app.settings.theme if app.settings else None
        if named and named != event.option_id:
            said = f"theme {event.option_id} for now: the configuration names {named}"
        elif remember(event.option_id):
            said = f"theme {event.option_id}, also the next time"
        else:
            said = f"theme {event.option_id} for now: the state folder cannot be written"
        app.notify(said, markup=False, timeout=4)
        self.dismiss()

    def action_move(self, by: int) -> None:
        choices = self.query_one(OptionList)
        if by > 0:
            choices.action_cursor_down()
        else:
            choices.action_cursor_up()

    def action_cancel(self) -> None:
        if is_on_top(self):
            self.app.theme = self._before
            self.dismiss()


def _line(palette: Palette, current: bool) -> Text:
    return Text(f"{'●' if current else ' '} {sanitize(palette.name.removeprefix('interpref-'))}", no_wrap=True)


def _notes(palette: Palette) -> Text:
    """What the theme is, and how well it can be read."""
    text = Text(sanitize(palette.title or "a theme of your own"))
    lowest, where = palette.weakest()
    if palette.terminal:
        text.append("\ncontrast: as the terminal's colours have it")
    else:
        text.append(f"\ncontrast {lowest:.1f} or more")
        if lowest < palette.least:
            text.append(f"\nhard to read: {where} has {lowest:.1f}, which should be {palette.least:g}", "bold")
    text.append("\n\nenter keeps it   esc takes the old one", "")
    return text
