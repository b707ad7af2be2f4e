"""Cross tables of failures: any two facets, with totals; each cell knows its items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_db.tables import DrillDown, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.failure_categories import Facet
    from interpref_db.failures.failures import Failure, Failures


def cross_table(found: Failures, rows: Facet, columns: Facet) -> Table:
    """Categories of one facet against those of another; the first column and the last row are totals."""
    across = list(found.counts(columns)) if columns != rows else []
    lines, behind = [], []
    for name in found.counts(rows):
        having = found.having({rows: name})
        both = [having.having({columns: other}) for other in across]
        lines.append((name, str(len(having.all)), *(str(len(one.all)) if one.all else "" for one in both)))
        whole = _of(f"{rows}: {name}", having.all)
        each = [
            _of(f"{rows}: {name}, {columns}: {other}", one.all) if one.all else None
            for other, one in zip(across, both, strict=True)
        ]
        behind.append((whole, whole, *each))
    if lines:
        totals = [found.having({columns: other}) for other in across]
        lines.append(("all", str(len(found.all)), *(str(len(one.all)) for one in totals)))
        whole = _of("all", found.all)
        each = [_of(f"{columns}: {other}", one.all) for other, one in zip(across, totals, strict=True)]
        behind.append((whole, whole, *each))
    return Table(
        "failures",
        f"{rows} by {columns}",
        (rows, "all", *across),
        tuple(lines),
        tuple(behind),
        words=frozenset({rows}),
    )


def _of(title: str, among: Sequence[Failure]) -> DrillDown:
    return DrillDown("judged", title, keys=tuple(one.key for one in among))


def categories_of(found: Failures, rows: Facet, columns: Facet, *, row: int, column: int) -> dict[Facet, str]:
    """The categories that a cell of the cross table stands for."""
    names, across = list(found.counts(rows)), list(found.counts(columns)) if columns != rows else []
    wanted: dict[Facet, str] = {}
    if row < len(names):
        wanted[rows] = names[row]
    if 0 <= column - 2 < len(across):
        wanted[columns] = across[column - 2]
    return wanted
