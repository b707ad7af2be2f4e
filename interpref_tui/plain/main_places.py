"""The main screens as places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_tui.plain.browsing import ListPlace
from interpref_tui.plain.numbers import HomePlace, ScoresPlace
from interpref_tui.plain.texts import HistoryPlace, ItemPlace, Part, PartsPlace, VerdictPlace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_tui.plain.place import Place
    from interpref_tui.plain.shell import Shell


class RecordPlace(PartsPlace):
    """Anything else, field by field."""

    def __init__(self, shell: Shell, record: Mapping[str, Any]) -> None:
        super().__init__(shell)
        self._record = record
        self.name = str(record.get("type") or "record")

    def arrive(self) -> None:
        for part in self.parts():
            self.say(part.title)

    def parts(self) -> Sequence[Part]:
        return [
            Part(f"{name}: {' '.join(str(value).split())[:200]}", str(value))
            for name, value in self._record.items()
            if value is not None and value != ""
        ]


class FailuresPlace(ListPlace):
    """Failed items with every category that applies."""

    def arrive(self) -> None:
        from interpref_db.failures import failures

        self._categories = {
            one.key: dict.fromkeys(entry["category"] for entry in one.to_json()) for one in failures(self.study).all
        }
        super().arrive()

    def _said(self, row: dict[str, Any]) -> str:
        return f"{super()._said(row)} Categories: {', '.join(self._categories.get(row['key'], ())) or 'none'}"


def _history(shell: Shell, row: dict[str, Any], _: ListPlace) -> Place:
    return HistoryPlace(shell, row["id"])


def _item(shell: Shell, row: dict[str, Any], among: ListPlace) -> Place:
    return ItemPlace(shell, row["id"], among)


def _record(shell: Shell, row: dict[str, Any], _: ListPlace) -> Place:
    return RecordPlace(shell, row)


def _verdict(shell: Shell, row: dict[str, Any], _: ListPlace) -> Place:
    # A row of failures names its run in its key.
    return VerdictPlace(shell, {"run_id": str(row["key"]).partition("\x1f")[0], **row})


def main_place(shell: Shell, name: str) -> Place:
    """The place of a main screen by its name."""
    from interpref_tui.plain.exporting import ExportPlace
    from interpref_tui.plain.labelling import AssignmentsPlace

    if name == "histories":
        return ListPlace(shell, "histories", "histories", _history)
    if name == "items":
        return ListPlace(shell, "items", "items", _item)
    if name == "runs":
        return ListPlace(shell, "runs", "runs", _record)
    if name == "verdicts":
        return ListPlace(shell, "verdicts", "judged", _verdict)
    if name == "failures":
        return FailuresPlace(shell, "failures", "failures", _verdict)
    places = {"scores": ScoresPlace, "annotate": AssignmentsPlace, "export": ExportPlace}
    return places.get(name, HomePlace)(shell)


def place_of(shell: Shell, identifier: str) -> Place | None:
    """The place of a history, an item or anything else by its identifier."""
    from interpref_db.showing import find

    found = find(shell.study, identifier)
    if not found:
        return None
    kind = found[0]["type"]
    if kind == "history":
        return HistoryPlace(shell, found[0]["id"])
    if kind == "item":
        return ItemPlace(shell, found[0]["id"])
    return RecordPlace(shell, found[0])
