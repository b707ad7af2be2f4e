"""Every action, named once. Bindings of screens and widgets, key maps, footer, `?`, palette and documentation come from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_tui.keys.actions import annotation, common, construction, program, runs, screens, text
from interpref_tui.keys.actions.action import ALWAYS, NO_KEY, Action, Area

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.binding import BindingType

__all__ = ["ACTIONS", "ALWAYS", "AREAS", "NO_KEY", "Action", "Area", "action_sets", "bindings"]

AREAS: dict[str, Area] = {
    area.name: area
    for area in (
        *common.AREAS,
        *text.AREAS,
        *runs.AREAS,
        *screens.AREAS,
        *annotation.AREAS,
        *construction.AREAS,
        *program.AREAS,
    )
}
ACTIONS: dict[str, Action] = {action.name: action for area in AREAS.values() for action in area.actions}


def bindings(*areas: str, only: tuple[str, ...] = (), but: tuple[str, ...] = ()) -> list[BindingType]:
    """The bindings of areas, for a BINDINGS. With `only` or `but`, of some of their actions (by full name)."""
    from textual.binding import Binding

    return [
        Binding(
            action.keys,
            action.call,
            action.label,
            show=action.shown > 0,
            key_display=action.display,
            id=action.name,
            priority=action.priority,
        )
        for area in areas
        for action in AREAS[area].actions
        if (not only or action.name in only) and action.name not in but
    ]


def action_sets() -> Iterator[tuple[str, tuple[Action, ...]]]:
    """What can be active at the same time: a title, and the actions from the widget in focus outwards."""
    everywhere = [action for area in AREAS.values() if area.kind == "app" for action in area.actions]
    for area in AREAS.values():
        if area.kind not in ("screen", "dialog"):
            continue
        outside = [action for action in everywhere if action.priority or area.kind != "dialog"]
        for held in area.child_areas or ("",):
            names = held.split()
            inside = [action for name in names for action in AREAS[name].actions]
            title = f"{area.title}: {AREAS[names[0]].title}" if names else area.title
            yield title, (*inside, *area.actions, *outside)
