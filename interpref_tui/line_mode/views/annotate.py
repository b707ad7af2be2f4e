"""Annotation in lines: the same keys, the same session, every label on the disk before the next entry is read out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from interpref_core.annotation.labels import OPINION_MODES, QUEUE_ORDERS, TASKS
from interpref_core.annotation.stopwatch import Stopwatch
from interpref_core.annotation.tasks import FAILURES, NO_FAILURE, SKIP, WORDS, allowed_answers
from interpref_core.ids import utc_now
from interpref_db.annotation.session import AnnotationSession, LabelContext
from interpref_tui.line_mode.view import View
from interpref_tui.line_mode.views.lists import ListPlace
from interpref_tui.line_mode.views.records import say_differences
from interpref_tui.presenters.annotation_entry import build_entry_text, opinion_text, saved_text, side_labels
from interpref_tui.services.annotation import (
    FILTERS,
    AnnotatorPreferences,
    AssignmentOptions,
    make_assignment,
    matches,
    stored_assignment,
    whoami,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_core.annotation.labels import Assignment, Entry
    from interpref_tui.line_mode.shell import Shell
    from interpref_tui.line_mode.view import Does
    from interpref_tui.presenters.annotation_entry import AnnotationEntryText

_VOTES = {"left": "left", "right": "right", "tie": "tie", "both-bad": "both bad", "skip": SKIP}


class AnnotateView(View):
    """One annotator's session."""

    name = "annotate"
    ends = True

    def __init__(self, shell: Shell, session: AnnotationSession, manner: AnnotatorPreferences) -> None:
        super().__init__(shell)
        self.session = session
        self._manner = manner
        self._at = session.next_undecided() or 0
        self._view: AnnotationEntryText | None = None
        self._confidence: int | None = None
        self._pending: str | None = None
        self._marked: set[str] = set()
        self._seen: set[str] = set()
        self._first_keys: dict[str, str] = {}
        self._filter = "all"
        self._answer = 0

    @property
    def entry(self) -> Entry:
        return self.session.queue[self._at]

    # -- saying ------------------------------------------------------------------------------------------------------

    def on_enter(self) -> None:
        if self.session.is_decided(self._at):
            self.say("everything is decided: [ and ] go through it, esc leaves")
        self._show(self._at)

    def _show(self, place: int) -> None:
        """Say an entry, and begin its time."""
        self._at = place
        entry, session = self.entry, self.session
        texts = session.texts(entry)
        if texts is None:
            self.say(f"the item {entry.item} is gone; ] goes on")
            return
        self._view = build_entry_text(session, entry, texts)
        self._confidence = self._pending = None
        self._answer = -1
        label = session.ledger.current(entry)
        self._marked = set((label.answer or "").split("; ")) & set(FAILURES) if label else set()
        self.say(f"entry {place + 1} of {len(session.queue)}, {session.decided} decided")
        self._facts()
        self._say_state()
        if session.assignment.opinion == "before" or (session.assignment.opinion == "after" and label is not None):
            self._opinion()
        self._watch = Stopwatch(time.monotonic())
        self._shown_at = utc_now()
        session.prefetch(place)

    def _facts(self) -> None:
        view, task = self._view, self.session.assignment.task
        if view is None:
            return
        self.say(f"query: {view.query}")
        for number, wish in enumerate(view.preferences, start=1):
            self.say(f"preference {number}: {wish}" if len(view.preferences) > 1 else f"for: {wish}")
        self.lines.read("\n".join(f"{pane.title}: {pane.blocks[0].text}" for pane in view.panes))
        if view.hidden:
            self.say(f"({view.hidden} names of models are hidden)")
        self.say(WORDS[task].question)

    def _say_state(self) -> None:
        session, entry = self.session, self.entry
        label, mark = session.ledger.current(entry), session.ledger.get_mark(entry)
        old = None if label else session.ledger.previous(entry)
        if label is not None:
            self.say(f"answered: {side_labels(entry, label.answer, label.left, label.order)}")
        elif old is not None:
            self.say(f"taken back: {side_labels(entry, old.answer, old.left, old.order)}")
        if mark.flagged:
            self.say("flagged")
        if mark.comment:
            self.say(f"comment: {mark.comment}")

    def _opinion(self, _: str = "") -> None:
        session, entry = self.session, self.entry
        answered = session.ledger.current(entry) is not None or self._pending is not None
        if session.assignment.opinion == "never":
            self.say("this assignment shows no opinion")
        elif session.assignment.opinion == "after" and not answered:
            self.say("the opinion comes after your vote; [ goes back to see it")
        elif (found := session.opinion(entry)) is None:
            self.say("no judge has seen this entry")
        else:
            self._seen.add(entry.key)
            self.say(opinion_text(session, entry, found).plain.rstrip("\n"))

    # -- keys --------------------------------------------------------------------------------------------------------

    def actions(self) -> Mapping[str, Does]:
        answers = allowed_answers(self.session.assignment)
        votes: dict[str, Does] = {
            f"annotate.{name}": self._voting(shown) for name, shown in _VOTES.items() if shown in answers
        }
        digits: dict[str, Does] = {f"annotate.digit-{digit}": self._digit_of(digit) for digit in range(1, 6)}
        return {
            **votes,
            **digits,
            "annotate.confirm": lambda _: self._confirm(),
            "annotate.undo": lambda _: self._take_back(redo=False),
            "annotate.redo": lambda _: self._take_back(redo=True),
            "annotate.previous": lambda _: self._go(-1),
            "annotate.next": lambda _: self._go(1),
            "annotate.undecided": lambda _: self._confirm_pending(),
            "side.pane": lambda _: self._next_answer(),
            "side.differences": lambda _: self._differences(),
            "side.preferences": lambda _: self._preference_words(),
            "annotate.opinion": self._opinion,
            "annotate.flag": lambda _: self._mark(flagged=not self.session.ledger.get_mark(self.entry).flagged),
            "annotate.comment": self._comment,
            "annotate.filter": lambda _: self._next_filter(),
            "annotate.facts": lambda _: self._facts(),
            "annotate.guidelines": lambda _: self._guidelines(),
            "annotate.quality": lambda _: self._quality(),
        }

    def _voting(self, shown: str) -> Does:
        return lambda _: self._vote(shown)

    def _digit_of(self, digit: int) -> Does:
        return lambda _: self._digit(digit)

    def _vote(self, shown: str) -> None:
        if self._view is None:
            return
        if self._manner.confirm and self._pending != shown and shown != SKIP:
            self._pending = shown
            self._first_keys.setdefault(self.entry.key, shown)
            self.say(f"{shown}? space and enter confirms, another answer changes it")
            return
        self._decide(shown)

    def _confirm(self) -> None:
        if self._pending is not None:
            self._decide(self._pending)
        elif self.session.assignment.task == "failure" and self._marked:
            self._decide("; ".join(name for name in FAILURES if name in self._marked))
        else:
            self.say("nothing is to be confirmed")

    def _decide(self, shown: str) -> None:
        entry, session = self.entry, self.session
        moment = time.monotonic()
        after = session.assignment.opinion == "after"
        how = LabelContext(
            shown_at=self._shown_at,
            active=self._watch.active(moment),
            elapsed=self._watch.elapsed(moment),
            confidence=self._confidence,
            opinion_seen=entry.key in self._seen,
            first=self._first_keys.get(entry.key) if after else None,
            practice=self._manner.practice,
        )
        label = session.decide(entry, shown, how)
        self._pending = None
        self.say(saved_text(session, entry, label, practice=self._manner.practice).plain)
        for notice in session.take_notices():
            self.say(notice)
        following = session.next_undecided(self._at) if self._manner.advance else None
        if following is not None:
            self._show(following)
        elif self._manner.advance:
            self.say("everything is decided: [ and ] go through it, esc leaves")

    def _digit(self, digit: int) -> None:
        """A score, a category, or how sure the next label is."""
        task = self.session.assignment.task
        if task == "score":
            self._vote(str(digit))
        elif task == "failure":
            name = FAILURES[digit - 1]
            self._marked = {name} if name == NO_FAILURE else (self._marked ^ {name}) - {NO_FAILURE}
            self.say(f"marked: {'; '.join(one for one in FAILURES if one in self._marked) or 'nothing'}")
        else:
            self._confidence = None if self._confidence == digit else digit
            self.say(f"confidence of the next label: {self._confidence or 'not said'}")

    def _take_back(self, *, redo: bool) -> None:
        label = self.session.redo() if redo else self.session.undo()
        if label is None:
            self.say("nothing to redo" if redo else "nothing to undo")
            return
        said = side_labels(label.entry, label.answer, label.left, label.order)
        self.say(f"{'done again' if redo else 'undone'}: {said}, label of {label.entry.item}")
        place = self.session.position_of(label.entry)
        if place is not None:
            self._show(place)

    def _go(self, by: int) -> None:
        place = self._at + by
        while 0 <= place < len(self.session.queue):
            if matches(self.session, place, self._filter):
                self._show(place)
                return
            place += by
        self.say(f"there is no further entry{'' if self._filter == 'all' else f' that is {self._filter}'}")

    def _confirm_pending(self) -> None:
        place = self.session.next_undecided(self._at)
        if place is None:
            self.say("everything is decided")
        else:
            self._show(place)

    def _next_filter(self) -> None:
        self._filter = FILTERS[(FILTERS.index(self._filter) + 1) % len(FILTERS)]
        self.say(
            f"[ and ] go to entries that are {self._filter}" if self._filter != "all" else "[ and ] go to all entries"
        )

    def _next_answer(self) -> None:
        panes = self._view.panes if self._view else []
        if panes:
            self._answer = (self._answer + 1) % len(panes)
            self.lines.read(f"{panes[self._answer].title}: {panes[self._answer].blocks[0].text}")

    def _differences(self) -> None:
        panes = self._view.panes if self._view else []
        for number, pane in enumerate(panes):
            if pane.partner is not None and pane.partner > number:
                other = panes[pane.partner]
                one = (f"only in {pane.title}", pane.blocks[0].text)
                say_differences(self, one, (f"only in {other.title}", other.blocks[0].text))

    def _preference_words(self) -> None:
        from interpref_core.text.word_diff import find_preference_words

        for pane in self._view.panes if self._view else []:
            text = pane.blocks[0].text
            words = dict.fromkeys(text[a:b] for a, b in find_preference_words(text, pane.preference or ""))
            self.say(f"{pane.title} has of its preference: {', '.join(words) or 'nothing'}")

    def _mark(self, *, flagged: bool | None = None, comment: str | None = None) -> None:
        self.session.mark(self.entry, flagged=flagged, comment=comment)
        if flagged is not None:
            self.say("flagged" if flagged else "no longer flagged")
        if comment is not None:
            self.say("comment saved")

    def _comment(self, said: str) -> None:
        comment = said or self.lines.ask("comment: ")
        if comment is not None:
            self._mark(comment=comment.strip())

    def _guidelines(self) -> None:
        self.lines.read(
            self.session.assignment.guideline_text or "there are no guidelines; --guidelines FILE.md gives some"
        )

    def _quality(self) -> None:
        say_agreement(self, self.session.assignment)

    def close(self) -> None:
        self.session.close()
        for line in self.session.summary().lines():
            self.say(line)


