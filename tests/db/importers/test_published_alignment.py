"""Rows of an evaluation log find their items by what they quote, and are left unplaced rather than guessed."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from interpref_db.importers.formats.interpref_paper.alignment import align, normalize_text, quotes_of


def made(items: int, seed: int) -> tuple[list[str], list[list[str]]]:
    """Responses of so many items, and for each item what a judge of it would quote."""
    chance = random.Random(seed)
    texts, quotes = [], []
    for n in range(items):
        phrases = [f"phrase {n} {k} {chance.random():.12f}".replace(".", "") for k in range(6)]
        texts.append(" ".join(phrases))
        quotes.append(chance.sample(phrases, chance.randint(2, 4)))
    return texts, quotes


@given(st.integers(2, 40), st.integers(0, 1000))
def test_equal_counts_are_placed_by_number(items: int, seed: int) -> None:
    texts, quotes = made(items, seed)
    random.Random(seed).shuffle(quotes)
    result = align(quotes, texts)
    assert result.places == list(range(items))


@given(st.integers(3, 40), st.integers(0, 1000), st.data())
def test_a_log_that_stopped_leaves_the_rest_unjudged(items: int, seed: int, data: st.DataObject) -> None:
    texts, quotes = made(items, seed)
    rows = data.draw(st.integers(1, items - 1))
    result = align(quotes[:rows], texts)
    assert result.places == list(range(rows))
    assert f"{items - rows} of {items} items are not judged" in result.notes[-1]


@given(st.integers(3, 40), st.integers(0, 1000), st.data())
def test_a_restarted_log_is_placed_twice(items: int, seed: int, data: st.DataObject) -> None:
    texts, quotes = made(items, seed)
    before = data.draw(st.integers(1, items - 1))
    result = align(quotes[:before] + quotes, texts)
    assert result.places == [*range(before), *range(items)]
    assert any("judged more than once" in note for note in result.notes)


@given(st.integers(8, 40), st.integers(0, 1000), st.data())
def test_rows_that_quote_nothing_beside_a_gap_are_not_placed(items: int, seed: int, data: st.DataObject) -> None:
    texts, quotes = made(items, seed)
    gap = data.draw(st.integers(2, items - 4))
    left = quotes[:gap] + quotes[gap + 2 :]
    left[gap - 1] = []  # the row before the gap says nothing of where it belongs
    result = align(left, texts)
    assert result.places[gap - 1] is None
    assert [place for place in result.places if place is not None] == [*range(gap - 1), *range(gap + 2, items)]


def test_a_row_that_quotes_another_item_is_kept_unplaced() -> None:
    texts, quotes = made(30, 1)
    rows = quotes[:20]
    rows[5] = quotes[25]
    result = align(rows, texts)
    assert result.places[5] is None
    assert [place for n, place in enumerate(result.places) if n != 5] == [n for n in range(20) if n != 5]
    assert any("kept unplaced" in note for note in result.notes)


@given(st.lists(st.lists(st.text(max_size=20), max_size=4), max_size=12), st.lists(st.text(max_size=60), max_size=8))
def test_anything_is_placed_at_an_item_or_not_at_all(quotes: list[list[str]], texts: list[str]) -> None:
    result = align(quotes, texts)
    assert len(result.places) == len(quotes)
    assert all(place is None or 0 <= place < len(texts) for place in result.places)
    assert 0 <= result.support <= 1


def test_quotes_are_found_in_any_quotation_marks_and_compared_without_their_form() -> None:
    found = quotes_of(
        ['It says "Save $100,000" and “post-retirement planning” but not "a"', None, "提到「清蒸鲈鱼和青菜」"]
    )
    assert found == sorted(
        [normalize_text("Save $100,000"), normalize_text("post-retirement planning"), "清蒸鲈鱼和青菜"]
    )
