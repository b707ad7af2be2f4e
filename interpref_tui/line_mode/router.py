"""The main screens as places."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from interpref_tui.line_mode.views.lists import ListPlace
from interpref_tui.line_mode.views.records import HistoryPlace, ItemPlace, Part, SectionsView, VerdictPlace
from interpref_tui.line_mode.views.tables import FailuresPlace, HomePlace, ScoresPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from interpref_tui.line_mode.shell import Shell
    from interpref_tui.line_mode.view import Does, View


SHARED = ("run", "judge", "pattern")  # what a verdict and those like it share, one after the other


class RecordPlace(SectionsView):
    """Anything else, field by field."""

    def __init__(self, shell: Shell, record: Mapping[str, Any]) -> None:
        super().__init__(shell)
        self._record = record
        self.name = str(record.get("type") or "record")

    def on_enter(self) -> None:
        for part in self.parts():
            self.say(part.title)

    def parts(self) -> Sequence[Part]:
        return [
            Part(f"{name}: {' '.join(str(value).split())[:200]}", str(value))
            for name, value in self._record.items()
            if value is not None and value != ""
        ]


class VerdictsPlace(ListPlace):
    """Every judged item of every run."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "verdicts", "judged", _verdict)

    def actions(self) -> Mapping[str, Does]:
        return {
            "verdicts.filter": lambda _: self._like_this(),
            "verdicts.clear": lambda _: self._all(),
            **super().actions(),
        }

    def _like_this(self) -> None:
        """Keep what shares the run, then the judge, then the pattern of this row."""
        row = self.row
        if row is not None:
            count = len(self.asked.where) % len(SHARED) + 1
            where = {name: row[name] for name in SHARED[:count]}
            self.ask(replace(self.asked, where=where), "only those like this one")

    def _all(self) -> None:
        if self.asked.where:
            self.ask(replace(self.asked, where={}), "all verdicts")
        elif self.asked.terms:
            self._search("")
        else:
            self.shell.back()


def _history(shell: Shell, row: dict[str, Any], among: ListPlace) -> View:
    return HistoryPlace(shell, row["id"], among=among)


def _item(shell: Shell, row: dict[str, Any], among: ListPlace) -> View:
    return ItemPlace(shell, row["id"], among)


def _verdict(shell: Shell, row: dict[str, Any], among: ListPlace) -> View:
    return VerdictPlace(shell, row, among)


def main_place(shell: Shell, name: str) -> View:
    """The place of a main screen by its name."""
    from interpref_tui.line_mode.views.annotate import AssignmentsPlace
    from interpref_tui.line_mode.views.build import BuildPlace
    from interpref_tui.line_mode.views.clusters import ClustersPlace
    from interpref_tui.line_mode.views.export import ExportPlace
    from interpref_tui.line_mode.views.runs import RunsPlace

    if name == "histories":
        return ListPlace(shell, "histories", "histories", _history)
    if name == "items":
        return ListPlace(shell, "items", "items", _item)
    if name == "runs":
        return RunsPlace(shell)
    places: dict[str, Callable[[Shell], View]] = {
        "verdicts": VerdictsPlace,
        "failures": FailuresPlace,
        "scores": ScoresPlace,
        "annotate": AssignmentsPlace,
        "build": BuildPlace,
        "clusters": ClustersPlace,
        "export": ExportPlace,
    }
    return places.get(name, HomePlace)(shell)


def place_of(shell: Shell, identifier: str) -> View | None:
    """The place of a history, an item or anything else by its identifier."""
    from interpref_db.records.details import find

    found = find(shell.study, identifier)
    if not found:
        return None
    kind = found[0]["type"]
    if kind == "history":
        return HistoryPlace(shell, found[0]["id"])
    if kind == "item":
        return ItemPlace(shell, found[0]["id"])
    if kind == "run":
        from interpref_tui.line_mode.views.runs import RunPlace

        return RunPlace(shell, f"generate:{found[0]['id']}")
    return RecordPlace(shell, found[0])
