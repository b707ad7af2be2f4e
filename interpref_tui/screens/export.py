"""Export: what, in which format, to which file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.containers import Horizontal
from textual.widgets import Input, Label, Static

from interpref_db.exporters import FORMATS, WHAT
from interpref_tui.actions import bindings
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
            for name, label, value, hint in (
                ("what", "what", "verdicts", ", ".join(WHAT)),
                ("path", "file", "verdicts.jsonl", "the file to write; its ending tells the format"),
                ("format", "format", "", f"by the file's name; or {', '.join(FORMATS)}"),
                ("confidential", "confidential", "no", "yes writes confidential histories too, this once"),
            ):
                with Horizontal(classes="field"):
                    yield Label(label, markup=False)
                    yield Input(value, placeholder=hint, id=f"field-{name}")
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
        values = {
            name: self.query_one(f"#field-{name}", Input).value.strip()
            for name in ("what", "path", "format", "confidential")
        }
        if not values["path"]:
            self._say("", "a file is needed")
            return
        self._say("writing ...", "")
        self._write(
            values["what"],
            Path(values["path"]).expanduser(),
            values["format"] or None,
            values["confidential"].lower() == "yes",
        )

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _write(self, what: str, path: Path, format_name: str | None, confidential: bool) -> None:
        from interpref_db.exporters import ExportError, export
        from interpref_db.problems import StudyError

        try:
            report = export(self.study, what, path, format=format_name, include_confidential=confidential)
        except (ExportError, StudyError) as error:
            self.app.call_from_thread(self._say, "", str(error))
            return
        self.interpref.exported_to = Path(report.path).absolute().parent
        why = ", ".join(f"{n} {reason}" for reason, n in report.left_out_why.items())
        left = f"; left out: {why}" if why else ""
        self.app.call_from_thread(
            self._say, f"{report.rows:,} {report.what} written to {report.path} ({report.format}){left}", ""
        )

    def _say(self, done: str, problem: str) -> None:
        self.query_one(".command", Static).update(Text(inert(done)))
        self.query_one(".problem", Static).update(Text(inert(problem)))
