"""Decisions about clusters as append-only events, of people and of the program; an undo is an event as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from interpref_core.records.base import Record

Event = Literal["made", "joined", "merged", "split", "named", "representative", "category", "undo", "redo"]
EVENTS: tuple[Event, ...] = get_args(Event)
PROGRAM = "program"  # whom events name that no person decided


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMembers(Record):
    """Preferences that belong to a cluster from now on. `representative` is None where who stands for it does not change."""

    cluster: str
    members: tuple[str, ...]
    representative: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryAssignment(Record):
    """The category of one preference; `confidence` (0 to 1) where the program found it."""

    preference: str
    category: str
    subcategory: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterEvent(Record):
    """One event. `time` is ISO 8601; `seq` rises from event to event; `by` is an annotator or "program".

    made, joined, merged, split: `groups` say where preferences belong from now on, made with its `threshold` and the
    `vectors` that it was cut by. named: `cluster` and `name`. representative: `cluster` and `representative`. category:
    `categories`, and the `cluster` where a person set it for a whole one. undo takes back the event `undoes`, redo the undo.
    """

    type: ClassVar[str] = "clustering"
    id: str
    event: Event
    seq: int
    time: str
    by: str
    groups: tuple[ClusterMembers, ...] | None = None
    cluster: str | None = None
    name: str | None = None
    representative: str | None = None
    categories: tuple[CategoryAssignment, ...] | None = None
    undoes: str | None = None
    threshold: float | None = None
    vectors: str | None = None
    program: str | None = None
