"""`interpref build` with what must not get through: confidential histories, nonsense, hostile answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from interpref_core.records.data import Pair, Preference
from interpref_db.study.study import Study
from tests.support.cli import interpref
from tests.support.construction import builder
from tests.support.fake_openai import FakeOpenAI, Reply
from tests.support.gguf_model import write_tiny_gguf
from tests.support.studies import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path
from tests.support.built import build, listed, raw, study_of


def test_a_model_that_talks_nonsense_is_survived_by_every_stage_and_every_refusal_is_listed(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp")
    model = write_tiny_gguf(tmp_path / "tiny.gguf", context=16384)
    records = [
        raw(1, turns=3),
        Preference(id="p", text="The user bakes bread."),
        Preference(id="x", text="The user sails."),
        Preference(id="y", text="The user climbs."),
        Pair(id="xy", a="x", b="y"),
    ]
    study = study_of(tmp_path / "s.duckdb", records)
    asking = ("--model", f"llama_cpp/{model}", "--max-tokens", 40, "--accept-all")
    stages = [part for stage in ("extract", "counterparts", "queries", "histories") for part in ("--only", stage)]
    done = interpref(tmp_path, "build", study, *stages, *asking)
    assert done.code == 0, done.err
    refusals = listed(study, "refusals")
    assert {"extract", "counterparts", "queries"} <= {one["stage"] for one in refusals}
    assert all(one["reason"] for one in refusals)
    assert listed(study, "errors") == []
    with Study.open(study) as opened, opened.writing("test") as writer:
        query = {"type": "query", "id": "q", "pair": "xy", "number": 1, "text": "What now?", "building": "b"}
        writer.add([(1, query)], origin="test")
        writer.fold("test")
    done = interpref(tmp_path, "build", study, "--only", "histories", *asking)
    assert done.code == 0, done.err
    refused = [one for one in listed(study, "refusals") if one["stage"] == "histories"]
    assert {one["subject"] for one in refused} >= {"x", "y"}
    assert [one["id"] for one in listed(study, "histories")] == ["raw-1"]  # no half conversation was kept


def test_confidential_histories_go_to_no_remote_model_nor_does_what_was_made_of_them(tmp_path: Path) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(1, confidential=True), raw(2)])
    with FakeOpenAI(builder) as server:
        remote = (
            "build",
            study,
            "--model",
            "openai/fake",
            "--base-url",
            server.url,
            "--accept-all",
            "--only",
            "extract",
        )
        # A name of this machine that is not known as local: the loopback address is.
        local = interpref(tmp_path, *remote, OPENAI_API_KEY="k")
        assert local.code == 0
    made = listed(study, "links", kind="preference")
    with Study.open(study) as opened, opened.reading() as cursor:
        private = {
            row[0]
            for row in cursor.execute("SELECT thing FROM links WHERE confidential AND kind = 'preference'").fetchall()
        }
    assert 0 < len(private) < len(made)
    elsewhere = ("build", study, "--model", "openai/fake", "--base-url", "https://models.invalid/v1", "--dry-run")
    told = interpref(tmp_path, *elsewhere, "--only", "counterparts", OPENAI_API_KEY="k")
    assert f"{len(private)} preferences come from confidential histories" in told.err
    sent = interpref(tmp_path, *elsewhere, "--only", "counterparts", "--allow-confidential", OPENAI_API_KEY="k")
    assert "confidential" not in sent.err


def test_exports_hold_nothing_that_was_made_of_confidential_histories(tmp_path: Path, server: FakeOpenAI) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(1, confidential=True), raw(2), raw(3)])
    assert build(tmp_path, study, server, "--accept-all", "--no-check").code == 0
    with Study.open(study) as opened, opened.reading() as cursor:
        told = cursor.execute(
            "SELECT p.text FROM preferences AS p WHERE id IN (SELECT thing FROM private_things) AND text NOT IN "
            "(SELECT text FROM preferences WHERE id NOT IN (SELECT thing FROM private_things))"
        ).fetchall()
        items = cursor.execute(
            "SELECT i.id, h.confidential, i.id IN (SELECT thing FROM private_things WHERE kind = 'item') "
            "FROM items AS i JOIN histories AS h ON h.id = i.history_a"
        ).fetchall()
    assert told
    assert {private for _, private, _ in items} == {False, True}
    assert all(private == made for _, private, made in items)  # an open item stays open: its fillers are
    exported, whole = tmp_path / "open.jsonl", tmp_path / "whole.jsonl"
    assert interpref(tmp_path, "export", study, "study", "-o", exported).code == 0
    text = exported.read_text(encoding="utf-8")
    assert not [one for (one,) in told if one in text]
    assert "in history 1" not in text
    assert interpref(tmp_path, "export", study, "study", "-o", whole, "--include-confidential").code == 0
    assert all(one in whole.read_text(encoding="utf-8") for (one,) in told)
    again = interpref(tmp_path, "import", tmp_path / "again.duckdb", exported, "--json")
    assert (again.code, again.json["rejected"]) == (0, [])
    table = tmp_path / "items.csv"
    assert interpref(tmp_path, "export", study, "items", "-o", table).code == 0
    assert len(table.read_text(encoding="utf-8").splitlines()) == 1 + sum(not private for _, private, _ in items)


def test_hostile_answers_go_through_the_chain_and_come_out_inert(tmp_path: Path) -> None:
    study = study_of(tmp_path / "s.duckdb", [raw(1), raw(2)])

    def script(body: dict[str, Any], before: int) -> Reply:
        answer = json.loads(builder(body, before).text or "{}")
        return Reply(text=json.dumps(_poisoned(answer)))  # escaped: \u0000, \u001b, a lone surrogate

    with FakeOpenAI(script) as server:
        done = build(tmp_path, study, server, "--accept-all")
        assert done.code == 0, done.err
    items = listed(study, "items")
    assert items
    for arguments in (("list", study, "refusals"), ("list", study, "queries"), ("show", study, items[0]["id"])):
        told = interpref(tmp_path, *arguments)
        assert told.code == 0
        assert not {"\x1b", "\x07", "\x00"} & set(told.out)
    exported = tmp_path / "all.jsonl"
    assert interpref(tmp_path, "export", study, "study", "-o", exported).code == 0
    again = interpref(tmp_path, "import", tmp_path / "again.duckdb", exported, "--json").json
    assert again["rejected"] == []


def _poisoned(value: Any) -> Any:
    """Every text of an answer with what terminals, markup, SQL and spreadsheets would run."""
    if isinstance(value, dict):
        return {key: _poisoned(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_poisoned(one) for one in value]
    return f"{value} {HOSTILE} \ud800" if isinstance(value, str) else value
