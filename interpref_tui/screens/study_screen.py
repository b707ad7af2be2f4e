"""What all screens have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual import work
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from interpref_tui.diagnostics import log
from interpref_tui.text.output import one_line
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from rich.text import Text

    from interpref_db.study.study import Study
    from interpref_tui.app.app import InterprefApp
    from interpref_tui.widgets.list import RowList
    from interpref_tui.widgets.reader.text_reader import Reader


class StudyScreen(Screen[None]):
    """A screen over the study: a title line, a notice line, the study's queries in threads."""

    _version_shown: int | None = None  # the study's version when the screen was last shown

    @property
    def study(self) -> Study:
        return self.interpref.study

    @property
    def interpref(self) -> InterprefApp:
        return cast("InterprefApp", self.app)

    def tell(self, text: str, *, error: BaseException | None = None) -> None:
        """One line above the footer; of an error the log and the messages know more."""
        if error is not None:
            log.log_error(error)
        self.interpref.log_message(text, "error" if error else "information", log.details(error) if error else "")
        for line in self.query(NoticeLine):
            line.tell(f"{text} (M: more)" if error is not None else text)

    # -- coming back ------------------------------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        self._look_for_news()

    @work(thread=True, exclusive=True, group="news", exit_on_error=False)
    def _look_for_news(self) -> None:
        version = self.study.version()
        seen, self._version_shown = self._version_shown, version
        if seen is not None and seen != version and self.is_attached:
            self.app.call_from_thread(self.news)

    def news(self) -> None:
        """The study has changed while another screen was shown: lists ask again, each at its row."""
        from interpref_tui.widgets.list import RowList

        for rows in self.query(RowList):
            rows.reload(keep=True)

    # -- copying -----------------------------------------------------------------------------------------------------

    def action_copy_row(self) -> None:
        """Copy the identifier of the row in focus."""
        row = self._row_in_focus()
        if row:
            self.interpref.copy_text(_identifier(row))

    def action_copy_record(self) -> None:
        """Copy all that the study knows of the row in focus, as JSON."""
        row = self._row_in_focus()
        if row:
            self.copy_record(_identifier(row), row)

    def _row_in_focus(self) -> dict[str, Any] | None:
        from interpref_tui.widgets.list import RowList

        rows = self.focused if isinstance(self.focused, RowList) else self.query(RowList).first()
        return rows.row

    @work(thread=True, exclusive=True, group="whole", exit_on_error=False)
    def copy_record(self, identifier: str, row: dict[str, Any]) -> None:
        """Copy a record as `interpref show` gives it; what has no identifier of its own as its row."""
        import json

        from interpref_db.records.details import find

        found: Any = find(self.study, identifier) or [row]
        text = json.dumps(found[0] if len(found) == 1 else found, ensure_ascii=False, indent=2, default=str)
        self.app.call_from_thread(self.interpref.copy_text, text)

    def title_more(self, more: str) -> None:
        """Something behind the title."""
        for line in self.query(TitleLine):
            line.tell(more)

    def on_row_list_counted(self, event: RowList.Counted) -> None:
        self._when_empty(event)
        self.counted(event)

    def show_nothing(self, kind: str, *, empty: bool) -> None:
        """Put what leads on in the place of a screen's content while there is none."""
        self.set_class(empty, "-nothing")
        if empty and not self.query(".nothing"):
            from interpref_tui.presenters.empty_states import empty_text

            text = empty_text(self.interpref, kind, narrowed=False)
            self.mount(Static(text, classes="nothing", markup=False), after=self.query_one(TitleLine))

    def _when_empty(self, event: RowList.Counted) -> None:
        """A list without rows says what would be there and how it comes there."""
        rows, listing = event.rows, event.rows.parent
        if not isinstance(listing, Widget):
            return
        empty = event.count == 0 and not event.more
        note = next(iter(listing.query(".empty").results(Static)), None)
        listing.set_class(empty, "-empty")
        if not empty:
            return
        text = self.when_empty(rows)
        if note is None:
            listing.mount(Static(text, classes="empty", markup=False), after=rows)
        else:
            note.update(text)

    def when_empty(self, rows: RowList) -> Text:
        """What stands in a list without rows."""
        from interpref_tui.presenters.empty_states import empty_text

        return empty_text(
            self.interpref, rows.kind, narrowed=bool(rows.asked.search or rows.asked.where or rows.asked.terms)
        )

    def counted(self, event: RowList.Counted) -> None:
        """Say how many rows a list has, and what it was asked for."""
        from interpref_db.lists.filter_language import format_filter

        asked = event.rows.asked
        count = f"{event.count:,} of > {event.count:,}" if event.more else f"{event.count:,}"
        going_on = f"({event.share:.0%} searched)" if event.more and event.share < 1 else ""
        filters = [f"/{asked.search}"] if asked.search else []
        filters += [f"/{format_filter(asked.terms)}"] if asked.terms else []
        filters += [f"{name}={value}" for name, value in asked.where.items()]
        self.title_more(" ".join(part for part in (count, going_on, *filters) if part))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Whatever goes wrong in a thread is one line on the screen."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.tell(one_line(event.worker.error), error=event.worker.error)

    def on_reader_notice(self, event: Reader.Notice) -> None:
        self.tell(event.text)

    def on_row_list_waiting(self, event: RowList.Waiting) -> None:
        """Where the count stands; it comes when it is known."""
        self.title_more("searching …" if event.rows.asked.texts or event.rows.asked.terms else "reading …")

    def on_row_list_failed(self, event: RowList.Failed) -> None:
        self.tell(event.text)


def _identifier(row: dict[str, Any]) -> str:
    """What a row is known by: its identifier, else its item's, else its name."""
    return str(next((row[name] for name in ("id", "item", "name", "run") if row.get(name)), ""))


def check_mark(value: Any) -> str:
    """Yes as a sign, no as nothing."""
    return "✓" if value else ""
