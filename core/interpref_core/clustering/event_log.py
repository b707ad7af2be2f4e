"""The clusters as they stand, from the events in the order they came. The view `clusters` of a study says the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interpref_core.clustering.events import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interpref_core.clustering.events import CategoryAssignment, ClusterEvent


@dataclass(slots=True)
class ClusterState:
    """What stands: each preference's cluster and category, each cluster's name and representative, what people touched."""

    cluster_of: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    representatives: dict[str, str] = field(default_factory=dict)
    categories: dict[str, tuple[CategoryAssignment, str]] = field(default_factory=dict)  # with who set it
    touched: set[str] = field(default_factory=set)

    def members(self) -> dict[str, list[str]]:
        """The preferences of each cluster, in the order of their identifiers."""
        found: dict[str, list[str]] = {}
        for preference, cluster in sorted(self.cluster_of.items()):
            found.setdefault(cluster, []).append(preference)
        return found

    def apply(self, event: ClusterEvent) -> None:
        """Let one event that stands count."""
        for group in event.groups or ():
            for member in group.members:
                self.cluster_of[member] = group.cluster
            if group.representative:
                self.representatives[group.cluster] = group.representative
            if event.event in ("merged", "split") and event.by != PROGRAM:
                self.touched.add(group.cluster)
        if event.cluster and event.by != PROGRAM:
            self.touched.add(event.cluster)
        if event.cluster and event.event == "named":
            self.names[event.cluster] = event.name or ""
        if event.cluster and event.representative:
            self.representatives[event.cluster] = event.representative
        for one in event.categories or ():
            known = self.categories.get(one.preference)
            # What a person said is not unsaid by the program.
            if known is None or known[1] == PROGRAM or event.by != PROGRAM:
                self.categories[one.preference] = (one, event.by)


class ClusterLog:
    """The events, and the state that those that stand make."""

    def __init__(self, events: Iterable[ClusterEvent] = ()) -> None:
        self._events: list[ClusterEvent] = []
        self._ids: set[str] = set()
        self.state = ClusterState()
        for event in sorted(events, key=_order):
            if event.id not in self._ids:
                self._ids.add(event.id)
                self._events.append(event)
        self._replay()

    @property
    def events(self) -> tuple[ClusterEvent, ...]:
        """All events in the order they came."""
        return tuple(self._events)

    @property
    def ids(self) -> set[str]:
        """The identifiers of all events."""
        return set(self._ids)

    @property
    def seq(self) -> int:
        """The highest number of an event so far."""
        return max((event.seq for event in self._events), default=0)

    def add(self, event: ClusterEvent) -> None:
        """Take one event in, which comes after all others; the same one again changes nothing."""
        if event.id in self._ids:
            return
        self._ids.add(event.id)
        self._events.append(event)
        if event.event in ("undo", "redo"):
            self._replay()
        else:
            self.state.apply(event)

    def _replay(self) -> None:
        undone = self._undone()
        self.state = ClusterState()
        for event in self._events:
            if event.id not in undone and event.event not in ("undo", "redo"):
                self.state.apply(event)

    def _undone(self) -> set[str]:
        redone = {event.undoes for event in self._events if event.event == "redo"}
        return {
            event.undoes for event in self._events if event.event == "undo" and event.undoes and event.id not in redone
        }

    def to_undo(self) -> ClusterEvent | None:
        """The latest decision of a person that stands."""
        undone = self._undone()
        return next(
            (
                event
                for event in reversed(self._events)
                if event.by != PROGRAM and event.event not in ("undo", "redo") and event.id not in undone
            ),
            None,
        )

    def to_redo(self) -> ClusterEvent | None:
        """The latest undo that was not itself taken back, unless something was decided since."""
        redone = {event.undoes for event in self._events if event.event == "redo"}
        for event in reversed(self._events):
            if event.event == "undo" and event.id not in redone:
                return event
            if event.event not in ("undo", "redo"):
                return None
        return None

    def event(self, identifier: str | None) -> ClusterEvent | None:
        """An event by its identifier."""
        return next((event for event in self._events if event.id == identifier), None)

    def last_made(self) -> ClusterEvent | None:
        """The latest cut that stands: its threshold is where the next one begins."""
        undone = self._undone()
        return next((one for one in reversed(self._events) if one.event == "made" and one.id not in undone), None)


def _order(event: ClusterEvent) -> tuple[int, str]:
    """By their numbers, never by a clock; equal numbers (of two machines) in an order that is the same everywhere."""
    return event.seq, hashlib.md5(event.id.encode(), usedforsecurity=False).hexdigest()
