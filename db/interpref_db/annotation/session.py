"""One annotator's session: a queue, a ledger of what was decided, and a journal in which every label is safe at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Self

from interpref_core import __version__
from interpref_core.annotation.labels import Label
from interpref_core.annotation.ledger import Ledger
from interpref_core.annotation.name_masking import model_name_aliases
from interpref_core.annotation.queue import (
    assignment_filter,
    interleave_gold,
    judge_order_for,
    left_side_for,
    order_entries,
)
from interpref_core.annotation.stopwatch import TOO_FAST
from interpref_core.annotation.tasks import SKIP, resolve
from interpref_core.ids import utc_now, uuid7
from interpref_db.annotation.entries import entries_of
from interpref_db.annotation.entry_cache import EntryCache
from interpref_db.annotation.row_mapping import entry_of, label_of
from interpref_db.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from interpref_core.annotation.ai_opinion import Opinion
    from interpref_core.annotation.labels import Assignment, Entry
    from interpref_core.records.base import Side
    from interpref_db.annotation.active_sampling import PairSampler
    from interpref_db.annotation.entries import EntryTexts
    from interpref_db.study.study import Study


_AROUND, _AHEAD = 10, 100  # entries that are read with one that is needed now, and those that are read ahead


class LabelNotSaved(StudyError):
    """A label could not be written; nothing of it counts as saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelContext:
    """How a label came about: times (ISO 8601, seconds), confidence, and what was seen of the opinion.

    `first` is the answer as shown that was given before the opinion was, where that was not a label of its own.
    """

    shown_at: str | None = None
    active: float | None = None
    elapsed: float | None = None
    confidence: int | None = None
    opinion_seen: bool = False
    first: str | None = None
    practice: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What a session came to. `median_seconds` is None before the first label."""

    annotator: str
    task: str
    labelled: int
    decided: int
    total: int
    undone: int
    changed: int
    median_seconds: float | None

    def lines(self) -> list[str]:
        """For people, when they leave."""
        pace = f", {self.median_seconds:.1f} s each (median)" if self.median_seconds is not None else ""
        return [
            f"{self.annotator}, {self.task}: {self.labelled} labelled now{pace}; {self.changed} changed, {self.undone} undone",
            f"{self.decided} of {self.total} decided, {self.total - self.decided} to go",
        ]


class AnnotationSession:
    """Use as a context manager. Methods that write return when the line is on the disk; they raise NotSaved.

    The file itself is read in moments and let go of; the journal is held as long as the session lasts.
    """

    def __init__(self, study: Study, annotator: str, assignment: Assignment) -> None:
        """Raises StudyError (nothing to label, a wrong name), StudyBusy (the same annotator is at work elsewhere)."""
        self.study, self.annotator, self.assignment = study, annotator, assignment
        self._lock = threading.RLock()
        self._journal = study.open_label_journal(annotator)
        try:
            self._load()
        except BaseException:
            self._journal.close()
            raise
        self._session: list[Label] = []
        self._undone: list[Label] = []

    def _load(self) -> None:
        study, assignment, annotator = self.study, self.assignment, self.annotator
        event = "adjudication" if assignment.adjudicate else "label"
        rows = study.rows("annotate_mine", annotator=annotator, task=assignment.task)
        self.ledger = Ledger((label_of(row) for row in rows), event=event)
        row = study.row("annotate_last_seq", annotator=annotator)
        self.ledger.seq = max(self.ledger.seq, row["seq"] if row else 0)
        self.gold = self._gold()
        self.models = {run["id"]: run["model"] for run in study.rows("annotate_runs")}
        self.names = model_name_aliases(self.models.values())
        self.queue = self._queue()
        self._place_of = {entry.key: place for place, entry in enumerate(self.queue)}
        self.pages = EntryCache(study, assignment)
        self._informative = self._chooser() if assignment.order == "informative" else None
        with study.reading() as cursor:
            known = cursor.execute("SELECT 1 FROM assignments WHERE id = ?", [assignment.id]).fetchone()
        if not known:
            self._append([assignment.to_json()])

    def _gold(self) -> dict[str, str]:
        """What is taken as right, by entry; the gold annotator sees none."""
        gold, task = self.assignment.gold, self.assignment.task
        if gold is None or gold == self.annotator:
            return {}
        return {
            entry_of(task, row).key: row["answer"] for row in self.study.rows("annotate_gold", gold=gold, task=task)
        }

    def _queue(self) -> list[Entry]:
        entries = entries_of(self.study, self.assignment)
        if self.assignment.adjudicate:
            from interpref_db.annotation.quality import disagreements

            keys = disagreements(self.study, self.assignment, without=self.annotator)
            entries = [entry for entry in entries if entry.key in keys]
        try:
            mine = assignment_filter(self.assignment, self.annotator, len(entries))
        except ValueError as error:
            raise StudyError(str(error)) from None
        chosen = [one for n, one in enumerate(entries) if mine(n) or one.key in self.gold]
        if not chosen:
            what = "nobody disagrees about anything yet" if self.assignment.adjudicate else "there is nothing to label"
            raise StudyError(f"{what} for {self.annotator} in the task {self.assignment.task}")
        queue = order_entries(self.assignment, self.annotator, chosen)
        if self.gold and self.assignment.gold_rate:
            queue = interleave_gold(queue, set(self.gold), self.assignment.gold_rate)
        return queue

    def _chooser(self) -> PairSampler:
        from interpref_db.annotation.active_sampling import PairSampler

        return PairSampler(self.study, self.assignment, self.annotator)

    # -- going about -------------------------------------------------------------------------------------------------

    @property
    def decided(self) -> int:
        """How many entries of the queue have an answer."""
        return sum(1 for key in self.ledger.decisions() if key in self._place_of)

    def is_decided(self, place: int) -> bool:
        return self.ledger.current(self.queue[place]) is not None

    def next_undecided(self, after: int = -1) -> int | None:
        """The place of the next entry without an answer, from the start again after the end; None when all are done."""
        if self._informative is not None:
            waiting = [(n, entry) for n, entry in enumerate(self.queue) if not self.is_decided(n)]
            return self._informative.choose(waiting)
        total = len(self.queue)
        return next(
            (place % total for place in range(after + 1, after + 1 + total) if not self.is_decided(place % total)), None
        )

    def position_of(self, entry: Entry) -> int | None:
        return self._place_of.get(entry.key)

    def remaining(self, entry: Entry) -> Side | None:
        """Who stands left: drawn by the seed for this annotator and entry."""
        return left_side_for(self.assignment.seed, self.annotator, entry) if entry.task == "compare" else None

    def order(self, entry: Entry) -> int | None:
        return judge_order_for(self.assignment.seed, self.annotator, entry) if entry.task == "match" else None

    def texts(self, entry: Entry) -> EntryTexts | None:
        """What stands on the screen; read from the study when it is not at hand."""
        return self.pages.texts(entry, self._around(entry))

    def opinion(self, entry: Entry) -> Opinion | None:
        """What the judge makes of the entry, whatever the mode; None where it has not seen it."""
        return self.pages.opinion(entry, self.order(entry), self._around(entry))

    def prefetch(self, place: int) -> None:
        """Read what stands at a place and what comes after it, if it is not at hand; call it in a thread."""
        self.pages.prefetch([one.item for one in self.queue[place : place + _AHEAD]])

    def _around(self, entry: Entry) -> list[str]:
        place = self._place_of.get(entry.key, 0)
        return [one.item for one in self.queue[place : place + _AROUND]]

    # -- deciding ----------------------------------------------------------------------------------------------------

    def decide(self, entry: Entry, shown: str, how: LabelContext | None = None) -> Label:
        """Label an entry, or correct its label. Raises ValueError for an answer that the task does not take."""
        how = how or LabelContext()
        with self._lock:
            left, order = self.remaining(entry), self.order(entry)
            answer = resolve(entry, shown, left=left, order=order)
            before = self.ledger.current(entry)
            opinion = self._opinion_record(entry, how)
            first = self._first(entry, before, answer, how)
            mark = self.ledger.get_mark(entry)
            label = self._event(
                entry,
                "adjudication" if self.assignment.adjudicate else "label",
                answer=answer,
                shown=shown,
                left=left,
                order=order,
                model_a=self.models.get(entry.run_a or ""),
                model_b=self.models.get(entry.run_b or ""),
                supersedes=before.id if before else None,
                confidence=how.confidence,
                flagged=mark.flagged or None,
                comment=mark.comment or None,
                flags=self._flags(entry, shown, how),
                assignment=self.assignment.id,
                seed=self.assignment.seed,
                opinion=opinion,
                first=first,
                shown_at=how.shown_at,
                active=None if how.active is None else round(how.active, 3),
                elapsed=None if how.elapsed is None else round(how.elapsed, 3),
                guideline=self.assignment.guideline,
                gold=True if entry.key in self.gold else None,
                weight=self._weight(entry),
            )
            self._save(label)
            self._undone.clear()
            self._session.append(label)
        if self._informative is not None:
            self._informative.saw(label)
        return label

    def _first(self, entry: Entry, before: Label | None, answer: str, how: LabelContext) -> str | None:
        """The blind answer: of the label before, of a first key that was not yet a label, or this one."""
        if how.first is not None:
            return resolve(entry, how.first, left=self.remaining(entry), order=self.order(entry))
        old = before or (self.ledger.previous(entry) if how.opinion_seen else None)
        if old is not None:
            return old.first or old.answer
        return None if how.opinion_seen else answer

    def _opinion_record(self, entry: Entry, how: LabelContext) -> dict[str, object]:
        opinion = None if self.assignment.opinion == "never" else self.opinion(entry)
        record: dict[str, object] = {"mode": self.assignment.opinion, "seen": bool(opinion and how.opinion_seen)}
        if opinion is not None:
            record |= {"judge": opinion.judge} | ({"says": opinion.says} if opinion.says else {})
        return record

    def _flags(self, entry: Entry, shown: str, how: LabelContext) -> tuple[str, ...] | None:
        flags = []
        if how.active is not None and how.active < TOO_FAST and shown != SKIP:
            flags.append("fast")
        if how.practice:
            flags.append("practice")
        if self.pages.names_model(entry, self.names):
            flags.append("names a model")
        return tuple(flags) or None

    def _weight(self, entry: Entry) -> float | None:
        return None if self._informative is None else self._informative.weight(entry)

    def mark(self, entry: Entry, *, flagged: bool | None = None, comment: str | None = None) -> Label:
        """Flag an entry or write a comment beside it, with or without an answer."""
        with self._lock:
            label = self._event(entry, "mark", flagged=flagged, comment=comment, assignment=self.assignment.id)
            self._save(label)
        return label

    def undo(self) -> Label | None:
        """Take back the latest label, of whatever session; the label that was taken back, or None."""
        with self._lock:
            last = self.ledger.last_decision()
            if last is None:
                return None
            self._save(self._event(last.entry, "undo", undoes=last.id, assignment=self.assignment.id))
            self._undone.append(last)
        return last

    def redo(self) -> Label | None:
        """Give the label that was last undone in this session again; None when there is none."""
        with self._lock:
            if not self._undone:
                return None
            old = self._undone.pop()
            kept = {name: getattr(old, name) for name in _REPEATED}
            before = self.ledger.current(old.entry)
            again = self._event(old.entry, old.event, supersedes=before.id if before else None, **kept)
            self._save(again)
        return again

    def _event(self, entry: Entry, event: str, **more: object) -> Label:
        values: dict[str, object] = {
            "id": uuid7(),
            "task": entry.task,
            "annotator": self.annotator,
            "item": entry.item,
            "run_a": entry.run_a,
            "run_b": entry.run_b,
            "side": entry.side,
            "subject": entry.subject,
            "event": event,
            "seq": self.ledger.seq + 1,
            "decided_at": utc_now(),
            "program": __version__,
        }
        return Label(**(values | more))  # type: ignore[arg-type]  # checked by the tests of every task

    def _save(self, label: Label) -> None:
        self._append([label])
        self.ledger.add(label)

    def _append(self, lines: Sequence[Label | dict[str, object]]) -> None:
        try:
            self._journal.append(lines)
        except OSError as error:
            raise LabelNotSaved(f"not saved: {self._journal.path}: {error.strerror or error}") from None

    # -- ending ------------------------------------------------------------------------------------------------------

    @property
    def journal(self) -> Path:
        """Where the labels of this session are written."""
        return self._journal.path

    def take_notices(self) -> list[str]:
        """What the annotator should be told about the journal since the last time: it was removed under the session, say."""
        notices = list(self._journal.notices)
        self._journal.notices.clear()
        return notices

    def summary(self) -> Summary:
        times = [label.active for label in self._session if label.active is not None]
        return Summary(
            annotator=self.annotator,
            task=self.assignment.task,
            labelled=len({label.entry.key for label in self._session}),
            decided=self.decided,
            total=len(self.queue),
            undone=len(self._undone),
            changed=sum(1 for label in self._session if label.supersedes),
            median_seconds=median(times) if times else None,
        )

    def close(self) -> None:
        self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_REPEATED = (
    "answer", "shown", "left", "order", "model_a", "model_b", "confidence", "flagged", "comment", "flags", "assignment",
    "seed", "opinion", "first", "shown_at", "active", "elapsed", "guideline", "gold", "weight",
)  # fmt: skip
