"""Records of data: histories and their turns, preferences, pairs, items."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from interpref_core.records.base import Json, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Record):
    """One message of a history. `role` is user, assistant, system or tool; `time` is ISO 8601 with an offset."""

    role: str
    content: str
    time: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History(Record):
    """The earlier conversation of one user: ordered turns from any number of sessions (paper section 3.1, h_u)."""

    type: ClassVar[str] = "history"
    id: str
    turns: tuple[Turn, ...]
    source: str | None = None
    user: str | None = None
    language: str | None = None
    confidential: bool | None = None
    title: str | None = None
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference(Record):
    """One sentence about a user, with a main category and a type within it (paper Figure 3)."""

    type: ClassVar[str] = "preference"
    id: str
    text: str
    category: str | None = None
    subcategory: str | None = None
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Record):
    """A preference and its counterpart on the same topic. `b` is None where the counterpart is "no preference"."""

    type: ClassVar[str] = "pair"
    id: str
    a: str
    b: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Record):
    """One test case: a pair, a query that both users could ask, and the two histories that carry the preferences."""

    type: ClassVar[str] = "item"
    id: str
    query: str
    pair: str
    history_a: str | None = None
    history_b: str | None = None
    extra: Json = field(default_factory=dict)
