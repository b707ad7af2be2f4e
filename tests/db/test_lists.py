"""Lists of any length: what filters mean in SQL, and rows in their order without having them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from interpref_core.records.data import History, Turn
from interpref_db.lists import query as lists
from interpref_db.lists import search as ordered
from interpref_db.lists.filter_language import FilterError
from interpref_db.lists.search import LazyKeys, ListSearch, SearchCancelled, SearchResult
from interpref_db.lists.specs import LIST_SPECS, query_body
from tests.support.studies import HOSTILE, small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_db.study.study import Study

MANY = 3_000


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Three thousand histories with text about tea in every third, a word that only one has, and some items."""
    path = tmp_path_factory.mktemp("lists") / "s.duckdb"
    made = small_study(path, small_records(4, text=HOSTILE, runs=("one", "two")))
    with made.writing("test") as writer:
        writer.add(
            (
                History(
                    id=f"m{n}",
                    turns=(
                        Turn(role="user", content=f"number {n} begins"),
                        Turn(role="assistant", content="with Tea" if n % 3 == 0 else "with water"),
                        *((Turn(role="user", content="Żółw"),) if n == 2_500 else ()),
                    ),
                    language="zh" if n % 2 else "en",
                )
                for n in range(MANY)
            ),
            origin="many",
        )
        writer.fold("many")
    yield made
    made.close()


def asked_for(study: Study, kind: str, text: str) -> list[dict[str, object]]:
    with study.reading() as cursor:
        return lists.rows(cursor, kind, lists.with_filter(kind, text))


