"""What goes back to a confidential history is in no export, and all of it is where that is asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from interpref_db.exporters import WHAT, ExportError, export
from interpref_db.exporters.annotation_tools import DOCUMENTS
from interpref_db.exporters.preference_data import SHAPES
from interpref_db.exporters.training import TrainingSelection
from interpref_db.importers import import_files
from interpref_db.study.study import Study
from tests.support.confidential import CANARY, lines

if TYPE_CHECKING:
    from pathlib import Path

TRAINING = ("sft", "dpo")
CASES = [
    *((what, one) for what in WHAT if what not in (*TRAINING, "report", "scores", "study") for one in ("jsonl", "csv", "parquet", "native")),
    *((what, one) for what in TRAINING for one in ("trl", "openai")),
    *(("scores", one) for one in ("jsonl", "csv", "parquet")), ("report", "markdown"), ("report", "html"), ("study", "native"),
    *(("comparisons", one) for one in (*SHAPES, *DOCUMENTS)),
]  # fmt: skip
WITHOUT = {"runs", "judgings", "scores", "report"}  # nothing of anybody's history is in these


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("confidential")
    (folder / "in.jsonl").write_text(lines(), encoding="utf-8")
    with Study.open(folder / "s.duckdb", create=True) as study:
        report = import_files(study, [folder / "in.jsonl"])
        assert not report.rejected, report.rejected[:3]
    return folder / "s.duckdb"


def text_of(path: Path) -> str:
    """What a file holds, Parquet too."""
    if path.read_bytes()[:4] != b"PAR1":
        return path.read_text(encoding="utf-8")
    with duckdb.connect(":memory:") as connection:
        return "\n".join(str(row) for row in connection.execute(f"FROM read_parquet('{path}')").fetchall())


def written(path: Path, out: Path, what: str, format_name: str, **more: Any) -> tuple[str, dict[str, int]]:
    with Study.open(path) as study:
        chosen = TrainingSelection(run="one") if what in TRAINING else None
        report = export(study, what, out, format=format_name, chosen_responses=chosen, **more)
    return text_of(out), report.left_out_why


@pytest.mark.parametrize(("what", "format_name"), CASES)
def test_no_canary_goes_out_unless_it_is_asked_for(tmp_path: Path, path: Path, what: str, format_name: str) -> None:
    text, why = written(path, tmp_path / "closed", what, format_name)
    assert CANARY not in text
    if what != "report":
        assert text
    whole, all_in = written(path, tmp_path / "open", what, format_name, include_confidential=True)
    assert not any("confidential" in reason for reason in all_in)
    if what in WITHOUT:
        assert what in ("scores", "report") or text == whole
    else:
        assert CANARY in whole
        assert sum(n for reason, n in why.items() if "confidential" in reason) > 0, why
        assert len(whole) > len(text)


def test_a_report_counts_the_confidential_items_behind_a_number_and_names_none(tmp_path: Path, path: Path) -> None:
    text, _ = written(path, tmp_path / "r.md", "report", "markdown")
    whole, _ = written(path, tmp_path / "w.md", "report", "markdown", include_confidential=True)
    assert "/i1/" in whole.replace("\\", "")
    assert "/i1/" not in text.replace("\\", "")
    assert "confidential ones" in text


def test_all_kinds_are_counted_and_what_is_open_stays(tmp_path: Path, path: Path) -> None:
    text, why = written(path, tmp_path / "s.jsonl", "study", "native")
    assert why == {
        "confidential histories": 1, "confidential preferences": 3, "confidential pairs": 1, "confidential items": 1,
        "confidential responses": 4, "confidential verdicts": 12, "confidential calls": 3, "confidential errors": 1,
        "confidential comparisons": 1, "confidential labels": 2, "confidential makings": 2, "confidential chunks": 1,
        "confidential queries": 2, "confidential links": 2, "confidential clusterings": 3, "confidential splits": 1,
    }  # fmt: skip
    records = [json.loads(line) for line in text.splitlines()]
    ids = {record["id"] for record in records}
    assert {
        "h0a",
        "h1b",
        "i0",
        "one/0a",
        "cmp0",
        "ann-0",
        "k5",
        "call0",
        "mk0",
        "sp2",
        "cl3",
        "one",
        "b1",
        "m1",
        "x0",
    } <= ids
    (made,) = (record for record in records if record["id"] == "cl1")
    assert made["groups"] == [{"cluster": "open", "members": ["p0a", "p2a"]}, {"cluster": "mixed", "members": ["p3a"]}]
    assert not ids & {"h1a", "i1", "q1", "p1a", "p1b", "x9", "c9", "lx9", "mx9", "cx9", "loose", "k1", "k1b"}


@pytest.mark.parametrize("include", [False, True])
def test_what_is_confidential_stays_so_wherever_it_goes(tmp_path: Path, path: Path, include: bool) -> None:
    text, _ = written(path, tmp_path / "s.jsonl", "study", "native", include_confidential=include)
    with Study.open(tmp_path / "t.duckdb", create=True) as other:
        report = import_files(other, [tmp_path / "s.jsonl"])
        assert not report.rejected, report.rejected[:3]
        assert not [notice for notice in report.notices if "not in" in notice], "nothing dangles"
        back = export(other, "study", tmp_path / "again.jsonl", include_confidential=True)
        assert sorted((tmp_path / "again.jsonl").read_text().splitlines()) == sorted(text.splitlines())
        closed = export(other, "study", tmp_path / "closed.jsonl")
        if include:
            assert closed.left_out_why == written(path, tmp_path / "c.jsonl", "study", "native")[1]
        else:
            assert back.rows == closed.rows
    assert CANARY not in (tmp_path / "closed.jsonl").read_text()
    # Into the study that it came from again: nothing changes, and what is confidential is so still.
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(path.read_bytes())
    with Study.open(copy) as study:
        import_files(study, [tmp_path / "s.jsonl"])
        after = export(study, "study", tmp_path / "after.jsonl", include_confidential=not include)
    assert bool(after.left_out_why) == include
    if include:
        assert CANARY not in (tmp_path / "after.jsonl").read_text()


def test_a_preference_that_open_items_have_too_is_open(tmp_path: Path, path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(path.read_bytes())
    more = {
        "type": "item",
        "id": "extra",
        "query": "An open one?",
        "pair": "q1",
        "history_a": "h0a",
        "history_b": "h0b",
    }
    (tmp_path / "more.jsonl").write_text(json.dumps(more) + "\n")
    with Study.open(copy) as study:
        import_files(study, [tmp_path / "more.jsonl"])
        export(study, "items", tmp_path / "i.jsonl")
        export(study, "pairs", tmp_path / "p.jsonl")
    ids = [json.loads(line)["id"] for line in (tmp_path / "i.jsonl").read_text().splitlines()]
    assert "extra" in ids
    assert "i1" not in ids
    assert "q1" in [json.loads(line)["id"] for line in (tmp_path / "p.jsonl").read_text().splitlines()]


def test_a_study_without_anything_confidential_leaves_nothing_out(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(
        lines().replace('"confidential": true, ', "").replace(', "confidential": true', "")
    )
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        import_files(study, [tmp_path / "in.jsonl"])
        for what in WHAT:
            if what in TRAINING:
                continue
            try:
                assert export(study, what, tmp_path / f"{what}.out").left_out_why == {}
            except ExportError as error:
                pytest.fail(str(error))
