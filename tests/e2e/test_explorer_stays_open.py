"""An explorer is open the whole day: ten people label, two runs end, three imports fold, and at the end it writes itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING

from interpref_core.records.data import History, Turn
from interpref_db.study.study import Study
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = 10
LABELS = 1000 if os.environ.get("INTERPREF_FULL") else 60

# Labels all there is, in sessions of a quarter each; says each label once it is on the disk.
ANNOTATOR = """
import sys
from interpref_core.annotation.labels import Assignment
from interpref_db.annotation.session import AnnotationSession
from interpref_db.study.study import Study
path, name, labels = sys.argv[1], sys.argv[2], int(sys.argv[3])
for _ in range(5):
    with Study.open(path, wait=120) as study:
        with AnnotationSession(study, name, Assignment(task="compare", runs=("one", "two"), judge="judge")) as session:
            for _ in range(labels // 4 + 1):
                place = session.next_undecided()
                if place is None:
                    break
                print(session.decide(session.queue[place], "left").id, flush=True)
"""

# Ends when it is told to, and folds then.
RUN = """
import sys
from interpref_core.records.runs import Response
from interpref_db.study.study import Study
path, name = sys.argv[1], sys.argv[2]
with Study.open(path, wait=120) as study:
    with study.open_run_journal(name) as journal:
        for n in range(50):
            journal.append([Response(id=f"{name}-{n}", run="one", item=f"i{n % 9}", side="a", text="more")])
        print("appended", flush=True)
        sys.stdin.readline()
    with study.writing("a run"):
        pass
"""

IMPORT = """
import sys
from interpref_core.records.data import History, Turn
from interpref_db.study.study import Study
with Study.open(sys.argv[1], wait=120) as study:
    with study.writing("import") as writer:
        writer.add([History(id=sys.argv[2], turns=(Turn(role="user", content="a word"),))], origin="file")
        writer.fold("file")
"""


def begin(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str], word: str = "") -> list[str]:
    out, error = process.communicate(word, timeout=1800)
    assert (process.returncode, error) == (0, "")
    return out.split()


def labels_in(study: Study) -> list[str]:
    with study.reading() as cursor:
        return [row[0] for row in cursor.execute("SELECT id FROM labels").fetchall()]


def test_ten_people_two_runs_three_imports_and_an_explorer_that_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(LABELS, runs=("one", "two"))).close()
    said: list[list[str]] = [[] for _ in range(PEOPLE)]
    with Study.open(path, wait=120) as explorer:
        assert labels_in(explorer) == []
        runs = [begin(RUN, path, f"more-{n}") for n in range(2)]
        people = [begin(ANNOTATOR, path, f"p{n}", LABELS) for n in range(PEOPLE)]
        threads = [
            threading.Thread(target=lambda n=n, one=one: said[n].extend(finish(one))) for n, one in enumerate(people)
        ]
        for thread in threads:
            thread.start()
        for n in range(3):  # folds what is closed, and what a run of before has ended
            finish(begin(IMPORT, path, f"imported-{n}"))
            if n < len(runs):
                finish(runs[n], "end\n")
            found = labels_in(explorer)
            assert len(found) == len(set(found))
        for thread in threads:
            thread.join()
        wanted = {key for keys in said for key in keys}
        assert Counter(map(len, said)) == {LABELS: PEOPLE}
        found = labels_in(explorer)
        assert len(found) == PEOPLE * LABELS
        assert set(found) == wanted
        with explorer.writing("import") as writer:  # as the import of the screens does
            writer.add([History(id="mine", turns=(Turn(role="user", content="a word"),))], origin="mine")
            writer.fold("mine")
        assert sorted(labels_in(explorer)) == sorted(wanted)
        with explorer.reading() as cursor:
            histories = cursor.execute(
                "SELECT count(*) FROM histories WHERE id LIKE 'imported-%' OR id = 'mine'"
            ).fetchone()
            responses = cursor.execute("SELECT count(*) FROM responses WHERE id LIKE 'more-%'").fetchone()
        assert (histories, responses) == ((4,), (100,))
        assert explorer.places.journals() == []
    with Study.open(path) as study:
        assert sorted(labels_in(study)) == sorted(wanted)
