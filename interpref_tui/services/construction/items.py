"""The stage `items` (paper section 3.3.3): long histories and the items that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_db.construction.items import items_made, plan_assembly
from interpref_tui.services.construction.histories import nothing_accepted
from interpref_tui.services.construction.stage import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duckdb import DuckDBPyConnection

    from interpref_core.construction.stages import StageName
    from interpref_core.records.base import Json, Record
    from interpref_core.records.construction import StageRun
    from interpref_tui.services.construction.stage import Options, StageContext


class Items:
    """Puts five conversations in a row for each side of a ready pair, and makes the item. Needs no model."""

    name: StageName = "items"
    prompts: tuple[str, ...] = ()

    def settings(self, options: Options) -> Json:
        return {"seed": options.seed, "position": options.position, "conversations": options.conversations}

    def plan(self, work: StageContext) -> Plan:
        options = work.options
        found = plan_assembly(
            work.study, work.settings, work.building, accept_all=options.accept_all, limit=options.limit
        )
        notices = []
        if found.without_history:
            notices.append(
                f"{found.without_history} pairs lack a conversation for a side (`--only histories` writes them)"
            )
        if found.without_fillers:
            wanted = work.settings["conversations"] - 1
            notices.append(
                f"{found.without_fillers} pairs cannot become items: the study has fewer than {wanted} conversations of "
                "other preferences (--conversations N asks for fewer)"
            )
        if found.alike:
            notices.append(
                f"{found.alike} items have conversations that do not all differ in category: their own preference has none, or "
                "there are too few (`--only categorise` gives preferences one)"
            )
        count = len(found.items)

        def records(connection: DuckDBPyConnection, building: StageRun) -> Iterable[Record]:
            return items_made(connection, building.id, found, work.settings)

        waiting = not (count or found.done or found.without_history or found.without_fillers)
        return Plan(
            total=count + found.done,
            skipped=found.done,
            records=records,
            notices=notices,
            stopped=nothing_accepted(work) if waiting else None,
        )
