"""What everybody's labels come to: agreement, pace, gold, what opinions did, and where people disagree."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from interpref_core.annotation.opinion_flips import OpinionVote, count_flips
from interpref_core.annotation.stopwatch import TOO_FAST
from interpref_core.annotation.tasks import SKIP
from interpref_core.metrics.rate_intervals import wilson_interval
from interpref_core.text.lenient_json import read_object
from interpref_db.annotation.entries import JudgeVerdicts
from interpref_db.annotation.row_mapping import entry_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interpref_core.annotation.labels import Assignment, Entry, Task
    from interpref_db.study.study import Study


@dataclass(slots=True)
class Pace:
    """One annotator. Times are seconds at the screen; `per_hour` follows from their sum. Gold counts are of gold entries."""

    annotator: str
    labels: int = 0
    skipped: int = 0
    fast: int = 0
    gold_right: int = 0
    gold_seen: int = 0
    seconds: list[float] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        total = sum(self.seconds)
        gold = wilson_interval(self.gold_right, self.gold_seen)
        return {
            "annotator": self.annotator,
            "labels": self.labels,
            "skipped": self.skipped,
            "median_seconds": median(self.seconds) if self.seconds else None,
            "per_hour": 3600 * len(self.seconds) / total if total else None,
            "fast": self.fast,
            "gold": {"n": gold.n, "right": gold.count, "rate": gold.rate, "low": gold.low, "high": gold.high},
        }


@dataclass(frozen=True, slots=True)
class Votes:
    """Everybody's current label of one entry: annotator, answer and confidence."""

    entry: Entry
    answers: tuple[tuple[str, str, int | None], ...]

    @property
    def disputed(self) -> bool:
        """Two different answers (skips apart), or one given with little confidence."""
        said = {answer for _, answer, _ in self.answers if answer != SKIP}
        unsure = any(confidence is not None and confidence <= 2 for _, _, confidence in self.answers)
        return len(said) > 1 or unsure


def current_rows(study: Study, task: Task, runs: Sequence[str]) -> list[dict[str, Any]]:
    """Everybody's current labels of a task over some runs (all when none is named), adjudications too."""
    return study.rows("annotate_everyone", task=task, runs=list(runs))


def load_votes(task: Task, rows: Iterable[dict[str, Any]], *, without: str | None = None) -> dict[str, Votes]:
    """The labels of each entry by its key, adjudications and one annotator left out."""
    found: dict[str, list[tuple[str, str, int | None]]] = defaultdict(list)
    entries: dict[str, Entry] = {}
    for row in rows:
        if row["event"] != "label" or row["answer"] is None or row["annotator"] == without:
            continue
        entry = entry_of(task, row)
        entries[entry.key] = entry
        found[entry.key].append((row["annotator"], row["answer"], row["confidence"]))
    return {key: Votes(entries[key], tuple(answers)) for key, answers in found.items()}


def disagreements(study: Study, assignment: Assignment, *, without: str | None = None) -> set[str]:
    """The keys of entries over which people disagree, or were unsure."""
    rows = current_rows(study, assignment.task, assignment.runs)
    return {key for key, votes in load_votes(assignment.task, rows, without=without).items() if votes.disputed}


def quality(
    study: Study,
    task: Task,
    runs: Sequence[str],
    *,
    judge: str | None = None,
    gold: str | None = None,
    full: bool = True,
) -> dict[str, Any]:
    """The quality report of a task over some runs, as JSON. Without `full`, intervals by resampling are left out.

    Keys: task, labels, entries, annotators (pace, gold), agreement, judge, opinion, disputed.
    """
    from interpref_core.metrics.agreement import agreement, hard_and_soft
    from interpref_core.metrics.ratings import Ratings

    rows = [row for row in current_rows(study, task, runs) if row["event"] == "label" and row["answer"] is not None]
    votes = load_votes(task, rows)
    taken_as_right = {key: answer for key, one in votes.items() for who, answer, _ in one.answers if who == gold}
    counted = [row for row in rows if row["answer"] != SKIP and row["annotator"] != gold]
    ratings = Ratings.of((entry_of(task, row).key, row["annotator"], row["answer"]) for row in counted)
    report: dict[str, Any] = {
        "task": task,
        "labels": len(rows),
        "entries": len(votes),
        "annotators": [one.to_json() for one in _paces(task, rows, taken_as_right, gold)],
        "agreement": agreement(ratings, ordinal=task == "score", resamples=1000 if full else 0).to_json(),
        "judge": _human_by_judge(study, task, counted, runs, judge),
        "opinion": count_flips(_votes_on_opinions(task, counted, taken_as_right)).to_json(),
        "disputed": sum(1 for one in votes.values() if one.disputed),
    }
    if task == "compare":
        hard, soft = hard_and_soft(ratings, ties={"tie", "both bad"})
        report["disagreements"] = {"hard": hard, "soft": soft}
    return report


def _paces(task: Task, rows: list[dict[str, Any]], right: dict[str, str], gold: str | None) -> list[Pace]:
    paces: dict[str, Pace] = {}
    for row in rows:
        pace = paces.setdefault(row["annotator"], Pace(row["annotator"]))
        pace.labels += 1
        pace.skipped += row["answer"] == SKIP
        if row["active"] is not None:
            pace.seconds.append(row["active"])
            pace.fast += row["active"] < TOO_FAST and row["answer"] != SKIP
        wanted = right.get(entry_of(task, row).key)
        if wanted is not None and row["annotator"] != gold and row["answer"] != SKIP:
            pace.gold_seen += 1
            pace.gold_right += row["answer"] == wanted
    return sorted(paces.values(), key=lambda one: (-one.labels, one.annotator))


def _votes_on_opinions(task: Task, rows: list[dict[str, Any]], right: dict[str, str]) -> list[OpinionVote]:
    found = []
    for row in rows:
        opinion = read_object(row["opinion"])
        found.append(
            OpinionVote(
                first=row["first"],
                final=row["answer"],
                says=opinion.get("says"),
                seen=bool(opinion.get("seen")),
                mode=str(opinion.get("mode")),
                gold=right.get(entry_of(task, row).key),
            )
        )
    return found


def _human_by_judge(
    study: Study, task: Task, rows: list[dict[str, Any]], runs: Sequence[str], judge: str | None
) -> dict[str, Any] | None:
    """How often people and the judge say the same, over all labels that a verdict stands against."""
    if task not in ("compare", "match") or not rows:
        return None
    from interpref_core.metrics.agreement import cohen

    involved = sorted(set(runs) | {run for row in rows for run in (row["run_a"], row["run_b"]) if run})
    if judge is None:
        found = study.row("annotate_judge", runs=involved, compare=False)
        judge = found["judge"] if found else None
    if judge is None:
        return None
    verdicts = JudgeVerdicts(study, judge, sorted({row["item"] for row in rows}), involved)
    human: list[str] = []
    machine: list[str] = []
    for row in rows:
        opinion = verdicts.opinion(entry_of(task, row), row["order_number"])
        if opinion is not None and opinion.says is not None:
            human.append("tie" if row["answer"] == "both bad" else row["answer"])
            machine.append(opinion.says)
    same = wilson_interval(sum(a == b for a, b in zip(human, machine, strict=True)), len(human))
    kappa = cohen(human, machine)
    return {
        "judge": judge,
        "n": same.n,
        "same": same.count,
        "rate": same.rate,
        "low": same.low,
        "high": same.high,
        "cohen": kappa.value,
        "note": kappa.note,
    }
