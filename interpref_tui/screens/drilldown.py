"""The items behind a number, as a list; each opens as it does everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.widgets import Static

from interpref_db.lists import query
from interpref_db.lists.filter_language import format_filter
from interpref_db.tables import DrillDown
from interpref_tui.keys.actions import bindings
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.text.output import sanitize
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.list import Column, FilterableList, RowList
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_db.failures.failures import Failure
    from interpref_db.lists.query import Key

COLUMNS: dict[str, tuple[Column, ...]] = {
    "judged": (
        Column("run", "run", 18),
        Column("judge", "judge", 13),
        Column("pattern", "verdicts", 8),
        Column("query", "query"),
    ),
    "comparisons": (
        Column("item", "item", 16),
        Column("annotator", "annotator", 14),
        Column("model_a", "model a"),
        Column("model_b", "model b"),
        Column("winner", "winner", 8),
    ),
    "responses": (
        Column("item", "item", 18),
        Column("side", "s", 1),
        Column("characters", "chars", 6, right=True),
        Column("text", "response"),
    ),
    "histories": (Column("opening", "opening"), Column("turns", "turns", 6, right=True)),
    "verdicts": (
        Column("run", "run", 18),
        Column("item", "item", 18),
        Column("order", "order", 5, right=True),
        Column("choice", "choice", 10),
        Column("reasoning", "reasoning"),
    ),
    "items": (Column("id", "item", 20), Column("query", "query")),
    "preferences": (Column("text", "preference"), Column("category", "category", 22)),
    "chunks": (
        Column("history", "history", 18),
        Column("number", "no.", 4, right=True),
        Column("first_turn", "from", 5, right=True),
        Column("last_turn", "to", 5, right=True),
        Column("topic", "topic"),
        Column("ignored", "ignored", 14),
        Column("preferences", "gave", 4, right=True),
    ),
    "queries": (
        Column("text", "query"),
        Column("a", "preference a"),
        Column("b", "preference b"),
        Column("accepts", "yes", 3, right=True),
        Column("refuses", "no", 3, right=True),
    ),
    "refusals": (
        Column("stage", "stage", 12),
        Column("subject", "of", 14),
        Column("text", "refused"),
        Column("reason", "why"),
    ),
    "pairs": (Column("a", "a"), Column("b", "b"), Column("topic", "topic", 16)),
    "runs": (Column("name", "run"), Column("model", "model"), Column("paradigm", "paradigm", 10)),
}


class DrilldownScreen(StudyScreen):
    """A list of what a number counts. With `evidence`, why each of them failed stands under the list."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("behind")

    def __init__(self, behind: DrillDown, evidence: Mapping[str, Failure] | None = None) -> None:
        super().__init__()
        self._behind = behind
        self._evidence = evidence

    def compose(self) -> ComposeResult:
        yield TitleLine("Behind")
        # Nothing until the keys are known: a whole study would flash by.
        asked = self._asked(() if self._behind.query else self._behind.keys)
        yield FilterableList(RowList(self.study, self._behind.kind, COLUMNS[self._behind.kind], asked=asked))
        yield Static("", id="evidence", markup=False, classes="" if self._evidence else "-hidden")
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(RowList).focus()
        if self._behind.query:
            self._find()

    @work(thread=True, exclusive=True, group="behind", exit_on_error=False)
    def _find(self) -> None:
        found = self._behind.load_keys(self.study)
        self.app.call_from_thread(self._ask, found)

    def _ask(self, keys: tuple[Key, ...] | None) -> None:
        self.query_one(RowList).ask(self._asked(keys))

    def _asked(self, keys: tuple[Key, ...] | None) -> query.ListQuery:
        return query.ListQuery(where=dict(self._behind.where), keys=keys, sort=self._behind.sort)

    def counted(self, event: RowList.Counted) -> None:
        search = f"  /{format_filter(event.rows.asked.terms)}" if event.rows.asked.terms else ""
        self.title_more(f"{event.count:,}{' or more' if event.more else ''}  {self._behind.title}{search}")

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        if self._evidence is None:
            return
        found = self._evidence.get(str(event.key))
        text = Text(overflow="fold")
        for one in found.categories if found else ():
            text.append(f"{one.facet}: ", "dim")
            text.append(sanitize(one.name), "bold")
            text.append(f"  {sanitize(one.evidence)}\n")
        self.query_one("#evidence", Static).update(text)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        row, kind, keys, at = event.row, self._behind.kind, event.rows.keys, event.rows.cursor
        if kind == "judged":
            from interpref_tui.screens.verdict import VerdictScreen

            self.app.push_screen(VerdictScreen(row, keys, at, against=self._behind.against))
        elif kind == "histories":
            from interpref_tui.screens.history import HistoryScreen

            self.app.push_screen(HistoryScreen(row, event.rows.first_search_text, keys, at))
        elif kind == "runs":
            asked = DrillDown("responses", f"{row['name']}: responses", {"run": row["name"]})
            self.app.push_screen(DrilldownScreen(asked))
        elif kind in ("pairs", "preferences", "chunks", "queries", "refusals"):
            self._read(str(row["making"] if kind == "refusals" else row["id"]), kind)
        elif kind == "items":
            from interpref_tui.screens.item import ItemScreen

            self.app.push_screen(ItemScreen(str(event.key), keys, at))
        elif item := row.get("item"):
            self._open_item(item)
        else:
            self.tell("this comparison names no item")

    @work(thread=True, exclusive=True, group="item", exit_on_error=False)
    def _read(self, identifier: str, kind: str) -> None:
        """The record whole, with the trail back to what it was made from."""
        from interpref_db.records.details import find
        from interpref_tui.presenters.record_text import shown_record

        text = "\n".join(shown_record(record) for record in find(self.study, identifier))
        self.app.call_from_thread(self._show_text, kind, text or f"{identifier} is not in this study")

    def _show_text(self, kind: str, text: str) -> None:
        from interpref_tui.screens.dialogs.text_viewer import TextViewer

        self.app.push_screen(TextViewer(f"Of the {kind}", text))

    @work(thread=True, exclusive=True, group="item", exit_on_error=False)
    def _open_item(self, item: str) -> None:
        known = self.study.row("show_item", item=item) is not None
        self.app.call_from_thread(self._show_item, item, known)

    def _show_item(self, item: str, known: bool) -> None:
        if not known:
            self.tell(f"the item {item} is not in this study: only its comparison was imported")
            return
        from interpref_tui.screens.item import ItemScreen

        self.app.push_screen(ItemScreen(item, [item], 0))
