"""What a number counts, as a list; each of it opens as it does everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_db.lists import query
from interpref_db.tables import DrillDown
from interpref_tui.line_mode.views.lists import ListPlace
from interpref_tui.line_mode.views.records import HistoryPlace, ItemPlace, Part, SectionsView, VerdictPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from interpref_db.failures.failures import Failure
    from interpref_tui.line_mode.shell import Shell
    from interpref_tui.line_mode.view import View


class RecordView(SectionsView):
    """A record of any kind whole, with the trail back to what it was made from."""

    name = "record"

    def __init__(self, shell: Shell, identifier: str) -> None:
        super().__init__(shell)
        from interpref_db.records.details import find
        from interpref_tui.presenters.record_text import shown_record

        self._records = find(shell.study, identifier)
        self._text = "\n\n".join(shown_record(record) for record in self._records)
        if not self._records:
            raise ValueError(f"{identifier} is not in this study")
        self.name = str(self._records[0]["type"])

    def on_enter(self) -> None:
        self.lines.read(self._text)

    def parts(self) -> Sequence[Part]:
        return [Part(f"{self.name} whole", self._text)]


class BehindPlace(ListPlace):
    """The list; of failures with why each of them failed."""

    def __init__(
        self, shell: Shell, behind: DrillDown, asked: query.ListQuery, evidence: Mapping[str, Failure] | None
    ) -> None:
        super().__init__(shell, behind.title or behind.kind, behind.kind, _opening(behind.kind), asked)
        self._evidence = evidence

    def _row_text(self, row: dict[str, Any]) -> str:
        found = self._evidence.get(str(row["key"])) if self._evidence else None
        why = "; ".join(f"{one.facet}, {one.name}: {one.evidence}" for one in found.categories) if found else ""
        return super()._row_text(row) + (f" {why}" if why else "")


def behind_place(shell: Shell, behind: DrillDown, evidence: Mapping[str, Failure] | None = None) -> View:
    """The place of what a number counts."""
    asked = query.ListQuery(where=dict(behind.where), keys=behind.load_keys(shell.study))
    return BehindPlace(shell, behind, asked, evidence)


def _opening(kind: str) -> Callable[[Shell, dict[str, Any], ListPlace], View]:
    def opens(shell: Shell, row: dict[str, Any], among: ListPlace) -> View:
        if kind in ("judged", "failures"):
            return VerdictPlace(shell, row, among)
        if kind == "histories":
            return HistoryPlace(shell, row["id"], among=among)
        if kind == "runs":
            return behind_place(shell, DrillDown("responses", f"{row['name']}: responses", {"run": row["name"]}))
        if kind in ("pairs", "preferences", "chunks", "queries", "refusals"):
            return RecordView(shell, str(row["making"] if kind == "refusals" else row["id"]))
        item = row["id"] if kind == "items" else row.get("item")
        if not item:
            raise ValueError("this comparison names no item")
        return ItemPlace(shell, item, among if kind == "items" else None)

    return opens
