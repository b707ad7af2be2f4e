"""Tables of scores as points to plot."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from interpref_core.metrics.rate_intervals import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpref_core.metrics.rate_intervals import Rate
    from interpref_db.scores.scoreboard_data import Scoreboard


@dataclass(frozen=True, slots=True)
class Point:
    """A number: its name, where it stands, and its interval along x (None: none)."""

    name: str
    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """What to plot. `listed`: points stand under each other, one a line, and y means nothing."""

    points: tuple[Point, ...]
    x: str
    y: str = ""
    listed: bool = False
    limits: tuple[float, float] | None = None


def plot_from_table(name: str, board: Scoreboard) -> Drawing | None:
    """The plot of one of the tables, by its name; None where there is none."""
    if name == "pass rates":
        best = sorted(board.scored, key=lambda one: -(one.numbers.passed.rate or 0))
        return _rate_drawing([(f"{one.run} · {one.judge}", one.numbers.passed) for one in best], "pass rate, per cent")
    if name == "patterns":
        return _rate_drawing(
            [
                (f"{pattern} {one.run} · {one.judge}", wilson_interval(count, one.numbers.passed.n))
                for one in board.scored
                for pattern, count in one.numbers.patterns.items()
            ],
            "share of the items, per cent",
        )
    if name == "length":
        splits = [(one, board.details[one.run_id, one.judge].split) for one in board.scored]
        return _rate_drawing(
            [
                (f"{half} {one.run} · {one.judge}", rate)
                for one, split in splits
                if split is not None
                for half, rate in (("longer", split.longer), ("shorter", split.shorter))
            ],
            "pass rate, per cent",
        )
    if board.compared is None:
        return None
    if name == "Bradley-Terry":
        standings = [one for one in board.compared.ranking.standings if isfinite(one.coefficient)]
        return Drawing(
            tuple(Point(s.model, s.coefficient, -float(n), s.low, s.high) for n, s in enumerate(standings)),
            "coefficient",
            listed=True,
        )
    if name == "pass rate and Bradley-Terry":
        return Drawing(
            tuple(Point(model, 100 * rate, score) for model, rate, score in board.compared.both),
            "pass rate, per cent",
            "coefficient",
        )
    return None


def _rate_drawing(rates: Sequence[tuple[str, Rate]], x: str) -> Drawing | None:
    """Shares with their intervals under each other, from 0 to 100 per cent."""
    points = tuple(
        Point(name, 100 * (rate.rate or 0), -float(n), 100 * (rate.low or 0), 100 * (rate.high or 0))
        for n, (name, rate) in enumerate((name, rate) for name, rate in rates if rate.rate is not None)
    )
    return Drawing(points, x, listed=True, limits=(0, 100)) if points else None
