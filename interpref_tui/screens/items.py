"""Items: the list, and one item with its pair, its query, both histories, and every run's responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from interpref_tui.actions import bindings
from interpref_tui.output import inert
from interpref_tui.screens.base import StudyScreen
from interpref_tui.widgets.conversation import Conversation, body
from interpref_tui.widgets.keyline import KeyLine
from interpref_tui.widgets.lines import NoticeLine, TitleLine
from interpref_tui.widgets.rows import Column, Listing, RowList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

BOTH = 110  # columns from which both sides stand beside each other

COLUMNS = (
    Column("id", "item", 18),
    Column("query", "query"),
    Column("a", "preference a"),
    Column("b", "preference b"),
    Column("category", "category", 14),
    Column("runs", "runs", 4, right=True),
)


class ItemsScreen(StudyScreen):
    """Every item of the study."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("items")

    def compose(self) -> ComposeResult:
        yield TitleLine("Items")
        yield Listing(RowList(self.study, "items", COLUMNS))
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(RowList).focus()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        rows = event.rows
        self.app.push_screen(ItemScreen(str(event.key), [str(key) for key in rows.keys], rows.cursor))


class ItemScreen(StudyScreen):
    """One item. `v` changes between histories and responses; at narrow widths `tab` changes sides."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("item")

    def __init__(self, item: str, items: list[str], place: int, *, run: str | None = None) -> None:
        super().__init__()
        self._item = item
        self._items = items
        self._place = place
        self._wanted_run = run
        self._record: dict[str, Any] = {}
        self._runs: list[dict[str, Any]] = []
        self._run = 0
        self._responses = run is not None
        self._side = "a"
        self._traced = False

    def compose(self) -> ComposeResult:
        yield TitleLine("Item")
        yield Static("…", classes="facts", markup=False)
        with Horizontal(classes="split", id="histories"):
            for side in ("a", "b"):
                with Vertical(classes=f"pane side-{side}"):
                    yield Static("", classes="pane-title", markup=False, id=f"history-title-{side}")
                    yield Conversation(id=f"history-{side}")
        with Horizontal(classes="split -hidden", id="responses"):
            for side in ("a", "b"):
                with Vertical(classes=f"pane side-{side}"):
                    yield Static("", classes="pane-title", markup=False, id=f"response-title-{side}")
                    with VerticalScroll(classes="scroll", id=f"response-{side}"):
                        yield Static("", classes="text", markup=False, id=f"response-text-{side}")
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self._arrange()
        self._read(self._item)

    def on_resize(self) -> None:
        self._arrange()

    # -- reading -----------------------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _read(self, item: str) -> None:
        from interpref_db.showing import find, turns

        try:
            record = next((one for one in find(self.study, item) if one["type"] == "item"), None)
            if record is None:
                self.app.call_from_thread(self.tell, f"the item {item} is gone")
                return
            histories = {
                side: turns(self.study, record[f"history_{side}"]) if record.get(f"history_{side}") else []
                for side in ("a", "b")
            }
        except Exception as error:
            self.app.call_from_thread(self.tell, " ".join(str(error).split())[:300])
            return
        self.app.call_from_thread(self.app.call_later, self._show, record, histories)

    async def _show(self, record: dict[str, Any], histories: dict[str, list[dict[str, Any]]]) -> None:
        self._record = record
        by_run: dict[str, dict[str, Any]] = {}
        for response in record["responses"]:
            entry = by_run.setdefault(response["run"], {"name": response["name"], "sample": response["sample"]})
            entry[response["side"]] = response
        for pattern in record["verdicts"]:
            by_run.get(pattern["run"], {}).setdefault("patterns", []).append(f"{pattern['judge']} {pattern['pattern']}")
        self._runs = [{"run": run, **entry} for run, entry in by_run.items()]
        names = [entry["run"] for entry in self._runs]
        if self._wanted_run in names:
            self._run = names.index(self._wanted_run or "")
        self._run = min(self._run, max(0, len(self._runs) - 1))
        self.query_one(".facts", Static).update(self._facts())
        for side in ("a", "b"):
            found = histories[side]
            title = f"history {side}: {len(found)} turns" if found else f"history {side}: none"
            self.query_one(f"#history-title-{side}", Static).update(Text(title))
            await self.query_one(f"#history-{side}", Conversation).show(found)
        self._show_run()
        self._focus_side()

    def _facts(self) -> Text:
        record = self._record
        text = Text(overflow="fold")
        text.append("query  ", "bold")
        text.append(inert(record["query"]) + "\n")
        for side in ("a", "b"):
            preference = record.get(f"preference_{side}")
            text.append(f"{side}      ", "bold")
            text.append(inert(preference) + "\n" if preference else "(no preference)\n")
        category = " / ".join(inert(record[name]) for name in ("category", "subcategory", "topic") if record.get(name))
        text.append(category, "dim")
        self.title_more(f"{record['id']}  ({self._place + 1} of {len(self._items)})")
        return text

    def _show_run(self) -> None:
        """The responses of the run that is chosen."""
        if not self._runs:
            for side in ("a", "b"):
                self.query_one(f"#response-text-{side}", Static).update("no run has answered this item yet")
            return
        entry = self._runs[self._run]
        patterns = "  ".join(entry.get("patterns", [])) or "not judged"
        sample = " (sample)" if entry["sample"] else ""
        for side in ("a", "b"):
            title = f"{side}  {inert(entry['name'])}{sample}  {self._run + 1}/{len(self._runs)}  {inert(patterns)}"
            self.query_one(f"#response-title-{side}", Static).update(Text(title, no_wrap=True, overflow="ellipsis"))
            response = entry.get(side)
            shown = self.query_one(f"#response-text-{side}", Static)
            if response is None:
                shown.update("no response")
            elif self._traced:
                shown.update(_trace(response))
            else:
                shown.update(body(response["text"]))
            self.query_one(f"#response-{side}", VerticalScroll).scroll_home(animate=False)

    # -- arranging ---------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        wide = self.size.width >= BOTH
        self.query_one("#histories").set_class(self._responses, "-hidden")
        self.query_one("#responses").set_class(not self._responses, "-hidden")
        for side in ("a", "b"):
            for pane in self.query(f".side-{side}"):
                pane.set_class(not wide and side != self._side, "-hidden")

    def _focus_side(self) -> None:
        name = f"#response-{self._side}" if self._responses else f"#history-{self._side}"
        self.query_one(name).focus()

    def action_view(self) -> None:
        self._responses = not self._responses
        self._arrange()
        self._focus_side()

    def action_side(self) -> None:
        self._side = "b" if self._side == "a" else "a"
        self._arrange()
        self._focus_side()

    def action_run(self, by: int) -> None:
        if self._runs:
            self._responses = True
            self._run = (self._run + by) % len(self._runs)
            self._show_run()
            self._arrange()
            self._focus_side()

    def action_trace(self) -> None:
        """What came before the answer: the workflow's steps, the persona, the reasoning."""
        self._traced = not self._traced
        self._responses = True
        self._show_run()
        self._arrange()

    def action_item(self, by: int) -> None:
        place = self._place + by
        if 0 <= place < len(self._items):
            self._place, self._item = place, self._items[place]
            self._read(self._item)

    def _text(self) -> str:
        """The text of the side in focus."""
        if self._responses and self._runs:
            response = self._runs[self._run].get(self._side)
            return str(response["text"]) if response else ""
        turn = self.query_one(f"#history-{self._side}", Conversation).current
        return turn.text if turn else ""

    def action_copy(self) -> None:
        self.interpref.copy_text(self._text())

    def action_copy_all(self) -> None:
        self.copy_whole(self._item, self._record)

    def action_edit(self) -> None:
        self.interpref.open_in_editor(self._text())


def _trace(response: dict[str, Any]) -> Text:
    """A response's trace, step by step."""
    import json

    raw = response.get("trace")
    trace = json.loads(raw) if isinstance(raw, str) else raw
    text = Text()
    if not trace:
        text.append("this response has no trace", "dim")
        return text
    for name, value in trace.items():
        text.append(f"{inert(name)}\n", "bold")
        for line in value if isinstance(value, list) else [value]:
            text.append(f"  {inert(line, lines=True)}\n")
    return text
