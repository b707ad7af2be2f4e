"""`list`: what a study holds."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from interpref_tui.cli.options import examples, open_study, study_argument
from interpref_tui.text.output import json_line, table_lines, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from interpref_db.study.study import Study

_NUMBERS = frozenset({"turns", "characters", "pairs", "items", "runs", "answered", "expected", "errors", "judged", "n"})


@click.command(
    "list",
    **examples("""
        interpref list my.duckdb histories --search vegan
        interpref list my.duckdb verdicts --where choice="Don't know" --json
        interpref list my.duckdb items --sort topic --limit 20
    """),
)
@study_argument
@click.argument("kind", metavar="KIND")
@click.option("--search", default="", help="Only what contains this text, in any case.")
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Only rows with this value; may be given again.")
@click.option("--sort", help="Order by this column.")
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many rows.")
@click.option("--offset", type=click.IntRange(min=0), default=0, help="Leave out so many rows first.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines on stdout, one a row.")
def list_command(
    study: Path,
    kind: str,
    search: str,
    where: tuple[str, ...],
    sort: str | None,
    reverse: bool,
    limit: int | None,
    offset: int,
    as_json: bool,
) -> int:
    """List what STUDY holds.

    KIND is histories, preferences, pairs, items, runs, judgings, responses, verdicts, judged, comparisons, annotators,
    failures, errors, chunks, clusters, queries, buildings, links or refusals.
    """
    from interpref_core.text.suggestions import did_you_mean
    from interpref_db.lists import query

    if kind not in query.LIST_SPECS:
        raise click.BadParameter(
            f"there is no list {kind!r}; {did_you_mean(kind, query.LIST_SPECS)}", param_hint="KIND"
        )
    columns = query.LIST_SPECS[kind].columns
    conditions = dict(_condition(one, columns) for one in where)
    if sort is not None and sort not in columns:
        raise click.BadParameter(f"{sort!r} is none of {', '.join(columns)}", param_hint="--sort")
    asked = query.ListQuery(search, conditions, sort, reverse)
    if offset and limit is None:
        limit = 1 << 62
    with open_study(study) as opened_study:
        known = _categories_of(opened_study, as_json=as_json) if kind == "failures" else None
        with opened_study.reading() as cursor:
            rows = query.each_row(cursor, kind, asked, limit, offset)
            if known is not None:
                rows, columns = (known(row) for row in rows), (*columns, "categories")
            write_lines(map(json_line, rows) if as_json else _as_table(rows, columns))
    return 0


def _as_table(rows: Iterator[dict[str, Any]], columns: tuple[str, ...]) -> Iterator[str]:
    """The lines of a table; none where there are no rows."""
    first = next(rows, None)
    return iter(()) if first is None else table_lines(chain([first], rows), columns, right=_NUMBERS)


def _categories_of(study: Study, *, as_json: bool) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Give a failure every category that applies to it, and its evidence (in a table the names alone)."""
    from interpref_db.failures.failures import failures

    known = {(one.run, one.judge, one.item): one for one in failures(study).all}

    def complete(row: dict[str, Any]) -> dict[str, Any]:
        found = known.get((row["run"], row["judge"], row["item"]))
        named = found.to_json() if found else []
        row["categories"] = named if as_json else ", ".join(dict.fromkeys(one["category"] for one in named))
        return row

    return complete


def _condition(text: str, columns: tuple[str, ...]) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or name not in columns:
        raise click.BadParameter(f"{text!r} is not COLUMN=VALUE with one of {', '.join(columns)}", param_hint="--where")
    return name, value
