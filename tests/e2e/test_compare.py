"""`interpref compare` through a server: both orders, resumed without asking twice, an opinion for people, counted apart."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.annotation.labels import Assignment
from interpref_db.annotation.session import AnnotationSession
from interpref_db.study.study import Study
from interpref_tui.services.annotation import AssignmentOptions, make_assignment
from tests.support.cli import interpref
from tests.support.fake_openai import FakeOpenAI, Reply
from tests.support.labels import label
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    from dataclasses import replace

    from interpref_core.records.runs import Response

    records = (
        replace(one, text=f"{one.run} answers {one.item}") if isinstance(one, Response) else one
        for one in small_records(6, runs=("one", "two"))
    )
    where = tmp_path / "s.duckdb"
    small_study(where, records).close()
    return where


def better(body: dict[str, Any], _: int) -> Reply:
    """Run one is better on items 0-2, run two on 3; on 4 it says Left always; on 5 nobody can read it."""
    said = body["messages"][-1]["content"]
    item = re.search(r"answers i(\d)", said)
    assert item is not None
    number = int(item.group(1))
    one_is_left = said.index("one answers") < said.index("two answers")
    if number == 5:
        return Reply(text="I would rather not say.")
    wanted = "Left" if number == 4 or one_is_left == (number < 3) else "Right"
    return Reply(text=json.dumps({"reasoning": f"item {number}", "better": wanted}))


def compare(tmp_path: Path, path: Path, server: FakeOpenAI, *options: str) -> Any:
    return interpref(
        tmp_path,
        "compare",
        path,
        "--model",
        "openai/judge-x",
        "--base-url",
        server.url,
        "--runs",
        "one",
        "two",
        *options,
    )


def winners(tmp_path: Path, path: Path) -> dict[str, str]:
    rows = interpref(tmp_path, "list", path, "comparisons", "--json").lines
    assert {(row["annotator"], row["kind"]) for row in rows} == {("judge-x", "judge")}
    return {row["item"]: row["winner"] for row in rows}


def test_both_orders_are_asked_and_ties_are_disagreements(tmp_path: Path, path: Path) -> None:
    with FakeOpenAI(better) as server:
        dry = compare(tmp_path, path, server, "--dry-run", "--json").json
        assert (dry["calls"], dry["done"], server.asked) == (12, 0, [])
        done = compare(tmp_path, path, server)
        assert done.code == 0, done.err
        assert len(server.asked) == 12
        assert all("better" in json.dumps(body["response_format"]) for body in server.asked)
        assert winners(tmp_path, path) == {"i0": "a", "i1": "a", "i2": "a", "i3": "b", "i4": "tie", "i5": "skip"}
        # Again, and with the runs the other way round: nothing is asked.
        assert compare(tmp_path, path, server).code == 0
        turned = interpref(
            tmp_path, "compare", path, "--model", "openai/judge-x", "--base-url", server.url, "--runs", "two", "one"
        )
        assert turned.code == 0
        assert len(server.asked) == 12
    found = interpref(tmp_path, "score", path, "--json").json
    assert found["win_rate"]["wins"] == [[0, 3], [1, 0]]
    assert found["judges_of_pairs"][0]["same_in_both_orders"]["count"] == 4
    assert found["judges_of_pairs"][0]["agrees_with_people"]["n"] == 0
    assert found["agreement"] == {}
    assert "JUDGES THAT COMPARED RUNS" in interpref(tmp_path, "score", path).out


def test_a_comparing_goes_on_where_it_was(tmp_path: Path, path: Path) -> None:
    with FakeOpenAI(better) as server:
        assert compare(tmp_path, path, server, "--limit", "2").code == 0
        assert len(server.asked) == 4
        server.script = lambda body, before: (
            Reply(status=500) if "answers i4" in body["messages"][-1]["content"] else better(body, before)
        )
        broken = compare(tmp_path, path, server, "--attempts", "1")
        assert broken.code == 3
        server.script = better
        assert compare(tmp_path, path, server).code == 0
        assert len(winners(tmp_path, path)) == 6
        assert all(n == 1 for n in server.answered.values())


def test_people_are_counted_apart_and_see_it_as_an_opinion(tmp_path: Path, path: Path) -> None:
    with FakeOpenAI(better) as server:
        assert compare(tmp_path, path, server).code == 0
    with Study.open(path) as study:
        assignment = make_assignment(study, AssignmentOptions(task="compare", runs=("one", "two")))
        assert assignment.judge == "judge-x"
        with AnnotationSession(study, "ann", assignment) as session:
            entries = {entry.item: entry for entry in session.queue}
            opinion = session.opinion(entries["i0"])
            assert opinion is not None
            assert opinion.says == "a"
            assert "item 0" in opinion.lines["a"]
            tie, nothing = session.opinion(entries["i4"]), session.opinion(entries["i5"])
            assert tie is not None
            assert tie.says == "tie"
            assert nothing is not None
            assert nothing.says is None
            assert make_assignment(study, AssignmentOptions(task="match", runs=("one",))).judge == "judge"
    with Study.open(path) as study, study.writing("test") as writer:
        labels = [label("ann", f"i{n}", answer, n) for n, answer in enumerate(("a", "a", "b", "b", "tie"))]
        writer.add([Assignment(task="compare", runs=("one", "two")), *labels], origin="test")
        writer.fold("test")
    found = interpref(tmp_path, "score", path, "--json").json
    # Only ann's count now; the judge is measured against her.
    assert found["win_rate"]["wins"] == [[0, 2], [2, 0]]
    judge = found["judges_of_pairs"][0]
    assert (judge["agrees_with_people"]["count"], judge["agrees_with_people"]["n"]) == (4, 5)
    assert judge["kappa"]["value"] == pytest.approx((0.8 - 0.36) / (1 - 0.36), abs=0.01)


def test_what_cannot_be_compared_is_said(tmp_path: Path, path: Path) -> None:
    with FakeOpenAI(better) as server:
        options = ("--model", "openai/judge-x", "--base-url", server.url)
        same = interpref(tmp_path, "compare", path, *options, "--runs", "one", "one")
        assert same.code == 1
        assert "the same run" in same.err
        missing = interpref(tmp_path, "compare", path, *options, "--runs", "one", "three")
        assert "there are one, two" in missing.err
        assert server.asked == []


def test_a_judges_comparisons_go_out_and_come_back(tmp_path: Path, path: Path) -> None:
    with FakeOpenAI(better) as server:
        assert compare(tmp_path, path, server).code == 0
    out, again = tmp_path / "all.jsonl", tmp_path / "again.duckdb"
    assert interpref(tmp_path, "export", path, "study", "-o", out).code == 0
    assert interpref(tmp_path, "import", again, out).code == 0
    assert winners(tmp_path, again) == winners(tmp_path, path)


def test_by_batch_both_orders_are_one_file(tmp_path: Path, path: Path) -> None:
    with FakeOpenAI(better) as server:
        out = tmp_path / "calls.jsonl"
        found = compare(tmp_path, path, server, "--batch-out", str(out), "--json").json
        assert (found["calls"], found["waiting"]) == (12, 6)
        assert server.asked == []
        answers = []
        for line in out.read_text(encoding="utf-8").splitlines():
            call = json.loads(line)
            said = {"message": {"role": "assistant", "content": better(call["body"], 0).text}, "finish_reason": "stop"}
            response = {"status_code": 200, "body": {"model": "judge-x", "choices": [said]}}
            answers.append(json.dumps({"custom_id": call["custom_id"], "response": response, "error": None}))
        (tmp_path / "answers.jsonl").write_text("\n".join(reversed(answers)), encoding="utf-8")
        assert interpref(tmp_path, "import", path, tmp_path / "answers.jsonl").code == 0
        assert compare(tmp_path, path, server).code == 0
        assert server.asked == []
        assert winners(tmp_path, path)["i4"] == "tie"


def test_asked_in_another_way_it_is_another_judge(tmp_path: Path, path: Path) -> None:
    with FakeOpenAI(better) as server:
        assert compare(tmp_path, path, server).code == 0
        assert compare(tmp_path, path, server, "--temperature", "0.5").code == 0
        assert compare(tmp_path, path, server, "--temperature", "0.5").code == 0
        assert len(server.asked) == 24
    rows = interpref(tmp_path, "list", path, "comparisons", "--json").lines
    assert {row["annotator"] for row in rows} == {"judge-x", "judge-x-2"}


def test_of_a_comparing_what_failed_is_tried_again_alone(tmp_path: Path, path: Path) -> None:
    def picky(body: dict[str, Any], before: int) -> Reply:
        return Reply(status=400) if "answers i2" in body["messages"][-1]["content"] else better(body, before)

    with FakeOpenAI(picky) as server:
        assert compare(tmp_path, path, server).code == 3
        server.script = better
        done = compare(tmp_path, path, server, "--retry-failed", "--json")
        assert (done.code, done.lines[-1]["total"], done.lines[-1]["done"]) == (0, 1, 1)
        assert "nothing has failed" in compare(tmp_path, path, server, "--retry-failed").err
