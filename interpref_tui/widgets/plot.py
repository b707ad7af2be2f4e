"""Plots in the terminal: numbers with their intervals as dots and lines, each point marked by a letter so that it reads
without colour; names stand in a legend beside it, never in the plot."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from string import ascii_letters, digits
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.color import Color
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static
from textual_plot import HiResMode, PlotWidget

from interpref_core.metrics.rate_intervals import wilson
from interpref_tui.keys.actions import bindings
from interpref_tui.text.output import cut, inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_core.metrics.rate_intervals import Rate
    from interpref_db.scores.scoreboard import Scoreboard

MARKS = digits[1:] + ascii_letters
_LEGEND = 34
_AROUND = 5  # lines of a plot that hold no points


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


def drawing_of(name: str, board: Scoreboard) -> Drawing | None:
    """The plot of one of the tables, by its name; None where there is none."""
    if name == "pass rates":
        best = sorted(board.scored, key=lambda one: -(one.numbers.passed.rate or 0))
        return _listed([(f"{one.run} · {one.judge}", one.numbers.passed) for one in best], "pass rate, per cent")
    if name == "patterns":
        return _listed(
            [
                (f"{pattern} {one.run} · {one.judge}", wilson(count, one.numbers.passed.n))
                for one in board.scored
                for pattern, count in one.numbers.patterns.items()
            ],
            "share of the items, per cent",
        )
    if name == "length":
        splits = [(one, board.details[one.run_id, one.judge].split) for one in board.scored]
        return _listed(
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


def _listed(rates: Sequence[tuple[str, Rate]], x: str) -> Drawing | None:
    """Shares with their intervals under each other, from 0 to 100 per cent."""
    points = tuple(
        Point(name, 100 * (rate.rate or 0), -float(n), 100 * (rate.low or 0), 100 * (rate.high or 0))
        for n, (name, rate) in enumerate((name, rate) for name, rate in rates if rate.rate is not None)
    )
    return Drawing(points, x, listed=True, limits=(0, 100)) if points else None


class Plot(VerticalScroll):
    """A drawing and its legend; with more points than lines it scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("plot")

    def compose(self) -> ComposeResult:
        self._plot = PlotWidget(allow_pan_and_zoom=False)
        self._plot.can_focus = False
        with Horizontal(id="plot-row"):
            yield self._plot
            yield Static("", id="plot-names", markup=False)

    def on_mount(self) -> None:
        self._drawing: Drawing | None = None
        if self._plot.is_attached:  # a screen that is left while it is still being mounted has lost its parts by then
            self._plot.margin_top, self._plot.margin_left = 1, 8
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._draw_again())

    def _draw_again(self) -> None:
        """Points have the colour that text had when they were drawn."""
        if self._drawing is not None:
            self.draw(self._drawing)

    def draw(self, drawing: Drawing) -> None:
        self._drawing = drawing
        plot = self._plot
        plot.clear()
        lines = len(drawing.points) + _AROUND if drawing.listed else 0
        self.query_one("#plot-row").styles.min_height = max(lines, 10)
        colour = Color.parse(self.app.theme_variables.get("foreground", "white")).rich_color.name
        shown = [point for point in drawing.points if isfinite(point.x) and isfinite(point.y)]
        for number, point in enumerate(shown):
            if point.low is not None and point.high is not None and isfinite(point.low) and isfinite(point.high):
                line = ([point.low, point.high], [point.y, point.y])
                plot.plot(*line, line_style=colour, hires_mode=HiResMode.BRAILLE)
            plot.scatter([point.x], [point.y], marker=mark(number), marker_style=f"bold {colour}")
        plot.set_xlabel(drawing.x)
        plot.set_ylabel(drawing.y)
        if drawing.listed:
            plot.set_yticks([])
            plot.set_ylimits(-len(shown) + 0.3, 0.7)
        else:
            plot.set_yticks(None)
            plot.set_ylimits(*_around([point.y for point in shown]))
        if drawing.limits:
            plot.set_xlimits(*drawing.limits)
        else:
            ends = [end for point in shown for end in (point.x, point.low, point.high) if end is not None]
            plot.set_xlimits(*_around([end for end in ends if isfinite(end)]))
        self.query_one("#plot-names", Static).update(legend(shown))


def mark(number: int) -> str:
    """The sign of the n-th point; beyond the letters all are dots."""
    return MARKS[number] if number < len(MARKS) else "•"


def legend(points: Sequence[Point]) -> Text:
    """Which sign is which."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for number, point in enumerate(points):
        text.append(f"{mark(number)} ", "bold")
        text.append(f"{cut(inert(point.name), _LEGEND - 3)}\n")
    return text


def _around(values: Sequence[float]) -> tuple[float, float]:
    """Limits a little beyond the values."""
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    room = (high - low) * 0.06 or 1.0
    return low - room, high + room
