"""Annotation as the command line and the screens start it: options in, an assignment and a session out."""

from __future__ import annotations

import getpass
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path  # noqa: TC003 - a field of a dataclass
from typing import TYPE_CHECKING

from interpref_core.annotation.labels import Assignment
from interpref_core.annotation.tasks import SKIP
from interpref_db.annotation.entries import runs_of
from interpref_db.annotation.session import AnnotationSession
from interpref_db.errors import StudyError

if TYPE_CHECKING:
    from interpref_core.annotation.labels import OpinionMode, QueueOrder, Task
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentOptions:
    """What is asked for. Runs are identifiers or names; none means all that have answers."""

    task: Task = "compare"
    runs: tuple[str, ...] = ()
    order: QueueOrder = "random"
    seed: int = 0
    overlap: int | None = None
    among: tuple[str, ...] = ()
    opinion: OpinionMode = "after"
    judge: str | None = None
    both_bad: bool = True
    adjudicate: bool = False
    gold: str | None = None
    gold_rate: float | None = None
    guidelines: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorPreferences:
    """How one annotator likes to work; not part of the assignment. `confirm` asks for a second key, `advance` goes on to
    the next entry by itself, `practice` shows at once what the gold answer is."""

    confirm: bool = False
    advance: bool = True
    practice: bool = False


def make_assignment(study: Study, wanted: AssignmentOptions) -> Assignment:
    """The assignment that the options describe. Raises StudyError, one line."""
    if wanted.overlap is not None and not wanted.among:
        raise StudyError("an overlap needs the annotators' names: --among anna,ben,chen")
    if wanted.order == "informative" and wanted.task != "compare":
        raise StudyError("only compare has a most informative next entry; use --order random")
    if wanted.gold_rate is not None and not 0 < wanted.gold_rate <= 1:
        raise StudyError("the gold rate is a share: above 0, at most 1")
    runs = runs_of(study, wanted.runs, wanted.task)
    ids = tuple(run["id"] for run in runs)
    judge = wanted.judge
    if judge is None and wanted.opinion != "never" and ids:
        found = study.row("annotate_judge", runs=list(ids), compare=wanted.task == "compare")
        judge = found["judge"] if found else None
    text = _guidelines(wanted.guidelines)
    return Assignment(
        task=wanted.task,
        runs=ids,
        order=wanted.order,
        seed=wanted.seed,
        overlap=wanted.overlap,
        among=tuple(sorted(set(wanted.among))),
        opinion=wanted.opinion,
        judge=judge,
        both_bad=wanted.both_bad,
        adjudicate=wanted.adjudicate,
        gold=wanted.gold,
        gold_rate=wanted.gold_rate,
        guideline=None if text is None else hashlib.sha256(text.encode()).hexdigest()[:16],
        guideline_text=text,
    )


def _guidelines(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"the guidelines {path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def start_session(study: Study, annotator: str, wanted: AssignmentOptions) -> AnnotationSession:
    """A session for an annotator. Raises StudyError or StudyBusy, one line."""
    name = annotator.strip()
    if not name:
        raise StudyError("an annotator needs a name: --annotator NAME")
    return AnnotationSession(study, name, make_assignment(study, wanted))


FILTERS = ("all", "undecided", "decided", "flagged", "skipped", "tie")


def matches(session: AnnotationSession, place: int, wanted: str) -> bool:
    """Whether an entry of the queue is one of those that are `wanted`, one of FILTERS."""
    entry, ledger = session.queue[place], session.ledger
    label = ledger.current(entry)
    return {
        "all": True,
        "decided": label is not None,
        "undecided": label is None,
        "flagged": ledger.get_mark(entry).flagged,
        "skipped": label is not None and label.answer == SKIP,
        "tie": label is not None and label.answer in ("tie", "don't know", "unsure"),
    }[wanted]


def whoami() -> str:
    """The annotator when nobody is named: the login name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "annotator"


def stored_assignment(study: Study, identifier: str, *, adjudicate: bool = False) -> Assignment:
    """An assignment that the study knows, by its identifier or the beginning of it; with `adjudicate`, the one over what
    its annotators disagree about. Raises StudyError."""
    row = study.row("annotate_assignment", id=identifier)
    if row is None:
        raise StudyError(f"there is no assignment {identifier!r}; `interpref list {study.path} assignments` shows them")
    known = {name: value for name, value in row.items() if name not in ("id", "queue_order") and value is not None}
    known |= {
        "order": row["queue_order"] or "random",
        "runs": tuple(row["runs"] or ()),
        "among": tuple(row["among"] or ()),
    }
    assignment = Assignment(**known)
    if adjudicate and not assignment.adjudicate:
        assignment = replace(assignment, adjudicate=True, overlap=None, among=(), gold=None, gold_rate=None)
    return assignment
