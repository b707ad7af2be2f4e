"""A report of every number, in Markdown and in HTML that needs nothing but itself; what stands behind each number is named."""

from __future__ import annotations

import shlex
from math import isfinite
from typing import TYPE_CHECKING, Any

from interpref_core import __version__
from interpref_core.ids import utc_now
from interpref_db.exporters.confidential import private_ids
from interpref_db.exporters.markup_escaping import escape_html, escape_markdown
from interpref_db.scores.drilldowns import find_behind
from interpref_db.scores.scoreboard import scoreboard, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interpref_db.lists.query import Key
    from interpref_db.scores.scoreboard_data import Scoreboard
    from interpref_db.study.study import Study
    from interpref_db.tables import DrillDown, Table

_IDS = 200  # identifiers named behind one number
_EVERY = 999_999  # as many as DuckDB collects in one go

# A light and a dark look, wide tables scroll by themselves. No script, no font, nothing from anywhere.
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { margin-bottom: 0; } .about, .note { opacity: .75; }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: .5rem 0; }
th, td { padding: .15rem .6rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
th { text-align: left; } .n { text-align: right; font-variant-numeric: tabular-nums; }
details { margin: .3rem 0; } details code { white-space: pre-wrap; word-break: break-word; }
svg { max-width: 100%; height: auto; } svg text { fill: currentColor; font-size: 12px; }
svg line, svg circle { stroke: currentColor; fill: currentColor; }
"""


def report(study: Study, *, as_html: bool, include_confidential: bool = False) -> str:
    """The report as one text. Names from files are escaped; no response, history or query is in it, and no identifier of what
    goes back to confidential histories, unless that is asked for."""
    board = scoreboard(study)
    found = tables(board)
    with study.reading() as cursor:
        private = frozenset() if include_confidential else private_ids(cursor)
    made = f"interpref {__version__}, {utc_now()}, study {study.path.name}"
    return _html(study, board, found, made, private) if as_html else _markdown(study, found, made, private)


def _markdown(study: Study, found: Sequence[Table], made: str, private: frozenset[str]) -> str:
    parts = ["# Scores", escape_markdown(made)]
    if not found:
        parts.append("Nothing is judged or compared yet.")
    for table in found:
        parts.append(f"## {escape_markdown(table.title)}")
        ruled = f"| {' | '.join('---' if name in table.words else '---:' for name in table.columns)} |"
        parts.append("\n".join([_line(table.columns), ruled, *map(_line, table.rows)]))
        parts += map(escape_markdown, table.notes)
        behind = [
            f"- {escape_markdown(title)}: {escape_markdown(named)}" for title, named in _behind(study, table, private)
        ]
        if behind:
            parts.append("Behind these numbers:\n\n" + "\n".join(behind))
    return "\n\n".join(parts) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(escape_markdown, cells))} |"


def _html(study: Study, board: Scoreboard, found: Sequence[Table], made: str, private: frozenset[str]) -> str:
    parts = [f"<h1>Scores</h1><p class='about'>{escape_html(made)}</p>"]
    if not found:
        parts.append("<p>Nothing is judged or compared yet.</p>")
    for table in found:
        parts.append(f"<h2>{escape_html(table.title)}</h2>")
        parts.append(_plot(table, board))
        parts.append(f"<div class='wide'>{_rows(table)}</div>")
        parts += [f"<p class='note'>{escape_html(note)}</p>" for note in table.notes]
        behind = "".join(
            f"<li>{escape_html(title)}: <code>{escape_html(said)}</code></li>"
            for title, said in _behind(study, table, private)
        )
        if behind:
            parts.append(f"<details><summary>Behind these numbers</summary><ul>{behind}</ul></details>")
    body = "\n".join(part for part in parts if part)
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Scores</title><style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _rows(table: Table) -> str:
    kinds = ["" if name in table.words else " class='n'" for name in table.columns]

    def row(cells: Sequence[str], tag: str) -> str:
        return (
            "<tr>"
            + "".join(f"<{tag}{kind}>{escape_html(cell)}</{tag}>" for kind, cell in zip(kinds, cells, strict=True))
            + "</tr>"
        )

    return f"<table>{row(table.columns, 'th')}{''.join(row(cells, 'td') for cells in table.rows)}</table>"


def _behind(study: Study, table: Table, private: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What stands behind a table's numbers, once each: a title, and the query or filter with the identifiers it finds."""
    found: dict[str, DrillDown] = {}
    for row in table.behind:
        for one in row:
            if one is not None:
                found.setdefault(one.title, one)
    # Which of them are confidential is known of all of them only when all of them are there.
    numbers = find_behind(study, list(found.values()), _EVERY if private else _IDS)
    for (title, behind), (count, keys) in zip(found.items(), numbers, strict=True):
        yield title, _describe_drilldown(study, behind, count, keys, private)


def _describe_drilldown(
    study: Study, behind: DrillDown, count: int, keys: Sequence[Key] | None, private: frozenset[str]
) -> str:
    """How the things behind a number are found, and the first of them. `keys` is None where their list says it all."""
    if keys is None:
        where = (part for name, value in behind.where.items() for part in ("--where", f"{name}={value}"))
        return shlex.join(["interpref", "list", study.path.name, behind.kind, *where])
    how = f"sql/{behind.query}.sql {dict(behind.parameters)}" if behind.query else f"list_{behind.kind}.sql"
    open_keys = [key for key in keys if private.isdisjoint(str(key).split("\x1f"))] if private else keys
    withheld = len(keys) - len(open_keys)
    named = ", ".join(str(key).replace("\x1f", "/") for key in open_keys[:_IDS])
    shown = min(len(open_keys), _IDS)
    more = f" and {count - withheld - shown} more" if count - withheld > shown else ""
    if withheld:
        more += f" and {withheld} confidential ones"
    return f"{how}; {count}: {named}{more}"


def _plot(table: Table, board: Scoreboard) -> str:
    """Dots with intervals, for pass rates and the leaderboard."""
    if table.name == "pass rates":
        rates = [(f"{one.run} · {one.judge}", one.numbers.passed) for one in board.scored]
        return _dots([(name, _c(r.rate), _c(r.low), _c(r.high)) for name, r in rates if r.rate is not None], 0, 100)
    if table.name == "Bradley-Terry" and board.compared is not None:
        known = [one for one in board.compared.ranking.standings if isfinite(one.coefficient)]
        points = [(one.model, one.coefficient, one.low, one.high) for one in known]
        ends = [end for _, *three in points for end in three if isfinite(end)]
        return _dots(points, min(ends), max(ends)) if ends else ""
    return ""


def _c(share: float | None) -> float:
    return 100 * (share or 0)


def _dots(points: Sequence[tuple[str, float, float, float]], low: float, high: float) -> str:
    if not points or high <= low:
        return ""
    names, width, step = 260, 460, 18

    def x(value: float) -> str:
        return f"{names + width * (min(max(value, low), high) - low) / (high - low):.1f}"

    drawn = []
    for number, (name, value, start, end) in enumerate(points):
        y = 14 + number * step
        drawn.append(f"<text x='{names - 10}' y='{y + 4}' text-anchor='end'>{escape_html(name[:40])}</text>")
        drawn.append(f"<line x1='{x(start)}' x2='{x(end)}' y1='{y}' y2='{y}' stroke-width='1.5'/>")
        drawn.append(f"<circle cx='{x(value)}' cy='{y}' r='3.5'/>")
    bottom = 14 + len(points) * step
    drawn.append(f"<line x1='{names}' x2='{names + width}' y1='{bottom - 6}' y2='{bottom - 6}' stroke-width='.5'/>")
    drawn.append(f"<text x='{names}' y='{bottom + 8}'>{low:.3g}</text>")
    drawn.append(f"<text x='{names + width}' y='{bottom + 8}' text-anchor='end'>{high:.3g}</text>")
    size = f"viewBox='0 0 {names + width + 10} {bottom + 14}' width='{names + width + 10}'"
    return f"<svg {size} role='img'>{''.join(drawn)}</svg>"


def score_rows(study: Study) -> list[dict[str, Any]]:
    """Every number as flat records with a `kind`: pass_rate, bradley_terry, paired, failure."""
    document = scoreboard(study).to_json()
    kinds = {"pass_rate": "pass_rate", "bradley_terry": "bradley_terry", "paired": "paired", "failures": "failure"}
    return [{"kind": kind, **_flat(record)} for key, kind in kinds.items() for record in document[key]]


def _flat(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{name}.")
        elif isinstance(value, list):
            for number, one in enumerate(value, start=1):
                nested = one if isinstance(one, dict) else {"": one}
                flat |= {key.rstrip("."): v for key, v in _flat(nested, f"{before}{name}.{number}.").items()}
        else:
            flat[f"{before}{name}"] = value
    return flat
