"""The annotation screen: one key decides, the label is safe on the disk, the next entry is there."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Grid, Vertical, VerticalScroll
from textual.widgets import Footer, Static

from interpref_core.annotation.pace import Stopwatch
from interpref_core.annotation.tasks import FAILURES, NO_FAILURE, SKIP, allowed
from interpref_core.ids import now
from interpref_db.annotating.session import Circumstances
from interpref_db.problems import StudyError
from interpref_tui.output import inert
from interpref_tui.screens.annotate_view import facts, opinion_text, seen_as, state, view_of, whole_facts
from interpref_tui.screens.base import StudyScreen
from interpref_tui.widgets.lines import NoticeLine, TitleLine
from interpref_tui.widgets.textpane import TextPane

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from interpref_core.annotation.labels import Entry, Label
    from interpref_db.annotating.session import AnnotationSession
    from interpref_tui.screens.annotate_view import Pane, View
    from interpref_tui.work.annotating import Manner

WIDE, MIDDLE = 180, 110  # columns from which four, and two, panes stand beside each other


class AnnotateScreen(StudyScreen):
    """Every task in one frame."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "vote('left')", "Left", id="annotate.left"),
        Binding("right,l", "vote('right')", "Right", id="annotate.right"),
        Binding("up,t", "vote('tie')", "Tie", id="annotate.tie"),
        Binding("down,b", "vote('both bad')", "Both bad", id="annotate.both-bad"),
        Binding("s", "vote('skip')", "Skip", id="annotate.skip"),
        Binding("u", "undo", "Undo", id="annotate.undo"),
        Binding("U", "redo", "Redo", show=False, id="annotate.redo"),
        Binding("left_square_bracket", "go(-1)", "Previous", key_display="[", id="annotate.previous"),
        Binding("right_square_bracket", "go(1)", "Next", key_display="]", id="annotate.next"),
        Binding("n", "undecided", "Next undecided", show=False, id="annotate.undecided"),
        Binding("tab", "pane(1)", "Answer", id="annotate.pane"),
        Binding("shift+tab", "pane(-1)", "Answer before", show=False, id="annotate.pane-before"),
        Binding("z", "zoom", "Zoom", id="annotate.zoom"),
        Binding("d", "differences", "Differences", id="annotate.differences"),
        Binding("p", "preferences", "Preference words", show=False, id="annotate.preferences"),
        Binding("o", "opinion", "Opinion", id="annotate.opinion"),
        Binding("f", "flag", "Flag", id="annotate.flag"),
        Binding("c", "comment", "Comment", id="annotate.comment"),
        *(
            Binding(
                str(digit), f"digit({digit})", f"Score or confidence {digit}", show=False, id=f"annotate.digit-{digit}"
            )
            for digit in range(1, 6)
        ),
        Binding("space", "confirm", "Confirm", show=False, id="annotate.confirm"),
        Binding("v", "filter", "Which entries", show=False, id="annotate.filter"),
        Binding("i", "facts", "Query in full", show=False, id="annotate.facts"),
        Binding("g", "guidelines", "Guidelines", id="annotate.guidelines"),
        Binding("a", "quality", "Agreement", id="annotate.quality"),
        Binding("y", "copy", "Copy", show=False, id="annotate.copy"),
        Binding("e", "edit", "Editor", show=False, id="annotate.edit"),
        Binding("escape", "done", "Leave", id="annotate.leave"),
    ]

    def __init__(self, session: AnnotationSession, manner: Manner) -> None:
        super().__init__()
        self.session = session
        self._manner = manner
        self._place = session.next_undecided() or 0
        self._view: View | None = None
        self._pane = 0
        self._zoomed = self._differences = self._preferences = False
        self._confidence: int | None = None
        self._pending: str | None = None
        self._marked: set[str] = set()
        self._seen: set[str] = set()  # entries whose opinion stood on the screen
        self._opened = False  # the opinion is open though nothing asks for it
        self._filter = "all"
        self._watch = Stopwatch(time.monotonic())
        self._shown_at = now()
        self._first_keys: dict[str, str] = {}

    @property
    def entry(self) -> Entry:
        return self.session.queue[self._place]

    def compose(self) -> ComposeResult:
        yield TitleLine("Annotate")
        yield Static("…", id="annotate-facts", markup=False)
        with Grid(id="panes"):
            for number in range(4):
                with Vertical(classes="pane", id=f"pane-box-{number}"):
                    yield Static("", classes="pane-title", markup=False, id=f"pane-title-{number}")
                    yield TextPane(id=f"pane-{number}")
        with VerticalScroll(id="annotate-opinion", classes="-hidden", can_focus=False):
            yield Static("", markup=False, id="opinion-text")
        yield Static("", id="annotate-before", markup=False)
        yield Static("", id="annotate-state", markup=False)
        yield NoticeLine()
        yield Footer(show_command_palette=False)

    async def on_mount(self) -> None:
        self.interpref.sessions.append(self.session)
        self.watch(self.app, "app_focus", self._focus_changed, init=False)
        await self._show(self._place)
        if self.session.is_decided(self._place):
            self.tell("everything is decided: [ and ] go through it, esc leaves")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing in this task are neither shown nor bound."""
        task = self.session.assignment.task
        if action == "vote":
            return parameters[0] in allowed(self.session.assignment)
        if action in ("pane", "zoom", "differences"):
            return task not in ("query", *(("score",) if action != "zoom" else ()))
        if action == "opinion":
            return self.session.assignment.opinion != "never"
        return True

    # -- time --------------------------------------------------------------------------------------------------------

    def _focus_changed(self, focused: bool) -> None:
        moment = time.monotonic()
        if focused:
            self._watch.focused(moment)
        else:
            self._watch.blurred(moment)

    def on_key(self) -> None:
        self._watch.stirred(time.monotonic())

    # -- drawing -----------------------------------------------------------------------------------------------------

    async def _show(self, place: int) -> None:
        """Draw an entry and begin its time."""
        self._place = place
        entry = self.entry
        try:
            texts = await asyncio.to_thread(self.session.texts, entry)
        except Exception as error:
            self.tell(" ".join(str(error).split())[:300])
            return
        if texts is None:
            self.tell(f"the item {entry.item} is gone; ] goes on")
            return
        self._view = view_of(self.session, entry, texts)
        self._pane, self._confidence, self._pending, self._opened = 0, None, None, False
        label = self.session.ledger.current(entry)
        self._marked = set((label.answer or "").split("; ")) & set(FAILURES) if label else set()
        if self._differences or self._preferences:
            await asyncio.to_thread(self._view.mark_words)
        self._arrange()
        self._draw()
        self._watch = Stopwatch(time.monotonic())
        self._shown_at = now()
        self._prefetch(place + 1)

    @work(thread=True, exclusive=True, group="prefetch", exit_on_error=False)
    def _prefetch(self, place: int) -> None:
        self.session.prefetch(place)

    def on_resize(self) -> None:
        self._arrange()
        if self._view is not None:
            self._draw()

    def _arrange(self) -> None:
        """As many panes as the width has room for; the others a key away."""
        panes = len(self._view.panes) if self._view else 0
        wide = self.size.width >= WIDE
        room = 1 if self._zoomed or self.size.width < MIDDLE else 4
        grid = self.query_one("#panes", Grid)
        grid.set_class(panes == 0, "-hidden")
        columns = min(panes, room, 4 if wide else 2) or 1
        rows = -(-min(panes, room) // columns) or 1
        grid.styles.grid_size_columns, grid.styles.grid_size_rows = columns, rows
        for number, box in enumerate(self._in_order(columns, rows)):
            hidden = box >= panes or (room == 1 and box != self._pane)
            widget = self.query_one(f"#pane-box-{box}")
            widget.set_class(hidden, "-hidden")
            if number:
                grid.move_child(widget, after=grid.children[number - 1])
            else:
                grid.move_child(widget, before=0)
        self._focus_pane()

    @staticmethod
    def _in_order(columns: int, rows: int) -> tuple[int, ...]:
        """The panes row by row: in two and two, each model has a column."""
        return (0, 2, 1, 3) if (columns, rows) == (2, 2) else (0, 1, 2, 3)

    def _focus_pane(self) -> None:
        if self._view and self._view.panes:
            self.query_one(f"#pane-{self._pane}", TextPane).focus(scroll_visible=False)
        else:
            self.set_focus(None)

    def _draw(self) -> None:
        view, session, entry = self._view, self.session, self.entry
        if view is None:
            return
        self.query_one("#annotate-facts", Static).update(facts(view, session.assignment.task, self.size.width))
        for number, pane in enumerate(view.panes):
            self.query_one(f"#pane-title-{number}", Static).update(self._pane_title(number, pane))
            marks = pane.marks(differences=self._differences, preferences=self._preferences)
            self.query_one(f"#pane-{number}", TextPane).show(pane.text, marks)
        self._draw_state()
        total = len(session.queue)
        self.title_more(
            f"{session.assignment.task} {session.decided}/{total}  entry {self._place + 1}  {session.annotator}"
        )
        self._draw_opinion(entry)

    def _pane_title(self, number: int, pane: Pane) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis")
        if self._zoomed or self.size.width < MIDDLE:
            for place, other in enumerate(self._view.panes if self._view else ()):
                text.append(f" {other.short} ", "reverse" if place == number else "")
            text.append("  ")
        text.append(pane.title)
        if self.size.width < MIDDLE and len(self._view.panes if self._view else ()) > 1:
            text.append("   tab: the next answer", "dim")
        return text

    def _draw_state(self) -> None:
        session, entry = self.session, self.entry
        label, mark = session.ledger.current(entry), session.ledger.mark(entry)
        text = state(
            entry,
            label,
            None if label else session.ledger.previous(entry),
            flagged=mark.flagged,
            comment=mark.comment,
            confidence=self._confidence,
            marked=self._marked,
            hidden=self._view.hidden if self._view else 0,
        )
        if self._pending is not None:
            shown = self._pending if self._pending not in ("left", "right") else self._pending.capitalize()
            text = Text(f"? {shown}: space confirms, another answer changes it", "bold")
        self.query_one("#annotate-state", Static).update(text)

    def _draw_opinion(self, entry: Entry) -> None:
        """The opinion stands there before the vote only where the assignment says so; after it, when one comes back."""
        mode = self.session.assignment.opinion
        answered = self.session.ledger.current(entry) is not None or self._pending is not None
        due = mode == "before" or (mode == "after" and answered)
        self.query_one("#annotate-opinion").set_class(not (due or self._opened), "-hidden")
        opinion = self.session.opinion(entry) if due or self._opened else None
        if opinion is None:
            self.query_one("#annotate-opinion").add_class("-hidden")
            return
        self._seen.add(entry.key)
        self.query_one("#opinion-text", Static).update(opinion_text(self.session, entry, opinion))

    # -- deciding ----------------------------------------------------------------------------------------------------

    async def action_vote(self, shown: str) -> None:
        """Label what is on the screen; the next entry is drawn when the label is on the disk."""
        if self._view is None:
            return
        if self._manner.confirm and self._pending != shown and shown != SKIP:
            self._pending = shown
            self._first_keys.setdefault(self.entry.key, shown)
            self._draw_state()
            self._draw_opinion(self.entry)
            return
        await self._decide(shown)

    async def action_confirm(self) -> None:
        if self._pending is not None:
            await self._decide(self._pending)
        elif self.session.assignment.task == "failure" and self._marked:
            await self._decide("; ".join(name for name in FAILURES if name in self._marked))

    async def _decide(self, shown: str) -> None:
        entry, moment = self.entry, time.monotonic()
        how = Circumstances(
            shown_at=self._shown_at,
            active=self._watch.active(moment),
            elapsed=self._watch.elapsed(moment),
            confidence=self._confidence,
            opinion_seen=entry.key in self._seen,
            first=self._first(entry),
            practice=self._manner.practice,
        )
        try:
            label = await asyncio.to_thread(self.session.decide, entry, shown, how)
        except (StudyError, ValueError) as error:
            self.app.bell()
            self.tell(str(error))
            return
        self._say_saved(entry, label)
        following = self.session.next_undecided(self._place) if self._manner.advance else None
        if following is None:
            self._pending = None
            if self._manner.advance:
                self.tell("everything is decided: [ and ] go through it, esc leaves")
            self._draw()
        else:
            await self._show(following)

    def _first(self, entry: Entry) -> str | None:
        """With a confirming key the first key is the blind vote, also when the opinion then changed it."""
        if self.session.assignment.opinion != "after":
            return None
        return self._first_keys.get(entry.key)

    def _say_saved(self, entry: Entry, label: Label) -> None:
        """What the disk has said of the entry before, and what the opinion on it is."""
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(f"saved: {seen_as(entry, label.answer, label.left, label.order)}", "bold")
        if self._manner.practice and entry.key in self.session.gold:
            wanted = seen_as(entry, self.session.gold[entry.key], label.left, label.order)
            text.append(f"   practice: {wanted} was expected")
        if self.session.assignment.opinion == "after":
            opinion = self.session.opinion(entry)
            if opinion is not None and opinion.says is not None:
                text.append(f"   the AI's opinion was {seen_as(entry, opinion.says, label.left, label.order)}")
                text.append("   [ goes back to it", "dim")
        self.query_one("#annotate-before", Static).update(text)

    async def action_digit(self, digit: int) -> None:
        """A score in the task score, a category in failure, else how sure the next label is."""
        task = self.session.assignment.task
        if task == "score":
            await self.action_vote(str(digit))
        elif task == "failure":
            name = FAILURES[digit - 1]
            self._marked = {name} if name == NO_FAILURE else (self._marked ^ {name}) - {NO_FAILURE}
            self._draw_state()
        else:
            self._confidence = None if self._confidence == digit else digit
            self._draw_state()

    async def action_undo(self) -> None:
        await self._take_back(redo=False)

    async def action_redo(self) -> None:
        await self._take_back(redo=True)

    async def _take_back(self, *, redo: bool) -> None:
        try:
            label = await asyncio.to_thread(self.session.redo if redo else self.session.undo)
        except StudyError as error:
            self.tell(str(error))
            return
        if label is None:
            self.tell("nothing to redo" if redo else "nothing to undo")
            return
        word = "given again" if redo else "taken back"
        said = seen_as(label.entry, label.answer, label.left, label.order)
        self.query_one("#annotate-before", Static).update(Text(f"{word}: {said}"))
        place = self.session.place_of(label.entry)
        if place is None:
            self.tell(f"{word}: an entry that is not in this queue")
            self._draw()
        else:
            await self._show(place)

    # -- going about -------------------------------------------------------------------------------------------------

    async def action_go(self, by: int) -> None:
        place = self._place + by
        while 0 <= place < len(self.session.queue):
            if self._wanted(place):
                await self._show(place)
                return
            place += by
        self.tell(
            "there is no further entry" + ("" if self._filter == "all" else f" that is {self._filter} (v changes that)")
        )

    def _wanted(self, place: int) -> bool:
        entry, ledger = self.session.queue[place], self.session.ledger
        label = ledger.current(entry)
        return {
            "all": True,
            "decided": label is not None,
            "undecided": label is None,
            "flagged": ledger.mark(entry).flagged,
            "skipped": label is not None and label.answer == SKIP,
            "tie": label is not None and label.answer in ("tie", "don't know", "unsure"),
        }[self._filter]

    async def action_undecided(self) -> None:
        place = self.session.next_undecided(self._place)
        if place is None:
            self.tell("everything is decided")
        else:
            await self._show(place)

    def action_filter(self) -> None:
        names = ("all", "undecided", "decided", "flagged", "skipped", "tie")
        self._filter = names[(names.index(self._filter) + 1) % len(names)]
        self.tell(
            f"[ and ] go to entries that are {self._filter}" if self._filter != "all" else "[ and ] go to all entries"
        )

    def action_pane(self, by: int) -> None:
        if self._view and self._view.panes:
            self._pane = (self._pane + by) % len(self._view.panes)
            self._arrange()
            self._draw()

    def action_zoom(self) -> None:
        self._zoomed = not self._zoomed
        self._arrange()
        self._draw()

    async def action_differences(self) -> None:
        self._differences = not self._differences
        await self._mark()

    async def action_preferences(self) -> None:
        self._preferences = not self._preferences
        await self._mark()

    async def _mark(self) -> None:
        if self._view is not None:
            await asyncio.to_thread(self._view.mark_words)
            self._draw()
            names = [
                name for name, on in (("differences", self._differences), ("preference words", self._preferences)) if on
            ]
            self.tell(f"marked: {' and '.join(names)}" if names else "nothing is marked")

    # -- beside the answer -------------------------------------------------------------------------------------------

    def action_opinion(self) -> None:
        """Open or close the opinion. Before the vote it stays closed unless the assignment shows it first."""
        entry = self.entry
        answered = self.session.ledger.current(entry) is not None or self._pending is not None
        if self.session.assignment.opinion == "after" and not answered:
            self.tell("the opinion comes after your vote; [ goes back to see it")
            return
        if self.session.opinion(entry) is None:
            self.tell("no judge has seen this entry")
            return
        box = self.query_one("#annotate-opinion")
        self._opened = box.has_class("-hidden")
        box.set_class(not self._opened, "-hidden")
        if self._opened:
            self._draw_opinion(entry)

    async def action_flag(self) -> None:
        flagged = not self.session.ledger.mark(self.entry).flagged
        await self._write_mark(flagged=flagged)

    def action_comment(self) -> None:
        from interpref_tui.screens.form import Field, FormScreen

        old = self.session.ledger.mark(self.entry).comment
        form = FormScreen("Comment", [Field("comment", "comment", old)], None, "enter saves it")
        self.app.push_screen(form, self._commented)

    async def _commented(self, values: dict[str, str] | None) -> None:
        if values is not None:
            await self._write_mark(comment=values["comment"])

    async def _write_mark(self, *, flagged: bool | None = None, comment: str | None = None) -> None:
        def write() -> None:
            self.session.mark(self.entry, flagged=flagged, comment=comment)

        try:
            await asyncio.to_thread(write)
        except StudyError as error:
            self.app.bell()
            self.tell(str(error))
        self._draw_state()

    def action_facts(self) -> None:
        """The query and the preferences, whole: small screens cut them."""
        from interpref_tui.screens.reading import ReadingScreen

        if self._view is not None:
            self.app.push_screen(ReadingScreen("Query and preferences", whole_facts(self._view)))

    def action_guidelines(self) -> None:
        from interpref_tui.screens.reading import ReadingScreen

        text = self.session.assignment.guideline_text
        if text is None:
            self.tell("there are no guidelines; --guidelines FILE.md gives some")
        else:
            self.app.push_screen(ReadingScreen("Guidelines", inert(text, lines=True)))

    def action_quality(self) -> None:
        from interpref_tui.screens.quality import QualityScreen

        assignment = self.session.assignment
        self.app.push_screen(
            QualityScreen(
                self.study,
                assignment.task,
                assignment.runs,
                judge=assignment.judge,
                gold=assignment.gold,
                blind=not self._manner.practice,
            )
        )

    def _text(self) -> str:
        return (
            self._view.panes[self._pane].text
            if self._view and self._view.panes
            else self._view.query
            if self._view
            else ""
        )

    def action_copy(self) -> None:
        self.interpref.copy_text(self._text())

    def action_edit(self) -> None:
        self.interpref.open_in_editor(self._text())

    def action_done(self) -> None:
        """Leave the session: the journal is let go of, and what was done is said."""
        self.interpref.end_annotation(self.session)
