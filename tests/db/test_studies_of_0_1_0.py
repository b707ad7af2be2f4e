"""Studies and journals that 0.1.0 made come over without loss: its schema, its journals without a first line, its names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from interpref_core.annotation.labels import Assignment
from interpref_core.records.runs import Response
from interpref_db.annotation.session import AnnotationSession
from interpref_db.study.journal import encode
from interpref_db.study.study import Study
from tests.support.labels import label
from tests.support.studies import small_records

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = 6  # of 0.1.0
COMPARE = Assignment(task="compare", runs=("one", "two"))


def made_by_0_1_0(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study of the schema of 0.1.0, with what it knew of itself, and journals as it wrote them: beside STEM.duckdb or any
    other ending, in STEM.journal."""
    from interpref_db import queries
    from interpref_db.study import migrations
    from interpref_db.study import study as study_module

    old = tuple(one for one in queries.migrations() if one[0] <= _SCHEMA)
    with monkeypatch.context() as patch:
        for module in (queries, migrations, study_module):
            patch.setattr(module, "migrations", lambda: old)
        with Study.open(path, create=True) as study:
            records = [one for one in small_records(4, runs=("one", "two")) if one.type != "split"]
            with study.writing("test") as writer:
                writer.add(records, origin="test")
                writer.fold("test")
                writer.connection.execute("DELETE FROM study.meta WHERE key IN ('replica', 'home')")
    journal = path.with_name(path.stem + ".journal")
    (journal / "labels").mkdir(parents=True)
    (journal / "runs").mkdir()
    lines = [label("ann", f"i{n}", "a", n + 1) for n in range(3)]
    lines.append(label("ann", "i0", None, 4, event="mark", flagged=True, comment="old"))
    (journal / "labels" / "ann.jsonl").write_bytes(b"".join(map(encode, lines)))
    more = [Response(id=f"more{n}", run="one", item="i0", side="a", text="more") for n in range(5)]
    (journal / "runs" / "r.jsonl").write_bytes(b"".join(map(encode, more)) + b'{"type":"response","id":"torn')


def counted(study: Study) -> tuple[int, int, int]:
    with study.reading() as cursor:
        row = cursor.execute(
            "SELECT (SELECT count(*) FROM labels), (SELECT count(*) FROM current_labels), "
            "(SELECT count(*) FROM responses WHERE id LIKE 'more%')"
        ).fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize("name", ["s.duckdb", "s.db"])
def test_a_study_of_0_1_0_comes_over_with_its_journals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    made_by_0_1_0(path, monkeypatch)
    with Study.open(path) as study:
        assert counted(study) == (4, 3, 5)
        with AnnotationSession(study, "ann", COMPARE) as session:  # ann goes on where she was
            assert session.decided == 3
            place = session.next_undecided()
            assert place is not None
            assert session.decide(session.queue[place], "tie").seq == 5
        assert counted(study) == (5, 4, 5)
        with study.writing("test"):
            pass
        assert counted(study) == (5, 4, 5)
        assert study.places.journals() == []
        assert b'"id":"torn' in (study.places.torn_lines_dir / "r.jsonl").read_bytes()
        assert study.identity.replica
    with Study.open(path) as study:
        assert counted(study) == (5, 4, 5)
    assert list(tmp_path.glob("s.schema-6.backup*"))


def test_journals_of_0_1_0_that_two_studies_may_claim_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_by_0_1_0(tmp_path / "s.db", monkeypatch)
    (tmp_path / "s.bak").write_bytes((tmp_path / "s.db").read_bytes())
    with Study.open(tmp_path / "s.db") as study:
        assert counted(study) == (0, 0, 0)
        assert "interpref import" in " ".join(study.notices())
    assert (tmp_path / "s.journal" / "labels" / "ann.jsonl").exists()
