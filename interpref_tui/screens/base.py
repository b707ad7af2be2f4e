"""What all screens have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen
from textual.worker import Worker, WorkerState

from interpref_tui.widgets.lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from interpref_db.study import Study
    from interpref_tui.app import InterprefApp
    from interpref_tui.widgets.rows import RowList


class StudyScreen(Screen[None]):
    """A screen over the study: a title line, a notice line, the study's queries in threads."""

    @property
    def study(self) -> Study:
        return self.interpref.study

    @property
    def interpref(self) -> InterprefApp:
        return cast("InterprefApp", self.app)

    def tell(self, text: str) -> None:
        """One line above the footer."""
        for line in self.query(NoticeLine):
            line.tell(text)

    def title_more(self, more: str) -> None:
        """Something behind the title."""
        for line in self.query(TitleLine):
            line.tell(more)

    def on_row_list_counted(self, event: RowList.Counted) -> None:
        self.counted(event)

    def counted(self, event: RowList.Counted) -> None:
        """Say how many rows a list has, and what it was asked for."""
        asked = event.rows.asked
        count = f"{event.count:,} of > {event.count:,}" if event.more else f"{event.count:,}"
        filters = [f"/{asked.search}"] if asked.search else []
        filters += [f"{name}={value}" for name, value in asked.where.items()]
        self.title_more(" ".join([count, *filters]))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Whatever goes wrong in a thread is one line on the screen."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.tell(" ".join(str(event.worker.error).split())[:300])

    def on_row_list_failed(self, event: RowList.Failed) -> None:
        self.tell(event.text)


def flag(value: Any) -> str:
    """Yes as a sign, no as nothing."""
    return "✓" if value else ""
