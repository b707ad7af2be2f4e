"""Runs through a real HTTP server on loopback and a real local model: nothing asked twice, nothing lost."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from interpref_core.records.data import History
from interpref_db.study.study import Study
from tests.support.cli import interpref, start
from tests.support.fake_openai import FakeOpenAI, Reply
from tests.support.gguf_model import write_tiny_gguf
from tests.support.servers import has_llama_cpp, llama_server
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(5, runs=())).close()
    return path


def test_generate_judge_and_score_through_a_server(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI() as server:
        for paradigm in ("np", "td", "cot", "wf", "main", "prefix", "bare", "oracle", "swapped"):
            done = interpref(
                tmp_path,
                "generate",
                study,
                "--model",
                "openai/m",
                "--base-url",
                server.url,
                "--paradigm",
                paradigm,
                "--json",
            )
            assert done.code == 0, done.err
            assert done.lines[-1]["event"] == "finished"
            assert done.lines[-1]["done"] == 10
        judged = interpref(
            tmp_path, "judge", study, "--run", "m-td", "--model", "openai/judge", "--base-url", server.url
        )
        assert judged.code == 0, judged.err
    runs = {run["name"]: run for run in interpref(tmp_path, "list", study, "runs", "--json").lines}
    assert runs["m-wf"]["answered"] == 5
    response = interpref(tmp_path, "list", study, "responses", "--where", "run=m-wf", "--json").lines[0]
    shown = interpref(tmp_path, "show", study, response["id"], "--json").json
    assert {"extracted", "relevant", "instructions", "answer", "refined"} <= shown["trace"].keys()
    assert shown["provenance"]["model"] == "m"
    assert shown["provenance"]["prompt"]["hash"]
    scored = interpref(tmp_path, "score", study, "--json").json["pass_rate"]
    assert [(entry["name"], entry["judge"], entry["n"]) for entry in scored] == [("m-td", "judge", 5)]


def test_the_same_command_again_asks_nothing(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI() as server:
        command = ("generate", study, "--model", "openai/m", "--base-url", server.url, "--paradigm", "np")
        interpref(tmp_path, *command)
        before = len(server.asked)
        assert interpref(tmp_path, *command).code == 0
        assert len(server.asked) == before


def test_a_judge_that_repeats_is_measured_against_itself(tmp_path: Path, study: Path) -> None:
    def moody(body: dict[str, object], _: int) -> Reply:
        choice = "Left" if body["seed"] != 2 else "Right"
        return Reply(text=json.dumps({"reasoning": "r", "persona_1": choice, "case_label": "format"}))

    with FakeOpenAI() as server:
        place = ("--base-url", server.url)
        assert interpref(tmp_path, "generate", study, "--model", "openai/m", *place, "--paradigm", "np").code == 0
        server.script = moody
        command = ("judge", study, "--run", "m-np", "--model", "openai/j", *place, "--repeat", "3")
        done = interpref(tmp_path, *command, "--temperature", "0.7")
        assert done.code == 0, done.err
        before = len(server.asked)
        assert {body["seed"] for body in server.asked if "response_format" in body} == {0, 1, 2}
        assert interpref(tmp_path, *command, "--temperature", "0.7").code == 0
        assert len(server.asked) == before
        assert "temperature 0" in interpref(tmp_path, *command, "--dry-run").err
    found = interpref(tmp_path, "score", study, "--json").json
    assert [one["judge"] for one in found["pass_rate"]] == ["j", "j (repeat 2)", "j (repeat 3)"]
    # Of three repeats one always says the other thing: one pair of three agrees.
    assert found["judges_agreement"][0]["per_cent"]["value"] == pytest.approx(1 / 3)


def test_dry_run_asks_nothing_and_says_what_it_would_take(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI() as server:
        done = interpref(
            tmp_path,
            "generate",
            study,
            "--model",
            "openai/m",
            "--base-url",
            server.url,
            "--paradigm",
            "wf",
            "--dry-run",
            "--json",
        )
        assert done.json["calls"] == 50
        assert done.json["prompt_tokens"] > 0
        assert server.asked == []


def test_confidential_histories_go_to_no_remote_model(tmp_path: Path) -> None:
    study = tmp_path / "s.duckdb"
    records = [r.to_json() for r in small_records(1, runs=())]
    lines = [json.dumps({**r, "confidential": True} if r["type"] == "history" else r) for r in records]
    (tmp_path / "n.jsonl").write_text("\n".join(lines))
    assert interpref(tmp_path, "import", study, tmp_path / "n.jsonl").code == 0
    remote = (
        "generate",
        study,
        "--model",
        "openai/m",
        "--base-url",
        "http://192.0.2.1:9/v1",
        "--paradigm",
        "np",
        "--dry-run",
    )
    refused = interpref(tmp_path, *remote, OPENAI_API_KEY="sk-test-0123456789")
    assert refused.code == 1
    assert "confidential" in refused.err
    assert "sk-test" not in refused.err + refused.out
    assert interpref(tmp_path, *remote, "--allow-confidential", OPENAI_API_KEY="sk-test-0123456789").code == 0
    with FakeOpenAI() as server:
        local = interpref(
            tmp_path, "generate", study, "--model", "openai/m", "--base-url", server.url, "--paradigm", "np"
        )
        assert local.code == 0


def big_study(path: Path, items: int) -> None:
    small_study(path, small_records(items, runs=())).close()


def test_kill_9_in_the_middle_of_500_calls_loses_and_repeats_nothing(tmp_path: Path) -> None:
    study = tmp_path / "s.duckdb"
    big_study(study, 250)
    with FakeOpenAI(delay=0.05) as server:
        command = (
            "generate",
            study,
            "--model",
            "openai/m",
            "--base-url",
            server.url,
            "--paradigm",
            "td",
            "--concurrency",
            "10",
            "--json",
        )
        with start(tmp_path, *command) as first:
            while len(server.asked) < 200:
                assert first.poll() is None
                time.sleep(0.01)
            # While it runs, others read the study and see what there is so far.
            listed = interpref(tmp_path, "list", study, "runs", "--json").lines
            assert listed[0]["expected"] == 250
            assert len(interpref(tmp_path, "list", study, "responses", "--json").lines) > 0
            assert interpref(tmp_path, "score", study, "--json").code == 0
            os.kill(first.pid, signal.SIGKILL)
        # What had been answered is on the disk within a tenth of a second; calls under way may be lost.
        saved = len(interpref(tmp_path, "list", study, "responses", "--json").lines)
        assert saved >= 150
        done = interpref(tmp_path, *command)
        assert done.code == 0
        assert done.lines[-1]["done"] == 500 - saved
        counts = server.counts
    assert len(counts) == 500
    repeated = sum(number - 1 for number in counts.values())
    assert repeated <= 500 - saved
    # Ten were in flight at the kill, and what had come in within its last tenth of a second may not be on the disk.
    assert sum(counts.values()) <= 500 + 10 + 20
    lines = interpref(tmp_path, "list", study, "responses", "--json").lines
    assert len({(line["item"], line["side"]) for line in lines}) == len(lines) == 500


def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(tmp_path: Path) -> None:
    study = tmp_path / "s.duckdb"
    big_study(study, 60)
    with FakeOpenAI(delay=0.1) as server:
        command = (
            "generate",
            study,
            "--model",
            "openai/m",
            "--base-url",
            server.url,
            "--paradigm",
            "np",
            "--concurrency",
            "4",
            "--json",
        )
        with start(tmp_path, *command) as first:
            while len(server.asked) < 20:
                time.sleep(0.01)
            first.send_signal(signal.SIGINT)
            out, err = first.communicate(timeout=30)
        assert first.returncode == 130, err
        assert "the same command goes on" in err
        assert json.loads(out.splitlines()[-1])["stopped"] is True
        assert interpref(tmp_path, *command).code == 0
        assert sum(server.counts.values()) == 120


@pytest.mark.local
@pytest.mark.skipif(not has_llama_cpp(), reason="llama-cpp-python (the extra `local`) is not installed")
def test_a_local_model_answers_and_judges_in_the_program_itself(tmp_path: Path, study: Path) -> None:
    model = write_tiny_gguf(tmp_path / "tiny.gguf")
    common = ("--max-tokens", "24", "--limit", "2")
    done = interpref(
        tmp_path, "generate", study, "--model", f"llama_cpp/{model}", "--paradigm", "np", *common, "--json"
    )
    assert done.code == 0, done.err
    assert done.lines[-1]["done"] == 4
    judged = interpref(
        tmp_path,
        "judge",
        study,
        "--run",
        "tiny-np",
        "--model",
        f"llama_cpp/{model}",
        "--max-tokens",
        "160",
        "--limit",
        "2",
        "--json",
    )
    assert judged.code in (0, 3), judged.err
    scored = interpref(tmp_path, "score", study, "--json").json["pass_rate"]
    assert scored[0]["judge"] == "tiny"


@pytest.mark.local
@pytest.mark.skipif(not has_llama_cpp(), reason="llama-cpp-python (the extra `local`) is not installed")
def test_doctor_loads_a_model_and_says_what_it_takes(tmp_path: Path, study: Path) -> None:
    model = write_tiny_gguf(tmp_path / "tiny.gguf")
    found = interpref(tmp_path, "doctor", "--model", model, "--n-ctx", "2048", "--json").json["checks"]
    said = {one["name"].strip(): one["found"] for one in found}
    assert said["tiny.gguf"] == "loads"
    assert said["layers on the GPU"].split()[1:3] == ["of", "3"]
    assert said["context"] == "2048 tokens, 524.3 kB"
    (tmp_path / "bad.gguf").write_bytes(b"no model")
    bad = interpref(tmp_path, "doctor", "--model", tmp_path / "bad.gguf")
    assert bad.code == 1
    assert "the model cannot be loaded" in bad.out
    run = interpref(
        tmp_path, "generate", study, "--model", f"llama_cpp/{model}", "--paradigm", "np", "--limit", "1", "--json"
    )
    assert run.lines[-1]["details"]["layers on the GPU"] == said["layers on the GPU"]
    told = interpref(tmp_path, "generate", study, "--model", f"llama_cpp/{model}", "--paradigm", "td", "--limit", "1")
    assert "layers on the GPU" in told.err


@pytest.mark.local
@pytest.mark.skipif(not has_llama_cpp(), reason="llama-cpp-python (the extra `local`) is not installed")
def test_a_history_too_long_fails_its_item_or_loses_its_oldest_turns(tmp_path: Path) -> None:
    records = (
        replace(one, turns=tuple(replace(turn, content=turn.content + " more" * 60) for turn in one.turns))
        if isinstance(one, History) and one.id == "h1a"
        else one
        for one in small_records(2)
    )
    path = tmp_path / "long.duckdb"
    small_study(path, records).close()
    model = write_tiny_gguf(tmp_path / "tiny.gguf")
    command = (
        "generate",
        path,
        "--model",
        f"llama_cpp/{model}",
        "--paradigm",
        "np",
        "--max-tokens",
        "32",
        "--n-ctx",
        "1024",
    )
    failed = interpref(tmp_path, *command)
    assert failed.code == 3
    assert "1 failed (too long): the prompt is too long" in failed.err
    done = interpref(tmp_path, *command, "--on-overflow", "drop-oldest", "--json")
    assert done.code == 0, done.err
    with Study.open(path) as study, study.reading() as cursor:
        cursor.execute(
            "SELECT item, side, provenance FROM responses WHERE run IN (SELECT id FROM runs WHERE name = 'tiny-np-2')"
        )
        dropped = {(item, side): json.loads(made).get("dropped_turns") for item, side, made in cursor.fetchall()}
        parameters = cursor.execute("SELECT parameters FROM runs WHERE name = 'tiny-np-2'").fetchall()
    assert dropped == {("i0", "a"): None, ("i0", "b"): None, ("i1", "a"): 2, ("i1", "b"): None}
    assert json.loads(parameters[0][0])["on_overflow"] == "drop-oldest"
    refused = interpref(tmp_path, "generate", path, "--model", "openai/x", "--base-url", "http://127.0.0.1:9/v1",
                        "--paradigm", "np", "--on-overflow", "drop-oldest")  # fmt: skip
    assert refused.code == 1
    assert "count tokens as the model does" in refused.err


@pytest.mark.local
@pytest.mark.skipif(not has_llama_cpp(server=True), reason="llama-cpp-python's server is not installed")
def test_prefeval_items_through_llama_cpps_own_server(tmp_path: Path, shared_data: Path) -> None:
    study = tmp_path / "s.duckdb"
    interpref(tmp_path, "import", study, shared_data / "prefeval" / "persona" / "travel_hotel.json")
    paired = interpref(tmp_path, "pair", study, "--limit", "3", "--with-history", "--json").json
    assert paired["items"] == 3
    assert paired["without_history"] == 0
    model = write_tiny_gguf(tmp_path / "tiny.gguf", context=16384)
    with llama_server(model, context=16384) as url:
        common = ("--base-url", url, "--max-tokens", "32", "--concurrency", "2", "--json")
        done = interpref(tmp_path, "generate", study, "--model", "openai/tiny", "--paradigm", "td", *common)
        assert done.code == 0, done.err
        judged = interpref(
            tmp_path,
            "judge",
            study,
            "--run",
            "tiny-td",
            "--model",
            "openai/tiny",
            "--base-url",
            url,
            "--max-tokens",
            "200",
            "--json",
        )
        assert judged.code in (0, 3), judged.err
    overlap = interpref(tmp_path, "judge", study, "--run", "tiny-td", "--model", "overlap")
    assert overlap.code == 0
    scored = {entry["judge"]: entry for entry in interpref(tmp_path, "score", study, "--json").json["pass_rate"]}
    assert scored["overlap"]["n"] == 3
