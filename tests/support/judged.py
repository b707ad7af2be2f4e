"""A study with two judged runs, people's labels of three tasks, traces and comparisons: something behind every number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from interpref_core.records.runs import JudgeRun, Response, Run, Verdict
from tests.support.labels import label
from tests.support.studies import CHOICES, filled_study, small_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_core.records.base import CaseLabel, Record
    from interpref_db.study.study import Study
    from interpref_db.study.writer import Writer

# Patterns of the items 0-11, by run.
PATTERNS = {
    "one": ("LRRL",) * 6 + ("LLLL", "LRLR", "RLLR", "DDDD", "LRRU", "LLLL"),
    "two": ("LRRL",) * 3 + ("RRRR", "LLLL", "LRLL", "LRRL", "LRLR", "RLLR", "DDDD", "LLRR", "LLLL"),
}
LABELS: tuple[CaseLabel, ...] = ("direct content", "format", "logical", "irrelevant")


def judged_records(text: str = "plain") -> Iterator[Record]:
    """Twelve items; run one answers by a workflow, and from item 9 on with the same text for both sides."""
    for record in small_records(12, runs=("one", "two"), text=text):
        if isinstance(record, Run):
            yield replace(record, paradigm="wf" if record.id == "one" else "np")
        elif isinstance(record, Response):
            n = int(record.item[1:])
            said = (
                f"Both should try this, number {n}." if n >= 9 else f"Given your taste, {record.side * (n + 5)} it is."
            )
            about = f"likes {record.side}-things {n}"
            trace = {
                "extracted": [about],
                "relevant": [about] if n % 2 else ["nothing of it"],
                "instructions": ["Say so."],
            }
            yield replace(record, text=said, trace=trace if record.run == "one" else {})
        elif isinstance(record, Verdict):
            order = record.order or 1
            letter = PATTERNS[record.run][int((record.item or "i0")[1:])][order - 1]
            yield replace(record, choice=CHOICES[letter], case_label=LABELS[order - 1])
        else:
            yield record
    # A second judge over run one, which passes everything.
    yield JudgeRun(id="one/kind", run="one", judge="kind", model="kind", expected=12)
    for n in range(12):
        for order, letter in enumerate("LRRL", start=1):
            yield Verdict(
                id=f"kind-{n}-{order}",
                run="one",
                item=f"i{n}",
                judge="kind",
                order=order,
                choice=CHOICES[letter],
                judging="one/kind",
            )


def judged_study(path: Path, *, text: str = "plain") -> Study:
    """The study of these, open; `text` stands in every text of it."""

    def fill(writer: Writer) -> None:
        writer.add(judged_records(text), origin="test")
        labels = []
        for seq, (who, n, answer) in enumerate(
            [("ann", n, "right" if n < 5 else "wrong") for n in range(7)] + [("bo", n, "right") for n in range(4)]
        ):
            labels.append(label(who, f"i{n}", answer, seq, task="match", run_b=None, model_b=None, order=1))
        labels.append(
            label("ann", "i6", "ignores the preference; unhelpful", 30, task="failure", run_b=None, model_b=None)
        )
        labels.append(label("bo", "i7", "no failure", 31, task="failure", run_b=None, model_b=None))
        labels.append(label("bo", "i8", "1", 32, task="score", run_b=None, model_b=None, side="a"))
        for seq, (who, n, answer) in enumerate(
            [("ann", n, ("a", "b", "tie", "a")[n % 4]) for n in range(8)]
            + [("bo", n, ("a", "tie")[n % 2]) for n in range(8)],
            40,
        ):
            labels.append(label(who, f"i{n}", answer, seq))
        writer.add(labels, origin="test")

    return filled_study(path, f"judged {text}", fill)
