"""What stands behind many numbers at once: how many things, and the first of them, by one query for each kind of number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_db.lists.query import Key
    from interpref_db.study.study import Study
    from interpref_db.tables import DrillDown

    Found = tuple[int, Sequence[Key] | None]

# Queries that are asked for many numbers, with the parameters that tell these apart: `sql/QUERY_each.sql` finds all of them.
_EACH = {
    "behind_order": ("run", "judge", "order"),
    "behind_half": ("run", "judge", "longer"),
    "behind_labelled": ("run", "judge"),
    "behind_changed": ("run_a", "run_b", "judge", "better"),
    "behind_model": ("model", "other"),
    "behind_judge": ("judge",),
}


def find_behind(study: Study, wanted: Sequence[DrillDown], most: int) -> list[Found]:
    """How many things stand behind each number, and the keys of the first `most`; (0, None) where its list says it all.

    Raises StudyBusy when another process is writing.
    """
    together: dict[str, list[int]] = {}
    found: list[Found] = [(0, None)] * len(wanted)
    for place, one in enumerate(wanted):
        if one.query in _EACH:
            together.setdefault(one.query, []).append(place)
        elif (keys := one.load_keys(study)) is not None:
            found[place] = len(keys), keys[:most]
    for query, places in together.items():
        known = _find_each(study, query, [wanted[place].parameters for place in places], most)
        for place in places:
            found[place] = known.get(_named(query, wanted[place].parameters), (0, ()))
    return found


def _named(query: str, parameters: Any) -> tuple[Any, ...]:
    return tuple(parameters[name] for name in _EACH[query])


def _find_each(study: Study, query: str, asked: Sequence[Any], most: int) -> dict[tuple[Any, ...], Found]:
    """What one kind of query finds for each of its parameters."""
    names = _EACH[query]
    given = {f"{name}_each": [one[name] for one in asked] for name in names}
    text = sql(f"{query}_each").replace("MOST_KEYS", str(int(most)))
    with study.reading() as cursor:
        rows = cursor.execute(text, given).fetchall()
    return {tuple(row[: len(names)]): (row[-2], tuple(row[-1])) for row in rows}
