"""One judged item: its four orders as a grid with reasoning and raw output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.containers import Grid
from textual.widgets import Static

from interpref_core.constrained_choice import option_probabilities
from interpref_core.judging.verdict_probabilities import confidence_text
from interpref_core.metrics.verdict_patterns import meaning_of
from interpref_core.orders import ORDERS
from interpref_tui.keys.actions import bindings
from interpref_tui.screens.record_screen import RecordScreen
from interpref_tui.text.blocks import Pane
from interpref_tui.text.output import sanitize
from interpref_tui.text.sanitize import strip_leading_blank_lines
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.reader.reader_group import ReaderGroup
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from interpref_db.lists.query import Key


class VerdictCell(Static, can_focus=True):
    """One order: what was said, and whether it is right (by sign, not by colour alone)."""

    def __init__(self, number: int) -> None:
        super().__init__("", markup=False, id=f"order-{number}")
        self.number = number

    def show(self, verdict: dict[str, Any] | None) -> None:
        order = ORDERS[self.number - 1]
        shown = Text(no_wrap=True, overflow="ellipsis")
        shown.append(
            f"{self.number}  personas {','.join(order.preferences)}  Left {order.responses[0]}, Right {order.responses[1]}\n",
            "dim",
        )
        if verdict is None:
            shown.append("not judged")
        else:
            right = verdict["choice"] == order.right
            shown.append("✓ " if right else "✗ ", "bold green" if right else "bold red")
            shown.append(sanitize(verdict["choice"]), "bold")
            if sure := option_probabilities(verdict["raw"]):
                shown.append(f" {max(sure.values()):.2f}")
            shown.append("" if right else f"  (right: {order.right})", "dim")
            shown.append(f"  {sanitize(verdict['case_label'] or '')}")
        self.update(shown)


class VerdictScreen(RecordScreen):
    """Rows: preferences a,b and b,a. Columns: responses a,b and b,a."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("verdict")
    listed = "judged"

    def __init__(
        self,
        row: dict[str, Any],
        keys: Sequence[Key] | None = None,
        at: int = 0,
        *,
        against: tuple[str, str] | None = None,
    ) -> None:
        """`against` are two runs of which one is to be read beside the other."""
        super().__init__(row, keys, at)
        self._against = against
        self._verdicts: dict[int, dict[str, Any]] = {}
        self._raw = self._answers = False
        self._number = 1
        self._responses: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield TitleLine("Verdict")
        yield Static(classes="facts", markup=False)
        with Grid(id="grid"):
            for order in ORDERS:
                yield VerdictCell(order.number)
        yield ReaderGroup(3)
        yield NoticeLine()
        yield KeyLine()

    def _facts(self) -> Text:
        row = self._row
        text = Text(overflow="fold")
        for name, value in (("query", row["query"]), ("a", row["a"]), ("b", row["b"] or "(no preference)")):
            text.append(f"{name:<7}", "bold")
            text.append(f"{sanitize(strip_leading_blank_lines(value.rstrip()))}\n")
        return text

    def on_mount(self) -> None:
        self.show_row()

    def show_row(self) -> None:
        row = self._row
        self.query_one(".facts", Static).update(self._facts())
        sample = "  sample" if row["sample"] or row["judge"] == "sample-judge" else ""
        said = f"{row['run']} by {row['judge']}{sample}", f"{row['pattern']}: {meaning_of(row['pattern'])}"
        self.title_more("  ".join(part for part in (row["item"], self.where, *said) if part))
        self._read(row)

    @work(thread=True, exclusive=True, group="read", exit_on_error=False)
    def _read(self, row: dict[str, Any]) -> None:
        found = self.study.rows("show_verdicts", run=row["run_id"], item=row["item"], judge=row["judge"])
        responses = {
            one["side"]: one["text"]
            for one in self.study.rows("show_responses", item=row["item"])
            if one["run"] == row["run_id"]
        }
        self.app.call_from_thread(self._show, row, {one["order"]: one for one in found}, responses)

    def _show(self, row: dict[str, Any], verdicts: dict[int, dict[str, Any]], responses: dict[str, str]) -> None:
        if row is not self._row:
            return
        self._verdicts, self._responses = verdicts, responses
        for cell in self.query(VerdictCell):
            cell.show(verdicts.get(cell.number))
        if self.focused is None:
            self.query_one(f"#order-{self._number}").focus()
        self._show_reasoning()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, VerdictCell):
            self._number = event.widget.number
            self._show_reasoning()

    def _text(self) -> str:
        verdict = self._verdicts.get(self._number)
        if verdict is None:
            return ""
        return str(verdict["raw"] if self._raw or not verdict["reasoning"] else verdict["reasoning"]) or ""

    def _show_reasoning(self) -> None:
        verdict = self._verdicts.get(self._number)
        raw = self._raw or (verdict is not None and not verdict["reasoning"])
        title = f"order {self._number}: {'raw output' if raw else 'reasoning'}"
        if sure := confidence_text(verdict["raw"] if verdict else None):
            title += f"  {sanitize(sure)}"
        if verdict and verdict["note"]:
            title += f"  {sanitize(verdict['note'])}"
        text = self._text()
        panes = [Pane.of_text(title, text if text and text != "None" else "nothing was kept", short="why")]
        if self._answers:
            sides = ORDERS[self._number - 1].responses
            for place, (where, side) in enumerate(zip(("Left", "Right"), sides, strict=True), start=1):
                about = self._row[side] if side == "a" or self._row["b"] else None
                text = self._responses.get(side, "no response")
                title = f"{where}: response {side}"
                panes.append(Pane.of_text(title, text, short=where, partner=3 - place, preference=about))
        self.query_one(ReaderGroup).show(panes, keep=True, focus=False)

    def action_move(self, by: int) -> None:
        target = self._number + by
        if 1 <= target <= 4:
            self.query_one(f"#order-{target}").focus()

    def action_raw(self) -> None:
        self._raw = not self._raw
        self._show_reasoning()

    def action_answers(self) -> None:
        """The two responses as this order showed them, beside the reasoning."""
        self._answers = not self._answers
        self._show_reasoning()

    def action_read(self) -> None:
        self.query_one(ReaderGroup).focus_pane()

    def action_scroll(self, by: int) -> None:
        self.query_one(ReaderGroup).reader.action_page(by)

    def action_item(self) -> None:
        from interpref_tui.screens.item import ItemScreen

        run, item = self._row["run_id"], self._row["item"]
        against = next((one for one in self._against or () if one != run), None)
        self.app.push_screen(ItemScreen(item, [item], 0, run=run, against=against))

    def action_copy(self) -> None:
        self.interpref.copy_text(self.query_one(ReaderGroup).text)

    def action_copy_all(self) -> None:
        orders = [
            f"# order {number}: {one['choice']}\n\n{one['reasoning'] or one['raw'] or ''}"
            for number, one in sorted(self._verdicts.items())
        ]
        self.interpref.copy_text("\n\n".join(orders))

    def action_edit(self) -> None:
        self.interpref.open_in_editor(self.query_one(ReaderGroup).text)
