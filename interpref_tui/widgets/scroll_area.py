"""A sheet that is scrolled by keys when it does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll

from interpref_tui.keys.actions import bindings

if TYPE_CHECKING:
    from textual.binding import BindingType


class ScrollArea(VerticalScroll, can_focus=True):
    """Holds whatever it is given, under each other."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("sheet")
