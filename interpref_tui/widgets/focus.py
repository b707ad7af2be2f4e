"""The focus, where it must not wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.widget import Widget


def focus_immediately(frame: Widget, field: Widget) -> None:
    """Give a field that its frame has just begun to show the focus before the next key is looked at.

    Textual shows and focuses a moment later: letters typed ahead in that moment would be keys of what had the focus.
    """
    frame.app.stylesheet.update(frame)
    frame.screen.set_focus(field)
