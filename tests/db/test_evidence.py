"""Which turns carry a preference: by the trail of construction, else by shared words, and it says which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.preference_evidence import turns_sharing_words
from interpref_core.records.construction import Chunk, Lineage, StageRun
from interpref_core.records.data import History, Preference, Turn
from interpref_db.records.evidence import evidence_of
from tests.support.studies import small_study

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_core.records.base import Record

WISH = "The user prefers vegetarian food."


def _history(name: str, *said: str, **more: str) -> History:
    turns = tuple(Turn(role="user" if n % 2 == 0 else "assistant", content=text) for n, text in enumerate(said))
    return History(id=name, turns=turns, extra=dict(more))


def _evidence(tmp_path: Path, history: History, *more: Record) -> dict[int, str]:
    records = [Preference(id="p", text=WISH), *more, history]
    with small_study(tmp_path / "s.duckdb", iter(records)) as study:
        turns = [turn.to_json() for turn in history.turns]
        return evidence_of(study, history.id, turns)


def test_the_source_turns_of_construction_come_first(tmp_path: Path) -> None:
    history = _history("h", "hello", "hi", "a vegetarian stew?", "yes", "nothing")
    found = _evidence(
        tmp_path,
        history,
        StageRun(id="b", stage="extract"),
        Chunk(id="c", history="h", number=1, first_turn=1, last_turn=5, queries=3, building="b"),
        Lineage(id="l", kind="preference", thing="p", source_kind="chunk", source="c", role="profile", turns=(1, 5)),
    )
    assert found == {0: f"source: {WISH}", 4: f"source: {WISH}"}


def test_in_a_long_history_the_conversation_that_carries_it_is_known(tmp_path: Path) -> None:
    target = _history("t", "a stew without meat?", "yes", preference="p")
    filler = _history("f", "trains?", "at seven", "thanks")
    long = _history("h", *(turn.content for one in (filler, target) for turn in one.turns))
    links = [
        Lineage(id=f"l{n}", kind="history", thing="h", source_kind="history", source=one, role=role, place=n)
        for n, (one, role) in enumerate((("f", "filler"), ("t", "target")), start=1)
    ]
    found = _evidence(tmp_path, long, target, filler, *links)
    assert found == {3: f"conversation: {WISH}", 4: f"conversation: {WISH}"}


def test_else_shared_words_are_pointed_at_in_the_users_turns(tmp_path: Path) -> None:
    history = _history("h", "hello", "vegetarian, you say", "Any vegetarian places?", "yes", preference="p")
    assert _evidence(tmp_path, history) == {2: "words: vegetarian"}


def test_a_history_for_nothing_has_no_evidence(tmp_path: Path) -> None:
    assert _evidence(tmp_path, _history("h", "Any vegetarian places?")) == {}


def test_words_of_both_preferences_and_of_every_turn_weigh_nothing() -> None:
    turns = [("user", "tea and trains"), ("user", "green tea and hiking"), ("user", "tea and a nap")]
    found = turns_sharing_words(turns, "The user likes tea and hiking trips.", "The user likes tea and sleeping.")
    assert found == {1: ["hiking"]}


def test_a_word_of_the_evidence_is_one_that_says_something() -> None:
    said = [
        ("user", "I settled into it over time, about then; it is interesting how both keep it."),
        ("user", "My bees swarm."),
    ]
    said += [("assistant", "oh")] * 3
    assert turns_sharing_words(said, "The user is interested in bees and has settled into both over time.") == {
        0: ["settled"],
        1: ["bees"],
    }


def test_particles_and_half_words_of_chinese_are_no_evidence() -> None:
    said = [("user", "我的孩子上学了，一起去吧"), ("user", "今天的天气是不错的，大家都很好"), ("assistant", "好")]
    assert turns_sharing_words(said, "用户是一位有孩子的家长，今天很好。") == {0: ["孩子"]}
    assert turns_sharing_words([("user", "我喝茶"), ("assistant", "好")], "用户喜欢茶。") == {0: ["茶"]}
