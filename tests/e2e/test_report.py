"""Reports, exported scores and reproduced tables, as a user makes them."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.support.cli import interpref
from tests.support.judged import judged_study

if TYPE_CHECKING:
    from pathlib import Path

NASTY = "<script>alert(1)</script> | # `x` =1+1 \x1b[31m [red]"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    from dataclasses import replace

    from interpref_core.records.runs import Run
    from interpref_db.study.study import Study
    from tests.support.judged import judged_records

    path = tmp_path / "s.duckdb"
    with Study.open(path, create=True) as study, study.writing("test") as writer:
        records = (
            replace(one, name=f"{one.id} {NASTY}") if isinstance(one, Run) else one for one in judged_records(NASTY)
        )
        writer.add(records, origin="test")
        writer.fold("test")
    return path


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "onclick", "onload")]
        if tag not in ("meta", "br", "line", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_html_report_stands_alone_and_runs_nothing(tmp_path: Path, study: Path) -> None:
    out = tmp_path / "report.html"
    done = interpref(tmp_path, "export", study, "report", "-o", out)
    assert done.code == 0, done.err
    text = out.read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert "script" not in tags.seen
    assert tags.addresses == []
    assert {"table", "svg", "details"} <= tags.seen
    assert "\x1b" not in text
    assert "http" not in re.sub(r"http-equiv", "", text)
    assert "&lt;script&gt;" in text
    assert "one/i6/judge" in text  # the items behind a number are named


def test_the_markdown_report_keeps_its_tables_whole(tmp_path: Path, study: Path) -> None:
    out = tmp_path / "report.md"
    assert interpref(tmp_path, "export", study, "report", "-o", out).code == 0
    text = out.read_text(encoding="utf-8")
    assert "\n## Pass rates\n" in text
    assert "<script>" not in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1, block


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_scores_go_out_as_records(tmp_path: Path, study: Path, suffix: str) -> None:
    out = tmp_path / f"scores.{suffix}"
    done = interpref(tmp_path, "export", study, "scores", "-o", out, "--json")
    assert done.code == 0, done.err
    if suffix == "jsonl":
        rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    elif suffix == "csv":
        with out.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        result = duckdb.connect(":memory:").execute(f"FROM read_parquet('{out}')")
        names = [column[0] for column in result.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    assert done.json["rows"] == len(rows)
    rates = [row for row in rows if row["kind"] == "pass_rate" and row["run"] == "one" and row["judge"] == "judge"]
    assert float(rates[0]["rate"]) == 0.5
    assert float(rates[0]["position_bias.floor.value"]) > 0


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("report", ["--format", "csv"]),
        ("verdicts", ["--format", "html"]),
        ("scores", ["--format", "native"]),
        ("report", ["--format", "jsonl"]),
    ],
)
def test_what_does_not_go_together_is_said(tmp_path: Path, study: Path, what: str, options: list[str]) -> None:
    out = tmp_path / "x.out"
    done = interpref(tmp_path, "export", study, what, "-o", out, *options)
    assert done.code == 1
    assert len(done.err.strip().splitlines()) == 1
    assert not out.exists()


def test_score_says_everything_or_one_table(tmp_path: Path, study: Path) -> None:
    text = interpref(tmp_path, "score", study).out
    for title in (
        "PASS RATES",
        "POSITION BIAS OF THE JUDGE",
        "RUNS AGAINST EACH OTHER",
        "FAILURES",
        "LONGER AND SHORTER",
    ):
        assert title in text
    assert "\x1b" not in text
    one = interpref(tmp_path, "score", study, "--only", "paired").out
    assert one.startswith("RUNS AGAINST EACH OTHER")
    wrong = interpref(tmp_path, "score", study, "--only", "nonsense")
    assert wrong.code == 1
    assert "pass rates" in wrong.err
    assert "SELF-BLEU" in interpref(tmp_path, "score", study, "--diversity").out


def test_failures_are_listed_with_their_evidence(tmp_path: Path) -> None:
    path = tmp_path / "j.duckdb"
    judged_study(path).close()
    found = interpref(tmp_path, "list", path, "failures", "--json").lines
    seven = next(one for one in found if (one["run"], one["item"]) == ("one", "i6"))
    assert {"facet": "error type", "category": "unhelpful", "evidence": "says ann"} in seven["categories"]
    assert "always Left" in interpref(tmp_path, "list", path, "failures").out


def test_the_paper_from_its_figures(tmp_path: Path) -> None:
    found = interpref(tmp_path, "reproduce", "--json").json
    by = {(one["place"], one["what"]): one for one in found["reproduced"]}
    scores = [
        by["Table 3", f"coefficient of {name}"]["computed"]
        for name in ("GPT-4o", "Llama3.1-70B", "Llama3.1-8B", "Qwen2.5-7B")
    ]
    assert scores == pytest.approx([0.963, 0.870, 0.361, -0.195], abs=5e-4)
    loss = by["Table 3", "Eq. 5 at these coefficients"]
    assert (loss["printed"], loss["computed"]) == (pytest.approx(7.5872, abs=5e-5), pytest.approx(7.5581, abs=5e-5))
    assert by["section 4.2", "Pearson's r"]["computed"] == pytest.approx(0.9529, abs=5e-5)
    assert by["section 4.2", "its p"]["computed"] == pytest.approx(0.0471, abs=5e-5)
    assert by["section 4.2", "Pearson's r, right coefficients"]["computed"] == pytest.approx(0.918, abs=5e-4)
    assert by["section 4.2", "its p, right coefficients"]["computed"] == pytest.approx(0.082, abs=5e-4)
    assert by["Table 2", "pass rate of GPT-4o"]["computed"] is None
    assert "Table 4" in {one["what"] for one in found["cannot"]}
    text = interpref(tmp_path, "reproduce")
    assert "What cannot be computed again" in text.out
    assert interpref(tmp_path, "reproduce", tmp_path / "nothing").code == 1


def test_the_paper_from_its_files(tmp_path: Path, shared_data: Path) -> None:
    before = sorted((shared_data / "published").rglob("*"))
    done = interpref(tmp_path, "reproduce", shared_data / "published", "--json")
    assert done.code == 0, done.err
    assert sorted((shared_data / "published").rglob("*")) == before
    by = {one["what"]: one for one in done.json["reproduced"]}
    for name, rate in (
        ("gpt-4o np", 18.5),
        ("gpt-4o td", 35.0),
        ("gpt-4o wf", 76.0),
        ("llama3.1-70b np", 16.0),
        ("llama3.1-70b wf", 51.5),
    ):
        assert by[f"pass rate of {name}"]["computed"] == pytest.approx(rate)
        assert by[f"pass rate of {name}"]["difference"] == pytest.approx(0)
    assert "right in orders 1-4: 165, 58, 73, 162" in by["chance for the judge of gpt-4o np"]["why"]
    assert by["self-BLEU of the histories"]["computed"] == pytest.approx(0.58, abs=0.03)
