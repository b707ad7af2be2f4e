"""Training sets: one instance a side, no prompt in it, in the exact shapes that trainers read; what is left out is counted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from interpref_core.records.data import History, Item, Pair
from interpref_core.records.runs import Response, Run
from interpref_db.construction.train_test_split import make_split, split_report
from interpref_db.errors import StudyError
from interpref_db.exporters import ExportError, export
from interpref_db.exporters.training import TrainingSelection
from interpref_db.importers import import_files
from interpref_db.study.study import Study
from tests.support.cli import interpref
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_core.records.base import Record


def records(items: int = 6, text: str = "plain", pattern: str = "LRRL") -> Iterator[Record]:
    """Workflow answers to every item; another run that is not asked by the workflow."""
    for one in small_records(items, runs=("flow", "plain"), text=text, pattern=pattern):
        yield replace(one, paradigm="wf") if isinstance(one, Run) and one.id == "flow" else one


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with small_study(tmp_path / "s.duckdb", records()) as made:
        yield made


def rows(study: Study, what: str, tmp_path: Path, name: str = "out.jsonl", **options: Any) -> list[dict[str, Any]]:
    export(study, what, tmp_path / name, **options)
    return [json.loads(line) for line in (tmp_path / name).read_text(encoding="utf-8").splitlines()]


def test_every_side_of_every_item_is_one_instance(tmp_path: Path) -> None:
    with small_study(tmp_path / "s.duckdb", records(535)) as study:
        report = export(study, "sft", tmp_path / "train.jsonl")
    assert (report.rows, report.left_out, report.format) == (1070, 0, "trl")


def test_sft_is_the_history_the_query_and_the_answer_and_no_prompt(study: Study, tmp_path: Path) -> None:
    first = rows(study, "sft", tmp_path)[0]
    assert set(first) == {"messages", "item", "side", "run", "model", "preference"}
    assert [one["role"] for one in first["messages"]] == ["user", "assistant"] * 3
    assert [one["content"] for one in first["messages"][-2:]] == [
        "What about things, number 0? plain",
        "plain answer a to 0",
    ]
    assert all(set(one) == {"role", "content"} for one in first["messages"])
    openai = rows(study, "sft", tmp_path, format="openai")
    assert openai[0] == {"messages": first["messages"]}
    assert len(openai) == 12


def test_dpo_sets_a_side_s_own_answer_against_the_other_side_s(study: Study, tmp_path: Path) -> None:
    a, b = rows(study, "dpo", tmp_path)[:2]
    assert (a["side"], b["side"], a["item"], b["item"]) == ("a", "b", "i0", "i0")
    assert a["chosen"] == b["rejected"] == [{"role": "assistant", "content": "plain answer a to 0"}]
    assert b["chosen"] == a["rejected"] == [{"role": "assistant", "content": "plain answer b to 0"}]
    assert a["prompt"][-1] == b["prompt"][-1] == {"role": "user", "content": "What about things, number 0? plain"}
    assert a["prompt"][0]["content"] != b["prompt"][0]["content"]
    openai = rows(study, "dpo", tmp_path, format="openai")[0]
    assert openai == {
        "input": {"messages": a["prompt"], "tools": [], "parallel_tool_calls": True},
        "preferred_output": a["chosen"],
        "non_preferred_output": a["rejected"],
    }


def test_parquet_has_conversations_that_datasets_reads(study: Study, tmp_path: Path) -> None:
    export(study, "dpo", tmp_path / "out.parquet")
    with duckdb.connect() as connection:
        types = dict(
            connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE '{tmp_path}/out.parquet')").fetchall()
        )
    assert types["prompt"] == types["chosen"] == types["rejected"] == 'STRUCT("role" VARCHAR, "content" VARCHAR)[]'


def test_hostile_texts_come_out_as_they_are(tmp_path: Path) -> None:
    with small_study(tmp_path / "s.duckdb", records(1, text=HOSTILE)) as study:
        assert HOSTILE in rows(study, "sft", tmp_path)[0]["messages"][-1]["content"]
        export(study, "sft", tmp_path / "out.csv")
        assert import_files(study, [tmp_path / "out.jsonl"]).rejected == []


def test_what_is_left_out_is_counted_by_reason(tmp_path: Path) -> None:
    def odd() -> Iterator[Record]:
        for one in records():
            if isinstance(one, History) and one.id == "h1a":
                yield replace(one, confidential=True)
            elif isinstance(one, Pair) and one.id == "q2":
                yield replace(one, b=None)
            elif isinstance(one, Item) and one.id == "i3":
                yield replace(one, history_b=None)
            elif isinstance(one, Response) and one.id == "flow/4a":
                continue
            elif isinstance(one, Response) and one.id in ("flow/5a", "flow/5b"):
                yield replace(one, text="the same")
            else:
                yield one

    with small_study(tmp_path / "s.duckdb", odd()) as study:
        sft = export(study, "sft", tmp_path / "sft.jsonl")
        assert sft.left_out_why == {"confidential": 2, "no preference": 1, "no history": 1, "not answered": 1}
        assert sft.rows == 12 - 5
        dpo = export(study, "dpo", tmp_path / "dpo.jsonl")
        # An item of which one history is confidential is out as a whole: its query and its preferences were made of both.
        assert dpo.left_out_why == {
            **sft.left_out_why,
            "no answer of the other side": 1,
            "the same answer for both sides": 2,
        }
        everything = export(study, "dpo", tmp_path / "dpo.jsonl", include_confidential=True)
        assert everything.rows == dpo.rows + 2


def test_only_what_passes(tmp_path: Path) -> None:
    with small_study(tmp_path / "s.duckdb", records(3, pattern="LRLD")) as study:
        failed = export(study, "sft", tmp_path / "x.jsonl", chosen_responses=TrainingSelection(passed=True))
        assert (failed.rows, failed.left_out_why) == (0, {"not passed": 6})
        unseen = export(
            study, "sft", tmp_path / "x.jsonl", chosen_responses=TrainingSelection(passed=True, judge="nobody")
        )
        assert unseen.left_out_why == {"not judged": 6}
    with small_study(tmp_path / "t.duckdb", records(3)) as study:
        assert export(study, "sft", tmp_path / "x.jsonl", chosen_responses=TrainingSelection(passed=True)).rows == 6


def test_any_run_can_be_learnt_from(study: Study, tmp_path: Path) -> None:
    found = rows(study, "sft", tmp_path, chosen_responses=TrainingSelection(run="plain"))
    assert {one["run"] for one in found} == {"plain"}
    with pytest.raises(ExportError, match="no run 'none'"):
        export(study, "sft", tmp_path / "x", chosen_responses=TrainingSelection(run="none"))


def test_without_a_workflow_run_it_says_so(tmp_path: Path) -> None:
    with small_study(tmp_path / "s.duckdb") as study, pytest.raises(ExportError, match="--run takes any other run"):
        export(study, "sft", tmp_path / "x.jsonl")
    assert not (tmp_path / "x.jsonl").exists()


def test_only_one_part_of_the_split(study: Study, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="not split yet"):
        export(study, "sft", tmp_path / "x.jsonl", chosen_responses=TrainingSelection(part="train"))
    with pytest.raises(StudyError, match="which share"):
        make_split(study)
    made = make_split(study, seed=3, share=0.5)
    assert (made.train, made.test, made.without) == (3, 3, 0)
    parts = {
        part: {one["item"] for one in rows(study, "sft", tmp_path, chosen_responses=TrainingSelection(part=part))}
        for part in ("train", "test")
    }
    assert len(parts["train"]) == len(parts["test"]) == 3
    assert not parts["train"] & parts["test"]
    assert make_split(study) == made == split_report(study)  # made again, nothing changes
    export(study, "study", tmp_path / "all.jsonl")
    with Study.open(tmp_path / "other.duckdb", create=True) as other:
        assert import_files(other, [tmp_path / "all.jsonl"]).rejected == []
        assert split_report(other) == made


def test_the_command_line_says_what_was_left_out(study: Study, tmp_path: Path) -> None:
    study.close()
    out = tmp_path / "x.jsonl"
    done = interpref(tmp_path, "export", study.path, "sft", "-o", out, "--run", "plain", "--passed", "--json")
    assert done.code == 0, done.err
    assert done.json["rows"] == 12
    assert interpref(tmp_path, "export", study.path, "items", "-o", out, "--passed").code == 2
    assert interpref(tmp_path, "export", study.path, "sft", "-o", out, "--format", "arena").code == 1
    assert interpref(tmp_path, "export", study.path, "sft", "-o", out, "--split", "test").code == 1


def test_the_published_workflow_answers_that_pass(shared_data: Path, tmp_path: Path) -> None:
    """152 of 200 items pass for GPT-4o and 103 for Llama3.1-70B; 11 of their sides have no preference."""
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        import_files(study, [shared_data / "published"])
        everything = export(study, "sft", tmp_path / "sft.jsonl")
        assert (everything.rows, everything.left_out_why) == (800 - 28, {"no preference": 28})
        passed = export(study, "dpo", tmp_path / "dpo.jsonl", chosen_responses=TrainingSelection(passed=True))
        assert passed.rows + passed.left_out_why["no preference"] == 2 * (152 + 103)
