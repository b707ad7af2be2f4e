"""Queries and histories that give a preference away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from interpref_core.construction.leakage import LeakDetector
from interpref_core.construction.rule_checks import words_naming_preference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_db.study.study import Study

_TOGETHER = 400  # histories that are read at once


@dataclass(frozen=True, slots=True)
class Leak:
    """`thing` (a query or a history, by identifier) gives `preference` away; `how`, and the words or the text that does."""

    kind: Literal["query", "history"]
    thing: str
    how: str
    preference: str
    found: str

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class LeakReport:
    """What was looked at, and what leaks."""

    queries: int
    histories: int
    found: tuple[Leak, ...]

    def of(self, kind: str) -> list[Leak]:
        return [one for one in self.found if one.kind == kind]

    def to_json(self) -> dict[str, Any]:
        return {"queries": self.queries, "histories": self.histories, "leaks": [one.to_json() for one in self.found]}


def find_leaks(study: Study) -> LeakReport:
    """Look at the items' queries and the candidates, at the conversations that carry preferences and the items' histories.

    A query leaks where it has words that only one of its two preferences has, or tells one. A history leaks where a turn
    tells the preference word for word or nearly: it should show it.
    """
    found: list[Leak] = []
    queries = 0
    for row in (*study.rows("verify_items"), *study.rows("verify_queries")):
        queries += 1
        found += _of_query(row.get("item") or row["query"], row.get("text") or row["query"], row["a"], row["b"])
    wanted: dict[int, dict[str, str]] = {}  # preference texts by the history's key, with what it is called
    for row in study.rows("verify_conversations"):
        wanted.setdefault(row["key"], {})[row["text"]] = row["history"]
    for row in study.rows("verify_items"):
        for side in ("a", "b"):
            if row[f"key_{side}"] is not None and row[side]:
                wanted.setdefault(row[f"key_{side}"], {}).setdefault(row[side], f"{row['item']}, side {side}")
    for key, turns in _turns(study, list(wanted)):
        for text, named in wanted[key].items():
            found += _of_history(named, turns, text)
    return LeakReport(queries, len(wanted), tuple(found))


def _of_query(identifier: str, query: str, a: str | None, b: str | None) -> Iterator[Leak]:
    told = False
    for text in (a, b):
        if text and (how := LeakDetector(text).found_in(query)):
            told = True
            yield Leak("query", identifier, how, text, query)
    named = [] if told else words_naming_preference(query, (a, b))
    if named:
        yield Leak("query", identifier, "names one of the two", f"{a} / {b or 'no preference'}", ", ".join(named))


def _of_history(named: str, turns: list[str], preference: str) -> Iterator[Leak]:
    telling = LeakDetector(preference)
    for turn in turns:
        how = telling.found_in(turn)
        if how:
            yield Leak("history", named, how, preference, turn)
            return


def _turns(study: Study, keys: list[int]) -> Iterator[tuple[int, list[str]]]:
    """The user's turns of histories, by key."""
    for start in range(0, len(keys), _TOGETHER):
        of: dict[int, list[str]] = {}
        for row in study.rows("verify_turns", keys=keys[start : start + _TOGETHER]):
            if row["role"] == "user":
                of.setdefault(row["history"], []).append(row["content"])
        yield from of.items()
