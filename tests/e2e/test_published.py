"""The paper's own files give the paper's own numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.cli import interpref

if TYPE_CHECKING:
    from pathlib import Path

PRINTED = {
    ("gpt-4o", "np"): 18.5,
    ("gpt-4o", "td"): 35.0,
    ("gpt-4o", "wf"): 76.0,
    ("llama3.1-70b", "np"): 16.0,
    ("llama3.1-70b", "wf"): 51.5,
}


def copied(shared_data: Path, tmp_path: Path) -> Path:
    """The published files in a folder that can be written to."""
    import shutil

    target = tmp_path / "published"
    shutil.copytree(shared_data / "published", target)
    return target


def test_the_published_logs_give_the_printed_pass_rates(tmp_path: Path, shared_data: Path) -> None:
    study, files = tmp_path / "s.duckdb", copied(shared_data, tmp_path)
    done = interpref(tmp_path, "import", study, files, "--json")
    assert done.code == 0, done.err
    report = done.json
    assert (report["histories"], report["items"], report["responses"], report["rejected"]) == (1214, 200, 3200, [])
    scored = interpref(tmp_path, "score", study, "--json").json["pass_rate"]
    assert {(entry["model"], entry["paradigm"]): round(100 * entry["rate"], 1) for entry in scored} == PRINTED
    assert {entry["n"] for entry in scored} == {200}
    again = interpref(tmp_path, "import", study, files, "--json").json
    assert {
        again[kind] for kind in ("histories", "turns", "preferences", "pairs", "items", "responses", "verdicts")
    } == {0}
    # The floor that needs no model, beside the paper's judge.
    assert interpref(tmp_path, "judge", study, "--run", "gpt-4o-np", "--model", "overlap").code == 0
    both = interpref(tmp_path, "score", study, "--run", "gpt-4o-np", "--json").json["pass_rate"]
    assert [entry["judge"] for entry in both] == ["overlap", "published"]
    table = interpref(tmp_path, "score", study, "--run", "gpt-4o-np").out
    assert "18.5" in table


def test_a_restarted_log_and_one_that_stopped_are_placed_by_what_they_quote(tmp_path: Path, shared_data: Path) -> None:
    study, files = tmp_path / "s.duckdb", copied(shared_data, tmp_path)
    log = (files / "evaluation" / "None_gpt-4o_2.jsonl").read_text(encoding="utf-8").splitlines()
    for other in (files / "evaluation").iterdir():
        other.unlink()
    # Restarted after twelve items: the first twelve rows say something else than the later ones of the same items.
    first = [json.loads(line) | {"choices": ["Right", "Left", "Left", "Right"]} for line in log[:12]]
    (files / "evaluation" / "None_gpt-4o_2.jsonl").write_text("\n".join([*(json.dumps(one) for one in first), *log]))
    stopped = (
        (shared_data / "published" / "evaluation" / "mutistep_gpt-4o_2.jsonl").read_text(encoding="utf-8").splitlines()
    )
    (files / "evaluation" / "other-name.jsonl").write_text("\n".join(stopped[:191]))
    done = interpref(tmp_path, "import", study, files, "--json")
    assert done.code == 0, done.err
    notices = "\n".join(done.json["notices"])
    assert "rows 1-12 are items 1-12, rows 13-212 are items 1-200" in notices
    assert "the later verdicts count" in notices
    assert "9 of 200 items are not judged: 192-200" in notices
    scored = {entry["run"]: entry for entry in interpref(tmp_path, "score", study, "--json").json["pass_rate"]}
    assert (scored["gpt-4o-np"]["n"], scored["gpt-4o-np"]["passed"]) == (200, 37)
    assert (scored["gpt-4o-wf"]["n"], scored["gpt-4o-wf"]["expected"]) == (191, 200)
    superseded = [line for line in interpref(tmp_path, "list", study, "verdicts", "--json").lines if line["seq"] == 2]
    assert len(superseded) == 48


def test_an_evaluation_log_without_its_responses_is_refused(tmp_path: Path, shared_data: Path) -> None:
    log = shared_data / "published" / "evaluation" / "None_gpt-4o_2.jsonl"
    done = interpref(tmp_path, "import", tmp_path / "s.duckdb", log, "--json")
    assert done.code == 1
    assert "import its response log first" in done.json["rejected"][0]["reason"]
