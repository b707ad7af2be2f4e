"""Export by a form."""

from __future__ import annotations

from interpref_tui.forms.export_form import export_fields, write_export
from interpref_tui.line_mode.form_prompt import fill
from interpref_tui.line_mode.view import View


class ExportPlace(View):
    """Asks what and where to, and writes it."""

    name = "export"

    def on_enter(self) -> None:
        self.say("enter asks what to write and where to; `interpref export --help` has every option")

    def on_enter_key(self) -> None:
        values = fill(self.lines, "Export", export_fields())
        if values is not None:
            said, _ = write_export(self.study, values)
            self.say(said)
