"""Answers as shown and as resolved; who gets what; what stands hidden, marked and timed."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.annotation.ai_opinion import opinion_for_comparison, opinion_for_match
from interpref_core.annotation.labels import TASKS, Assignment, Entry
from interpref_core.annotation.name_masking import mask_model_names, model_name_aliases, speaks_as_model
from interpref_core.annotation.opinion_flips import OpinionVote, count_flips
from interpref_core.annotation.queue import (
    assignment_filter,
    interleave_gold,
    judge_order_for,
    left_side_for,
    order_entries,
)
from interpref_core.annotation.stopwatch import IDLE_CAP, Stopwatch
from interpref_core.annotation.tasks import FAILURES, allowed_answers, resolve
from interpref_core.orders import ORDERS
from interpref_core.text.word_diff import find_preference_words, word_diff


def entries(n: int = 400) -> list[Entry]:
    return [Entry(task="compare", item=f"i{k}", run_a="one", run_b="two") for k in range(n)]


def test_turning_the_sides_never_changes_who_won() -> None:
    entry = entries(1)[0]
    assert resolve(entry, "left", left="a", order=None) == resolve(entry, "right", left="b", order=None) == "a"
    assert resolve(entry, "right", left="a", order=None) == resolve(entry, "left", left="b", order=None) == "b"
    for shown in ("tie", "both bad", "skip"):
        assert {resolve(entry, shown, left=left, order=None) for left in ("a", "b")} == {shown}


def test_a_match_is_right_in_every_order_where_the_judge_would_be() -> None:
    entry = Entry(task="match", item="i", run_a="one")
    for order in ORDERS:
        right = order.right.lower()
        wrong = "left" if right == "right" else "right"
        assert resolve(entry, right, left=None, order=order.number) == "right"
        assert resolve(entry, wrong, left=None, order=order.number) == "wrong"
        assert resolve(entry, "tie", left=None, order=order.number) == "don't know"


@pytest.mark.parametrize("task", TASKS)
def test_every_allowed_answer_resolves_and_no_other(task: Any) -> None:
    entry = Entry(task=task, item="i", run_a="one", run_b="two", side="a")
    for both_bad in (True, False):
        assignment = Assignment(task=task, both_bad=both_bad)
        assert ("both bad" in allowed_answers(assignment)) == (task == "compare" and both_bad)
        for shown in allowed_answers(assignment):
            assert resolve(entry, shown, left="a", order=1)
    with pytest.raises(ValueError, match=r"answer|failure"):
        resolve(entry, "up", left="a", order=1)


def test_no_failure_stands_alone_and_failures_stand_in_their_order() -> None:
    entry = Entry(task="failure", item="i", run_a="one")
    assert resolve(entry, f"{FAILURES[2]}; {FAILURES[0]}", left=None, order=None) == f"{FAILURES[0]}; {FAILURES[2]}"
    with pytest.raises(ValueError, match="failure"):
        resolve(entry, f"{FAILURES[0]}; {FAILURES[-1]}", left=None, order=None)


def test_sides_and_orders_are_even_and_differ_between_people_and_seeds() -> None:
    queue = entries(2000)
    lefts = Counter(left_side_for(3, "ann", entry) for entry in queue)
    assert 900 < lefts["a"] < 1100
    assert all(420 < n < 580 for n in Counter(judge_order_for(3, "ann", entry) for entry in queue).values())
    one = [left_side_for(3, "ann", entry) for entry in queue]
    for other in (
        [left_side_for(3, "bo", entry) for entry in queue],
        [left_side_for(4, "ann", entry) for entry in queue],
    ):
        assert 800 < sum(a == b for a, b in zip(one, other, strict=True)) < 1200
    assert one == [left_side_for(3, "ann", entry) for entry in queue]


def test_order_tells_nothing_of_the_models() -> None:
    """Where a run stands does not depend on its place among the runs, nor do neighbours share their side."""
    queue = order_entries(Assignment(task="compare", seed=1), "ann", entries(2000))
    sides = [left_side_for(1, "ann", entry) for entry in queue]
    same = sum(a == b for a, b in pairwise(sides))
    assert 900 < same < 1100
    assert [entry.item for entry in queue] != [entry.item for entry in entries(2000)]


@pytest.mark.parametrize(("people", "k"), [(2, 1), (3, 2), (5, 2), (10, 3), (4, 4)])
def test_overlap_is_balanced(people: int, k: int) -> None:
    among = tuple(f"p{n}" for n in range(people))
    assignment = Assignment(task="compare", overlap=k, among=among)
    total = 40 * people
    mine = {who: {n for n in range(total) if assignment_filter(assignment, who, total)(n)} for who in among}
    times = Counter(n for chosen in mine.values() for n in chosen)
    assert set(times.values()) == {k}
    assert len(times) == total
    sizes = [len(chosen) for chosen in mine.values()]
    assert max(sizes) - min(sizes) <= 1
    if 1 < k < people:
        shared = [len(mine[a] & mine[b]) for a, b in combinations(among, 2)]
        assert max(shared) - min(shared) <= 0.35 * max(shared) + 1
    # A study that grows changes nothing for what was there.
    assert {n for n in range(10) if assignment_filter(assignment, "p0", 10)(n)} == {n for n in mine["p0"] if n < 10}


def test_who_is_not_named_gets_nothing() -> None:
    assignment = Assignment(task="compare", overlap=2, among=("ann", "bo"))
    with pytest.raises(ValueError, match="ann, bo"):
        assignment_filter(assignment, "cy", 10)
    with pytest.raises(ValueError, match="3 of 2"):
        assignment_filter(Assignment(task="compare", overlap=3, among=("ann", "bo")), "ann", 10)


@given(st.integers(0, 60), st.sets(st.integers(0, 59)), st.floats(0.05, 1))
def test_gold_is_spread_and_nothing_is_lost(n: int, gold: set[int], rate: float) -> None:
    queue = entries(n)
    keys = {queue[k].key for k in gold if k < n}
    found = interleave_gold(queue, keys, rate)
    assert sorted(entry.key for entry in found) == sorted(entry.key for entry in queue)
    others = [entry for entry in found if entry.key not in keys]
    assert others == [entry for entry in queue if entry.key not in keys]


def test_models_own_names_are_hidden_and_ordinary_words_are_not() -> None:
    names = model_name_aliases(["openai/gpt-4o-mini", "models/Llama-3.1-8B.gguf", "qwen"])
    for text in (
        "As ChatGPT, I think",
        "I am Claude, made by Anthropic",
        "我是通义千问，由阿里开发",
        "gpt-4o-mini says",
        "Llama-3.1-8B here",
    ):
        hidden, count = mask_model_names(text, names)
        assert count >= 1, text
        assert len(hidden) == len(text)
        assert not any(word in hidden.lower() for word in ("chatgpt", "claude", "通义", "gpt-4o", "llama-3"))
    for text in ("The llama is an animal of the Andes.", "Gemini is a sign of the zodiac.", "Add a command r here"):
        assert mask_model_names(text, names)[1] == 0, text
    assert speaks_as_model("As an AI language model, I cannot")


def test_words_that_differ_and_words_of_the_preference() -> None:
    one, other = "Take the early train to Leeds.", "Take the late train to Leeds."
    in_one, in_other = word_diff(one, other)
    assert [one[a:b] for a, b in in_one] == ["early"]
    assert [other[a:b] for a, b in in_other] == ["late"]
    text = "I would suggest hiking trails; Hiking boots help."
    assert [text[a:b].lower() for a, b in find_preference_words(text, "The user likes hiking")] == ["hiking", "hiking"]
    assert list(find_preference_words("推荐辣的火锅", "用户喜欢辣")) == [(2, 3)]


@given(st.text(max_size=200), st.text(max_size=200))
def test_marks_stand_inside_the_text(one: str, other: str) -> None:
    for text, spans in zip((one, other), word_diff(one, other), strict=True):
        assert all(0 <= a < b <= len(text) for a, b in spans)
        assert spans == sorted(spans)
    assert word_diff(one, one) == ([], [])


def test_time_counts_while_somebody_is_there() -> None:
    watch = Stopwatch(0)
    watch.on_activity(3)
    assert watch.active(5) == 5
    watch.on_blur(5)
    assert watch.active(500) == 5
    watch.on_focus(500)
    assert watch.active(502) == 7
    assert watch.active(502 + 10 * IDLE_CAP) == 7 - 2 + IDLE_CAP
    assert watch.elapsed(510) == 510


def test_opinions_from_verdicts() -> None:
    says = opinion_for_comparison("judge", {"a": "LRRL", "b": "LLLL"}, {"a": "because"})
    assert says is not None
    assert says.says == "a"
    assert opinion_for_comparison("judge", {"a": "LLLL", "b": "RRRR"}, {}).says == "tie"  # type: ignore[union-attr]  # there is one
    assert opinion_for_comparison("judge", {"a": "LRRL", "b": None}, {}).says is None  # type: ignore[union-attr]  # there is one
    assert opinion_for_comparison("judge", {"a": None, "b": None}, {}) is None
    assert opinion_for_match("judge", "Left", 1, "").says == "right"
    assert opinion_for_match("judge", "Left", 2, "").says == "wrong"
    assert opinion_for_match("judge", "Unreadable", 2, "").says is None


def test_flips_count_what_changed_and_whereto() -> None:
    found = count_flips(
        [
            OpinionVote(first="a", final="b", says="b", seen=True, mode="after", gold="a"),
            OpinionVote(first="a", final="a", says="b", seen=True, mode="after", gold="a"),
            OpinionVote(first="tie", final="a", says="b", seen=True, mode="after"),
            OpinionVote(first="b", final="b", says="b", seen=False, mode="after"),
            OpinionVote(first=None, final="b", says="b", seen=True, mode="before"),
        ]
    )
    assert (found.seen, found.shown_first) == (4, 1)
    assert (found.flipped.count, found.flipped.n) == (2, 3)
    assert (found.towards.count, found.towards.n) == (1, 2)
    assert (found.agreed_before.count, found.agreed_after.count, found.agreed_after.n) == (1, 2, 4)
    assert (found.taken_when_wrong.count, found.taken_when_wrong.n) == (1, 2)
