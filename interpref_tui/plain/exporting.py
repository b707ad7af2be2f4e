"""Export by three questions."""

from __future__ import annotations

from pathlib import Path

from interpref_tui.plain.place import Place


class ExportPlace(Place):
    """Asks what and where to; an empty answer goes back."""

    name = "export"

    def arrive(self) -> None:
        self.say("enter asks what to write and where to; `interpref export --help` has every option")

    def enter(self) -> None:
        from interpref_db.exporters.export import ExportError, export

        what = self.lines.ask("what (verdicts, responses, items, histories, comparisons, scores, study, report): ")
        target = self.lines.ask("file: ") if what else None
        if not what or not target:
            self.say("nothing is written")
            return
        try:
            report = export(self.study, what.strip(), Path(target.strip()).expanduser())
        except ExportError as error:
            self.say(str(error))
            return
        self.say(f"{report.rows:,} {what.strip()} written to {target.strip()}")
