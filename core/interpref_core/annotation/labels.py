"""Labels as append-only events, and the assignment that they belong to.

Nothing is ever changed: a correction is a label that supersedes, an undo is an event that takes a label back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from interpref_core.ids import content_hash
from interpref_core.records.base import Json, Record, Side

Task = Literal["compare", "match", "query", "score", "failure"]
Event = Literal["label", "undo", "mark", "adjudication"]
QueueOrder = Literal["fixed", "random", "informative"]
OpinionMode = Literal["after", "before", "never"]

TASKS: tuple[Task, ...] = ("compare", "match", "query", "score", "failure")
QUEUE_ORDERS: tuple[QueueOrder, ...] = ("fixed", "random", "informative")
OPINION_MODES: tuple[OpinionMode, ...] = ("after", "before", "never")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to label: for `compare` an item and two runs (`run_a` before `run_b`), for `match` and `failure` an
    item and a run, for `score` a side of it as well, for `query` an item's query (`subject` names a candidate of it; a
    candidate that is no item yet stands in the place of the item)."""

    task: Task
    item: str
    run_a: str | None = None
    run_b: str | None = None
    side: Side | None = None
    subject: str | None = None

    @property
    def key(self) -> str:
        """Names the entry, the same on every machine."""
        parts = (self.task, self.item, self.run_a, self.run_b, self.side, self.subject)
        return "\x1f".join(part or "" for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment(Record):
    """What a group of annotators is asked. Its `id` is the hash of the rest: the same settings are the same assignment.

    `runs` are identifiers, sorted. With `overlap` k, each entry goes to k of the annotators in `among`; else everyone
    gets all. `gold` names the annotator whose labels are taken as right, shown at `gold_rate` (a share of the queue).
    `guideline` is the hash of `guideline_text`.
    """

    type: ClassVar[str] = "assignment"
    task: Task
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
    guideline: str | None = None
    guideline_text: str | None = None

    @property
    def id(self) -> str:
        return content_hash(Record.to_json(self))[:32]

    def to_json(self) -> Json:
        line = Record.to_json(self)
        return {"type": line.pop("type"), "id": self.id, **line}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label(Record):
    """One event of one annotator on one entry.

    `answer` is resolved (compare: a, b, tie, both bad, skip; match: right, wrong, don't know, skip; query: accept,
    refuse, unsure, skip; score: 1-5, skip; failure: names joined by "; ", none, skip), `shown` is the same as it was
    seen (left, right, tie, ...). `left` is who stood left, `order` the order of the judge's four that a match showed.
    `first` is the answer before an opinion was seen, `opinion` what the opinion said and whether it was seen. Times are
    ISO 8601; `active` and `elapsed` are seconds, `active` only while the terminal had the focus and hands were moving.
    `weight` is the share of undecided entries among which this one was drawn, where the order was not even.
    """

    type: ClassVar[str] = "label"
    id: str
    task: Task
    annotator: str
    item: str
    event: Event
    seq: int
    decided_at: str
    run_a: str | None = None
    run_b: str | None = None
    side: Side | None = None
    subject: str | None = None
    model_a: str | None = None
    model_b: str | None = None
    answer: str | None = None
    shown: str | None = None
    left: Side | None = None
    order: int | None = None
    supersedes: str | None = None
    undoes: str | None = None
    confidence: int | None = None
    comment: str | None = None
    flagged: bool | None = None
    flags: tuple[str, ...] | None = None
    assignment: str | None = None
    seed: int | None = None
    opinion: Json = field(default_factory=dict)
    first: str | None = None
    shown_at: str | None = None
    active: float | None = None
    elapsed: float | None = None
    guideline: str | None = None
    gold: bool | None = None
    weight: float | None = None
    program: str | None = None

    @property
    def entry(self) -> Entry:
        return Entry(
            task=self.task, item=self.item, run_a=self.run_a, run_b=self.run_b, side=self.side, subject=self.subject
        )
