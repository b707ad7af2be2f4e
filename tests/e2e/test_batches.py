"""Batches: written instead of asked, answered elsewhere, imported; then the same command asks nothing."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cli import interpref
from tests.support.fake_openai import FakeOpenAI
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path

HERE = "http://127.0.0.1:9/v1"  # nobody listens: whatever is asked fails


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(5, runs=())).close()
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def answered(path: Path, calls: list[dict[str, Any]], text: Any = None) -> Path:
    """A file of answers as OpenAI's Batch API gives them, in another order."""
    rows = []
    for number, call in enumerate(calls):
        asked = call["body"]["messages"][-1]["content"]
        said = text(call["body"]) if text else f"An answer to {asked[-40:]}"
        body = {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion",
            "created": 1_760_000_000 + number,
            "model": "m-2026",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 90, "completion_tokens": 9, "total_tokens": 99},
        }
        rows.append(
            {
                "id": f"batch_{number}",
                "custom_id": call["custom_id"],
                "response": {"status_code": 200, "request_id": "r", "body": body},
                "error": None,
            }
        )
    random.Random(3).shuffle(rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def generate(tmp_path: Path, study: Path, *options: Any, paradigm: str = "td", url: str = HERE) -> Any:
    return interpref(
        tmp_path,
        "generate",
        study,
        "--model",
        "openai/m",
        "--base-url",
        url,
        "--paradigm",
        paradigm,
        "--attempts",
        "1",
        *options,
    )


def test_what_is_written_is_what_would_be_asked(tmp_path: Path, study: Path) -> None:
    out = tmp_path / "calls.jsonl"
    done = generate(tmp_path, study, "--batch-out", out, "--json")
    assert done.code == 0, done.err
    assert done.json == {"calls": 10, "known": 0, "ready": 0, "waiting": 10, "files": [str(out)]}
    calls = lines_of(out)
    assert {(call["method"], call["url"]) for call in calls} == {("POST", "/v1/chat/completions")}
    assert len({call["custom_id"] for call in calls}) == 10
    with FakeOpenAI() as server:
        assert generate(tmp_path, study, url=server.url).code == 0
        bodies = [call["body"] for call in calls]
        assert sorted(map(json.dumps, server.asked)) == sorted(map(json.dumps, bodies))


def test_answers_become_the_records_that_the_engine_would_have_made(tmp_path: Path, study: Path) -> None:
    out = tmp_path / "calls.jsonl"
    generate(tmp_path, study, "--batch-out", out)
    calls = lines_of(out)
    took = interpref(tmp_path, "import", study, answered(tmp_path / "answers.jsonl", calls), "--json")
    assert took.code == 0, took.err
    assert (took.json["format"], took.json["calls"], took.json["rejected"]) == ("OpenAI batch answers", 10, [])
    again = interpref(tmp_path, "import", study, tmp_path / "answers.jsonl", "--json").json
    assert (again["calls"], again["unchanged"]) == (0, 10)
    # Nobody listens there, and nobody needs to.
    done = generate(tmp_path, study, "--json")
    assert done.code == 0, done.err
    assert (done.lines[-1]["done"], done.lines[-1]["calls"], done.lines[-1]["cached"]) == (10, 0, 10)
    row = interpref(tmp_path, "list", study, "responses", "--json").lines[0]
    shown = interpref(tmp_path, "show", study, row["id"], "--json").json
    assert shown["text"].startswith("An answer to")
    assert shown["provenance"]["tokens"]["prompt"] == 90
    assert shown["provenance"]["call"] in {call["custom_id"] for call in calls}
    assert generate(tmp_path, study, "--batch-out", tmp_path / "more.jsonl", "--json").json["calls"] == 0
    assert not (tmp_path / "more.jsonl").exists()


def test_partial_answers_and_errors_leave_the_rest_to_ask(tmp_path: Path, study: Path) -> None:
    out, some = tmp_path / "calls.jsonl", tmp_path / "some.jsonl"
    generate(tmp_path, study, "--batch-out", out)
    calls = lines_of(out)
    answered(some, calls[:6])
    body = {"error": {"message": "the model is overloaded", "type": "server_error"}}
    bad = [
        {"id": "b", "custom_id": calls[6]["custom_id"], "response": {"status_code": 500, "body": body}, "error": None},
        {
            "id": "c",
            "custom_id": calls[7]["custom_id"],
            "response": None,
            "error": {"code": "batch_expired", "message": "too late"},
        },
        {
            "id": "d",
            "custom_id": calls[8]["custom_id"],
            "response": {"status_code": 200, "body": {"choices": []}},
            "error": None,
        },
        {"id": "e", "custom_id": "request-1", "response": {"status_code": 200, "body": {}}, "error": None},
    ]
    with some.open("a", encoding="utf-8") as file:
        file.write("".join(json.dumps(row) + "\n" for row in bad) + '{"id": "f", "custom_id": "ab')
    took = interpref(tmp_path, "import", study, some, "--json")
    assert took.code == 3
    assert took.json["calls"] == 6
    reasons = {one["line"]: (one.get("field"), one["reason"]) for one in took.json["rejected"]}
    assert reasons[7] == ("response.status_code", "500: the model is overloaded")
    assert reasons[8] == ("error", "too late")
    assert reasons[9] == ("response.body", "the reply holds no choices")
    assert reasons[10][0] == "custom_id"
    assert "not JSON" in reasons[11][1]
    rest = generate(tmp_path, study, "--batch-out", tmp_path / "rest.jsonl", "--json").json
    assert (rest["calls"], rest["known"], rest["ready"]) == (4, 6, 6)
    assert {one["custom_id"] for one in lines_of(tmp_path / "rest.jsonl")} == {call["custom_id"] for call in calls[6:]}
    with FakeOpenAI() as server:
        # A live run at the address of the batch would ask the four that are missing: here they are asked elsewhere.
        assert generate(tmp_path, study, url=server.url).code == 0
        assert len(server.asked) == 10  # another address is another model


def test_a_workflow_takes_as_many_batches_as_it_has_steps(tmp_path: Path, study: Path) -> None:
    def step(body: dict[str, Any]) -> str:
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
        name = next(iter(schema.get("properties", {})), None)
        return json.dumps({name: ["likes quiet mornings"]}) if name else "An answer."

    rounds = 0
    while True:
        out = tmp_path / f"round{rounds}.jsonl"
        found = generate(tmp_path, study, "--batch-out", out, "--json", paradigm="wf").json
        if not found["calls"]:
            break
        answers = answered(tmp_path / f"answers{rounds}.jsonl", lines_of(out), step)
        assert interpref(tmp_path, "import", study, answers).code == 0
        rounds += 1
    assert rounds == 5
    assert found["ready"] == 10
    assert generate(tmp_path, study, paradigm="wf").code == 0


def test_judging_by_batch(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI() as server:
        assert generate(tmp_path, study, url=server.url).code == 0
    out = tmp_path / "judge.jsonl"
    command = ("judge", study, "--run", "m-td", "--model", "openai/j", "--base-url", HERE, "--attempts", "1")
    found = interpref(tmp_path, *command, "--batch-out", out, "--json").json
    # This server gives both sides the same answer, so two orders each are the same call, asked once.
    assert (found["calls"], found["waiting"]) == (10, 20)
    verdict = json.dumps({"reasoning": "because", "persona_1": "Left", "case_label": "format"})
    answers = answered(tmp_path / "verdicts.jsonl", lines_of(out), lambda _: verdict)
    assert interpref(tmp_path, "import", study, answers).code == 0
    assert interpref(tmp_path, *command).code == 0
    scored = interpref(tmp_path, "score", study, "--json").json["pass_rate"]
    assert [(one["judge"], one["n"], one["patterns"]) for one in scored] == [("j", 5, {"LLLL": 5})]


def test_a_large_batch_is_several_files(tmp_path: Path, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from interpref_core.paradigms import load_paradigm
    from interpref_db.study.study import Study
    from interpref_tui.services.models import ModelOptions, open_model
    from interpref_tui.services.runs import batch_file
    from interpref_tui.services.runs.generate import generation_tasks, plan_generation
    from interpref_tui.settings.model import Settings

    monkeypatch.setattr(batch_file, "MOST_LINES", 4)
    model = open_model(Settings(), ModelOptions(model="openai/m", base_url=HERE), None)
    with Study.open(study) as one:
        generation = plan_generation(one, model, load_paradigm("np", ()))
        target = batch_file.batch_target(tmp_path / "b.jsonl", study)
        written = batch_file.write_batch(one, model, generation_tasks(one, generation), target)
    assert [name.rpartition("/")[2] for name in written.files] == ["b.jsonl", "b.2.jsonl", "b.3.jsonl"]
    assert [len(lines_of(tmp_path / name)) for name in ("b.jsonl", "b.2.jsonl", "b.3.jsonl")] == [4, 4, 2]


def test_what_has_no_batch_says_so(tmp_path: Path, study: Path) -> None:
    answers = tmp_path / "r.jsonl"
    answers.write_text('{"text": "x"}\n', encoding="utf-8")
    done = interpref(
        tmp_path,
        "generate",
        study,
        "--model",
        f"replay/{answers}",
        "--paradigm",
        "np",
        "--batch-out",
        tmp_path / "x.jsonl",
    )
    assert done.code == 1
    assert "no batches" in done.err
