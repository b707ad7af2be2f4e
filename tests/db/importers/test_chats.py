"""ShareGPT and OpenAI chats: every turn as it was written, every line in or refused, the same file again unchanged."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interpref_db.importers import import_files
from interpref_db.study.study import Study

from .conftest import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Importing


def chat(*texts: str, **fields: Any) -> dict[str, Any]:
    return {
        **fields,
        "conversations": [{"from": ("human", "gpt")[n % 2], "value": text} for n, text in enumerate(texts)],
    }


CONTAINERS: dict[str, Callable[[list[Any]], str | bytes]] = {
    "lines": lambda records: lines(*records),
    "array": json.dumps,
    "pretty": lambda records: json.dumps(records, indent=2),
    "gzip": lambda records: gzip.compress(lines(*records).encode()),
    "marked": lambda records: b"\xef\xbb\xbf" + lines(*records).encode(),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_all_roles_and_both_spellings_of_turns_in_every_container(importing: Importing, container: str) -> None:
    roles = ["system", "human", "function_call", "observation", "gpt", "user", "assistant", "tool"]
    records = [
        {"id": "s", "conversations": [{"from": role, "value": f"by {role}"} for role in roles]},
        {"id": "o", "conversations": [{"role": role, "content": f"by {role}"} for role in ("user", "assistant")]},
    ]
    report = importing(CONTAINERS[container](records))
    assert (report.format, report.counts["histories"], report.counts["turns"]) == ("ShareGPT", 2, 10)
    assert [role for role, _ in importing.turns("s")] == [
        "system", "user", "assistant", "tool", "assistant", "user", "assistant", "tool",
    ]  # fmt: skip
    assert importing.turns("o") == [("user", "by user"), ("assistant", "by assistant")]


@pytest.mark.parametrize("container", CONTAINERS)
def test_what_a_record_carries_along_is_kept(importing: Importing, container: str) -> None:
    carried = {"system": "be kind", "tools": [1, {"a": None}], "source": "web", "chosen": {"from": "gpt", "value": "c"}}
    records = [chat("q", "a", id="x", title="A title", user=7, **carried), chat("q", id="y", language="zh", score=0.5)]
    importing(CONTAINERS[container](records))
    found = importing.ask("SELECT id, title, language, user_id, extra::VARCHAR FROM histories ORDER BY id")
    assert found[0][:4] == ("x", "A title", None, None)
    assert json.loads(found[0][4]) == {**carried, "user": 7}
    assert (*found[1][:4], json.loads(found[1][4])) == ("y", None, "zh", None, {"score": 0.5})


def test_a_field_that_only_a_late_line_carries_is_kept(importing: Importing) -> None:
    records = [chat(f"question {n}", id=f"h{n}") for n in range(200)]
    records[150]["rare"] = "kept"
    importing(lines(*records))
    assert importing.ask("SELECT id, extra ->> '$.rare' FROM histories WHERE extra IS NOT NULL") == [("h150", "kept")]


def test_contents_in_parts_and_tool_calls_become_text(importing: Importing) -> None:
    call = {"function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "developer", "content": "d"},
        {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "value": "two"}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}, "three"]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "assistant", "content": "said", "tool_calls": [call]},
        {"role": "tool", "content": '{"a": [1]}'},
    ]
    for name in ("parts.jsonl", "parts.json"):
        records = [{"id": name, "messages": messages}, {"id": f"{name} plain", "messages": messages[:1]}]
        report = importing(lines(*records) if name.endswith("l") else records, name)
        assert (report.format, report.rejected) == ("OpenAI chat", [])
        assert importing.turns(name) == [
            ("system", "d"),
            ("user", "one\ntwo"),
            ("user", "[image_url]\nthree"),
            ("assistant", json.dumps([call])),
            ("assistant", "said\n" + json.dumps([call])),
            ("tool", '{"a": [1]}'),
        ]


BAD = (
    ("{bad", None, "not JSON"),
    ("[1, 2]", None, "not a JSON object"),
    ("null", None, "not a JSON object"),
    ('"text"', None, "not a JSON object"),
    ('{"id": "b", "conversations": []}', "conversations", "no turns"),
    ('{"id": "b"}', "conversations", "missing"),
    ('{"id": "b", "conversations": {"a": 1}}', "conversations", "missing"),
    ('{"id": "b", "conversations": [null]}', "conversations[0]", "not an object"),
    ('{"id": "b", "conversations": [{"from": "alien", "value": "x"}]}', "conversations[0].from", "alien"),
    ('{"id": "b", "conversations": [{"from": ["human"], "value": "x"}]}', "conversations[0].from", "unknown speaker"),
    ('{"id": "b", "conversations": [{"from": "human"}]}', "conversations[0].content", "not a text"),
    ('{"id": "b", "conversations": [{"from": "human", "value": 5}]}', "conversations[0].value", "not a text"),
    ('{"id": "b", "conversations": [{"from": "human", "value": true}]}', "conversations[0].value", "not a text"),
    ('{"id": "b", "conversations": [{"from": "human", "value": {"a": 1}}]}', "conversations[0].value", "not a text"),
    ('{"id": "b", "conversations": [{"from": "human", "value": [1, 2]}]}', "conversations[0].value", "not a text"),
    ('{"id": true, "conversations": [{"from": "human", "value": "x"}]}', "id", "not a text"),
    ('{"id": {"$oid": "5"}, "conversations": [{"from": "human", "value": "x"}]}', "id", "not a text"),
    ('{"id": "b", "conversations": [{"from": "human", "value": NaN}]}', None, "NaN"),
    ('{"id": "b", "conversations": [{"from": "human", "value": "x"}], "score": NaN}', None, "NaN"),
    ('{"id": "b", "conversations": [{"from": "human", "value": "x"}], "score": 1e999}', None, "too large"),
    ('{"id": "b", "conversations": [{"from": "human", "value": "\\ud83d"}]}', None, "surrogate"),
    ('{"id": "b", "conversations": [{"from": "human", "value": "\\u12"}]}', None, "not JSON"),
    ('{"id": "b"} {"id": "c"}', None, "not JSON"),
    ("[" * 100_000 + "]" * 100_000, None, "nested too deeply"),
    ('{"conversations": ' + "[" * 100_000 + "]" * 100_000 + "}", None, "nested too deeply"),
)


def test_bad_lines_are_refused_with_line_field_and_reason_and_the_rest_goes_in(importing: Importing) -> None:
    good = [json.dumps(chat(f"one {n}", "two", id=f"good {n}", score=1)) for n in range(len(BAD))]
    content = "".join(f"\n{good[n]}\r\n\n  \n{bad}\n" for n, (bad, _, _) in enumerate(BAD)) + json.dumps(chat("end"))
    for name, new in (("file.json", len(BAD) + 1), ("again.json", 0)):
        report = importing(content, name)
        assert (report.counts["histories"], report.unchanged) == (new, len(BAD) + 1 - new)
        assert [(one.line, one.field) for one in report.rejected] == [(5 * n + 5, bad[1]) for n, bad in enumerate(BAD)]
        for one, (bad, _, reason), kept in zip(report.rejected, BAD, importing.rejected(name), strict=True):
            assert reason in one.reason
            assert kept["line"] == one.line
            assert kept["record"] is not None or bad == "null"
    assert importing.turns("good 3") == [("user", "one 3"), ("assistant", "two")]


def test_bad_elements_of_an_array_are_refused_with_their_number(importing: Importing) -> None:
    closed = [(bad if bad.endswith(("]", "}", "l", '"')) else bad + "}", field, reason) for bad, field, reason in BAD]
    report = importing(
        f"[{json.dumps(chat('one'))},\n{','.join(bad for bad, _, _ in closed)},{json.dumps(chat('end'))}]"
    )
    assert [(one.line, one.field) for one in report.rejected] == [(n, bad[1]) for n, bad in enumerate(closed, start=2)]
    assert all(reason in one.reason for one, (_, _, reason) in zip(report.rejected, closed, strict=True))
    assert report.counts["histories"] == 2


def test_a_line_that_is_not_utf_8_is_refused(importing: Importing) -> None:
    good = json.dumps(chat("one", id="good")).encode()
    filler = b"\n".join(json.dumps(chat("x" * 1000, id=f"f{n}")).encode() for n in range(1200))
    bad = b'{"id": "bad", "conversations": [{"from": "human", "value": "caf\xe9"}]}'
    report = importing(filler + b"\n" + bad + b"\n" + good)
    assert [(one.line, one.reason[:9]) for one in report.rejected] == [(1201, "not UTF-8")]
    assert report.counts["histories"] == 1201


def test_importing_again_changes_nothing_and_says_so(importing: Importing) -> None:
    named = [chat("same", id="a"), chat("other", id="b")]
    unnamed = [chat("same"), chat("same"), chat("different"), {"messages": [{"role": "user", "content": "same"}]}]
    for records in (named, unnamed):
        for content in (lines(*records), json.dumps(records)):
            importing(content)
    assert importing.ask("SELECT count(*), count(DISTINCT id) FROM histories") == [(5, 5)]
    before = importing.ask("SELECT id, key, content FROM histories ORDER BY key")
    report = importing(lines(*named, *unnamed[:3]))
    assert (report.unchanged, report.counts["histories"], report.rejected) == (5, 0, [])
    assert importing.ask("SELECT id, key, content FROM histories ORDER BY key") == before


def test_two_equal_conversations_without_identifiers_are_two_histories_and_both_are_found_again(
    importing: Importing,
) -> None:
    first = importing(lines(chat("q", "a"), chat("q", "a"), chat("q", "b")))
    again = importing(lines(chat("q", "a"), chat("q", "a"), chat("q", "b")))
    more = importing(lines(chat("q", "a"), chat("q", "a"), chat("q", "a")))
    assert [first.counts["histories"], again.counts["histories"], more.counts["histories"]] == [3, 0, 1]
    assert [first.unchanged, again.unchanged, more.unchanged] == [0, 3, 2]


def test_the_first_of_an_identifier_stands_and_another_content_is_a_conflict(importing: Importing) -> None:
    report = importing(lines("", chat("one", id="a"), chat("one", id="a"), chat("two", id="a"), chat("x", id="b")))
    assert (report.counts["histories"], report.unchanged) == (2, 1)
    assert [(one.line, one.field) for one in report.rejected] == [(4, "id")]
    assert importing.turns("a") == [("user", "one")]
    report = importing(lines("", chat("three", id="a"), chat("x", id="b")), "later.jsonl")
    assert [(one.line, one.field, one.record) for one in report.rejected] == [(2, "id", chat("three", id="a"))]
    assert report.unchanged == 1


@pytest.mark.parametrize("container", ["lines", "array"])
def test_texts_come_back_byte_for_byte(importing: Importing, container: str) -> None:
    texts = (
        "\x00\x01\x1b[31m\x7f", '[/] [b [1, "3"]', "界面🙂\u202e\u2028\u2029\x85\ufffd\ufeff", " \r\n\t ", "", "{", "[]",
        "1e5", "true", "null", "NaN", "\\ud800", "'; DROP TABLE turns; --", "=1+1", "e\u0301\u00e9",
    )  # fmt: skip
    importing(CONTAINERS[container]([chat(*texts, id="h"), chat("x", id="i")]))
    assert tuple(text for _, text in importing.turns("h")) == texts


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=5, deadline=None)
@given(
    conversations=st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=4),
        min_size=1,
        max_size=6,
    )
)
def test_any_conversations_go_in_the_same_way_by_lines_and_by_array_and_are_found_again(
    tmp_path_factory: pytest.TempPathFactory, conversations: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    records = [chat(*texts) for texts in conversations]
    (folder / "lines.jsonl").write_bytes(lines(*records).encode())
    (folder / "array.json").write_bytes(json.dumps(records).encode())
    for first, second in (("lines.jsonl", "array.json"), ("array.json", "lines.jsonl")):
        with Study.open(folder / f"{first}.duckdb", create=True) as study:
            report = import_files(study, [folder / first])
            assert (report.counts["histories"], report.rejected) == (len(records), [])
            with study.reading() as cursor:
                query = "SELECT list(content ORDER BY position) FROM turns GROUP BY history"
                found = sorted(row[0] for row in cursor.execute(query).fetchall())
            assert found == sorted(conversations)
            again = import_files(study, [folder / second])
            assert (again.unchanged, again.counts["histories"]) == (len(records), 0)


def test_a_turn_of_a_megabyte_a_line_of_twenty_and_a_history_of_100_000_turns(importing: Importing) -> None:
    records = [chat("é" * 1_000_000, "b", id="turn"), chat(*[f"turn {n}" for n in range(100_000)], id="long")]
    assert importing(lines(*records)).counts["turns"] == 100_002
    assert importing(json.dumps(records)).unchanged == 2
    assert importing(lines(chat("x" * 20_000_000, id="line"), chat("y", id="after"))).counts["histories"] == 2
    assert importing.ask("SELECT id, turns, characters FROM histories WHERE id <> 'after' ORDER BY id") == [
        ("line", 1, 20_000_000),
        ("long", 100_000, sum(len(f"turn {n}") for n in range(100_000))),
        ("turn", 2, 1_000_001),
    ]
    assert importing.turns("turn")[0][1] == "é" * 1_000_000
    assert importing.ask("SELECT bool_and(position = n) FROM (SELECT position, row_number() OVER (ORDER BY rowid) AS n "
                         "FROM study.turns WHERE history = 2)") == [(True,)]  # fmt: skip


def test_histories_stand_in_the_order_of_the_file(importing: Importing) -> None:
    importing(lines(*(chat(f"q {n}", id=f"h{n}") for n in range(5000))))
    assert importing.ask("SELECT bool_and(id = concat('h', key - 1)) FROM histories") == [(True,)]


@pytest.mark.parametrize("container", ["lines", "array"])
def test_confidential_histories_are_marked_also_when_they_are_there_already(
    importing: Importing, container: str
) -> None:
    write = CONTAINERS[container]
    importing(write([chat("one", id="a"), chat("two")]))
    report = importing(write([chat("one", id="a"), chat("two"), chat("three")]), confidential=True)
    assert report.unchanged == 2
    assert "confidential" in report.notices[0]
    assert importing.ask("SELECT bool_and(confidential), count(*) FROM histories") == [(True, 3)]
    again = importing(write([chat("one", id="a"), chat("two"), chat("three")]))
    assert (again.unchanged, again.rejected) == (3, [])
    assert importing.ask("SELECT bool_and(confidential) FROM histories") == [(True,)]


@pytest.mark.parametrize("name", ["a[1]*?.jsonl", "q'uo\"te.jsonl", "not really.jsonl.gz", "界面.csv", "-.parquet"])
def test_names_of_files_mean_nothing(importing: Importing, name: str) -> None:
    assert importing(lines(chat("one", id="a"), chat("two", id="b")), name).counts["histories"] == 2


def test_one_record_that_fills_the_file_is_a_record(importing: Importing) -> None:
    assert importing(json.dumps(chat("one", id="a"))).counts["histories"] == 1
    assert importing(json.dumps(chat("one", id="b"), indent=1)).counts["histories"] == 1


def test_a_first_line_that_is_bad_does_not_hide_what_the_file_is(importing: Importing) -> None:
    for n, bad in enumerate(("[1, 2]", "{bad}", '{"no": "chat"}')):
        report = importing(lines(bad, chat("one", id=f"a{n}")), f"{n}.jsonl")
        assert [one.line for one in report.rejected] == [1]
        assert report.counts["histories"] == 1


def test_settings_of_the_bulk_import_are_gone_after_it(importing: Importing) -> None:
    query = "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'disabled%' ORDER BY 1"
    memory = "SELECT value FROM duckdb_settings() WHERE name = 'memory_limit'"
    before = importing.ask(query)
    importing(lines(chat("one", id="a"), chat("two", id="b")))
    assert importing.ask(query) == before
    assert "MiB" not in str(
        importing.ask(memory)
    )  # the default follows the machine's memory, and moves a little with it
