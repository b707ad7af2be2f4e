"""Filters of drawn lines: dim text that can still be read, nothing that a terminal would obey."""

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


class ControlCharacterFilter(LineFilter):
    """The last fence. Every text is made inert where it is shown; should one ever not be, its control characters and what turns
    lines round are left out here, just before the terminal. They have no width, so nothing moves.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        if all(text.isascii() and text.isprintable() for text, _, _ in segments):
            return segments
        return [
            segment if text.isprintable() or control else Segment(text.translate(_LEFT_OUT), style)
            for segment in segments
            for text, style, control in [segment]
        ]


_LEFT_OUT = dict.fromkeys(
    [
        *range(0x20),
        *range(0x7F, 0xA0),
        0x061C,
        0x200E,
        0x200F,
        0x2028,
        0x2029,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)

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
