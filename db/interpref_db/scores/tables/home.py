"""The numbers of the first screen: how much there is, pass rates, the leaderboard's head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_db.tables import DrillDown, Table, format_interval, format_percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_db.scores.pass_rates import RunScore
    from interpref_db.study.study import Study

_MOST = 16  # lines of pass rates
_LEADERS = 10
_BAR = 20
_ACROSS = 5  # counts on a line
_SHOWN = ("rank", "model", "coefficient", "95 %", "n", "note")


def counts(found: Mapping[str, Any]) -> Table:
    """How much there is of everything, a few cells a line."""
    kinds = [name for name, number in found.items() if number]
    lines = [kinds[start : start + _ACROSS] for start in range(0, len(kinds), _ACROSS)]
    columns = tuple(str(n) for n in range(min(_ACROSS, len(kinds))))
    return Table(
        "counts",
        "",
        columns,
        tuple(tuple(f"{found[name]:,} {name}" for name in line) + ("",) * (len(columns) - len(line)) for line in lines),
        # Turns stand in histories.
        tuple(
            (
                *(DrillDown("histories" if name == "turns" else name, name) for name in line),
                *[None] * (len(columns) - len(line)),
            )
            for line in lines
        ),
        words=frozenset(columns),
    )


def rates(scored: Sequence[RunScore], *, bars: bool) -> Table:
    """Pass rates, best first, each with how many are judged, its interval and, where there is room, a bar."""
    best = sorted(scored, key=lambda one: -(one.numbers.passed.rate or 0))[:_MOST]
    rows, behind = [], []
    for one in best:
        passed = one.numbers.passed
        rows.append(
            (
                one.run,
                one.judge + (" (sample)" if one.sample else ""),
                f"{passed.n}/{one.expected}",
                format_percent(passed.rate),
                format_interval(passed.low, passed.high),
                *((bar(passed.rate, passed.low, passed.high),) if bars else ()),
            )
        )
        of = {"run": one.run, "judge": one.judge}
        everything = DrillDown("judged", f"{one.run} by {one.judge}: judged", of)
        passing = DrillDown("judged", f"{one.run} by {one.judge}: passed", of | {"pattern": "LRRL"})
        behind.append((everything, everything, everything, passing))
    return Table(
        "rates",
        "Pass rate (all four orders right; blind guessing passes 6.25 %)",
        ("run", "judge", "judged", "pass rate", "95 %", *(("",) if bars else ())),
        tuple(rows),
        tuple(behind),
        words=frozenset({"run", "judge", ""}),
    )


def bar(rate: float | None, low: float | None, high: float | None, width: int = _BAR) -> str:
    """A rate as a bar with its interval: █ up to the rate, ─ over the interval."""
    if rate is None or low is None or high is None:
        return ""
    cells = []
    for cell in range(width):
        middle = (cell + 0.5) / width
        cells.append("─" if low <= middle <= high else "█" if middle < rate else "·")
    return "".join(cells)


def leaders(study: Study) -> Table:
    """The best models by comparisons; empty where nothing was compared."""
    from interpref_db.scores.leaderboard import win_counts
    from interpref_db.scores.tables.comparisons import leaderboard_table

    found = study.row("compared_any")
    if not found or not found["compared"]:
        return Table("leaders", "", (), ())
    from interpref_core.metrics.ranking import rank

    whole = leaderboard_table(rank(win_counts(study)))
    kept = [n for n, name in enumerate(whole.columns) if name in _SHOWN]
    more = f" (the first {_LEADERS} of {len(whole.rows)} models)" if len(whole.rows) > _LEADERS else ""
    return Table(
        "leaders",
        f"Bradley-Terry{more}",
        tuple(whole.columns[n] for n in kept),
        tuple(tuple(row[n] for n in kept) for row in whole.rows[:_LEADERS]),
        whole.behind[:_LEADERS],
        words=whole.words,
    )
