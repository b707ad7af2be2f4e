"""Studies in which people have labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_core.annotation.labels import Assignment, Entry, Label
from interpref_core.records.runs import Comparison
from tests.support.studies import filled_study, small_records

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_db.study.study import Study
    from interpref_db.study.writer import Writer

ANSWERS = ("a", "b", "tie", "both bad", "skip", "a", "a", "tie")


def label(annotator: str, item: str, answer: str | None, seq: int, **more: Any) -> Label:
    """One event of the task compare over the runs one and two."""
    return Label(
        **{
            "id": f"{annotator}-{seq}",
            "task": "compare",
            "annotator": annotator,
            "item": item,
            "event": "label",
            "seq": seq,
            "decided_at": f"2026-11-23T10:{seq:02d}:00.000Z",
            "run_a": "one",
            "run_b": "two",
            "model_a": "model-one",
            "model_b": "model-two",
            "answer": answer,
            "shown": {"a": "left", "b": "right"}.get(answer or "", answer),
            "left": "a",
            **more,
        }
    )


def labelled_study(path: Path, *, text: str = "plain", items: int = 8) -> Study:
    """Two runs over eight items; two people labelled them, and one comparison of another kind was imported."""

    def fill(writer: Writer) -> None:
        writer.add(small_records(items, runs=("one", "two"), text=text), origin="test")
        writer.add([Assignment(task="compare", runs=("one", "two"))], origin="test")
        for who, answers in (("ann", ANSWERS), ("bo", ANSWERS[::-1])):
            writer.add(
                [
                    label(
                        who, f"i{n % items}", answer, n, left="b" if n % 3 else "a", confidence=n % 5 + 1,
                        opinion={"mode": "after", "seen": True, "says": "a", "judge": "judge"},
                    )
                    for n, answer in enumerate(answers)
                ],
                origin="test",
            )  # fmt: skip
        writer.add([label("ann", "i1", None, 20, event="mark", comment=f"hm {text}", flagged=True)], origin="test")
        writer.add(
            [
                Comparison(
                    id="imported", annotator="cy", model_a="model-two", model_b="model-one", winner="b", item="i2",
                    run_a="two", run_b="one", time="2026-11-23T11:00:00.000Z",
                )
            ],
            origin="test",
        )  # fmt: skip

    return filled_study(path, f"labelled {items} {text}", fill)


def compare_entry(item: str) -> Entry:
    return Entry(task="compare", item=item, run_a="one", run_b="two")
