"""Dim text that can still be read, whatever the theme."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter

from interpref_themes.palette import contrast, mixed

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.color import Color

FADED = 0.66  # how much of a dim text's colour stays, where that can be read
STEP = 0.04


class ReadableDim(LineFilter):
    """Makes dim text a colour of its own: as faded as it can be with the contrast that the theme asks for.

    A fixed share, as Textual has it, leaves dim text of the quieter themes with a contrast below 3. It comes before
    Textual's filters; the terminal's own colours stay as they are, and dim is dim there.
    """

    def __init__(self, least: Callable[[], float]) -> None:
        super().__init__()
        self._least = least

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if not any(segment.style is not None and segment.style.dim for segment in segments):
            return segments
        least, ground = self._least(), background.hex6
        return [
            Segment(text, _readable(style, ground, least), control) if style is not None and style.dim else segment
            for segment in segments
            for text, style, control in [segment]
        ]


@lru_cache(2048)
def _readable(style: Style, ground: str, least: float) -> Style:
    if style.color is None or style.color.triplet is None:
        return style
    if style.bgcolor is not None and style.bgcolor.triplet is not None:
        ground = style.bgcolor.triplet.hex
    text, share = style.color.triplet.hex, FADED
    while share < 1 and contrast(mixed(text, ground, share), ground) < least:
        share += STEP
    return style + Style(color=mixed(text, ground, min(share, 1.0)), dim=False)
