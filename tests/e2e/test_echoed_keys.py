"""A server that sends back the key that it was given, in every form and place: it is kept, shown and exported nowhere."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from interpref_core.credentials import REMOVED
from tests.support.cli import Done, interpref
from tests.support.servers import FakeOpenAI, Reply
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path

KEY = "zq-7Yk/2w+41Bn=x"
INNER = "inner-9f8e7d6c"
PASSWORD = "p4ss/w0rd"
ENVIRONMENT: Any = {"MY_KEY": KEY, "OPENAI_API_KEY": "the-other-key-55"}
FORMS = (
    KEY, quote(KEY, safe=""), base64.b64encode(KEY.encode()).decode(), base64.b64encode(f"me:{KEY}".encode()).decode(), INNER, PASSWORD,
    base64.b64encode(f"me:{PASSWORD}".encode()).decode(), "the-other-key-55", "7Yk/2w",
)  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> Path:
    small_study(tmp_path / "s.duckdb", small_records(3, runs=())).close()
    return tmp_path / "s.duckdb"


def configure(home: Path, server: FakeOpenAI) -> None:
    (home / "config" / "interpref").mkdir(parents=True)
    address = server.url.replace("http://", f"http://me:{quote(PASSWORD, safe='')}@")
    (home / "config" / "interpref" / "config.toml").write_text(
        f'[models.x]\nmodel = "openai/m"\nbase_url = "{address}"\napi_key_env = "MY_KEY"\n[models.x.parameters]\n'
        f'Authorization = "Bearer {INNER}"\ntop_k = 3\nextra_headers = {{ "X-Mine" = "Basic {INNER}" }}\n'
    )


def echo(server: FakeOpenAI, body: dict[str, Any]) -> str:
    """What the server was told, in many forms."""
    key = server.keys[-1].removeprefix("Bearer ")
    coded = [base64.b64encode(text.encode()).decode() for text in (key, f"me:{key}", f"me:{PASSWORD}")]
    return " | ".join(
        [server.keys[-1], key, quote(key, safe=""), *coded, json.dumps(body), "the-other-key-55", PASSWORD]
    )


def clean(*done: Done) -> None:
    for one in done:
        for form in FORMS:
            assert form not in one.out + one.err, (form, one)


def test_a_key_that_comes_back_is_kept_nowhere(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI() as server:

        def script(body: dict[str, Any], _: int) -> Reply:
            said = echo(server, body)
            if "number 1" in body["messages"][-1]["content"] and "response_format" not in body:
                return Reply(status=400, error=said, headers={"X-Echo": server.keys[-1]})
            if "response_format" in body:
                said = json.dumps({"reasoning": said, "persona_1": "Left", "case_label": "format"})
            return Reply(text=f"Answer: {said}", finish_reason=server.keys[-1], message={"reasoning_content": said})

        server.script = script
        configure(tmp_path, server)
        done = interpref(tmp_path, "generate", study, "--model", "x", "--paradigm", "cot", **ENVIRONMENT)
        assert done.code == 3, done.err
        judged = interpref(tmp_path, "judge", study, "--run", "x-cot", "--model", "x", **ENVIRONMENT)
        assert server.keys[0] == f"Bearer {KEY}"
        assert server.asked[0]["Authorization"] == f"Bearer {INNER}", "what is asked for is sent all the same"
    out = tmp_path / "all.jsonl"
    runs = interpref(tmp_path, "list", study, "runs", "--json")
    shown = [interpref(tmp_path, "show", study, one["id"], "--json") for one in runs.lines]
    lists = [
        interpref(tmp_path, "list", study, kind, "--json")
        for kind in ("responses", "verdicts", "errors", "runs", "judgings")
    ]
    clean(done, judged, runs, *shown, *lists, interpref(tmp_path, "export", study, "study", "-o", out))
    text = out.read_text(encoding="utf-8")
    for form in FORMS:
        assert form not in text
    kinds = {json.loads(line)["type"] for line in text.splitlines() if REMOVED in line}
    assert {"run", "response", "verdict", "error"} <= kinds
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name != "config.toml":
            data = path.read_bytes()
            for form in FORMS:
                assert form.encode() not in data, (path, form)


def test_the_configuration_is_shown_without_passwords(tmp_path: Path) -> None:
    with FakeOpenAI() as server:
        configure(tmp_path, server)
        plain, as_json = (
            interpref(tmp_path, "config", **ENVIRONMENT),
            interpref(tmp_path, "config", "--json", **ENVIRONMENT),
        )
    clean(plain, as_json, interpref(tmp_path, "doctor", **ENVIRONMENT))
    model = as_json.json["settings"]["models"]["x"]
    assert model["api_key_env"] == "MY_KEY"
    assert model["parameters"] == {"Authorization": REMOVED, "top_k": 3, "extra_headers": {"X-Mine": REMOVED}}
    assert model["base_url"].startswith(f"http://{REMOVED}@127.0.0.1:")


def test_answers_to_a_batch_are_cleaned_as_well(tmp_path: Path, study: Path) -> None:
    batch = tmp_path / "b.jsonl"
    place = ("--base-url", "http://127.0.0.1:9/v1", "--paradigm", "np")
    assert (
        interpref(tmp_path, "generate", study, "--model", "openai/m", *place, "--batch-out", batch, **ENVIRONMENT).code
        == 0
    )
    answers = [
        {
            "custom_id": json.loads(line)["custom_id"],
            "response": {
                "status_code": 200,
                "body": {"choices": [{"message": {"content": "the-other-key-55 was given"}}]},
            },
        }
        for line in batch.read_text().splitlines()
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in answers))
    assert interpref(tmp_path, "import", study, tmp_path / "a.jsonl", **ENVIRONMENT).code == 0
    assert interpref(tmp_path, "export", study, "study", "-o", tmp_path / "all.jsonl").code == 0
    text = (tmp_path / "all.jsonl").read_text()
    assert f"{REMOVED} was given" in text
    assert "the-other-key-55" not in text


def test_an_answer_without_measure_fails_alone(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI() as server:

        def script(body: dict[str, Any], _: int) -> Reply:
            long = {"number 1": 50_000_000, "number 2": 1_000_000}
            size = next((n for text, n in long.items() if text in body["messages"][-1]["content"]), 10)
            return Reply(text="x" * size)

        server.script = script
        place = ("--model", "openai/m", "--base-url", server.url, "--paradigm", "np")
        done = interpref(tmp_path, "generate", study, *place)
        assert done.code == 3, done.err
        assert sum("number 1" in json.dumps(body) for body in server.asked) == 2, "asked again for nothing"
    errors = interpref(tmp_path, "list", study, "errors", "--json").lines
    assert [one["error"] for one in errors] == ["too long"] * 2
    assert all("answer too long: 50,000,000 characters" in one["message"] for one in errors)
    rows = interpref(tmp_path, "list", study, "runs", "--json").lines
    assert interpref(tmp_path, "show", study, rows[0]["id"]).code == 0
    assert not list((tmp_path / "s.journal" / "runs").glob("*.jsonl")), "settled"
