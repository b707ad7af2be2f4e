"""Plots in the terminal: numbers with their intervals as dots and lines, each point marked by a letter so that it reads
without colour; names stand in a legend beside it, never in the plot."""

from __future__ import annotations

from math import isfinite
from string import ascii_letters, digits
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.color import Color
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static
from textual_plot import HiResMode, PlotWidget

from interpref_tui.keys.actions import bindings
from interpref_tui.text.output import sanitize, truncate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_tui.presenters.score_plots import Drawing, Point


MARKS = digits[1:] + ascii_letters
_LEGEND = 34
_AROUND = 5  # lines of a plot that hold no points


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
        text.append(f"{truncate(sanitize(point.name), _LEGEND - 3)}\n")
    return text


def _around(values: Sequence[float]) -> tuple[float, float]:
    """Limits a little beyond the values."""
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    room = (high - low) * 0.06 or 1.0
    return low - room, high + room
