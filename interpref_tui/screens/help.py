"""The keys of a screen, from the live bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.table import Table
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.screen import Screen


class HelpScreen(ModalScreen[None]):
    """What every key does here."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "dismiss", "Close", id="help.close")]

    def __init__(self, about: Screen[Any]) -> None:
        super().__init__()
        self._about = about

    def compose(self) -> ComposeResult:
        table = Table(box=None, show_header=True, header_style="bold", expand=True)
        table.add_column("key", no_wrap=True)
        table.add_column("does")
        table.add_column("name for [keys]".replace("[", "\\["), style="dim")
        seen: set[tuple[str, str]] = set()
        for _, active in sorted(self._about.active_bindings.items()):
            binding = active.binding
            if binding.system or not binding.description or (binding.key, binding.action) in seen:
                continue
            seen.add((binding.key, binding.action))
            table.add_row(self.app.get_key_display(binding), binding.description, binding.id or "")
        with VerticalScroll(id="help"):
            yield Static(table, markup=False)


def all_bindings() -> dict[str, Binding]:
    """Every action of every screen by its id."""
    from interpref_tui.app import InterprefApp
    from interpref_tui.screens.annotate import AnnotateScreen
    from interpref_tui.screens.assignments import AssignmentsScreen
    from interpref_tui.screens.export import ExportScreen
    from interpref_tui.screens.form import FormScreen
    from interpref_tui.screens.histories import HistoriesScreen, HistoryScreen
    from interpref_tui.screens.home import HomeScreen
    from interpref_tui.screens.items import ItemScreen, ItemsScreen
    from interpref_tui.screens.quality import QualityScreen
    from interpref_tui.screens.reading import ReadingScreen
    from interpref_tui.screens.runs import RunsScreen
    from interpref_tui.screens.verdicts import VerdictScreen, VerdictsScreen
    from interpref_tui.widgets.conversation import Conversation
    from interpref_tui.widgets.rows import Listing, RowList
    from interpref_tui.widgets.textpane import TextPane

    owners: tuple[type[Any], ...] = (
        InterprefApp, HomeScreen, HistoriesScreen, HistoryScreen, ItemsScreen, ItemScreen, RunsScreen, VerdictsScreen,
        VerdictScreen, ExportScreen, AssignmentsScreen, AnnotateScreen,
        QualityScreen, ReadingScreen, TextPane, FormScreen, HelpScreen, RowList, Listing, Conversation,
    )  # fmt: skip
    found: dict[str, Binding] = {}
    for owner in owners:
        for binding in Binding.make_bindings(owner.BINDINGS):
            if binding.id:
                found.setdefault(binding.id, binding)
    return found
