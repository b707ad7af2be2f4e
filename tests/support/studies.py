"""Small studies for tests."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from interpref_core.ids import content_hash
from interpref_core.orders import ORDERS
from interpref_core.records.data import History, Item, Pair, Preference, Turn
from interpref_core.records.runs import JudgeRun, Response, Run, Verdict
from interpref_db.study.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from interpref_core.records.base import Choice, Record
    from interpref_db.study.writer import Writer

HOSTILE = '[/] [b [1, "3"] [red]x[/red] \x1b[31mred\x1b[0m \x1b]0;title\x07 \x00 \u202eabc 界面🙂 =1+1 \'; DROP TABLE items; --'
CHOICES: dict[str, Choice] = {"L": "Left", "R": "Right", "D": "Don't know", "U": "Unreadable"}


def small_records(
    items: int = 3, *, runs: tuple[str, ...] = ("one",), pattern: str = "LRRL", text: str = "plain"
) -> Iterator[Record]:
    """Items with pairs, histories of four turns, runs with responses, and a judge's verdicts of one pattern."""
    for n in range(items):
        for side in ("a", "b"):
            turns = tuple(
                Turn(role="user" if k % 2 == 0 else "assistant", content=f"{text} turn {k} of {n}{side}")
                for k in range(4)
            )
            yield History(id=f"h{n}{side}", turns=turns, source="test", language="en")
            yield Preference(
                id=f"p{n}{side}",
                text=f"The user likes {side}-things {n}. {text}",
                category="Lifestyle",
                extra={"topic": "things"},
            )
        yield Pair(id=f"q{n}", a=f"p{n}a", b=f"p{n}b", topic="things")
        yield Item(
            id=f"i{n}",
            query=f"What about things, number {n}? {text}",
            pair=f"q{n}",
            history_a=f"h{n}a",
            history_b=f"h{n}b",
        )
    for run in runs:
        yield Run(id=run, name=run, model=f"model-{run}", paradigm="np", expected=items)
        yield JudgeRun(id=f"{run}/judge", run=run, judge="judge", model="judge", expected=items)
        for n in range(items):
            for side in ("a", "b"):
                yield Response(
                    id=f"{run}/{n}{side}",
                    run=run,
                    item=f"i{n}",
                    side="a" if side == "a" else "b",
                    text=f"{text} answer {side} to {n}",
                )
            for order, letter in zip(ORDERS, pattern, strict=True):
                yield Verdict(
                    id=f"{run}/{n}/{order.number}", run=run, item=f"i{n}", judge="judge", order=order.number,
                    choice=CHOICES[letter], reasoning=f"{text} because {order.number}", case_label="direct content",
                    raw=f"raw {text}", parsed_by="json", judging=f"{run}/judge",
                )  # fmt: skip


def small_study(path: Path, records: Iterator[Record] | None = None) -> Study:
    """A study file with these records, open."""
    given = list(records if records is not None else small_records())

    def fill(writer: Writer) -> None:
        writer.add(given, origin="test")

    return filled_study(path, content_hash("small", *(record.to_json() for record in given)), fill)


def filled_study(path: Path, name: str, fill: Callable[[Writer], None]) -> Study:
    """A new study with what `fill` adds, open. What has the same name in the same process is made once and then copied."""
    assert not path.exists()
    made = _made().joinpath(f"{content_hash(name)}.duckdb")
    if not made.exists():
        with Study.open(made, create=True) as study, study.writing("test") as writer:
            fill(writer)
            writer.fold("test")
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made, path)
    return Study.open(path)


@cache
def _made() -> Path:
    """Where the made studies of this process are, until it ends."""
    folder = Path(tempfile.mkdtemp(prefix="interpref-made-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
