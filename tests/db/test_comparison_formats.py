"""Comparisons in other programs' formats: as they must be, and back without loss."""

from __future__ import annotations

import csv
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from interpref_db.exporters import ExportError, export
from interpref_db.importers import import_files
from interpref_db.study.study import Study
from tests.support.labels import labelled_study
from tests.support.studies import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMATS = [
    "arena",
    "trl",
    "openai",
    "kto",
    "alpaca-eval",
    "llm-comparator",
    "argilla",
    "label-studio",
    "csv",
    "jsonl",
    "parquet",
    "native",
]
# What each cannot hold.
LACKS = {
    "arena": {"skip"},
    "trl": {"tie", "both bad", "skip"},
    "openai": {"tie", "both bad", "skip"},
    "kto": {"tie", "skip"},
    "alpaca-eval": {"skip"},
    "llm-comparator": {"skip"},
}


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with labelled_study(tmp_path / "s.duckdb", text=HOSTILE) as one:
        yield one


def said(study: Study) -> Counter[tuple[Any, ...]]:
    """Who said what of which item, by the models' names."""
    names = {"a": "model_a", "b": "model_b"}
    rows = study.rows("export_comparisons")
    return Counter(
        (row["item"], row["annotator"], row[names[row["winner"]]] if row["winner"] in names else row["winner"])
        for row in rows
    )


def texts(study: Study) -> set[str]:
    from interpref_db.exporters.battles import battles

    with study.reading() as cursor:
        return {
            answer
            for one in battles(cursor, histories=False)
            if one.winner in ("a", "b")
            for e in one.exchanges
            for answer in (e.answer_a, e.answer_b)
        }


