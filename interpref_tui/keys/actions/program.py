"""Actions of the dialogs about the program itself."""

from __future__ import annotations

from interpref_tui.keys.actions.action import ALWAYS, Action, Area

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

MESSAGES = Area(
    "messages",
    "Messages",
    "dialog",
    (
        Action("messages.close", "escape,q,M", "dismiss", "Close", "close the messages", ALWAYS),
        Action("messages.down", "j", "move(1)", "Older", "go to the message before"),
        Action("messages.up", "k", "move(-1)", "Newer", "go to the next message"),
        Action("messages.copy", "y", "copy", "Copy", "copy the message with its details"),
    ),
)

AREAS = (THEMES, MESSAGES)
