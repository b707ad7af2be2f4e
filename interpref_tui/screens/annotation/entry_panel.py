"""The frame that every annotation task stands in: what is drawn where, at any width, and how long it has been looked at."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from rich.text import Text
from textual import work
from textual.containers import VerticalScroll
from textual.widgets import Static

from interpref_core.annotation.stopwatch import Stopwatch
from interpref_core.annotation.tasks import FAILURES
from interpref_core.ids import utc_now
from interpref_tui.presenters.annotation_entry import build_entry_text, fact_line, opinion_text, state_line
from interpref_tui.screens.study_screen import StudyScreen
from interpref_tui.text.output import one_line
from interpref_tui.widgets.footer import KeyLine
from interpref_tui.widgets.reader.reader_group import ReaderGroup
from interpref_tui.widgets.status_lines import NoticeLine, TitleLine

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from interpref_core.annotation.labels import Entry
    from interpref_db.annotation.session import AnnotationSession
    from interpref_tui.presenters.annotation_entry import AnnotationEntryText
    from interpref_tui.services.annotation import AnnotatorPreferences


class AnnotateFrame(StudyScreen):
    """One entry of a session on the screen. The keys are the annotation screen's."""

    def __init__(self, session: AnnotationSession, manner: AnnotatorPreferences) -> None:
        super().__init__()
        self.session = session
        self._manner = manner
        self._place = session.next_undecided() or 0
        self._view: AnnotationEntryText | None = None
        self._confidence: int | None = None
        self._pending: str | None = None
        self._marked: set[str] = set()
        self._seen: set[str] = set()  # entries whose opinion stood on the screen
        self._opened = False  # the opinion is open though nothing asks for it
        self._filter = "all"
        self._watch = Stopwatch(time.monotonic())
        self._shown_at = utc_now()
        self._first_keys: dict[str, str] = {}

    @property
    def entry(self) -> Entry:
        return self.session.queue[self._place]

    def compose(self) -> ComposeResult:
        yield TitleLine("Annotate")
        yield Static("…", id="annotate-facts", markup=False)
        yield ReaderGroup(4, id="panes")
        with VerticalScroll(id="annotate-opinion", classes="-hidden", can_focus=False):
            yield Static("", markup=False, id="opinion-text")
        yield Static("", id="annotate-before", markup=False)
        yield Static("", id="annotate-state", markup=False)
        yield NoticeLine()
        yield KeyLine()

    def on_unmount(self) -> None:
        """However the screen is left, the same person can go on in another session."""
        self.interpref.let_go(self.session)

    # -- time --------------------------------------------------------------------------------------------------------

    def _focus_changed(self, focused: bool) -> None:
        moment = time.monotonic()
        if focused:
            self._watch.on_focus(moment)
        else:
            self._watch.on_blur(moment)

    def on_key(self) -> None:
        self._watch.on_activity(time.monotonic())

    # -- drawing -----------------------------------------------------------------------------------------------------

    async def _show(self, place: int) -> None:
        """Draw an entry and begin its time."""
        self._place = place
        entry = self.entry
        try:
            texts = await asyncio.to_thread(self.session.texts, entry)
        except Exception as error:
            self.tell(one_line(error))
            return
        if texts is None:
            self.tell(f"the item {entry.item} is gone; ] goes on")
            return
        self._view = build_entry_text(self.session, entry, texts)
        self._confidence, self._pending, self._opened = None, None, False
        label = self.session.ledger.current(entry)
        self._marked = set((label.answer or "").split("; ")) & set(FAILURES) if label else set()
        readers = self.query_one(ReaderGroup)
        readers.show(self._view.panes)
        if not self._view.panes:
            self.set_focus(None)
        self._draw()
        self._watch = Stopwatch(time.monotonic())
        self._shown_at = utc_now()
        self._prefetch(place)

    @work(thread=True, exclusive=True, group="prefetch", exit_on_error=False)
    def _prefetch(self, place: int) -> None:
        self.session.prefetch(place)

    def on_resize(self) -> None:
        if self._view is not None:
            self._draw()

    def _draw(self) -> None:
        view, session, entry = self._view, self.session, self.entry
        if view is None:
            return
        self.query_one("#annotate-facts", Static).update(fact_line(view, session.assignment.task, self.size.width))
        self._draw_state()
        total = len(session.queue)
        self.title_more(
            f"{session.assignment.task} {session.decided}/{total}  entry {self._place + 1}  {session.annotator}"
        )
        self._draw_opinion(entry)

    def _draw_state(self) -> None:
        session, entry = self.session, self.entry
        label, mark = session.ledger.current(entry), session.ledger.get_mark(entry)
        text = state_line(
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