@pytest.mark.parametrize("format_name", FORMATS)
def test_out_and_back(study: Study, tmp_path: Path, format_name: str) -> None:
    suffix = {"csv": ".csv", "parquet": ".parquet"}.get(
        format_name, ".json" if format_name in ("argilla", "label-studio", "llm-comparator") else ".jsonl"
    )
    path = tmp_path / f"out{suffix}"
    report = export(study, "comparisons", path, format=format_name)
    lacks = LACKS.get(format_name, set())
    before = said(study)
    left_out = Counter(
        {kind: n for kind in lacks for n in [sum(times for (_, _, what), times in before.items() if what == kind)] if n}
    )
    assert report.left_out_why == left_out
    with Study.open(tmp_path / "again.duckdb", create=True) as again:
        first = import_files(again, [path])
        assert first.rejected == []
        expected = Counter({key: n for key, n in before.items() if key[2] not in lacks})
        if format_name == "openai":
            # That format has room for neither names nor people.
            assert sum(said(again).values()) == 2 * sum(expected.values())
            return
        if format_name != "native":
            assert first.counts["comparisons"] == sum(expected.values())
        if format_name not in (
            "native",
            "csv",
            "jsonl",
            "parquet",
            "alpaca-eval",
            "llm-comparator",
            "argilla",
            "label-studio",
        ):
            assert texts(again) == texts(study)
        assert set(said(again)) == set(expected)
        assert said(again) == expected
        second = import_files(again, [path])
        assert sum(second.counts.values()) == 0
    # Into the study that it came from, it changes nothing.
    home = import_files(study, [path])
    assert sum(home.counts.values()) == 0
    assert said(study) == before


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".json"])
@pytest.mark.parametrize("format_name", ["trl", "arena"])
def test_the_same_formats_in_other_containers(study: Study, tmp_path: Path, format_name: str, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    written = export(study, "comparisons", path, format=format_name).rows
    with Study.open(tmp_path / "again.duckdb", create=True) as again:
        report = import_files(again, [path])
        assert (report.rejected, report.counts["comparisons"]) == ([], written)
        assert texts(again) == texts(study)


def test_trl_rows_are_as_datasets_and_trl_want_them(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    export(study, "comparisons", path, format="trl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    one = rows[0]
    assert [turn["role"] for turn in one["prompt"]] == ["user", "assistant", "user", "assistant", "user"]
    assert one["prompt"][-1]["content"].startswith("What about things")
    assert [[m["role"] for m in one[name]] for name in ("chosen", "rejected")] == [["assistant"], ["assistant"]]
    assert len(rows) % 2 == 0
    parquet = tmp_path / "out.parquet"
    export(study, "comparisons", parquet, format="trl")
    with duckdb.connect(":memory:") as connection:
        kinds = dict(row[:2] for row in connection.execute(f"DESCRIBE FROM '{parquet}'").fetchall())
    assert kinds["prompt"] == kinds["chosen"]
    assert kinds["prompt"].replace('"', "") == "STRUCT(role VARCHAR, content VARCHAR)[]"


def test_dpo_history_sets_the_right_history_against_the_other(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    export(study, "comparisons", path, format="dpo-history")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        assert f"answer {row['side']} to" in row["chosen"][0]["content"]
        other = "b" if row["side"] == "a" else "a"
        assert f"answer {other} to" in row["rejected"][0]["content"]


def test_openai_rows_hold_nothing_but_its_own_keys(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    export(study, "comparisons", path, format="openai")
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        assert row.keys() == {"input", "preferred_output", "non_preferred_output"}
        assert len(row["preferred_output"]) == len(row["non_preferred_output"]) == 1


def test_arena_winners_are_its_own_words(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    report = export(study, "comparisons", path, format="arena")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert {row["winner"] for row in rows} == {"model_a", "model_b", "tie", "tie (bothbad)"}
    assert report.rows == len(rows) == 15
    assert report.left_out == 2


def test_label_studio_selects_by_place(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    export(study, "comparisons", path, format="label-studio")
    tasks = json.loads(path.read_text(encoding="utf-8"))
    for task in tasks:
        for one in task["annotations"]:
            kept = one["interpref"]
            if kept["winner"] in ("a", "b"):
                place = "left" if kept["winner"] == kept.get("left", "a") else "right"
                assert one["result"][0]["value"]["selected"] == place
    assert any(one["was_cancelled"] for task in tasks for one in task["annotations"])


def test_confidential_histories_leave_in_no_prompt(study: Study, tmp_path: Path) -> None:
    with study.writing("test") as writer:
        writer.connection.execute("UPDATE study.histories SET confidential = true WHERE id = 'h0a'")
    path = tmp_path / "out.jsonl"
    report = export(study, "comparisons", path, format="trl")
    assert report.left_out_why["confidential"] > 0
    assert "turn 0 of 0a" not in path.read_text(encoding="utf-8")
    export(study, "comparisons", path, format="trl", include_confidential=True)
    assert "turn 0 of 0a" in path.read_text(encoding="utf-8")


def test_one_pair_of_models_for_llm_comparator(tmp_path: Path) -> None:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        path = tmp_path / "in.csv"
        path.write_text("model_a,model_b,winner\nx,y,model_a\ny,z,model_b\ny,x,tie\n", encoding="utf-8")
        import_files(study, [path])
        out = tmp_path / "out.json"
        with pytest.raises(ExportError, match="--models A B"):
            export(study, "comparisons", out, format="llm-comparator")
        assert not out.exists()
        report = export(study, "comparisons", out, format="llm-comparator", models=("y", "x"))
        assert (report.rows, report.left_out_why) == (2, {"other models": 1})
        with pytest.raises(ExportError, match="for comparisons"):
            export(study, "runs", out, format="arena")


def test_native_comparisons_bring_labels_with_their_whole_story(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    export(study, "comparisons", path, format="native")
    with Study.open(tmp_path / "again.duckdb", create=True) as again:
        import_files(again, [path])
        with study.reading() as one, again.reading() as two:
            for table in ("labels", "assignments", "imported_comparisons"):
                query = f"SELECT * FROM {table} ORDER BY id"
                assert one.execute(query).fetchall() == two.execute(query).fetchall()


def test_the_crowd_of_llmfao(shared_data: Path, tmp_path: Path) -> None:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        report = import_files(study, [shared_data / "comparisons" / "llmfao.csv"])
        assert report.counts["comparisons"] == 8931
        before = Counter(
            (row["model_a"], row["model_b"], row["winner"], row["annotator"])
            for row in study.rows("export_comparisons")
        )
        assert sum(n for key, n in before.items() if key[2] == "tie") == 3471
        assert len({key[3] for key in before}) == 124
        for format_name, suffix in (
            ("arena", ".jsonl"),
            ("arena", ".csv"),
            ("csv", ".csv"),
            ("argilla", ".json"),
            ("label-studio", ".json"),
            ("native", ".jsonl"),
            ("parquet", ".parquet"),
        ):
            path = tmp_path / f"out-{format_name}{suffix}"
            export(study, "comparisons", path, format=format_name)
            with Study.open(tmp_path / f"{format_name}{suffix}.duckdb", create=True) as again:
                import_files(again, [path])
                after = Counter(
                    (row["model_a"], row["model_b"], row["winner"], row["annotator"])
                    for row in again.rows("export_comparisons")
                )
            assert after == before, (format_name, suffix)
        trl = export(study, "comparisons", tmp_path / "trl.jsonl", format="trl")
        assert trl.rows == 0
        assert trl.left_out_why == {"no texts": 8931 - 3471, "tie": 3471}


def test_csv_of_comparisons_runs_in_no_spreadsheet(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    export(study, "comparisons", path, format="arena")
    with path.open(encoding="utf-8", newline="") as file:
        assert not any(cell[:1] in ("=", "+", "-", "@") for row in csv.reader(file) for cell in row)
