"""The annotation files of the paper's own page: what they say without contradiction goes in, the rest is listed.

The page appends all its rows again when an earlier entry is corrected, and the last row of an entry is not the last
decision; so an entry whose rows disagree cannot be told and is refused, row by row.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal

from interpref_core.records.runs import Comparison
from interpref_db.importers.history_writer import convert_histories
from interpref_db.importers.json_records import iter_records
from interpref_db.importers.own_exports import derived_id, put_comparisons
from interpref_db.importers.report import FieldError, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_core.records.base import Record
    from interpref_db.importers.base import FileHead, ImportContext

_FIELDS = {"choice", "model_left", "model_right", "id"}
_WINNERS: dict[str, Literal["a", "b", "tie"]] = {"left": "a", "right": "b", "tie": "tie"}


class PublishedChoices:
    """Rows of choice (Left, Right, Tie), model_left, model_right and id. The annotator is the file's name."""

    name = "published annotations"
    rank = 39

    def recognizes(self, head: FileHead) -> bool:
        return head.container in ("array", "lines") and any(
            isinstance(one, dict) and one.keys() >= _FIELDS for one in head.sample
        )

    def load(self, context: ImportContext) -> None:
        groups: dict[tuple[str, str, str], list[tuple[int, Comparison]]] = defaultdict(list)
        annotator = context.path.name.split(".")[0]
        for number, record in convert_histories(
            context, iter_records(context.head), lambda one: _comparison(one, annotator)
        ):
            if isinstance(record, Comparison):
                first, second = sorted((record.model_a, record.model_b))
                groups[str(record.item), first, second].append((number, record))
        kept: list[tuple[int, Any]] = []
        repeated = 0
        for rows in groups.values():
            if len({_winner_name(one) for _, one in rows}) == 1:
                kept.append(rows[0])
                repeated += len(rows) - 1
                continue
            lines = ", ".join(str(number) for number, _ in rows)
            for number, one in rows:
                reason = f"rows {lines} say different things of item {one.item}; which one counts cannot be told"
                context.report.rejected.append(Rejected(str(context.path), number, reason, "choice"))
        if repeated:
            context.report.notices.append(f"{context.path.name}: {repeated} rows only repeat another one")
        put_comparisons(context, kept, lambda one: (one,))


def _winner_name(one: Comparison) -> str:
    """Who won, by name."""
    return {"a": one.model_a, "b": one.model_b}.get(one.winner, one.winner)


def _comparison(record: Any, annotator: str) -> Iterator[Record]:
    if not isinstance(record, dict):
        raise FieldError(None, "not a JSON object")
    for name in ("model_left", "model_right", "choice"):
        if not isinstance(record.get(name), str) or not record[name]:
            raise FieldError(name, "missing or not a text")
    if record.get("id") is None:
        raise FieldError("id", "missing")
    winner = _WINNERS.get(record["choice"].strip().lower())
    if winner is None:
        raise FieldError("choice", "not Left, Right or Tie")
    left, right, item = record["model_left"], record["model_right"], str(record["id"])
    yield Comparison(
        id=derived_id("published annotation", annotator, item, *sorted((left, right))),
        annotator=annotator,
        model_a=left,
        model_b=right,
        winner=winner,
        item=item,
        left="a",
        extra={key: value for key, value in record.items() if key not in _FIELDS},
    )
