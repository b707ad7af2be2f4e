"""Preferences of one topic become pairs and items, the same for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.records import History, Preference, Record, Turn
from interpref_db.pairing import pair_preferences
from tests.support.studies import small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def preferences(count: int, topic: str = "tea", prefix: str = "") -> Iterator[Record]:
    for n in range(count):
        extra = {"topic": topic, "question": f"What about {topic} {n}?"}
        yield Preference(id=f"{prefix}{topic}{n}", text=f"I like {topic} number {n}", extra=extra)
        if n % 2:
            turns = (Turn(role="user", content=f"{topic} {n}"),)
            yield History(id=f"{prefix}h-{topic}{n}", turns=turns, extra={"preference": f"{prefix}{topic}{n}"})


def pairs(path: Path, prefix: str, seed: int) -> set[tuple[str, str, str]]:
    """The pairs that a fresh study gets, by text."""
    with small_study(path, preferences(9, prefix=prefix)) as study:
        pair_preferences(study, seed=seed)
        with study.reading() as cursor:
            query = """SELECT a.text, b.text, i.query FROM pairs AS q JOIN preferences AS a ON a.id = q.a
                JOIN preferences AS b ON b.id = q.b JOIN items AS i ON i.pair = q.id"""
            return set(cursor.execute(query).fetchall())


def test_the_same_seed_gives_the_same_pairs_whatever_the_identifiers(tmp_path: Path) -> None:
    first = pairs(tmp_path / "a.duckdb", "", 3)
    assert first == pairs(tmp_path / "b.duckdb", "x-", 3)
    assert first != pairs(tmp_path / "c.duckdb", "", 4)


def test_every_preference_is_in_one_pair_of_its_topic_and_pairing_again_changes_nothing(tmp_path: Path) -> None:
    with small_study(tmp_path / "s.duckdb", iter([*preferences(7), *preferences(4, "dogs")])) as study:
        report = pair_preferences(study, seed=1)
        assert (report.pairs, report.items, report.unpaired, report.topics) == (5, 5, 1, {"dogs": 2, "tea": 3})
        again = pair_preferences(study, seed=1)
        assert (again.pairs, again.items, again.unpaired) == (0, 0, 1)
        with study.reading() as cursor:
            used = [row[0] for row in cursor.execute("SELECT a FROM pairs UNION ALL SELECT b FROM pairs").fetchall()]
            topics = cursor.execute("""SELECT count(*) FROM pairs AS q JOIN preferences AS a ON a.id = q.a
                JOIN preferences AS b ON b.id = q.b WHERE (a.extra ->> '$.topic') <> (b.extra ->> '$.topic')""").fetchone()
        assert len(used) == len(set(used)) == 10
        assert topics == (0,)


def test_items_take_the_histories_that_carry_their_preferences(tmp_path: Path) -> None:
    with small_study(tmp_path / "s.duckdb", preferences(8)) as study:
        report = pair_preferences(study, with_history=True)
        assert (report.pairs, report.without_history) == (2, 0)
        with study.reading() as cursor:
            rows = cursor.execute(
                "SELECT q.a, i.history_a, q.b, i.history_b FROM items AS i JOIN pairs AS q ON q.id = i.pair"
            ).fetchall()
        assert all(history_a == f"h-{a}" and history_b == f"h-{b}" for a, history_a, b, history_b in rows)


def test_topic_and_limit(tmp_path: Path) -> None:
    with small_study(tmp_path / "s.duckdb", iter([*preferences(6), *preferences(6, "dogs")])) as study:
        assert pair_preferences(study, topic="dogs", limit=2).topics == {"dogs": 2}
        assert pair_preferences(study, topic="nothing").pairs == 0