@pytest.mark.parametrize(
    ("kind", "text", "count"),
    [
        ("histories", "lang:zh", MANY // 2),
        ("histories", "-lang:zh turns:>2", 9),
        ("histories", "turns:3,4", 9),
        ("histories", "turns:3..4 lang:en", 9),
        ("histories", 'tea "number 30 "', 1),
        ("histories", "tea -lang:zh", 500),
        ("histories", "żÓŁW", 1),
        ("histories", "confidential:false", MANY + 8),
        ("histories", "conf:true", 0),
        ("histories", "user:*", 0),
        ("histories", "-source:*", MANY),
        ("items", "runs:2 topic:thing", 4),
        ("items", 'category:="lifestyle"', 4),
        ("items", 'category:="life"', 0),
        ("judged", "passed:true model:model-one", 4),
        ("judged", "-passed:true", 0),
        ("verdicts", "order:>2 choice:left", 8),
        ("runs", "name:one,two", 2),
    ],
)
def test_a_filter_lets_through_what_it_says(study: Study, kind: str, text: str, count: int) -> None:
    assert len(asked_for(study, kind, text)) == count


def test_items_are_found_by_the_runs_that_answered_passed_or_failed_them(tmp_path: Path) -> None:
    with small_study(tmp_path / "s.duckdb", small_records(3, runs=("good",))) as study:
        with study.writing("test") as writer:
            writer.add(small_records(2, runs=("bad",), pattern="LLRL"), origin="bad")
            writer.fold("bad")

        def found(text: str) -> list[object]:
            return [row["id"] for row in asked_for(study, "items", text)]

        assert found("passed_by:good failed_by:bad") == ["i0", "i1"]
        assert found("passed_by:good -failed_by:*") == ["i2"]
        assert found('passed_by:="goo"') == found("failed_by:good") == found("passed_by:bad") == []
        assert found("run:bad,nobody number") == ["i0", "i1"]
        with study.reading() as cursor:
            assert lists.values(cursor, "items", "run", "o") == ["good"]
            assert lists.values(cursor, "items", "failed_by", "") == ["bad"]
            with pytest.raises(KeyError, match="no 'passed_by'"):
                lists.rows(cursor, "items", lists.ListQuery(sort="passed_by"))


def test_hostile_values_are_values(study: Study) -> None:
    quoted = '"' + HOSTILE.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert len(asked_for(study, "items", quoted)) == 4
    assert asked_for(study, "items", 'topic:"\'; DROP TABLE items; --"') == []
    assert len(asked_for(study, "items", "")) == 4


def test_a_field_that_the_list_has_not_is_refused(study: Study) -> None:
    with pytest.raises(FilterError, match="there are"):
        lists.with_filter("items", "nothing:x")


def test_the_kinds_of_fields_are_those_of_the_columns(study: Study) -> None:
    numbers = ("BIGINT", "INTEGER", "TINYINT", "DOUBLE", "HUGEINT")
    with study.reading() as cursor:
        for kind, listing in LIST_SPECS.items():
            described = cursor.execute(f"DESCRIBE SELECT * FROM ({listing.query})").fetchall()
            types = {row[0]: row[1] for row in described}
            for query in listing.related.values():
                cursor.execute(f"SELECT key, value FROM ({query_body(query)})")
            for name, of_kind in listing.fields.items():
                if name in listing.related:
                    continue
                real = "flag" if types[name] == "BOOLEAN" else "number" if types[name] in numbers else "text"
                assert of_kind == real, f"{kind}.{name} is {types[name]}"


def last(study: Study, kind: str, asked: lists.ListQuery) -> SearchResult:
    return list(ListSearch(study, kind, asked).answers())[-1]


@pytest.mark.parametrize(
    ("text", "sort", "descending"),
    [
        ("", None, False),
        ("lang:zh", None, False),
        ("tea", None, False),
        ("tea", "characters", True),
        ("", "opening", True),
        ("żółw", None, False),
        ("nowhere-at-all", None, False),
    ],
)
def test_every_row_stands_where_one_query_would_put_it(
    study: Study, text: str, sort: str | None, descending: bool
) -> None:
    asked = lists.with_filter("histories", text, lists.ListQuery(sort=sort, descending=descending))
    with study.reading() as cursor:
        expected = lists.keys(cursor, "histories", asked)
    found = last(study, "histories", asked)
    assert (found.count, found.more) == (len(expected), False)
    with study.reading() as cursor:
        for start in range(0, len(expected), 700):
            assert found.keys(cursor, start, start + 256) == expected[start : start + 256]
        assert found.keys(cursor, len(expected), len(expected) + 5) == []
        for place in range(0, len(expected), 501):
            assert found.place(cursor, expected[place]) == place
        assert found.place(cursor, -1) is None
    keys = LazyKeys(study, found)
    assert len(keys) == len(expected)
    if expected:
        assert keys[len(expected) - 1] == expected[-1]
        assert keys[1:3] == expected[1:3]
    with pytest.raises(IndexError):
        keys[len(expected)]


def test_a_search_through_texts_hands_out_what_it_has_while_it_goes_on(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordered, "SLICE", 100)
    monkeypatch.setattr(ordered, "PACE", 0.0)
    answers = list(ListSearch(study, "histories", lists.with_filter("histories", "tea")).answers())
    assert len(answers) > 3
    counts = [found.count for found in answers]
    assert counts == sorted(counts)
    assert [found.more for found in answers] == [True] * (len(answers) - 1) + [False]
    assert answers[-1].count == 1_000


def test_a_search_that_is_stopped_gives_nothing_more(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordered, "SLICE", 100)
    monkeypatch.setattr(ordered, "PACE", 0.0)
    search = ListSearch(study, "histories", lists.with_filter("histories", "tea"))
    answers = search.answers()
    next(answers)
    search.stop()
    with pytest.raises(SearchCancelled):
        next(answers)


def test_tables_of_keys_go_when_nobody_has_them(study: Study) -> None:
    def tables() -> int:
        with study.reading() as cursor:
            rows = cursor.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'ordered_%'").fetchone()
            return int(rows[0]) if rows else 0

    found = last(study, "histories", lists.ListQuery(sort="characters"))
    assert tables() >= 1
    del found
    last(study, "items", lists.ListQuery())
    assert tables() == 0


def test_the_words_around_a_hit_are_found(study: Study) -> None:
    asked = lists.with_filter("histories", "tea")
    with study.reading() as cursor:
        keys = lists.keys(cursor, "histories", asked, 3)
        assert lists.snippet_query(cursor, "histories", keys, "tea") == dict.fromkeys(keys, "with Tea")


def test_values_of_a_field_are_offered(study: Study) -> None:
    with study.reading() as cursor:
        assert lists.values(cursor, "histories", "language", "") == ["en", "zh"]
        assert lists.values(cursor, "runs", "model", "TWO") == ["model-two"]


def test_a_study_that_is_written_to_keeps_the_place(tmp_path: Path) -> None:
    with small_study(tmp_path / "w.duckdb", small_records(3)) as study:
        found = last(study, "histories", lists.ListQuery())
        with study.writing("test") as writer:
            writer.add([History(id="new", turns=(Turn(role="user", content="hello"),))], origin="x")
            writer.fold("x")
        with study.reading() as cursor:
            assert len(found.keys(cursor, 0, 100)) == found.count == 6
        assert last(study, "histories", lists.ListQuery()).count == 7
