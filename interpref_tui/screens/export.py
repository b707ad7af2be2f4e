"""Export: what, in which format, to which file; the same options as the command has, and the command that they are."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.containers import Container

from interpref_db.exporters import WHAT
from interpref_tui.forms.export_form import default_path, export_command, export_fields, write_export
from interpref_tui.keys.actions import bindings
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.form import Form
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType


class ExportScreen(StudyScreen):
    """A form that writes a file in a thread."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("export")

    def __init__(self) -> None:
        super().__init__()
        self._what = "verdicts"
        self._writing = False

    def compose(self) -> ComposeResult:
        yield TitleLine("Export")
        with Container(id="export"):
            note = "enter writes the file, tab or arrows change fields, esc goes Home"
            yield Form("", export_fields(self._what), note)
        yield NoticeLine()
        yield KeyLine()

    def on_resize(self) -> None:
        self._form.fit(self.query_one("#export").size)

    @property
    def _form(self) -> Form:
        return self.query_one(Form)

    @on(Form.Changed)
    def _changed(self) -> None:
        values = self._form.values()
        if values["what"] in WHAT and values["what"] != self._what:
            if values["path"] == default_path(self._what):
                self._form.put("path", default_path(values["what"]))
            self._what = values["what"]
        self._say("", "")

    def _say(self, done: str, problem: str) -> None:
        """What was written, or is wrong; else the command that the fields are."""
        values = self._form.values()
        command = ""
        try:
            command = shlex.join(["interpref", *export_command(str(self.study.path), values)])
        except ValueError as error:
            problem = problem or str(error)
        self._form.say("command", command)
        self._form.say("estimate", done)
        self._form.say("problem", problem)

    @on(Form.Submitted)
    def _go(self) -> None:
        values = self._form.values()
        try:
            export_command(str(self.study.path), values)
        except ValueError as error:
            self._say("", str(error))
            self._form.focus_field(str(error).partition(":")[0])
            self.app.bell()
            return
        if not self._writing:
            self._writing = True
            self._say("writing ...", "")
            self._write(values)

    @work(thread=True, group="write", exit_on_error=False)
    def _write(self, values: Mapping[str, str]) -> None:
        from interpref_db.errors import StudyError
        from interpref_db.exporters import ExportError

        try:
            said, self.interpref.exported_to = write_export(self.study, values)
        except (ExportError, StudyError, ValueError) as error:
            self.app.call_from_thread(self._say, "", str(error))
            return
        finally:
            self._writing = False
        self.app.call_from_thread(self._say, said, "")
