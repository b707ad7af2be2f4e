"""`interpref judge --verdict-by probabilities`: a confidence with each verdict, a judge of its own, kept byte for byte."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.constrained_choice import option_probabilities
from interpref_db.study.study import Study
from tests.support.cli import interpref
from tests.support.fake_openai import FakeOpenAI, Reply
from tests.support.gguf_model import write_tiny_gguf
from tests.support.servers import has_llama_cpp
from tests.support.studies import small_study

if TYPE_CHECKING:
    from pathlib import Path

CERTAIN = {"Left": 0.7, "Right": 0.2, "Don": 0.06, "I": 0.04}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    where = tmp_path / "s.duckdb"
    small_study(where).close()
    return where


def answer(shares: dict[str, float] | None, said: str = "Left") -> Reply:
    """A whole answer of one token, with the likeliest ones, or without."""
    content = [{"token": token, "logprob": math.log(share)} for token, share in (shares or {}).items()]
    first = {"token": said, "logprob": -0.1, "top_logprobs": content}
    body = {
        "choices": [
            {
                "message": {"content": said},
                "finish_reason": "length",
                "logprobs": {"content": [first]} if shares else None,
            }
        ],
        "usage": {"prompt_tokens": 500, "completion_tokens": 1},
    }
    return Reply(raw=json.dumps(body).encode())


def judge(tmp_path: Path, path: Path, model: str, *options: str) -> Any:
    return interpref(tmp_path, "judge", path, "--run", "one", "--model", model, *options)


def by_probabilities(tmp_path: Path, path: Path, server: FakeOpenAI, *options: str) -> Any:
    common = ("--base-url", server.url, "--verdict-by", "probabilities", "--limit", "2")
    return judge(tmp_path, path, "openai/judge-x", *common, *options)


def verdicts(path: Path, judge: str) -> list[dict[str, Any]]:
    with Study.open(path) as study, study.reading() as cursor:
        result = cursor.execute(
            "SELECT id, choice, raw, parsed_by, reasoning, provenance FROM current_verdicts WHERE judge = $judge",
            {"judge": judge},
        )
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_a_server_that_gives_probabilities(tmp_path: Path, path: Path) -> None:
    with FakeOpenAI(lambda *_: answer(CERTAIN)) as server:
        done = by_probabilities(tmp_path, path, server)
        assert done.code == 0, done.err
        asked = server.asked[0]
        assert (asked["max_tokens"], asked["logprobs"], asked["top_logprobs"]) == (1, True, 20)
        assert "response_format" not in asked
        found = verdicts(path, "judge-x (probabilities)")
        assert len(found) == 8
        for one in found:
            assert (one["choice"], one["parsed_by"], one["reasoning"]) == ("Left", "probabilities", None)
            shares = option_probabilities(one["raw"])
            assert shares == pytest.approx(
                {"Left": 0.7 / 0.96, "Right": 0.2 / 0.96, "Don't know": 0.06 / 0.96}, abs=1e-5
            )
            assert json.loads(one["raw"])["mass"] == pytest.approx(0.96)
            assert json.loads(one["provenance"])["parameters"]["choice"]["options"] == ["Left", "Right", "Don't know"]
        before = len(server.asked)
        assert by_probabilities(tmp_path, path, server).code == 0
        assert len(server.asked) == before, "nothing is asked twice"
    shown = interpref(tmp_path, "show", path, found[0]["id"], "--json").json
    assert sum(shown["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_it_is_a_judge_of_its_own_and_survives_export_and_import(tmp_path: Path, path: Path) -> None:
    with FakeOpenAI(lambda *_: answer(CERTAIN)) as server:
        by_probabilities(tmp_path, path, server)
    with FakeOpenAI() as server:
        assert judge(tmp_path, path, "openai/judge-x", "--base-url", server.url, "--limit", "2").code == 0
    assert len(verdicts(path, "judge-x")) == len(verdicts(path, "judge-x (probabilities)")) == 8
    out, again = tmp_path / "out.jsonl", tmp_path / "again.duckdb"
    interpref(tmp_path, "export", path, "study", "-o", out)
    assert interpref(tmp_path, "import", again, out).code == 0
    assert sorted(verdicts(again, "judge-x (probabilities)"), key=str) == sorted(
        verdicts(path, "judge-x (probabilities)"), key=str
    )


def test_a_server_that_gives_fewer_is_asked_for_fewer(tmp_path: Path, path: Path) -> None:
    def script(body: dict[str, Any], _: int) -> Reply:
        if body["top_logprobs"] > 5:
            return Reply(status=400, error="top_logprobs must be at most 5")
        return answer(CERTAIN)

    with FakeOpenAI(script) as server:
        assert by_probabilities(tmp_path, path, server).code == 0
        assert {body["top_logprobs"] for body in server.asked} == {20, 5}


def test_a_server_that_gives_none_stops_the_run_with_one_line(tmp_path: Path, path: Path) -> None:
    with FakeOpenAI(lambda *_: answer(None)) as server:
        done = by_probabilities(tmp_path, path, server, "--concurrency", "1")
        assert done.code == 1
        assert "the server gives no probabilities of tokens" in done.err
        assert len(server.asked) == 1
        assert "Traceback" not in done.err


def test_a_judge_that_would_say_something_else_is_unreadable(tmp_path: Path, path: Path) -> None:
    with FakeOpenAI(lambda *_: answer({"The": 0.9, "Both": 0.1}, said="The")) as server:
        assert by_probabilities(tmp_path, path, server).code == 0
    assert {(one["choice"], one["raw"]) for one in verdicts(path, "judge-x (probabilities)")} == {("Unreadable", "The")}


@pytest.mark.parametrize(
    ("options", "why"),
    [(("--batch-out", "b.jsonl"), "batch's answers come back as texts"), (("--repeat", "2"), "nothing to repeat")],
)
def test_what_does_not_go_with_it_is_refused(tmp_path: Path, path: Path, options: tuple[str, ...], why: str) -> None:
    with FakeOpenAI() as server:
        refused = by_probabilities(tmp_path, path, server, *options)
        assert refused.code == 1
        assert why in refused.err
        assert not server.asked


@pytest.mark.local
@pytest.mark.skipif(not has_llama_cpp(), reason="llama-cpp-python (the extra `local`) is not installed")
def test_a_local_model_generates_nothing(tmp_path: Path, path: Path) -> None:
    model = write_tiny_gguf(tmp_path / "tiny.gguf")
    done = judge(tmp_path, path, f"llama_cpp/{model}", "--verdict-by", "probabilities", "--json", "--limit", "2")
    assert done.code == 0, done.err
    assert done.lines[-1]["completion_tokens"] == 8
    found = verdicts(path, "tiny (probabilities)")
    assert len(found) == 8
    for one in found:
        shares = option_probabilities(one["raw"])
        assert shares is not None
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        assert one["choice"] == max(shares, key=lambda option: shares[option])
