"""Comparisons as other tools write them themselves: who won, what cannot be told, and which field is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from interpref_db.importers import import_files
from interpref_db.study.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with Study.open(tmp_path / "s.duckdb", create=True) as one:
        yield one


def written(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def verdicts(study: Study) -> list[tuple[str, str, str]]:
    """(annotator, item, the winner's name), in the order of the items."""
    names = {"a": "model_a", "b": "model_b"}
    return sorted(
        (row["annotator"], row["item"], row[names[row["winner"]]] if row["winner"] in names else row["winner"])
        for row in study.rows("export_comparisons")
    )


def choice(number: int, chosen: str, left: str = "o1", right: str = "qwen") -> dict[str, Any]:
    return {"id": number, "choice": chosen, "model_left": left, "model_right": right}


def test_the_page_of_the_paper(study: Study, tmp_path: Path) -> None:
    rows = [
        choice(1, "Left"),
        choice(2, "Tie"),
        choice(3, "Right"),
        choice(1, "Left"),  # repeated by the page after a correction
        choice(3, "Left"),  # which of the two was meant?
        choice(4, "Left", left="qwen", right="o1"),
        choice(5, "Middle"),
        {"id": 6, "choice": "Left", "model_left": "o1"},
    ]
    report = import_files(study, [written(tmp_path / "dana.jsonl", rows)])
    assert verdicts(study) == [("dana", "1", "o1"), ("dana", "2", "tie"), ("dana", "4", "qwen")]
    assert {(one.line, one.field) for one in report.rejected} == {
        (3, "choice"),
        (5, "choice"),
        (7, "choice"),
        (8, "model_right"),
    }
    assert any("1 rows only repeat" in notice for notice in report.notices)


def test_the_page_says_the_same_of_turned_models(study: Study, tmp_path: Path) -> None:
    """Left of o1 and qwen, Right of qwen and o1: the same decision, once."""
    rows = [choice(1, "Left"), choice(1, "Right", left="qwen", right="o1")]
    report = import_files(study, [written(tmp_path / "dana.jsonl", rows)])
    assert verdicts(study) == [("dana", "1", "o1")]
    assert not report.rejected


def test_label_studio_as_it_exports(study: Study, tmp_path: Path) -> None:
    def task(number: int, result: list[Any], **more: Any) -> dict[str, Any]:
        annotation = {
            "id": 100 + number,
            "completed_by": {"id": 7, "email": "kim@example.org"},
            "result": result,
        } | more
        return {
            "id": number,
            "data": {
                "prompt": "Where to?",
                "left": "North.",
                "right": "South.",
                "left_model": "m1",
                "right_model": "m2",
            },
            "annotations": [annotation],
        }

    rows = [
        task(1, [{"type": "pairwise", "value": {"selected": "left"}, "from_name": "p", "to_name": "left,right"}]),
        task(2, [{"type": "pairwise", "value": {"selected": "right"}}], created_at="2025-03-01T10:00:00Z"),
        task(3, [{"type": "choices", "value": {"choices": ["Tie"]}}]),
        task(4, [], was_cancelled=True),
        task(5, [{"type": "rating", "value": {"rating": 3}}]),
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    report = import_files(study, [path])
    who = "kim@example.org"
    assert verdicts(study) == [(who, "1", "m1"), (who, "2", "m2"), (who, "3", "tie"), (who, "4", "skip")]
    assert [one.field for one in report.rejected] == ["annotations[0].result"]


def test_argilla_as_it_exports(study: Study, tmp_path: Path) -> None:
    def record(number: int, ranks: tuple[Any, Any], status: str = "submitted") -> dict[str, Any]:
        value = [{"value": "answer-1", "rank": ranks[0]}, {"value": "answer-2", "rank": ranks[1]}]
        return {
            "id": f"r{number}",
            "status": "completed",
            "fields": {"query": "Where to?", "answer-1": "North.", "answer-2": "South."},
            "metadata": {"model_a": "m1", "model_b": "m2"},
            "suggestions": {},
            "responses": {"best": [{"value": value, "user_id": "u-1", "status": status}]},
        }

    rows = [
        record(1, (1, 2)),
        record(2, (2, 1)),
        record(3, (1, 1)),
        record(4, (1, 2), "discarded"),
        record(5, (None, 1)),
    ]
    report = import_files(study, [written(tmp_path / "argilla.jsonl", rows)])
    assert verdicts(study) == [("u-1", "r1", "m1"), ("u-1", "r2", "m2"), ("u-1", "r3", "tie"), ("u-1", "r4", "skip")]
    assert [(one.line, one.field) for one in report.rejected] == [(5, "responses.best[0].value")]


def test_fastchat_counts_only_what_both_games_say(study: Study, tmp_path: Path) -> None:
    def game(number: int, first: str, second: str) -> dict[str, Any]:
        return {
            "question_id": number,
            "model_1": "m1",
            "model_2": "m2",
            "g1_winner": first,
            "g2_winner": second,
            "judge": ["gpt-4", "pair-v2"],
            "turn": 1,
        }

    rows = [
        game(81, "model_1", "model_1"),
        game(82, "model_1", "model_2"),
        game(83, "model_2", "model_2"),
        game(84, "tie", "tie"),
        game(85, "error", "model_1"),
    ]
    report = import_files(study, [written(tmp_path / "pair.jsonl", rows)])
    assert verdicts(study) == [
        ("gpt-4", "81", "m1"),
        ("gpt-4", "82", "tie"),
        ("gpt-4", "83", "m2"),
        ("gpt-4", "84", "tie"),
    ]
    assert [(one.line, one.field) for one in report.rejected] == [(5, "g1_winner")]
