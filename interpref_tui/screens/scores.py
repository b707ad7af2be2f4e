"""Scores: every number of the study with its uncertainty, as tables and plots; enter opens the items behind a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from interpref_tui.keys.actions import bindings
from interpref_tui.presenters.score_plots import plot_from_table
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.text.output import sanitize
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.number_table import NumberTable
from interpref_tui.widgets.plot import Plot
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_db.scores.scoreboard_data import Scoreboard
    from interpref_db.tables import Table

WIDE = 110  # columns from which the names of the tables stand beside them


class ScoresScreen(StudyScreen):
    """One table at a time. Counted in a thread, again when the study has changed."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("scores")

    def __init__(self) -> None:
        super().__init__()
        self._tables: tuple[Table, ...] = ()
        self._board: Scoreboard | None = None
        self._place = 0
        self._plotted = False
        self._version = -1

    def compose(self) -> ComposeResult:
        yield TitleLine("Scores")
        with Horizontal(classes="split"):
            yield OptionList(id="tables")
            with Vertical():
                yield Static("", id="table-title", classes="pane-title", markup=False)
                yield NumberTable(id="numbers")
                yield Plot(id="plot", classes="-hidden")
                with VerticalScroll(id="table-notes", can_focus=False):
                    yield Static("counting…", id="notes", markup=False)
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(NumberTable).focus()
        self._count()

    def on_screen_resume(self) -> None:
        if self._version >= 0:
            self._count()

    def on_resize(self) -> None:
        self.query_one("#tables").set_class(self.size.width < WIDE, "-hidden")

    @work(thread=True, exclusive=True, group="count", exit_on_error=False)
    def _count(self, *, diversity: bool = False) -> None:
        from interpref_db.scores.scoreboard import add_diversity, scoreboard, tables

        version = self.study.version()
        if version == self._version and not diversity:
            return
        board = scoreboard(self.study)
        if diversity:
            board = add_diversity(board, self.study)
        self.app.call_from_thread(self._show, board, tables(board), version, diversity)

    def _show(self, board: Scoreboard, found: tuple[Table, ...], version: int, diversity: bool) -> None:
        self._board, self._version = board, version
        wanted = "self-BLEU" if diversity else self._tables[self._place].name if self._tables else ""
        self._tables = found
        self._place = next((n for n, one in enumerate(found) if one.name == wanted), 0)
        options = self.query_one("#tables", OptionList)
        options.clear_options()
        options.add_options([Option(Text(one.name)) for one in found])
        self.show_nothing("scores", empty=not found)
        if not found:
            return
        self._show_table()

    def _show_table(self) -> None:
        table = self._tables[self._place]
        options = self.query_one("#tables", OptionList)
        if options.highlighted != self._place:
            options.highlighted = self._place
        self.title_more(f"{self._place + 1} of {len(self._tables)}")
        drawing = plot_from_table(table.name, self._board) if self._board else None
        plotted = self._plotted and drawing is not None and len(drawing.points) > 0
        hint = "  v: table" if plotted else "  v: plot" if drawing is not None else ""
        self.query_one("#table-title", Static).update(Text(f"{sanitize(table.title)}{hint}"))
        self.query_one(NumberTable).set_class(plotted, "-hidden")
        plot = self.query_one(Plot)
        plot.set_class(not plotted, "-hidden")
        if plotted and drawing is not None:
            plot.draw(drawing)
            plot.focus()
        elif self.focused is None or self.focused is plot:
            self.query_one(NumberTable).focus()
        self.query_one(NumberTable).show_numbers(table, shaded=table.name == "win rates")
        self.query_one("#notes", Static).update(Text("\n".join(map(sanitize, table.notes)), overflow="fold"))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_index != self._place and event.option_index < len(self._tables):
            self._place = event.option_index
            self._show_table()

    def on_option_list_option_selected(self) -> None:
        self.query_one(NumberTable).focus()

    def action_turn(self, by: int) -> None:
        if self._tables:
            self._place = (self._place + by) % len(self._tables)
            self._show_table()

    def action_plot(self) -> None:
        """Plot the table, where it has a plot, and back."""
        if not self._tables or self._board is None:
            return
        if plot_from_table(self._tables[self._place].name, self._board) is None:
            self.tell(
                "this table has no plot; pass rates, patterns, lengths, Bradley-Terry and pass rate against it have one"
            )
            return
        self._plotted = not self._plotted
        self._show_table()

    def action_diversity(self) -> None:
        self.tell("counting the self-BLEU of the histories…")
        self._count(diversity=True)

    def action_again(self) -> None:
        self._version = 0
        self._count()

    def on_number_table_opened(self, event: NumberTable.Opened) -> None:
        if event.behind is None:
            self.tell("nothing stands behind this cell")
            return
        from interpref_tui.screens.drilldown import DrilldownScreen

        evidence = None
        if self._board is not None and self._tables[self._place].name == "failures":
            evidence = self._board.failures.by_key()
        self.app.push_screen(DrilldownScreen(event.behind, evidence))
