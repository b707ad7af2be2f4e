"""The annotation screen: one key decides, the label is safe on the disk, the next entry is there."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.widgets import Static

from interpref_core.annotation.tasks import FAILURES, NO_FAILURE, SKIP, allowed_answers
from interpref_db.annotation.session import LabelContext
from interpref_db.errors import StudyError
from interpref_tui.keys.actions import bindings
from interpref_tui.presenters.annotation_entry import all_facts, saved_text, side_labels
from interpref_tui.screens.annotation.entry_panel import AnnotateFrame
from interpref_tui.services.annotation import FILTERS, matches
from interpref_tui.text.output import sanitize
from interpref_tui.widgets.reader.reader_group import ReaderGroup

if TYPE_CHECKING:
    from textual.binding import BindingType

    from interpref_core.annotation.labels import Entry, Label


class AnnotateScreen(AnnotateFrame):
    """Every task in one frame."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("annotate")

    async def on_mount(self) -> None:
        self.interpref.sessions.append(self.session)
        self.watch(self.app, "app_focus", self._focus_changed, init=False)
        await self._show(self._place)
        if self.session.is_decided(self._place):
            self.tell("everything is decided: [ and ] go through it, esc leaves")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing in this task are neither shown nor bound."""
        if action == "vote":
            return parameters[0] in allowed_answers(self.session.assignment)
        if action == "opinion":
            return self.session.assignment.opinion != "never"
        return True

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
        how = LabelContext(
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
        notices = self.session.take_notices()
        following = self.session.next_undecided(self._place) if self._manner.advance else None
        if following is None:
            self._pending = None
            if self._manner.advance:
                self.tell("everything is decided: [ and ] go through it, esc leaves")
            self._draw()
        else:
            await self._show(following)
        for notice in notices:
            self.app.bell()
            self.tell(notice)

    def _first(self, entry: Entry) -> str | None:
        """With a confirming key the first key is the blind vote, also when the opinion then changed it."""
        if self.session.assignment.opinion != "after":
            return None
        return self._first_keys.get(entry.key)

    def _say_saved(self, entry: Entry, label: Label) -> None:
        """What the disk has said of the entry before, and what the opinion on it is."""
        text = saved_text(self.session, entry, label, practice=self._manner.practice)
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
        said = side_labels(label.entry, label.answer, label.left, label.order)
        self.query_one("#annotate-before", Static).update(Text(f"{word}: {said}"))
        place = self.session.position_of(label.entry)
        if place is None:
            self.tell(f"{word}: an entry that is not in this queue")
            self._draw()
        else:
            await self._show(place)

    # -- going about -------------------------------------------------------------------------------------------------

    async def action_go(self, by: int) -> None:
        place = self._place + by
        while 0 <= place < len(self.session.queue):
            if self._is_wanted(place):
                await self._show(place)
                return
            place += by
        self.tell(
            "there is no further entry" + ("" if self._filter == "all" else f" that is {self._filter} (v changes that)")
        )

    def _is_wanted(self, place: int) -> bool:
        return matches(self.session, place, self._filter)

    async def action_undecided(self) -> None:
        place = self.session.next_undecided(self._place)
        if place is None:
            self.tell("everything is decided")
        else:
            await self._show(place)

    def action_filter(self) -> None:
        self._filter = FILTERS[(FILTERS.index(self._filter) + 1) % len(FILTERS)]
        self.tell(
            f"[ and ] go to entries that are {self._filter}" if self._filter != "all" else "[ and ] go to all entries"
        )

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
        flagged = not self.session.ledger.get_mark(self.entry).flagged
        await self._write_mark(flagged=flagged)

    def action_comment(self) -> None:
        from interpref_tui.forms.form import Field
        from interpref_tui.screens.dialogs.form import FormScreen

        old = self.session.ledger.get_mark(self.entry).comment
        form = FormScreen("Comment", [Field("comment", "comment", old)], None, "enter saves it")
        self.app.push_screen(form, self._save_comment)

    async def _save_comment(self, values: dict[str, str] | None) -> None:
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
        from interpref_tui.screens.dialogs.text_viewer import TextViewer

        if self._view is not None:
            self.app.push_screen(TextViewer("Query and preferences", all_facts(self._view)))

    def action_guidelines(self) -> None:
        from interpref_tui.screens.dialogs.text_viewer import TextViewer

        text = self.session.assignment.guideline_text
        if text is None:
            self.tell("there are no guidelines; --guidelines FILE.md gives some")
        else:
            self.app.push_screen(TextViewer("Guidelines", sanitize(text, lines=True)))

    def action_quality(self) -> None:
        from interpref_tui.screens.annotation.agreement import AgreementScreen

        assignment = self.session.assignment
        self.app.push_screen(
            AgreementScreen(
                self.study,
                assignment.task,
                assignment.runs,
                judge=assignment.judge,
                gold=assignment.gold,
                blind=not self._manner.practice,
            )
        )

    def _text(self) -> str:
        readers = self.query_one(ReaderGroup)
        return readers.text or (self._view.query if self._view else "")

    def action_copy(self) -> None:
        self.interpref.copy_text(self._text())

    def action_edit(self) -> None:
        self.interpref.open_in_editor(self._text())

    def action_done(self) -> None:
        """Leave the session: the journal is let go of, and what was done is said."""
        self.interpref.end_annotation(self.session)
