"""What an annotator has decided so far: the current label of each entry, from the events in the order they came."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interpref_core.annotation.labels import Entry, Label


@dataclass(slots=True)
class Mark:
    """What stands beside an entry's answer."""

    flagged: bool = False
    comment: str = ""


def sequence_of(event: Label) -> tuple[int, str, str]:
    """What orders the events of one annotator: their own numbers, never a clock.

    Two machines may give one number twice; then what was decided, not when, says which comes first. The view `current_labels`
    orders them the same way.
    """
    parts = (event.item, event.run_a, event.run_b, event.side, event.subject, event.answer, event.comment)
    words = "\x1f".join(part for part in parts if part is not None)
    return event.seq, hashlib.md5(words.encode(), usedforsecurity=False).hexdigest(), event.id


class Ledger:
    """The events of one annotator. A label counts unless it was undone or superseded by one that counts.

    `event` is "label", or "adjudication" for the labels of an adjudicator, which never mix with the others.
    """

    def __init__(self, events: Iterable[Label] = (), *, event: str = "label") -> None:
        self._event = event
        self._labels: dict[str, list[Label]] = {}  # by entry, in the order they came
        self._current: dict[str, Label] = {}  # by entry
        self._live: dict[str, Label] = {}  # by identifier, in the order they came
        self._undone: set[str] = set()
        self._marks: dict[str, Mark] = {}
        self._ids: set[str] = set()
        self.seq = 0
        for one in sorted(events, key=sequence_of):
            self.add(one)

    def add(self, event: Label) -> None:
        """Take one event in; the same one again changes nothing."""
        if event.id in self._ids:
            return
        self._ids.add(event.id)
        self.seq = max(self.seq, event.seq)
        key = event.entry.key
        if event.flagged is not None or event.comment is not None:
            mark = self._marks.setdefault(key, Mark())
            mark.flagged = mark.flagged if event.flagged is None else event.flagged
            mark.comment = mark.comment if event.comment is None else event.comment
        if event.event == "undo" and event.undoes:
            self._undone.add(event.undoes)
            self._live.pop(event.undoes, None)
        elif event.event == self._event:
            self._labels.setdefault(key, []).append(event)
            if event.id not in self._undone:
                self._live[event.id] = event
        if key in self._labels:
            self._settle(key)

    def _settle(self, key: str) -> None:
        """Find the label that counts of one entry."""
        live = [one for one in self._labels[key] if one.id not in self._undone]
        superseded = {one.supersedes for one in live}
        current = next((one for one in reversed(live) if one.id not in superseded), None)
        if current is None:
            self._current.pop(key, None)
        else:
            self._current[key] = current

    def current(self, entry: Entry) -> Label | None:
        """The label that counts, if the entry has one."""
        return self._current.get(entry.key)

    def previous(self, entry: Entry) -> Label | None:
        """The latest label that the entry ever had, also one that was taken back: shown again after an undo."""
        labels = self._labels.get(entry.key)
        return labels[-1] if labels else None

    def get_mark(self, entry: Entry) -> Mark:
        return self._marks.get(entry.key) or Mark()

    def last_decision(self) -> Label | None:
        """The latest label that counts or is superseded: what undo takes back."""
        return next(reversed(self._live.values()), None)

    def decisions(self) -> dict[str, Label]:
        """The label that counts of every entry that has one, by the entry's key."""
        return self._current
