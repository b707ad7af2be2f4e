"""One item: its pair, its query, both histories, and every run's responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.widgets import Static

from interpref_core.text.lenient_json import read_json
from interpref_tui.keys.actions import bindings
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.text.blocks import Block, Pane
from interpref_tui.text.output import one_line
from interpref_tui.text.sanitize import sanitize, strip_leading_blank_lines
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.reader.conversation import Conversation, blocks_of
from interpref_tui.widgets.reader.reader_group import ReaderGroup
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType


class ItemScreen(StudyScreen):
    """One item. `v` changes between histories and responses, `c` puts two runs' responses beside each other."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("item")

    def __init__(
        self, item: str, items: Sequence[Any], place: int, *, run: str | None = None, against: str | None = None
    ) -> None:
        """`items` are the keys of the list that it was opened from, in which `[` and `]` go on from `place`. `run` is the one
        whose responses are shown first, `against` one to put beside it."""
        super().__init__()
        self._item = item
        self._items = items
        self._place = place
        self._wanted_run = run
        self._record: dict[str, Any] = {}
        self._runs: list[dict[str, Any]] = []
        self._run = 0
        self._responses = run is not None
        self._traced = False
        self._against = against
        self._beside = against is not None
        self._gap = 1  # from the run that is shown to the one beside it

    def compose(self) -> ComposeResult:
        yield TitleLine("Item")
        yield Static("…", classes="facts", markup=False)
        yield ReaderGroup(2, turns=True, id="histories")
        yield ReaderGroup(4, id="responses", classes="-hidden")
        yield NoticeLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self._read()

    # -- reading -----------------------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _read(self) -> None:
        from interpref_db.records.details import find, turns

        try:
            item = self._item = str(self._items[self._place])
            record = next((one for one in find(self.study, item) if one["type"] == "item"), None)
            if record is None:
                self.app.call_from_thread(self.tell, f"the item {item} is gone")
                return
            histories = {
                side: turns(self.study, record[f"history_{side}"]) if record.get(f"history_{side}") else []
                for side in ("a", "b")
            }
        except Exception as error:
            self.app.call_from_thread(self.tell, one_line(error))
            return
        blocks = {side: blocks_of(found) for side, found in histories.items()}
        self.app.call_from_thread(self._show, record, blocks)
        self._find_evidence(record, histories)

    def _find_evidence(self, record: dict[str, Any], histories: dict[str, list[dict[str, Any]]]) -> None:
        """Which turns carry the preferences; in the thread that read them, after they are shown."""
        from interpref_db.records.evidence import evidence_of

        for number, (side, other) in enumerate((("a", "b"), ("b", "a"))):
            if not histories[side]:
                continue
            evidence = evidence_of(
                self.study,
                record[f"history_{side}"],
                histories[side],
                record.get(f"preference_{side}"),
                record.get(f"preference_{other}"),
            )
            self.app.call_from_thread(self._show_evidence, record["id"], number, evidence)

    def _show_evidence(self, item: str, number: int, evidence: dict[int, str]) -> None:
        if self._record.get("id") == item:
            reader = self.query_one("#histories", ReaderGroup).readers()[number]
            if isinstance(reader, Conversation):
                reader.show_evidence(evidence)

    def _show(self, record: dict[str, Any], histories: dict[str, list[Block]]) -> None:
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
        if self._against in names and self._against != names[self._run]:
            self._gap = (names.index(self._against or "") - self._run) % len(names)
        self.query_one(".facts", Static).update(self._facts())
        panes = []
        for side in ("a", "b"):
            found = histories[side]
            title = f"history {side}: {len(found)} turns" if found else f"history {side}: none"
            panes.append(Pane(title, found, side, preference=record.get(f"preference_{side}")))
        self.query_one("#histories", ReaderGroup).show(panes)
        self._show_run()
        self._arrange()

    def _facts(self) -> Text:
        record = self._record
        text = Text(overflow="fold")
        text.append("query  ", "bold")
        text.append(sanitize(strip_leading_blank_lines(record["query"].rstrip())) + "\n")
        for side in ("a", "b"):
            preference = record.get(f"preference_{side}")
            text.append(f"{side}      ", "bold")
            text.append(sanitize(preference) + "\n" if preference else "(no preference)\n")
        category = " / ".join(
            sanitize(record[name]) for name in ("category", "subcategory", "topic") if record.get(name)
        )
        text.append(category, "dim")
        self.title_more(f"{record['id']}  ({self._place + 1} of {len(self._items)})")
        return text

    def _show_run(self, *, keep: bool = False) -> None:
        """The responses of the run that is chosen; beside them, those of the next one where that is wanted."""
        readers = self.query_one("#responses", ReaderGroup)
        if not self._runs:
            readers.show([Pane.of_text("responses", "no run has answered this item yet")])
            return
        two = self._beside and len(self._runs) > 1
        panes: list[Pane] = []
        for offset in (0, self._gap) if two else (0,):
            place = (self._run + offset) % len(self._runs)
            for side in ("a", "b"):
                panes.append(self._pane_of(place, side, len(panes), two=two))
        readers.show(panes, keep=keep)

    def _pane_of(self, place: int, side: str, number: int, *, two: bool) -> Pane:
        """One response. Beside another run's it is compared with that run's, else with the other side's."""
        entry = self._runs[place]
        patterns = "  ".join(entry.get("patterns", [])) or "not judged"
        sample = " (sample)" if entry["sample"] else ""
        title = f"{side}  {sanitize(entry['name'])}{sample}  {place + 1}/{len(self._runs)}  {sanitize(patterns)}"
        response = entry.get(side)
        text = "no response" if response is None else _trace(response) if self._traced else response["text"]
        preference = self._record.get(f"preference_{side}")
        partner = (number + 2) % 4 if two else 1 - number
        return Pane(title, [Block(text)], f"{place + 1}{side}" if two else side, partner, preference)

    # -- arranging ---------------------------------------------------------------------------------------------------

    @property
    def readers(self) -> ReaderGroup:
        """Those that are in view."""
        return self.query_one("#responses" if self._responses else "#histories", ReaderGroup)

    def _arrange(self) -> None:
        self.query_one("#histories").set_class(self._responses, "-hidden")
        self.query_one("#responses").set_class(not self._responses, "-hidden")
        self.readers.focus_pane()

    def action_view(self) -> None:
        self._responses = not self._responses
        self._arrange()

    def action_run(self, by: int) -> None:
        if self._runs:
            self._responses = True
            self._run = (self._run + by) % len(self._runs)
            self._stay()
            self._show_run(keep=True)
            self._arrange()

    def action_beside(self) -> None:
        """Two runs' responses beside each other, or one's alone."""
        if len(self._runs) < 2:
            self.tell("only one run has answered this item")
            return
        self._beside = not self._beside
        self._responses = True
        self._show_run()
        self._arrange()

    def action_other(self) -> None:
        """Another run beside this one; every one but itself has its turn."""
        if not self._beside or len(self._runs) < 3:
            self.action_beside()
            return
        self._gap = self._gap % (len(self._runs) - 1) + 1
        self._stay()
        self._show_run(keep=True)

    def _stay(self) -> None:
        """The next item begins with the runs that are shown now."""
        names = [entry["run"] for entry in self._runs]
        self._wanted_run, self._against = names[self._run], names[(self._run + self._gap) % len(names)]

    def action_trace(self) -> None:
        """What came before the answer: the workflow's steps, the persona, the reasoning."""
        self._traced = not self._traced
        self._responses = True
        self._show_run()
        self._arrange()

    def action_item(self, by: int) -> None:
        place = self._place + by
        if 0 <= place < len(self._items):
            self._place = place
            self._read()

    def action_copy(self) -> None:
        self.interpref.copy_text(self.readers.text)

    def action_copy_all(self) -> None:
        self.copy_record(self._item, self._record)

    def action_edit(self) -> None:
        self.interpref.open_in_editor(self.readers.text)


def _trace(response: dict[str, Any]) -> str:
    """A response's trace, step by step."""
    raw = response.get("trace")
    trace = read_json(raw) if isinstance(raw, str) else raw
    if not trace:
        return "this response has no trace"
    if not isinstance(trace, dict):
        return str(trace)
    return "\n".join(
        f"## {name}\n" + "\n".join(str(line) for line in (value if isinstance(value, list) else [value]))
        for name, value in trace.items()
    )
