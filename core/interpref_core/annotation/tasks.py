"""The five tasks: which answers each takes, and how an answer as shown becomes one that no order can turn round.

`compare` is the paper's Figure 7; `match` is the human side of its four-order judge (section 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpref_core.orders import ORDERS

if TYPE_CHECKING:
    from interpref_core.annotation.labels import Assignment, Entry, Task
    from interpref_core.records.base import Side

SKIP = "skip"
SHOWN = ("left", "right", "tie", "both bad")

# PrefEval's four ways to go wrong (FACTS: error types), and that there is nothing wrong at all.
FAILURES = (
    "ignores the preference",
    "contradicts the preference",
    "invents a preference",
    "unhelpful",
    "no failure",
)
NO_FAILURE = FAILURES[-1]


@dataclass(frozen=True, slots=True)
class TaskWords:
    """How a task is spoken of: its question, and what left, right, tie and both bad mean in it."""

    question: str
    left: str | None
    right: str | None
    tie: str | None
    both_bad: str | None = None


WORDS: dict[Task, TaskWords] = {
    "compare": TaskWords(
        "Which pair of answers shows more regard for the two preferences?", "left", "right", "tie", "both bad"
    ),
    "match": TaskWords("Which answer is for preference 1?", "left", "right", "can't tell"),
    "query": TaskWords(
        "Could both users ask this, and would they want different answers? (right accepts, left refuses, tie: unsure)",
        "refuse",
        "accept",
        "unsure",
    ),
    "score": TaskWords("How well does the answer regard the preference? (1 not at all, 5 fully)", None, None, None),
    "failure": TaskWords(
        f"What went wrong? {'  '.join(f'{n} {name}' for n, name in enumerate(FAILURES, start=1))}  (space saves)",
        None,
        None,
        None,
    ),
}

_QUERY: dict[str, str | None] = {"left": "refuse", "right": "accept", "tie": "unsure"}


def allowed_answers(assignment: Assignment) -> tuple[str, ...]:
    """The answers as shown that an assignment takes, skip included."""
    if assignment.task == "score":
        return ("1", "2", "3", "4", "5", SKIP)
    if assignment.task == "failure":
        return (*FAILURES, SKIP)
    sides = ("left", "right", "tie")
    return (*sides, "both bad", SKIP) if assignment.task == "compare" and assignment.both_bad else (*sides, SKIP)


def resolve(entry: Entry, shown: str, *, left: Side | None, order: int | None) -> str:
    """The answer that `shown` stands for, however the sides stood. Raises ValueError for what the task does not take."""
    if shown == SKIP:
        return SKIP
    if entry.task == "failure":
        return _failures(shown)
    answers: dict[str, str | None] = dict.fromkeys("12345")
    if entry.task == "compare":
        other: Side = "b" if left == "a" else "a"
        answers = {"left": left or "a", "right": other, "tie": "tie", "both bad": "both bad"}
    elif entry.task == "match":
        right = ORDERS[(order or 1) - 1].right.lower()
        answers = {"left": "wrong", "right": "wrong", "tie": "don't know", right: "right"}
    elif entry.task == "query":
        answers = _QUERY
    elif shown in answers:
        return shown
    answer = answers.get(shown)
    if answer is None:
        raise ValueError(f"{shown!r} is no answer to {entry.task}")
    return answer


def _failures(shown: str) -> str:
    """Failure categories in their own order; that there is none stands alone."""
    names = shown.split("; ")
    if not all(name in FAILURES for name in names) or (NO_FAILURE in names and len(names) > 1):
        raise ValueError(f"{shown!r} are no failure categories")
    return "; ".join(name for name in FAILURES if name in names)
