"""Ten people in ten processes label one study while a run writes it; processes are killed at random and started again."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from interpref_db.study.study import Study
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE, LABELS, KILLS = 10, 1000, 15

# Labels what is undecided, one after the other and read ahead as the screen does, and says each label once it is on the disk.
ANNOTATOR = """
import random, sys
from pathlib import Path
from interpref_core.annotation.labels import Assignment
from interpref_db.annotation.session import AnnotationSession
from interpref_db.study.study import Study
path, name, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
chance = random.Random(seed)
with Study.open(path) as study:
    with AnnotationSession(study, name, Assignment(task="compare", runs=("one", "two"), judge="judge")) as session:
        place = session.next_undecided()
        while place is not None:
            session.prefetch(place)
            label = session.decide(session.queue[place], chance.choice(["left", "right", "tie"]))
            print(label.id, label.entry.item, label.answer, flush=True)
            place = session.next_undecided(place)
print("done", flush=True)
"""

# A run: appends to its journal all the time, and folds what nobody writes into the study.
RUN = """
import sys, time
from pathlib import Path
from interpref_core.records.runs import Response
from interpref_db.study.journal import JournalWriter
from interpref_db.errors import StudyBusy
from interpref_db.study.study import Study
path = Path(sys.argv[1])
n = 0
with Study.open(path) as study:
    while True:
        with JournalWriter(study.places.run_journal(f"more-{n}"), what="a run") as journal:
            for k in range(20):
                journal.append([Response(id=f"more-{n}-{k}", run="one", item=f"i{k}", side="a", text="more")])
                time.sleep(0.005)
        try:
            with study.writing("a run"):
                pass
        except StudyBusy:
            pass
        n += 1
"""


class Annotator:
    """One person: a process that is started again when it was killed."""

    def __init__(self, study: Path, number: int) -> None:
        self.study, self.name, self.number = study, f"p{number}", number
        self.acknowledged: list[tuple[str, str, str]] = []
        self.done = False
        self.starts = 0
        self.errors = ""
        self.start()

    def start(self) -> None:
        self.starts += 1
        command = [sys.executable, "-c", ANNOTATOR, str(self.study), self.name, str(self.number * 100 + self.starts)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not line.endswith("\n"):
                break
            if line == "done\n":
                self.done = True
            else:
                identifier, item, answer = line.split()
                self.acknowledged.append((identifier, item, answer))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.reader.join()
        self.start()

    def ended(self) -> bool:
        if self.process.poll() is None:
            return False
        self.reader.join()
        if not self.done:
            assert self.process.stderr is not None
            self.errors = self.process.stderr.read()
        return True


def test_ten_people_a_run_and_kill_9_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(LABELS, runs=("one", "two"))).close()
    running = subprocess.Popen([sys.executable, "-c", RUN, str(path)], stderr=subprocess.PIPE, text=True)
    people = [Annotator(path, n) for n in range(PEOPLE)]
    chance = random.Random(7)
    killed = 0
    try:
        while not all(one.ended() for one in people):
            time.sleep(chance.uniform(0.2, 0.6))
            alive = [one for one in people if one.process.poll() is None and one.acknowledged]
            if killed < KILLS and alive:
                chance.choice(alive).kill()
                killed += 1
        assert [one.errors for one in people if not one.done] == []
        assert running.poll() is None, running.stderr.read() if running.stderr else ""
    finally:
        running.kill()
        running.wait()
        for one in people:
            one.process.kill()
    assert killed == KILLS
    with Study.open(path) as study:
        rows = study.rows("annotate_everyone", task="compare", runs=["one", "two"])
        with study.reading() as cursor:
            found = {
                row[0]: (row[1], row[2]) for row in cursor.execute("SELECT id, item, answer FROM labels").fetchall()
            }
            events = cursor.execute("SELECT count(*), count(DISTINCT id) FROM labels").fetchone()
    # Every label that was acknowledged is there as it was, and none twice.
    for one in people:
        for identifier, item, answer in one.acknowledged:
            assert found[identifier] == (item, answer)
    assert events is not None
    assert events[0] == events[1]
    # Each person has each item exactly once: what was written but not yet said before a kill was not asked again.
    assert Counter(row["annotator"] for row in rows) == Counter({f"p{n}": LABELS for n in range(PEOPLE)})
    assert events[0] == PEOPLE * LABELS
