"""Pairing by topic: seeded, nobody twice, histories where there are some, and the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from interpref_core.records.data import History, Pair, Preference, Turn
from interpref_db.construction.topic_pairing import pair_preferences
from interpref_db.importers import import_files
from interpref_db.study.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interpref_core.records.base import Record


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with Study.open(tmp_path / "s.duckdb", create=True) as study:
        yield study


def add(study: Study, *records: Record) -> None:
    with study.writing("test") as writer:
        writer.add(records, origin="test")
        writer.fold("test")


def preference(name: str, topic: str | None = "food", question: str | None = "What shall I eat?") -> Preference:
    extra = {key: value for key, value in (("topic", topic), ("question", question)) if value}
    return Preference(id=name, text=f"The user likes {name}.", extra=extra)


def shows(name: str, preference: str, turns: int = 2) -> History:
    said = tuple(Turn(role=("user", "assistant")[n % 2], content=f"{name} {n}") for n in range(turns))
    return History(id=name, turns=said, extra={"preference": preference})


def couples(study: Study) -> list[tuple[str, str, str]]:
    with study.reading() as cursor:
        return cursor.execute("SELECT a, b, topic FROM pairs ORDER BY ALL").fetchall()


def items(study: Study) -> list[tuple[str | None, str | None, str]]:
    with study.reading() as cursor:
        return cursor.execute("SELECT history_a, history_b, query FROM items ORDER BY ALL").fetchall()


def test_everybody_is_in_one_pair_of_their_own_topic(study: Study) -> None:
    names = [f"{topic}{n}" for topic in ("x", "y") for n in range(7)]
    add(study, *(preference(name, name[0]) for name in names), preference("alone", "z"), preference("none", None))
    report = pair_preferences(study)
    assert (report.pairs, report.items, report.unpaired, report.topics) == (6, 6, 3, {"x": 3, "y": 3})
    used = [name for a, b, _ in couples(study) for name in (a, b)]
    assert len(set(used)) == len(used) == 12
    assert all(a[0] == b[0] == topic for a, b, topic in couples(study))


def test_the_seed_decides_and_the_same_seed_decides_the_same_in_any_study(study: Study, tmp_path: Path) -> None:
    found = []
    for number, seed in enumerate((1, 1, 2)):
        with Study.open(tmp_path / f"{number}.duckdb", create=True) as other:
            # other identifiers, another order: only the texts are the same
            names = [f"{n}" for n in range(20)][:: -1 if number else 1]
            add(other, *(Preference(id=f"{number}-{n}", text=n, extra={"topic": "t", "question": n}) for n in names))
            pair_preferences(other, seed=seed)
            with other.reading() as cursor:
                query = "SELECT p.text, q.text, i.query, i.id, i.pair FROM items AS i JOIN pairs ON pairs.id = i.pair "
                query += "JOIN preferences AS p ON p.id = a JOIN preferences AS q ON q.id = b ORDER BY ALL"
                found.append(cursor.execute(query).fetchall())
    assert found[0] == found[1]
    assert {row[:2] for row in found[0]} != {row[:2] for row in found[2]}
    assert all(query in (a, b) for a, b, query, _, _ in found[0])
    assert {query == a for a, _, query, _, _ in found[0]} == {True, False}


def test_pairing_again_changes_nothing_but_what_was_left_over(study: Study) -> None:
    add(study, *(preference(f"p{n}") for n in range(5)))
    assert pair_preferences(study).pairs == 2
    before = couples(study)
    assert (pair_preferences(study).pairs, couples(study)) == (0, before)
    add(study, preference("late"))
    assert pair_preferences(study).pairs == 1
    assert set(before) < set(couples(study))


def test_preferences_that_are_in_a_pair_already_are_left_alone(study: Study) -> None:
    add(study, *(preference(name) for name in "abcd"), Pair(id="mine", a="a", b="b"))
    pair_preferences(study)
    assert sorted((a, b) for a, b, topic in couples(study) if topic) in ([("c", "d")], [("d", "c")])


def test_an_item_has_the_longest_histories_of_both_or_none(study: Study) -> None:
    add(study, *(preference(name) for name in "abcd"))
    add(study, shows("ha", "a"), shows("ha long", "a", 6), shows("hb", "b"))
    report = pair_preferences(study)
    assert (report.pairs, report.items, report.without_history) == (2, 2, 1)
    with study.reading() as cursor:
        query = "SELECT a, history_a, b, history_b FROM items AS i JOIN pairs AS p ON p.id = i.pair WHERE history_a IS NOT NULL"
        ((a, history_a, b, history_b),) = cursor.execute(query).fetchall()
    assert {a: history_a, b: history_b} == {"a": "ha long", "b": "hb"}


def test_a_topic_a_limit_and_only_those_with_histories(study: Study) -> None:
    add(study, *(preference(f"{topic}{n}", topic) for topic in "xy" for n in range(6)))
    add(study, *(shows(f"h{n}", f"y{n}") for n in range(3)))
    assert pair_preferences(study, topic="x", limit=2).topics == {"x": 2}
    assert pair_preferences(study, with_history=True).topics == {"y": 1}
    assert pair_preferences(study).topics == {"x": 1, "y": 2}


def test_without_a_question_there_is_a_pair_and_no_item(study: Study) -> None:
    add(study, preference("a", question=None), preference("b", question=None))
    report = pair_preferences(study)
    assert (report.pairs, report.items) == (1, 0)


def test_prefeval_becomes_items_with_the_conversations_that_show_the_preferences(
    study: Study, shared_data: Path
) -> None:
    import_files(study, [shared_data / "prefeval" / "explicit", shared_data / "prefeval" / "persona"])
    report = pair_preferences(study, seed=7)
    assert report.pairs == report.items
    assert report.pairs == sum(report.topics.values())
    assert len(report.topics) == 20
    assert report.unpaired <= 20
    both = [row for row in items(study) if row[0] and row[1]]
    one = [row for row in items(study) if bool(row[0]) != bool(row[1])]
    assert len(both) >= 110
    assert len(one) <= 5