def say_agreement(place: View, assignment: Assignment) -> None:
    """How people agree so far in what they were asked alike."""
    from interpref_db.annotation.quality import quality
    from interpref_tui.presenters.agreement_report import report_text

    report = quality(place.study, assignment.task, assignment.runs, judge=assignment.judge, gold=assignment.gold)
    place.say(report_text(report).plain)


class AssignmentsPlace(ListPlace):
    """What people are asked; enter goes on with one, n begins one."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "assignments", "assignments", lambda *_: self)

    def _row_text(self, row: dict[str, Any]) -> str:
        return f"{row['task']}, {row['runs'] or 'no runs'}: {row['labels']} labels by {row['annotators']} annotators"

    def actions(self) -> Mapping[str, Does]:
        return {
            **super().actions(),
            "list.open": lambda _: self._go_on(adjudicate=False),
            "assignments.new": lambda _: self._new(),
            "assignments.quality": lambda _: self._agreement(),
            "assignments.adjudicate": lambda _: self._go_on(adjudicate=True),
        }

    def _question(self, question: str, default: str, among: tuple[str, ...] = ()) -> str:
        options = f" ({', '.join(among)})" if among else ""
        answer = (self.lines.ask(f"{question}{options}, {default or 'all'} when empty: ") or "").strip() or default
        if among and answer not in among:
            raise ValueError(f"{question}: one of {', '.join(among)}")
        return answer

    def _annotator(self) -> str:
        settings = self.shell.settings
        return self._question("your name", (settings.annotator if settings else None) or whoami())

    def _new(self) -> None:
        annotator = self._annotator()
        wanted = AssignmentOptions(
            task=self._question("task", "compare", TASKS),  # type: ignore[arg-type]  # one of them, it was checked
            runs=tuple(self._question("runs, with spaces between", "").split()),
            order=self._question("order", "random", QUEUE_ORDERS),  # type: ignore[arg-type]
            opinion=self._question("AI opinion", "after", OPINION_MODES),  # type: ignore[arg-type]
        )
        self._begin(annotator, make_assignment(self.study, wanted))

    def _agreement(self) -> None:
        """How people agree in the assignment where we are."""
        if self.keys:
            say_agreement(self, stored_assignment(self.study, str(self.keys[self.cursor])))
        else:
            self._say_nothing()

    def _go_on(self, *, adjudicate: bool) -> None:
        if not self.keys:
            self._new()
            return
        assignment = stored_assignment(self.study, str(self.keys[self.cursor]), adjudicate=adjudicate)
        self._begin(self._annotator(), assignment)

    def _begin(self, annotator: str, assignment: Assignment) -> None:
        session = AnnotationSession(self.study, annotator, assignment)
        settings = self.shell.settings
        manner = AnnotatorPreferences(
            confirm=settings.annotate.confirm if settings else False,
            advance=settings.annotate.advance if settings else True,
        )
        self.shell.open(AnnotateView(self.shell, session, manner))
