"""The command line as its users meet it: exit codes, JSON, one line for what went wrong."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from tests.support.cli import interpref
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(text=HOSTILE, runs=("one", "two"))).close()
    return path


def test_version_and_help(tmp_path: Path) -> None:
    assert interpref(tmp_path, "--version").out.startswith("interpref 0.")
    for command in (
        "import",
        "export",
        "list",
        "show",
        "pair",
        "generate",
        "judge",
        "score",
        "doctor",
        "config",
        "demo",
    ):
        done = interpref(tmp_path, command, "--help")
        assert done.code == 0
        assert "Examples:" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("list",),
        ("list", "STUDY", "nonsense"),
        ("export", "STUDY", "nonsense", "-o", "x"),
        ("--nonsense",),
    ],
)
def test_wrong_usage_is_2(tmp_path: Path, study: Path, arguments: tuple[str, ...]) -> None:
    done = interpref(tmp_path, *(str(study) if one == "STUDY" else one for one in arguments))
    assert done.code == 2
    assert done.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "none.duckdb", "items"),
        ("show", "STUDY", "nothing"),
        ("judge", "STUDY", "--run", "nothing", "--model", "overlap"),
        ("generate", "STUDY", "--model", "nothing", "--paradigm", "np"),
        ("generate", "STUDY", "--model", "replay/none.jsonl", "--paradigm", "np"),
        ("generate", "STUDY", "--model", "replay/none.jsonl", "--paradigm", "nothing"),
        ("generate", "STUDY", "--model", "openai/x", "--paradigm", "np"),
    ],
)
def test_what_fails_is_1_and_one_line(tmp_path: Path, study: Path, arguments: tuple[str, ...]) -> None:
    done = interpref(tmp_path, *(str(study) if one == "STUDY" else one for one in arguments))
    assert done.code == 1
    assert done.out == ""
    assert len(done.err.strip().splitlines()) == 1
    assert done.err.startswith("interpref: ")


@pytest.mark.parametrize(
    "kind", ["histories", "preferences", "pairs", "items", "runs", "responses", "verdicts", "annotators", "judged"]
)
def test_list_gives_json_lines_and_inert_text(tmp_path: Path, study: Path, kind: str) -> None:
    lines = interpref(tmp_path, "list", study, kind, "--json").lines
    assert lines
    assert all(isinstance(line, dict) for line in lines)
    plain = interpref(tmp_path, "list", study, kind).out
    assert "\x1b" not in plain
    assert "\x00" not in plain


def test_list_searches_filters_sorts_and_pages(tmp_path: Path, study: Path) -> None:
    found = interpref(tmp_path, "list", study, "histories", "--search", "TURN 2 of 1b", "--json").lines
    assert [line["id"] for line in found] == ["h1b"]
    found = interpref(
        tmp_path, "list", study, "responses", "--where", "run=two", "--limit", "2", "--offset", "1", "--json"
    ).lines
    assert [(line["run"], line["item"], line["side"]) for line in found] == [("two", "i0", "b"), ("two", "i1", "a")]
    found = interpref(tmp_path, "list", study, "items", "--sort", "query", "--reverse", "--json").lines
    assert [line["id"] for line in found] == ["i2", "i1", "i0"]


def test_show_gives_one_record_whole(tmp_path: Path, study: Path) -> None:
    shown = interpref(tmp_path, "show", study, "h0a", "--json").json
    assert shown["type"] == "history"
    assert shown["turns"][1]["content"] == f"{HOSTILE} turn 1 of 0a"
    item = interpref(tmp_path, "show", study, "i1", "--json").json
    assert {response["run"] for response in item["responses"]} == {"one", "two"}
    assert "\x1b" not in interpref(tmp_path, "show", study, "i1").out


def test_score_gives_the_documented_keys(tmp_path: Path, study: Path) -> None:
    entry = interpref(tmp_path, "score", study, "--json").json["pass_rate"][0]
    wanted = {"run", "model", "paradigm", "judge", "n", "passed", "rate", "low", "high", "unreadable", "patterns"}
    assert wanted <= entry.keys()
    assert (entry["n"], entry["passed"], entry["rate"], entry["patterns"]) == (3, 3, 1.0, {"LRRL": 3})
    assert "100.0" in interpref(tmp_path, "score", study).out


def test_csv_cells_are_defused(tmp_path: Path) -> None:
    path = tmp_path / "f.duckdb"
    small_study(path, small_records(text="=HYPERLINK(1)")).close()
    assert interpref(tmp_path, "export", path, "verdicts", "-o", tmp_path / "v.csv").code == 0
    with (tmp_path / "v.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert all(not value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    assert rows[0]["reasoning"].startswith("'=HYPERLINK")


@pytest.mark.parametrize("what", ["verdicts", "responses", "items", "histories", "preferences", "pairs", "runs"])
@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_everything_exports_in_every_format(tmp_path: Path, study: Path, what: str, ending: str) -> None:
    import duckdb

    target = tmp_path / f"out.{ending}"
    done = interpref(tmp_path, "export", study, what, "-o", target, "--json")
    assert done.code == 0
    rows = done.json["rows"]
    assert rows > 0
    if ending == "jsonl":
        assert len([json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]) == rows
    else:
        reader = "read_parquet" if ending == "parquet" else "read_csv"
        options = "" if ending == "parquet" else ", header = true, quote = '\"', escape = '\"', strict_mode = false"
        if ending == "parquet":
            count = duckdb.connect().execute(f"SELECT count(*) FROM {reader}('{target}'{options})").fetchone()
            assert count == (rows,)
        else:
            with target.open(encoding="utf-8", newline="") as file:
                assert len(list(csv.reader(file))) == rows + 1
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def test_a_study_comes_back_byte_for_byte(tmp_path: Path, study: Path) -> None:
    interpref(tmp_path, "export", study, "study", "-o", tmp_path / "all.jsonl")
    imported = interpref(tmp_path, "import", tmp_path / "t.duckdb", tmp_path / "all.jsonl", "--json")
    assert imported.code == 0
    assert imported.json["rejected"] == []
    interpref(tmp_path, "export", tmp_path / "t.duckdb", "study", "-o", tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "all.jsonl").read_bytes()
    again = interpref(tmp_path, "import", tmp_path / "t.duckdb", tmp_path / "all.jsonl", "--json").json
    assert again["histories"] == 0
    assert again["unchanged"] == len((tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines())


def test_confidential_histories_stay_out_of_exports(tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_text(json.dumps({"id": "x", "conversations": [{"from": "human", "value": "secret"}]}) + "\n")
    study = tmp_path / "s.duckdb"
    assert interpref(tmp_path, "import", study, secret, "--confidential").code == 0
    for target in ("h.jsonl", "h.csv", "h.parquet"):
        done = interpref(tmp_path, "export", study, "histories", "-o", tmp_path / target, "--json")
        assert done.json["rows"] == 0
        assert "1 confidential" in done.err
    assert interpref(tmp_path, "export", study, "study", "-o", tmp_path / "all.jsonl", "--json").json["rows"] == 0
    with_it = interpref(
        tmp_path, "export", study, "histories", "-o", tmp_path / "h.jsonl", "--include-confidential", "--json"
    )
    assert with_it.json["rows"] == 1


def test_a_file_that_cannot_be_read_is_1_and_a_bad_record_is_3(tmp_path: Path) -> None:
    (tmp_path / "bad.txt2").write_bytes(b"\xff\xfe\x00")
    assert interpref(tmp_path, "import", tmp_path / "s.duckdb", tmp_path / "bad.txt2").code == 1
    good = json.dumps({"conversations": [{"from": "human", "value": "hi"}]})
    (tmp_path / "part.jsonl").write_text(f"{good}\n{{broken\n{good}\n")
    done = interpref(tmp_path, "import", tmp_path / "s.duckdb", tmp_path / "part.jsonl", "--json")
    assert done.code == 3
    assert done.json["histories"] == 2
    assert done.json["rejected"][0]["line"] == 2
    assert len((tmp_path / "part.jsonl.rejected.jsonl").read_text().splitlines()) == 1


def test_config_and_doctor(tmp_path: Path) -> None:
    assert interpref(tmp_path, "config", "--json").json["settings"]["run"]["concurrency"] == 16
    assert (
        interpref(tmp_path, "config", "--json", INTERPREF_RUN__CONCURRENCY="3").json["settings"]["run"]["concurrency"]
        == 3
    )
    wrong = interpref(tmp_path, "config", INTERPREF_RUN__CONCURRENCY="many")
    assert wrong.code == 1
    assert "INTERPREF_RUN__CONCURRENCY" in wrong.err
    example = interpref(tmp_path, "config", "--example").out
    file = tmp_path / "config" / "interpref" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(example)
    assert interpref(tmp_path, "config", "--json").json["places"]["exists"] is True
    file.write_text("[run]\nconcurrency = 0\n")
    assert "run.concurrency" in interpref(tmp_path, "config").err
    checks = interpref(tmp_path, "doctor", "--json").json["checks"]
    assert {"duckdb", "textual", "configuration"} <= {check["name"] for check in checks}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(tmp_path: Path, shell: str) -> None:
    assert "interpref" in interpref(tmp_path, "completion", shell).out


def test_the_demo_is_ready_and_whole(tmp_path: Path) -> None:
    path = interpref(tmp_path, "demo", "--path").out.strip()
    scored = interpref(tmp_path, "score", path, "--json").json["pass_rate"]
    assert {entry["judge"] for entry in scored} == {"overlap", "sample-judge"}
    assert all(entry["sample"] for entry in scored)
    assert len({entry["run"] for entry in scored}) == 4
    items = interpref(tmp_path, "list", path, "items", "--json").lines
    assert len(items) >= 24
    assert len({item["category"] for item in items}) == 7
    patterns = {pattern for entry in scored if entry["judge"] == "sample-judge" for pattern in entry["patterns"]}
    assert {p for p in patterns if set(p) <= {"L", "R"}} == {
        f"{a}{b}{c}{d}" for a in "LR" for b in "LR" for c in "LR" for d in "LR"
    }
    assert any("D" in pattern for pattern in patterns)
    assert any("U" in pattern for pattern in patterns)
    assert all(line["turns"] > 20 for line in interpref(tmp_path, "list", path, "histories", "--json").lines)


def test_the_state_of_labelling_before_anybody_has_labelled(tmp_path: Path, study: Path) -> None:
    report = interpref(tmp_path, "annotate", study, "--status", "--json").json
    assert report["labels"] == 0
