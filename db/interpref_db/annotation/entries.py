"""What there is to label: the entries of an assignment, and the texts that stand on the screen for each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interpref_core.annotation.ai_opinion import Opinion, opinion_for_comparison, opinion_for_match, opinion_for_pair
from interpref_core.annotation.labels import Entry
from interpref_core.ids import content_hash
from interpref_core.orders import LETTERS
from interpref_core.records.base import SIDES
from interpref_core.text.lenient_json import read_list
from interpref_core.text.lenient_json import texts_of as texts_of_json
from interpref_db.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interpref_core.annotation.labels import Assignment, Task
    from interpref_core.records.base import Side
    from interpref_db.study.study import Study

_LETTER = {str(choice): letter for choice, letter in LETTERS.items()}


@dataclass(slots=True)
class EntryTexts:
    """What an item says, and the responses of the runs at hand: `responses[run, side]`."""

    query: str
    a: str | None
    b: str | None
    topic: str | None
    category: str | None
    responses: dict[tuple[str, Side], str] = field(default_factory=dict)


def runs_of(study: Study, wanted: Sequence[str], task: Task) -> list[dict[str, str]]:
    """The runs (id, name, model) that an assignment is about, by identifier or name; all that have answers when none is
    named. Sorted by identifier. Raises StudyError with the way out."""
    there = study.rows("annotate_runs")
    if task == "query" and not wanted:
        return []
    if not there:
        raise StudyError("no run has answers yet; `interpref generate` makes some")
    found: dict[str, dict[str, str]] = {}
    for name in wanted:
        matching = [run for run in there if name in (run["id"], run["name"])]
        if not matching:
            names = ", ".join(run["name"] for run in there[:8])
            raise StudyError(f"there is no run {name!r} with answers; there are {names}")
        chosen = next((run for run in matching if run["id"] == name), matching[-1])
        found[chosen["id"]] = chosen
    runs = [found[key] for key in sorted(found)] if wanted else there
    if task == "compare" and len(runs) < 2:
        raise StudyError("compare needs two runs with answers: --runs A B")
    return runs


def entries_of(study: Study, assignment: Assignment) -> list[Entry]:
    """Every entry of an assignment, in an order that only grows at the end when items are added."""
    task, runs = assignment.task, list(assignment.runs)
    if task == "query":
        asked = study.rows("annotate_queries")
        return [entry for row in asked for entry in _queries(row["item"], row["query"], row["candidates"])]
    items = study.rows("annotate_items")
    if task == "failure":
        pairs = study.rows("annotate_failed", runs=runs, judge=assignment.judge)
    else:
        pairs = study.rows("annotate_answered", runs=runs)
    has = {(row["run"], row["item"]) for row in pairs}
    entries: list[Entry] = []
    for row in items:
        item = row["item"]
        answered = [run for run in runs if (run, item) in has]
        if task == "compare":
            entries += [Entry(task=task, item=item, run_a=a, run_b=b) for a, b in itertools.combinations(answered, 2)]
        elif task == "score":
            entries += [Entry(task=task, item=item, run_a=run, side=side) for run in answered for side in SIDES]
        else:
            entries += [Entry(task=task, item=item, run_a=run) for run in answered]
    return entries


def _queries(item: str, query: str, candidates: str | None) -> Iterable[Entry]:
    """The item's own query, then its candidates, each named by the hash of its text. Candidates that construction made stand
    for themselves: their `item` is the query."""
    yield Entry(task="query", item=item)
    for text in texts_of_json(candidates):
        if text != query:
            yield Entry(task="query", item=item, subject=content_hash(text)[:16])


def texts_of(study: Study, items: Sequence[str], runs: Sequence[str]) -> dict[str, EntryTexts]:
    """The texts of some items by identifier."""
    found: dict[str, EntryTexts] = {}
    for row in study.rows("annotate_texts", items=list(items), runs=list(runs)):
        texts = EntryTexts(row["query"], row["a"], row["b"], row["topic"], row["category"])
        for response in row["responses"] or ():
            texts.responses[response["run"], response["side"]] = response["text"]
        found[row["item"]] = texts
    return found


def candidate_text(study: Study, entry: Entry) -> str | None:
    """The text of a candidate query; None for the item's own."""
    if entry.subject is None:
        return None
    for row in study.rows("annotate_items"):
        if row["item"] == entry.item:
            candidates = texts_of_json(row["candidates"])
            return next((text for text in candidates if content_hash(text)[:16] == entry.subject), None)
    return None


class JudgeVerdicts:
    """A judge's verdicts of some items, and the opinions that they make."""

    def __init__(self, study: Study, judge: str, items: Sequence[str], runs: Sequence[str]) -> None:
        self._judge = judge
        self._found: dict[tuple[str, str], dict[int, tuple[str, str]]] = {}
        for row in study.rows("annotate_verdicts", judge=judge, items=list(items), runs=list(runs)):
            orders = self._found.setdefault((row["run"], row["item"]), {})
            orders[row["order_number"]] = (row["choice"], row["reasoning"] or "")
        self._compared: dict[tuple[str, str, str], Opinion] = {}
        for row in study.rows("annotate_compared", judge=judge, items=list(items), runs=list(runs)):
            orders_said = read_list(row["orders"])
            for turned, key in ((False, (row["run_a"], row["run_b"])), (True, (row["run_b"], row["run_a"]))):
                self._compared[row["item"], *key] = opinion_for_pair(judge, row["winner"], orders_said, turned=turned)

    def pattern(self, run: str | None, item: str) -> str | None:
        """The four verdicts of a run's item as letters; None unless there are all four."""
        orders = self._found.get((run or "", item), {})
        if len(orders) < 4:
            return None
        return "".join(_LETTER.get(orders[number][0], "U") for number in (1, 2, 3, 4))

    def opinion(self, entry: Entry, order: int | None) -> Opinion | None:
        """What the judge makes of an entry, if it has seen it."""
        first = {side: self._found.get((run or "", entry.item), {}).get(1) for side, run in _runs(entry)}
        if entry.task == "compare":
            compared = self._compared.get((entry.item, entry.run_a or "", entry.run_b or ""))
            if compared is not None:
                return compared
            patterns = {side: self.pattern(run, entry.item) for side, run in _runs(entry)}
            reasons = {side: found[1] for side, found in first.items() if found}
            return opinion_for_comparison(self._judge, patterns, reasons)
        if entry.task == "match" and order is not None:
            seen = self._found.get((entry.run_a or "", entry.item), {}).get(order)
            return opinion_for_match(self._judge, seen[0], order, seen[1]) if seen else None
        pattern = self.pattern(entry.run_a, entry.item)
        if pattern is None:
            return None
        listed = "\n".join(
            f"order {number}: {choice}. {reason}"
            for number, (choice, reason) in sorted(self._found[entry.run_a or "", entry.item].items())
        )
        return Opinion(self._judge, None, {"all": f"{pattern}\n{listed}"})


def _runs(entry: Entry) -> tuple[tuple[Side, str | None], tuple[Side, str | None]]:
    return ("a", entry.run_a), ("b", entry.run_b)
