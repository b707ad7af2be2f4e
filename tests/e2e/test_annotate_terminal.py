"""Four hundred items labelled through a real terminal by keys alone."""

from __future__ import annotations

import random
import re
import time
from typing import TYPE_CHECKING

import pytest

from interpref_db.study.study import Study
from tests.support.cli import COMMAND, environment, interpref
from tests.support.studies import HOSTILE, small_records, small_study
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = 400
KEYS = {
    b"h": "left",
    b"l": "right",
    b"t": "tie",
    b"b": "both bad",
    b"\x1b[D": "left",
    b"\x1b[C": "right",
    b"\x1b[A": "tie",
    b"s": "skip",
}


def decided(terminal: Terminal) -> int | None:
    found = re.search(rf"compare (\d+)/{ITEMS}", terminal.text)
    return int(found[1]) if found else None


def wait_for_count(terminal: Terminal, wanted: int, seconds: float = 30) -> None:
    end = time.perf_counter() + seconds
    while decided(terminal) != wanted:
        if time.perf_counter() > end:
            raise TimeoutError(f"{decided(terminal)} instead of {wanted}:\n{terminal.text}")
        terminal.read(0.02)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 60)])
def test_four_hundred_items_with_undo_correction_and_resume(tmp_path: Path, columns: int, rows: int) -> None:
    study = tmp_path / "s.duckdb"
    small_study(study, small_records(ITEMS, runs=("one", "two"), text=HOSTILE[:40])).close()
    command = [*COMMAND, "annotate", str(study), "--annotator", "ann", "--task", "compare", "--runs", "one", "two"]
    chance = random.Random(3)
    shown: list[str] = []
    keys = list(KEYS)

    def vote(terminal: Terminal, times: int) -> None:
        for _ in range(times):
            key = chance.choice(keys)
            shown.append(KEYS[key])
            terminal.send(key)
            # Arrows end in letters: what comes too close together is another key.
            terminal.read(0.002)
        wait_for_count(terminal, len(shown))

    with Terminal(command, environment(tmp_path), columns=columns, rows=rows) as terminal:
        terminal.wait_for(f"compare 0/{ITEMS}")
        for _ in range(12):
            vote(terminal, 1)
        # Undo three, and again.
        for _ in range(3):
            terminal.send(b"u")
            shown.pop()
            wait_for_count(terminal, len(shown))
        vote(terminal, 60)
        # Back by two, another answer; on to the next undecided by itself.
        terminal.send(b"[")
        terminal.wait_for(f"entry {len(shown)} ", 60)
        terminal.send(b"[")
        terminal.wait_for(f"entry {len(shown) - 1} ", 60)
        terminal.send(b"b")
        shown[-2] = "both bad"
        terminal.wait_for(f"entry {len(shown) + 1} ", 60)
        while len(shown) < 200:
            vote(terminal, 20)
        terminal.send(b"\x1b")
        terminal.wait_for(f"{len(shown)} of {ITEMS} decided", 60)
    with Terminal(command, environment(tmp_path), columns=columns, rows=rows) as terminal:
        terminal.wait_for(f"compare {len(shown)}/{ITEMS}")
        assert f"entry {len(shown) + 1} " in terminal.text
        while len(shown) < ITEMS:
            vote(terminal, min(20, ITEMS - len(shown)))
        terminal.wait_for("everything is decided", 60)
    with Study.open(study) as opened, opened.reading() as cursor:
        query = "SELECT item, shown, answer, left_is FROM current_labels WHERE annotator = 'ann'"
        found = {item: (saw, answer, left) for item, saw, answer, left in cursor.execute(query).fetchall()}
    assert len(found) == ITEMS
    from interpref_core.annotation.labels import Assignment, Entry
    from interpref_core.annotation.queue import order_entries

    entries = [Entry(task="compare", item=f"i{n}", run_a="one", run_b="two") for n in range(ITEMS)]
    queue = order_entries(Assignment(task="compare", runs=("one", "two")), "ann", entries)
    assert [found[entry.item][0] for entry in queue] == shown
    for saw, answer, left in found.values():
        if saw in ("left", "right"):
            assert answer == (left if saw == "left" else {"a": "b", "b": "a"}[left])
    status = interpref(tmp_path, "annotate", study, "--status", "--json").json
    assert (status["entries"], status["total"]) == (ITEMS, ITEMS)
