"""The keys of a screen, from the live bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from interpref_tui.keys.actions import ACTIONS, AREAS, NO_KEY, bindings
from interpref_tui.keys.key_names import display
from interpref_tui.screens.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.screen import Screen

    from interpref_tui.keys.actions import Action


class HelpScreen(Dialog[None]):
    """What every key does here: the widget in focus first, then the screen, then what is the same everywhere."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("help")

    def __init__(self, about: Screen[Any]) -> None:
        super().__init__()
        self._active = active_keys(about)

    def compose(self) -> ComposeResult:
        table = Table(box=None, show_header=False, expand=True, padding=(0, 1, 0, 0))
        table.add_column("key", no_wrap=True)
        table.add_column("does", ratio=1)
        table.add_column("name", style="dim", no_wrap=True)
        area = ""
        for action, keys in self._active:
            if action.area != area:
                if area:
                    table.add_row()
                area = action.area
                table.add_row(Text(AREAS[area].title, "bold"), "", Text("name for [keys]", "dim"))
            table.add_row(Text(" ".join(map(display, keys)), "bold"), Text(action.help_text), action.name)
        with VerticalScroll(id="help"):
            yield Static(table, markup=False)


def active_keys(screen: Screen[Any]) -> list[tuple[Action, list[str]]]:
    """The actions that a key reaches on this screen now, each with its keys, from the inside out."""
    found: dict[str, list[str]] = {}
    for key, active in screen.active_bindings.items():
        name = active.binding.id
        if name in ACTIONS and key != NO_KEY:
            found.setdefault(name, []).append(key)
    return [(ACTIONS[name], keys) for name, keys in found.items()]
