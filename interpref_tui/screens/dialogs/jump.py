"""Jump mode: a letter stands on every row and region that can have the focus, and goes there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.geometry import Offset
from textual.widgets import Static

from interpref_tui.keys.actions import bindings
from interpref_tui.screens.dialogs.dialog import Dialog, is_on_top
from interpref_tui.widgets.list.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.screen import Screen

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


@dataclass(frozen=True, slots=True)
class Target:
    """A place on the screen and what going there does."""

    at: Offset
    go: Callable[[], Any]


def targets_of(screen: Screen[Any]) -> list[Target]:
    """Every row in view of every list, and every other widget that can have the focus and is seen."""
    found: list[Target] = []
    for widget in screen.focus_chain:
        region = widget.region.intersection(screen.region)
        if region.area and isinstance(widget, RowList):
            top = int(widget.scroll_offset.y)
            seen = range(min(region.height, widget.count - top))
            found += [Target(Offset(region.x, region.y + line), partial(widget.jump_to, top + line)) for line in seen]
        elif region.area:
            found.append(Target(region.offset, widget.focus))
    return found


def labels_for(count: int) -> list[str]:
    """So many labels of letters, as short as they can be while all are of one length."""
    if count <= len(LETTERS):
        return list(LETTERS[:count])
    return [one + other for one in LETTERS for other in LETTERS][:count]


class JumpScreen(Dialog[None]):
    """The letters. A letter that is none of them, or escape, leaves everything where it was."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("jump")

    def __init__(self, targets: list[Target]) -> None:
        super().__init__()
        self._targets = dict(zip(labels_for(len(targets)), targets, strict=False))
        self._typed = ""

    def compose(self) -> ComposeResult:
        for label, target in self._targets.items():
            mark = Static(Text(label), classes="jump", markup=False)
            mark.styles.offset = (target.at.x, target.at.y)
            yield mark

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            return
        event.stop()
        event.prevent_default()
        if not is_on_top(self):
            return
        self._typed += event.character or "?"
        target = self._targets.get(self._typed)
        if target is not None:
            self.dismiss()
            self.app.call_later(target.go)
        elif not any(label.startswith(self._typed) for label in self._targets):
            self.dismiss()
