"""Whatever JSON stands in a study's free fields, everything that reads it goes on, and nothing is lost on the way out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interpref_core.annotation.labels import Assignment
from interpref_core.text.lenient_json import DEEPEST, read_json, read_list, read_object
from interpref_db.annotation.quality import quality
from interpref_db.annotation.session import AnnotationSession
from interpref_db.construction import funnel
from interpref_db.construction.verification.report import verify
from interpref_db.exporters import WHAT, ExportError, export
from interpref_db.exporters.annotation_tools import DOCUMENTS
from interpref_db.exporters.preference_data import SHAPES as FORMATS
from interpref_db.exporters.training import TrainingSelection
from interpref_db.failures import failures
from interpref_db.importers import import_files
from interpref_db.lists import query
from interpref_db.records.details import find
from interpref_db.scores import scoreboard
from interpref_db.study.study import Study
from interpref_tui.screens.item import _trace
from interpref_tui.services.runs.call_cache import StudyCallCache
from tests.support.odd_json import SHAPES, odd_study

if TYPE_CHECKING:
    from pathlib import Path


def read_everything(study: Study, folder: Path) -> None:
    """Every list, every record whole, every number, every export, and what annotators and construction see."""
    with study.reading() as cursor:
        for kind in query.LIST_SPECS:
            keys = query.keys(cursor, kind)
            rows = query.page(cursor, kind, keys)
            assert len(rows) == len(keys), kind
            for row in rows:
                _trace(row)
    for identifier in (
        "h0a",
        "x0",
        "q1",
        "i1",
        "one",
        "one/judge",
        "one/1a",
        "one/1/2",
        "e1",
        "b1",
        "m1",
        "c1",
        "k1",
        "k0",
        "cy-1",
    ):
        find(study, identifier)
    scoreboard.tables(scoreboard.scoreboard(study))
    failures.failures(study).to_json()
    funnel.funnel(study)
    assignment = Assignment(task="compare", runs=("one", "two"))
    with AnnotationSession(study, "dora", assignment) as session:
        for entry in session.queue[:6]:
            session.texts(entry)
            session.opinion(entry)
    quality(study, "compare", ("one", "two"), full=False)
    verify(study)
    StudyCallCache(study).get_many(["x"])
    write_everything(study, folder)


def write_everything(study: Study, folder: Path) -> None:
    for what in WHAT:
        formats = {
            "report": ("markdown", "html"),
            "study": ("native",),
            "sft": ("trl", "openai"),
            "dpo": ("trl",),
            "scores": ("jsonl", "csv"),
        }
        for format_name in formats.get(what, ("jsonl", "csv", "parquet", "native")):
            chosen = TrainingSelection(run="one") if what in ("sft", "dpo") else None
            try:
                export(study, what, folder / f"{what}.{format_name}", format=format_name, chosen_responses=chosen)
            except ExportError as error:
                assert "nothing to export" in str(error)  # noqa: PT017
    for format_name in (*FORMATS, *DOCUMENTS):
        for suffix in ("csv", "parquet", "json"):
            if format_name in DOCUMENTS and suffix != "json":
                continue
            try:
                export(study, "comparisons", folder / f"c.{format_name}.{suffix}", format=format_name)
            except ExportError as error:
                assert "nothing to export" in str(error) or "two models" in str(error)  # noqa: PT017


@pytest.mark.parametrize("shape", SHAPES)
def test_everything_is_read_and_written_whatever_stands_there(tmp_path: Path, shape: str) -> None:
    with Study.open(odd_study(tmp_path / "s.duckdb", SHAPES[shape])) as study:
        read_everything(study, tmp_path)
    text = (tmp_path / "study.native").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["type"] for line in lines} >= {"comparison", "response", "making", "query", "label"}
    with Study.open(tmp_path / "t.duckdb", create=True) as other:
        report = import_files(other, [tmp_path / "study.native"])
        taken = sum(n for kind, n in report.counts.items() if kind != "turns")
        assert taken + len(report.rejected) >= len(lines) - report.unchanged


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    "extracted",
                    "relevant",
                    "instructions",
                    "prompt",
                    "says",
                    "judge",
                    "tokens",
                    "preference",
                    "conversation_a",
                    "exchanges",
                )
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(value=JSON)
def test_everything_bears_any_value(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    folder = tmp_path_factory.mktemp("any")
    with Study.open(odd_study(folder / "s.duckdb", json.dumps(value))) as study:
        read_everything(study, folder)


@given(JSON)
def test_reading_gives_the_value(value: Any) -> None:
    assert read_json(json.dumps(value)) == value
    assert read_object(json.dumps(value)) == (value if isinstance(value, dict) else {})
    assert read_list(value) == (value if isinstance(value, list) else [])


def test_what_cannot_be_held_stays_text() -> None:
    for text in ("[" * 5000 + "]" * 5000, '{"a":' * 200 + "1" + "}" * 200, "not json", "[1", ""):
        assert read_json(text) == text
    assert read_json('{"a": 1e999, "b": NaN, "c": -Infinity, "d": %s}' % ("7" * 5000)) == {
        "a": "1e999", "b": "NaN", "c": "-Infinity", "d": "7" * 5000,
    }  # fmt: skip
    flat = json.dumps(["[" * 5000, {"a": ']]\\"[['}] * 80)
    assert read_json(flat) == json.loads(flat)
    assert isinstance(read_json("[" * DEEPEST + "]" * DEEPEST), list)
