"""PrefEval: one preference a sentence, all questions that were asked about it, and the conversations that show it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from interpref_db.importers import import_files

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Importing


def record(preference: str, question: str = "What now?", **fields: Any) -> dict[str, Any]:
    return {"preference": preference, "question": question, **fields}


def extra(importing: Importing, text: str) -> dict[str, Any]:
    (found,) = importing.ask(f"SELECT extra::VARCHAR FROM preferences WHERE text = '{text}'")
    return dict(json.loads(found[0]))


def test_an_explicit_record_is_a_preference_with_its_topic_and_no_invented_history(importing: Importing) -> None:
    report = importing([record("I like tea.", explanation="Why"), record("I like rum.")], "drinks.json")
    assert (report.format, report.counts["preferences"], report.counts["histories"]) == ("PrefEval", 2, 0)
    assert extra(importing, "I like tea.") == {"topic": "drinks", "question": "What now?", "explanation": "Why"}
    again = importing([record("I like tea.", explanation="Why"), record("I like rum.")], "drinks.json")
    assert (again.unchanged, again.counts["preferences"]) == (2, 0)


def test_the_same_sentence_is_one_preference_and_every_question_about_it_is_kept(importing: Importing) -> None:
    report = importing([record("p", "one"), record("p", "two"), record("p", "one")], "topic.json")
    assert (report.counts["preferences"], report.counts["enriched"], report.unchanged) == (1, 1, 1)
    report = importing([record("p", "three", explanation="e"), record("p", "two")], "other.json")
    assert (report.counts["preferences"], report.counts["enriched"], report.unchanged) == (0, 1, 1)
    assert extra(importing, "p") == {
        "topic": "topic",
        "question": "one",
        "also": [
            {"topic": "topic", "question": "two"},
            {"topic": "other", "question": "three", "explanation": "e"},
        ],
    }


def test_a_preference_that_came_without_a_question_gets_one(importing: Importing) -> None:
    importing('{"type": "preference", "id": "mine", "text": "p", "category": "Lifestyle"}\n', "own.jsonl")
    importing([record("p", "one")], "topic.json")
    assert importing.ask("SELECT id, category FROM preferences") == [("mine", "Lifestyle")]
    assert extra(importing, "p") == {"topic": "topic", "question": "one"}


def test_conversations_of_all_kinds_are_histories(importing: Importing) -> None:
    rounds = {str(n): {"user": f"u{n}", "assistant": f"a{n}"} for n in (10, 2, 0)} | {"11": {"user": "u11"}}
    choice = {"query": "q", "assistant_options": ["x", "y"], "user_selection": "y", "assistant_acknowledgment": "ok"}
    records = [
        record("persona", persona="A nurse", conversation=rounds),
        record("choice", conversation=choice),
        record("said", response_to_pref="I see", response_to_q="Here"),
    ]
    assert importing(records, "t.json").counts["histories"] == 3
    found = importing.ask(
        "SELECT p.text, list(t.content ORDER BY position) FROM histories AS h JOIN turns AS t ON t.history = h.key "
        "JOIN preferences AS p ON p.id = (h.extra ->> '$.preference') GROUP BY ALL ORDER BY 1"
    )
    assert found == [
        ("choice", ["q", "x\ny", "y", "ok"]),
        ("persona", ["u0", "a0", "u2", "a2", "u10", "a10", "u11"]),
        ("said", ["said", "I see"]),
    ]
    assert importing.ask("SELECT extra ->> '$.response_to_q' FROM histories ORDER BY key DESC LIMIT 1") == [("Here",)]
    again = importing(records, "t.json")
    assert (again.unchanged, again.counts["histories"]) == (3, 0)


def test_what_is_wrong_in_a_record_is_said(importing: Importing) -> None:
    records = [
        record("good"),
        {"preference": "p"},
        record(" "),
        record("p", conversation={"x": {"user": "u"}}),
        record("p", conversation={"0": {"assistant": "a"}}),
        record("p", conversation=[1]),
    ]
    report = importing(records, "t.json")
    assert [(one.line, one.field) for one in report.rejected] == [
        (2, "question"),
        (3, "preference"),
        (4, "conversation"),
        (5, "conversation.0"),
        (6, "conversation"),
    ]
    assert importing.ask("SELECT text FROM preferences") == [("good",)]


def test_every_real_record_is_in_or_known(importing: Importing, shared_data: Path) -> None:
    records = sentences = 0
    texts = set()
    for kind in ("explicit", "persona", "mistral_10turn"):
        files = sorted((shared_data / "prefeval" / kind).iterdir())
        content = [one for file in files for one in json.loads(file.read_text())]
        report = import_files(importing.study, files)
        assert report.rejected == []
        told = report.unchanged + report.counts["preferences"] + report.counts.get("enriched", 0)
        assert (told if kind == "explicit" else report.counts["histories"]) == len(content)
        records += len(content)
        texts |= {one["preference"] for one in content}
        sentences = importing.ask("SELECT count(*) FROM preferences")[0][0]
    assert (records, sentences) == (1000 + 229 + 111, len(texts))
    again = import_files(importing.study, [shared_data / "prefeval"])
    assert not any(again.counts.values())
    assert again.unchanged == records
