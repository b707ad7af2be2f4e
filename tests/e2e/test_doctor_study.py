"""`doctor STUDY`: privacy, copies, journals and locks, said to people and programs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from interpref_core.records.runs import Response
from interpref_db.study.study import Study
from tests.support.cli import interpref
from tests.support.studies import small_study

if TYPE_CHECKING:
    from pathlib import Path


def checks(home: Path, study: Path) -> dict[str, list[tuple[bool, str]]]:
    found: dict[str, list[tuple[bool, str]]] = {}
    for one in interpref(home, "doctor", study, "--json").json["checks"]:
        found.setdefault(one["name"], []).append((one["ok"], one["found"]))
    return found


def test_a_study_that_is_well(tmp_path: Path) -> None:
    small_study(tmp_path / "s.duckdb").close()
    (tmp_path / "s.duckdb").chmod(0o600)
    found = checks(tmp_path, tmp_path / "s.duckdb")
    assert found["privacy"] == [(True, "only you may read the study and its journals")]
    assert found["locks"] == [(True, "hold")]
    assert found["journals"] == [(True, "0 open, nothing left out")]


def test_what_is_to_be_known_of_a_study_is_said(tmp_path: Path) -> None:
    file, copy = tmp_path / "s.duckdb", tmp_path / "copy.duckdb"
    with Study.open(file, create=True) as study:
        with study.open_run_journal("r") as journal:
            journal.append([Response(id="a", run="r", item="i", side="a", text="t")])
        with study.places.run_journal("r").open("ab") as opened:
            opened.write(b'{"type":"of a newer program","id":"x"}\n')
        with study.writing("test"):
            pass
    shutil.copy(file, copy)
    file.chmod(0o644)
    found = checks(tmp_path, file)
    assert "others on this machine may read s.duckdb" in found["privacy"][0][1]
    assert (
        f"1 line(s) that could not be taken into the study are kept in {tmp_path / 's.journal' / 'torn' / 'r.jsonl'}"
        in found["journals"][0][1]
    )
    assert f"a copy of {file}" in checks(tmp_path, copy)["identity"][0][1]


def test_what_is_no_study_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_text("no study")
    assert [ok for ok, _ in checks(tmp_path, tmp_path / "x.duckdb")["study"]] == [False]
