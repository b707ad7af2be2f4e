"""In which order tasks are done: what shares a history follows its first one."""

from __future__ import annotations

from dataclasses import replace
from random import Random  # noqa: TC003 - Hypothesis reads the types
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from interpref_core.engine.prefix_scheduler import PrefixScheduler
from tests.support.engine_runs import answer_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_core.engine import Task


def tasks(groups: str) -> Iterator[Task]:
    """A task a letter, of the group that the letter names (- is none); its key is its place."""
    for number, letter in enumerate(groups):
        yield replace(answer_task(number), key=str(number), group="" if letter == "-" else letter)


def taken(schedule: PrefixScheduler, count: int = 100) -> str:
    """The keys of the next tasks."""
    found = []
    for _ in range(count):
        task = schedule.next()
        if task is None:
            break
        found.append(task.key)
    return "".join(found)


def test_siblings_stand_aside_until_the_first_has_its_answer() -> None:
    schedule = PrefixScheduler(tasks("aaabbc--"), 10)
    assert taken(schedule, 4) == "0356"
    schedule.mark_warm("a")
    assert taken(schedule, 2) == "12"
    schedule.mark_warm("b")
    assert taken(schedule) == "47"


def test_a_group_that_was_read_once_has_no_first_one_any_more() -> None:
    schedule = PrefixScheduler(tasks("aaab"), 10)
    assert taken(schedule, 1) == "0"
    schedule.mark_warm("a")
    assert taken(schedule) == "123"


def test_nobody_waits_when_nothing_else_is_left() -> None:
    assert taken(PrefixScheduler(tasks("aaab"), 10)) == "0312"


def test_no_more_than_so_many_stand_aside() -> None:
    schedule = PrefixScheduler(tasks("aaaaaaaaaab"), 2)
    assert taken(schedule, 3) == "034"


def test_the_order_is_kept_where_calls_go_out_one_by_one() -> None:
    assert taken(PrefixScheduler(tasks("aabba"), 0)) == "01234"


@given(st.text("abc-", max_size=40), st.integers(0, 6), st.randoms(use_true_random=False))
def test_every_task_is_given_once(groups: str, aside: int, random: Random) -> None:
    schedule = PrefixScheduler(tasks(groups), aside)
    found = []
    while (task := schedule.next()) is not None:
        found.append(int(task.key))
        if random.random() < 0.5:
            schedule.mark_warm(task.group)
    assert sorted(found) == list(range(len(groups)))
