"""Failures of a study with their categories: computed when asked for, counted by any two facets, narrowed by any of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.annotation.tasks import NO_FAILURE
from interpref_core.failure_categories import FACETS, FailedItem, FailureCategory, categorize_failure
from interpref_core.text.lenient_json import read_object

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from interpref_core.failure_categories import Facet
    from interpref_db.study.study import Study

_POOR = ("1", "2")  # scores that say the answer does not regard the preference


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed item of a run under a judge, by the key that the lists `judged` and `failures` use."""

    key: str
    run_id: str
    run: str
    judge: str
    item: str
    pattern: str
    categories: tuple[FailureCategory, ...]

    def names(self, facet: Facet) -> tuple[str, ...]:
        """Its categories of one facet, without repetitions."""
        return tuple(dict.fromkeys(one.name for one in self.categories if one.facet == facet))

    def to_json(self) -> list[dict[str, str]]:
        return [{"facet": one.facet, "category": one.name, "evidence": one.evidence} for one in self.categories]


@dataclass(frozen=True, slots=True)
class Failures:
    """All failures asked for."""

    all: tuple[Failure, ...]

    def facets(self) -> tuple[Facet, ...]:
        """The facets that any of them has a category of."""
        present = {one.facet for failure in self.all for one in failure.categories}
        return tuple(facet for facet in FACETS if facet in present)

    def counts(self, facet: Facet) -> dict[str, int]:
        """How many failures each category of a facet has, most first."""
        counted = Counter(name for failure in self.all for name in failure.names(facet))
        return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))

    def cross(self, rows: Facet, columns: Facet) -> dict[tuple[str, str], int]:
        """How many failures have both categories, of any two facets."""
        return dict(
            Counter(
                (row, column)
                for failure in self.all
                for row in failure.names(rows)
                for column in failure.names(columns)
            )
        )

    def having(self, wanted: Mapping[Facet, str]) -> Failures:
        """Those that have all of these categories."""
        return Failures(
            tuple(one for one in self.all if all(name in one.names(facet) for facet, name in wanted.items()))
        )

    def by_key(self) -> dict[str, Failure]:
        return {one.key: one for one in self.all}

    def to_json(self) -> list[dict[str, Any]]:
        """The key `failures` of `score --json`: counts by run, judge, facet and category."""
        counted = Counter(
            (one.run_id, one.judge, facet, name) for one in self.all for facet in FACETS for name in one.names(facet)
        )
        order = {facet: number for number, facet in enumerate(FACETS)}
        return [
            {"run": run, "judge": judge, "facet": facet, "category": name, "n": n}
            for (run, judge, facet, name), n in sorted(
                counted.items(), key=lambda pair: (pair[0][0], pair[0][1], order[pair[0][2]], -pair[1], pair[0][3])
            )
        ]


def failures(study: Study, *, run: str | Collection[str] | None = None, judge: str | None = None) -> Failures:
    """The failures of a study, of one run or several (their identifiers) or of one judge."""
    from interpref_db.scores.run_batches import portions_of_runs

    found: list[Failure] = []
    known = _Known()
    for portion in portions_of_runs(study, {run} if isinstance(run, str) else run):
        found += (_failure(row, known) for row in study.rows("failure_items", runs=portion, judge=judge))
    return Failures(tuple(found))


class _Known(dict[Any, Any]):
    """Each value once: a hundred thousand failures have few runs, patterns and categories among them."""

    def __missing__(self, value: Any) -> Any:
        self[value] = value
        return value


def _failure(row: dict[str, Any], known: _Known) -> Failure:
    said = row["said"] or []
    found = FailedItem(
        pattern=row["pattern"],
        case_labels=tuple(row["labels"] or ()),
        responses=(row["text_a"], row["text_b"]),
        preferences=(row["a"], row["b"]),
        category=row["category"],
        traces=(_trace(row["trace_a"]), _trace(row["trace_b"])),
        errors=_who(
            (name, one["annotator"])
            for one in said
            if one["task"] == "failure"
            for name in one["answer"].split("; ")
            if name != NO_FAILURE
        ),
        people=_who((name, one["annotator"]) for one in said if (name := _people(one["task"], one["answer"]))),
    )
    run_id, run, judge, item, pattern = (known[row[name]] for name in ("run_id", "run", "judge", "item", "pattern"))
    return Failure(
        row["key"], run_id, run, judge, item, pattern, known[tuple(known[one] for one in categorize_failure(found))]
    )


def _people(task: str, answer: str) -> str | None:
    """What a label says of the answers, in words."""
    if task == "match":
        return {"right": "people tell the answers apart", "wrong": "people are misled too"}.get(
            answer, "people cannot tell them apart"
        )
    if task == "score":
        return "scored 1 or 2" if answer in _POOR else None
    return "people see no failure" if answer == NO_FAILURE else None


def _who(said: Iterable[tuple[str, str]]) -> dict[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for name, annotator in said:
        found.setdefault(name, []).append(annotator)
    return {name: sorted(set(who)) for name, who in found.items()}


def _trace(text: str | None) -> dict[str, Any] | None:
    return read_object(text) or None
