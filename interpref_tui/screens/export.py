"""Export: what, in which format, to which file."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from interpref_db.exporters import FORMATS, WHAT
from interpref_tui.actions import bindings
from interpref_tui.forms.exporting import export_fields, write_export
from interpref_tui.output import inert
from interpref_tui.screens.base import StudyScreen
from interpref_tui.screens.form import Form
from interpref_tui.widgets.keyline import KeyLine
from interpref_tui.widgets.lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


class ExportScreen(StudyScreen):
    """A form that writes a file in a thread."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("export")

    def compose(self) -> ComposeResult:
        yield TitleLine("Export")
        with Form(can_focus=False):
            for field in export_fields():
                with Horizontal(classes="field"):
                    yield Label(field.label, markup=False)
                    yield Input(field.value, placeholder=field.hint, id=f"field-{field.name}")
            yield Static("", classes="command", markup=False)
            yield Static("", classes="problem", markup=False)
            yield Static(
                "enter writes the file, tab or arrows change fields, esc goes Home\n"
                f"what: {', '.join(WHAT)}\nformat: {', '.join(FORMATS)} (native: importing it gives the same study back)",
                classes="note",
                markup=False,
            )
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    @on(Input.Submitted)
    def _go(self) -> None:
        self._say("writing ...", "")
        self._write(
            {field.name: self.query_one(f"#field-{field.name}", Input).value.strip() for field in export_fields()}
        )

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _write(self, values: dict[str, str]) -> None:
        from interpref_db.exporters import ExportError
        from interpref_db.problems import StudyError

        try:
            said, folder = write_export(self.study, values)
        except (ExportError, StudyError, ValueError) as error:
            self.app.call_from_thread(self._say, "", str(error))
            return
        self.interpref.exported_to = folder
        self.app.call_from_thread(self._say, said, "")

    def _say(self, done: str, problem: str) -> None:
        self.query_one(".command", Static).update(Text(inert(done)))
        self.query_one(".problem", Static).update(Text(inert(problem)))
