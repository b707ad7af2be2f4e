"""Opening something of the study by what it is known by, from wherever one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.screen import Screen

    from interpref_db.lists.quick_open import FoundRecord
    from interpref_tui.app.app import InterprefApp


def open_record(app: InterprefApp, thing: FoundRecord) -> None:
    """Show a thing on a screen of its own; what has to be looked up first is, in a thread. Whoever has gone elsewhere meanwhile
    stays there."""
    origin = app.screen

    def show(screen: Screen[None]) -> None:
        if app.screen is origin:
            app.push_screen(screen)

    def look() -> None:
        screen = _screen_of(app, thing)
        if screen is not None:
            app.call_from_thread(show, screen)
        else:
            app.call_from_thread(app.notify, f"{thing.kind} {thing.id} is gone", severity="warning", markup=False)

    app.run_worker(look, thread=True, exclusive=True, group="open", exit_on_error=False)


def _screen_of(app: InterprefApp, thing: FoundRecord) -> Screen[None] | None:
    from interpref_db.lists import query
    from interpref_db.tables import DrillDown
    from interpref_tui.screens.drilldown import DrilldownScreen

    if thing.kind == "item":
        from interpref_tui.screens.item import ItemScreen

        return ItemScreen(thing.id, [thing.id], 0)
    if thing.kind == "history":
        from interpref_tui.screens.history import HistoryScreen

        with app.study.reading() as cursor:
            rows = query.page(cursor, "histories", [thing.key] if thing.key is not None else [])
        return HistoryScreen(rows[0]) if rows else None
    if thing.kind == "run":
        return DrilldownScreen(DrillDown("responses", f"{thing.id}: responses", {"run": thing.id}))
    items = tuple(row["key"] for row in app.study.rows("items_of_preference", preference=thing.id))
    if items:
        return DrilldownScreen(DrillDown("items", f"items of {thing.id}", keys=items))
    return DrilldownScreen(DrillDown("preferences", f"preference {thing.id}", {"id": thing.id}))
