"""Actions of the dialogs about the program itself."""

from __future__ import annotations

from interpref_tui.actions.base import ALWAYS, Action, Area

THEMES = Area(
    "themes",
    "Themes",
    "dialog",
    (
        Action("themes.cancel", "escape,q", "cancel", "The theme before", "take the theme before and close", ALWAYS),
        Action("themes.down", "j", "move(1)", "Next theme", "show the next theme"),
        Action("themes.up", "k", "move(-1)", "Previous theme", "show the theme before"),
    ),
)

AREAS = (THEMES,)
