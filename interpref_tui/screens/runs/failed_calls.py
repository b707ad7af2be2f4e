"""Calls that failed: the list of them, and one of them whole, with its request and what came back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.widgets import Static

from interpref_db.lists import query
from interpref_db.lists.filter_language import format_filter
from interpref_tui.keys.actions import bindings
from interpref_tui.presenters.empty_states import key_for_action
from interpref_tui.screens.runs.run_actions import RunningScreen
from interpref_tui.text.output import sanitize
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.list import Column, FilterableList, RowList
from interpref_tui.widgets.scroll_area import ScrollArea
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_db.lists.query import Key
    from interpref_db.study.run_status import RunStatus

_COLUMNS = (
    Column("item", "item", 14),
    Column("side", "s", 1),
    Column("order", "o", 1),
    Column("run", "run", 16),
    Column("error", "error", 11),
    Column("state", "now", 11),
    Column("message", "message", show=lambda value: " ".join(str(value).split())),
)
_SHOWN = 20_000  # characters of a message on the screen; the editor has it whole


class ErrorScreens(RunningScreen):
    """What both screens do with a failed call."""

    def retry_one(self, row: dict[str, Any] | None) -> None:
        """Ask the item of a failed call again, and nothing else."""
        self.do(self.control.try_one_again(row, self.status_of(row) if row else None))

    def status_of(self, row: dict[str, Any]) -> RunStatus | None:
        """The last session that a failed call belongs to."""
        return self.statuses.get(row["judging"] or row["run_id"])


class ErrorsScreen(ErrorScreens):
    """A list of failed calls, as asked for."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("errors")

    def __init__(self, asked: query.ListQuery) -> None:
        super().__init__()
        self._asked = asked

    def compose(self) -> ComposeResult:
        yield TitleLine("Failed calls")
        yield FilterableList(RowList(self.study, "errors", _COLUMNS, asked=self._asked))
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(RowList).focus()

    def looked(self, *, changed: bool, ended: bool) -> None:  # noqa: ARG002 - only an end matters here
        if ended:
            self.query_one(RowList).reload(keep=True)

    def counted(self, event: RowList.Counted) -> None:
        asked = event.rows.asked
        which = ["still failed"] if asked.where.get("state") == "failed" else ["whatever came of them"]
        which += [f"/{asked.search or format_filter(asked.terms)}"] if asked.search or asked.terms else []
        which += [str(asked.where["error"])] if asked.where.get("error") else []
        self.title_more(f"{event.count:,}, {', '.join(which)}")

    def when_empty(self, rows: RowList) -> Text:
        if rows.asked.search or rows.asked.terms:
            return super().when_empty(rows)
        everything = key_for_action(self.interpref, "errors.all")
        more = f" {everything} shows what failed and was made good." if rows.asked.where.get("state") else ""
        return Text(f"Nothing of this is failed.{more}", "bold")

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        if event.row:
            self.tell(" ".join(event.row["message"].split()))

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        rows = event.rows
        self.app.push_screen(ErrorScreen(rows.keys, rows.cursor))

    def action_all(self) -> None:
        rows = self.query_one(RowList)
        where = dict(rows.asked.where)
        if where.pop("state", None) is None:
            where["state"] = "failed"
        rows.ask(replace(rows.asked, where=where))

    def action_retry(self) -> None:
        self.retry_one(self.query_one(RowList).row)


class ErrorScreen(ErrorScreens):
    """One failed call of a list."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("error")

    def __init__(self, keys: Sequence[Key], at: int) -> None:
        super().__init__()
        self._keys = keys
        self._at = at
        self._row: dict[str, Any] | None = None
        self._whole = ""

    def compose(self) -> ComposeResult:
        yield TitleLine("A failed call")
        with ScrollArea():
            yield Static("", id="error-facts", markup=False)
            yield Static("", id="error-answer", markup=False)
            yield Static("", id="error-request", markup=False)
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self._read()

    def looked(self, *, changed: bool, ended: bool) -> None:  # noqa: ARG002 - only an end matters here
        if ended:
            self._read()

    def action_step(self, by: int) -> None:
        if not 0 <= self._at + by < len(self._keys):
            self.tell("there is no further one")
            return
        self._at += by
        self._read()

    @work(thread=True, exclusive=True, group="read", exit_on_error=False)
    def _read(self) -> None:
        from interpref_tui.services.runs.request_rebuild import request_of

        with self.study.reading() as cursor:
            row = next(iter(query.page(cursor, "errors", [self._keys[self._at]])), None)
        if row is None:
            return
        statuses = {status.id: status for status in self.watch_runs.all()}
        request = request_of(self.study, self.interpref.settings, row, statuses.get(row["judging"] or ""))
        if self.is_attached:
            self.app.call_from_thread(self._show, row, request)

    def _show(self, row: dict[str, Any], request: list[tuple[str, str]]) -> None:
        if self._row is None or self._row["key"] != row["key"]:
            self.query_one(ScrollArea).scroll_home(animate=False)
        self._row = row
        self.title_more(f"{self._at + 1} of {len(self._keys)}: {row['item']}")
        facts = [("run", row["run"]), ("judge", row["judge"]), ("item", row["item"]), ("side", row["side"])]
        facts += [("order", row["order"]), ("error", row["error"]), ("status", row["status"])]
        facts += [("attempts", row["attempts"]), ("time", row["time"]), ("now", row["state"])]
        text = Text()
        for name, value in facts:
            if value is not None:
                text.append(f"{name:<10}", "dim")
                text.append(f"{sanitize(value)}\n")
        text.append(f"\n{sanitize(row['message'], lines=True)}\n", "bold")
        self.query_one("#error-facts", Static).update(text)
        answer = Text("What came back\n", "bold")
        nothing = "nothing, or nothing that was kept"
        answer.append(
            sanitize(row["answer"] or nothing, lines=True) + "\n", "not bold" if row["answer"] else "not bold italic"
        )
        self.query_one("#error-answer", Static).update(answer)
        sent = Text("\nWhat was asked", "bold")
        sent.append(", made again from the study\n", "not bold")
        for name, content in request:
            sent.append(f"\n{sanitize(name)}\n", "bold underline")
            shown = sanitize(content[:_SHOWN], lines=True)
            more = f"\n… {len(content) - _SHOWN:,} characters more: e opens all of it" if len(content) > _SHOWN else ""
            sent.append(f"{shown}{more}\n", "not bold")
        self.query_one("#error-request", Static).update(sent)
        parts = [text.plain, answer.plain, "What was asked", *(f"[{name}]\n{content}" for name, content in request)]
        self._whole = sanitize("\n\n".join(parts), lines=True)

    def action_retry(self) -> None:
        self.retry_one(self._row)

    def action_copy(self) -> None:
        self.interpref.copy_text(self._whole)

    def action_edit(self) -> None:
        self.interpref.open_in_editor(self._whole)
