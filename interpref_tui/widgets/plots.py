"""Plots in the terminal: numbers with their intervals as dots and lines, each point marked by a letter so that it reads
without colour; names stand in a legend beside it, never in the plot."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from string import ascii_letters, digits
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static
from textual_plot import HiResMode, PlotWidget

from interpref_tui.output import cut, inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from interpref_db.scoreboard import Scoreboard

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
        judged = [one for one in board.scored if one.numbers.passed.rate is not None]
        points = [
            (f"{one.run} · {one.judge}", one.numbers.passed.rate, one.numbers.passed.low, one.numbers.passed.high)
            for one in sorted(judged, key=lambda one: -(one.numbers.passed.rate or 0))
        ]
        listed = tuple(
            Point(label, 100 * (rate or 0), -float(n), 100 * (low or 0), 100 * (high or 0))
            for n, (label, rate, low, high) in enumerate(points)
        )
        return Drawing(listed, "pass rate, per cent", listed=True, limits=(0, 100)) if listed else None
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


class Plot(VerticalScroll):
    """A drawing and its legend; with more points than lines it scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False, id="plot.down"),
        Binding("k", "scroll_up", "Up", show=False, id="plot.up"),
    ]

    def compose(self) -> ComposeResult:
        with Horizontal(id="plot-row"):
            yield PlotWidget(allow_pan_and_zoom=False)
            yield Static("", id="plot-names", markup=False)

    def on_mount(self) -> None:
        plot = self.query_one(PlotWidget)
        plot.can_focus = False
        plot.margin_top, plot.margin_left = 1, 8

    def draw(self, drawing: Drawing) -> None:
        plot = self.query_one(PlotWidget)
        plot.clear()
        lines = len(drawing.points) + _AROUND if drawing.listed else 0
        self.query_one("#plot-row").styles.min_height = max(lines, 10)
        colour = self.app.theme_variables.get("foreground", "white")
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
