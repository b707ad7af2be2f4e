"""What an import does with files, whatever is in them: looked at by content, in the right order, whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from interpref_db.importers import import_files
from interpref_db.importers.report import KINDS

from .conftest import lines

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Importing

CHAT = {"id": "a", "conversations": [{"from": "human", "value": "hello"}]}
NO_FILES = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\r\n\t", "is empty"),
    "utf-16": (json.dumps([CHAT]).encode("utf-16"), "UTF-16"),
    "utf-16 without a mark": (json.dumps([CHAT]).encode("utf-16-le"), "zero bytes"),
    "latin-1": ('[{"conversations": [{"from": "human", "value": "café"}]}]'.encode("latin-1"), "not UTF-8"),
    "zip": (b"PK\x03\x04" + bytes(500), "zip archive"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(500), "picture"),
    "bytes": (bytes(range(256)) * 40, "not UTF-8"),
    "prose": (b"Dear reader,\nthis is no record.\n", "neither JSON nor a table"),
    "other json": (b'[{"name": "x"}]', "no format"),
    "another object": (b'{"kappa": 1, "n": 2}', "no format"),
    "another table": (b"height,width\n1,2\n", "no format"),
    "open brackets": (b"[" * 100_000, "breaks off"),
    "nested arrays": (b"[" * 100_000 + b"]" * 100_000, "no format"),
    "nested objects": (b'{"a":' * 100_000, "breaks off"),
    "torn array": (json.dumps([CHAT, CHAT, CHAT]).encode()[:-20], "breaks off after record 2"),
    "two arrays": (json.dumps([CHAT]).encode() * 2, "something follows"),
    "torn gzip": (gzip.compress(os.urandom(5000))[:-100], "cannot be read"),
    "no gzip": (b"\x1f\x8b" + b"abc" * 50, "cannot be read"),
    "torn parquet": (b"PAR1" + bytes(100), "not a Parquet file"),
    "duckdb": (bytes(8) + b"DUCK" + bytes(100), "DuckDB file"),
}


@pytest.mark.parametrize("what", NO_FILES)
def test_a_file_that_is_not_what_it_claims_to_be_is_one_clear_line_and_changes_nothing(
    importing: Importing, what: str
) -> None:
    content, reason = NO_FILES[what]
    report = importing(content, "file.jsonl")
    assert reason in report.rejected[0].reason
    assert "\n" not in report.rejected[0].reason
    assert [(one.file, one.line) for one in report.rejected] == [(str(importing.folder / "file.jsonl"), 0)]
    assert not any(report.counts.values())
    assert importing.ask("SELECT (SELECT count(*) FROM histories), (SELECT count(*) FROM sources)") == [(0, 0)]
    assert sorted(path.name for path in importing.folder.iterdir()) == ["file.jsonl", "s.duckdb"]


def test_a_gzip_file_that_is_torn_far_from_its_beginning_changes_nothing(importing: Importing) -> None:
    noise = (json.dumps({**CHAT, "id": str(n), "noise": os.urandom(400).hex()}) for n in range(4000))
    report = importing(gzip.compress("\n".join(noise).encode())[:-1000])
    assert "cannot be read" in report.rejected[0].reason
    assert importing.ask("SELECT count(*) FROM histories") == [(0,)]


def test_a_file_that_is_not_there_is_said_and_the_others_go_in(importing: Importing) -> None:
    importing(CHAT)
    report = import_files(importing.study, [importing.folder / "none.json", importing.folder / "file.json"])
    assert [(one.line, one.reason) for one in report.rejected] == [(0, "there is no such file")]
    assert report.unchanged == 1


def test_folders_and_patterns_mean_the_files_in_them(importing: Importing) -> None:
    folder = importing.folder / "data"
    (folder / "deep").mkdir(parents=True)
    for n, name in enumerate(("a.json", "deep/b.json", "README.md", ".hidden.json", "c.json.rejected.jsonl")):
        (folder / name).write_text(json.dumps([{**CHAT, "id": str(n)}]))
    assert import_files(importing.study, [folder]).counts["histories"] == 2
    assert import_files(importing.study, [folder / "*.json"]).unchanged == 1
    assert import_files(importing.study, [folder / "**" / "*.json"]).unchanged == 2


def test_files_are_imported_in_the_order_in_which_they_refer_to_each_other(importing: Importing) -> None:
    response = {"history_idx": 1, "persona_left": "p", "persona_right": "q", "ai_opinion": "x"}
    response |= {"response_left": [["query", "one"]], "response_right": [["query", "two"]]}
    folder = importing.folder
    (folder / "1.jsonl").write_text(lines(response))
    (folder / "2.json").write_text(json.dumps({"p": [["u", "a"]], "q": [["v", "b"]]}))
    report = import_files(importing.study, [folder / "1.jsonl", folder / "2.json"])
    assert report.format == "published history map, published responses"
    assert importing.ask("SELECT count(*) FROM items WHERE history_a IS NOT NULL AND history_b IS NOT NULL") == [(1,)]


def test_the_report_has_the_keys_that_scripts_read(importing: Importing) -> None:
    document = importing(lines(CHAT, "{bad", CHAT)).to_json()
    assert {"format", *KINDS, "unchanged", "rejected", "notices"} <= document.keys()
    assert document["rejected"][0].keys() == {"file", "line", "reason"}
    assert (document["histories"], document["turns"], document["unchanged"]) == (1, 1, 1)


def test_refused_records_lie_beside_the_file_and_a_later_import_replaces_them(importing: Importing) -> None:
    importing(lines("{bad", CHAT, "[worse]"))
    assert [one["line"] for one in importing.rejected()] == [1, 3]
    importing(lines(CHAT, "{bad"))
    assert [(one["line"], one["record"].strip()) for one in importing.rejected()] == [(2, "{bad")]
    importing(lines(CHAT))
    assert not (importing.folder / "file.json.rejected.jsonl").exists()
    assert not list(importing.folder.glob("*.tmp"))


def test_where_the_folder_cannot_be_written_they_lie_beside_the_study(
    importing: Importing, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("readonly")
    (folder / "file.json").write_text(lines("{bad", CHAT))
    folder.chmod(0o500)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("this user may write everywhere")
        report = import_files(importing.study, [folder / "file.json"])
    finally:
        folder.chmod(0o700)
    assert importing.rejected()[0]["line"] == 1
    assert str(importing.folder) in report.notices[0]


def test_a_named_format_is_taken_or_refused(importing: Importing) -> None:
    assert importing([CHAT], format="sharegpt").counts["histories"] == 1
    assert "is not ChatGPT export" in importing([CHAT], format="chatgpt-export").rejected[0].reason
    assert "there is no format 'x'" in importing([CHAT], format="x").rejected[0].reason


def test_a_source_remembers_what_was_imported_once(importing: Importing) -> None:
    importing([CHAT])
    importing([CHAT])
    assert importing.ask("SELECT file, format, bytes, counts ->> '$.histories' FROM sources") == [
        ("file.json", "ShareGPT", len(json.dumps([CHAT])), "1")
    ]


def test_nothing_is_drawn_on_standard_output(importing: Importing, tmp_path: Path) -> None:
    importing(lines(*({**CHAT, "id": f"{n}", "more": "x" * 200} for n in range(20_000))))
    program = (
        "import sys; from interpref_db.study.study import Study; from interpref_db.importers import import_files\n"
        "with Study.open(sys.argv[1], create=True) as study:\n"
        "    with study.reading() as cursor:\n"
        "        assert cursor.execute(\"SELECT current_setting('enable_progress_bar')\").fetchall() == [(False,)]\n"
        "    import_files(study, [sys.argv[2]])\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "other.duckdb"), str(importing.folder / "file.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_huge_first_record_that_is_bad_does_not_hide_the_others(importing: Importing) -> None:
    bad = json.dumps({**CHAT, "id": "bad", "conversations": [{"from": "human", "value": "\ud800" + "x" * 2_000_000}]})
    report = importing(f"{bad}\n{json.dumps(CHAT)}\n".encode(), "file.jsonl")
    assert report.counts["histories"] == 1
    assert [(one.line, "surrogate" in one.reason) for one in report.rejected] == [(1, True)]
