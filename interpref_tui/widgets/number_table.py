"""A table of numbers on the screen: a cursor over its cells, and enter opens the items behind a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from rich.text import Text
from textual.message import Message
from textual.widgets import DataTable

from interpref_tui.keys.actions import bindings
from interpref_tui.text.output import sanitize, truncate
from interpref_tui.text.row_layout import align

if TYPE_CHECKING:
    from textual.binding import BindingType

    from interpref_db.tables import DrillDown, Table
    from interpref_tui.app.app import InterprefApp

_NAME = 28  # cells of a name at most
_SHADES = "·░▒▓█"


class NumberTable(DataTable[Text]):
    """One `Table`. Posts Opened for the cell under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("numbers")

    class Opened(Message):
        """A number was opened: what is behind it, or None."""

        def __init__(self, behind: DrillDown | None) -> None:
            super().__init__()
            self.behind = behind

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, zebra_stripes=True, cursor_type="cell")
        self._numbers: Table | None = None

    def show_numbers(self, table: Table, *, shaded: bool = False, room: int = _NAME) -> None:
        """Show a table, its words in `room` cells at most; with `shaded`, its numbers are shares in per cent, as a heat map."""
        self._numbers = table
        self.clear(columns=True)
        words = [number for number, name in enumerate(table.columns) if name in table.words]
        self.fixed_columns = 1 if words[:1] == [0] else 0
        cells = [
            [_cell(cell, room, shaded=shaded and n not in words) for n, cell in enumerate(row)] for row in table.rows
        ]
        for number, name in enumerate(table.columns):
            heading = truncate(sanitize(name), _NAME)
            width = max([cell_len(heading), *(row[number].cell_len for row in cells)])
            right = number not in words
            self.add_column(Text(align(heading, width, right=right)), key=str(number), width=width)
            for row in cells:
                if right:
                    row[number].pad_left(width - row[number].cell_len)
        for row in cells:
            self.add_row(*row)

    def action_copy_number(self) -> None:
        if self._numbers is not None and self._numbers.rows:
            place = self.cursor_coordinate
            self._copy(self._numbers.rows[place.row][place.column])

    def action_copy_table(self) -> None:
        if self._numbers is not None and self._numbers.rows:
            lines = [self._numbers.columns, *self._numbers.rows]
            self._copy("\n".join("\t".join(cell.replace("\t", " ") for cell in line) for line in lines))

    def _copy(self, text: str) -> None:
        cast("InterprefApp", self.app).copy_text(text)

    def on_data_table_cell_selected(self, event: DataTable.CellSelected) -> None:
        event.stop()
        if self._numbers is not None:
            self.post_message(self.Opened(self._numbers.opens(event.coordinate.row, event.coordinate.column)))


def _cell(value: str, room: int, *, shaded: bool) -> Text:
    return heat(value) if shaded else Text(truncate(sanitize(value), room), no_wrap=True)


def heat(value: str) -> Text:
    """A share in per cent with a sign for its size, so that it reads without colour too."""
    try:
        share = float(value) / 100
    except ValueError:
        return Text(sanitize(value))
    sign = _SHADES[min(len(_SHADES) - 1, int(share * len(_SHADES)))]
    style = "bold green" if share > 0.55 else "bold red" if share < 0.45 else ""
    return Text(f"{value} {sign}", style=style)
