"""The filter language of lists."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_db.lists.filter_language import (
    CompletionContext,
    FilterError,
    FilterTerm,
    Kind,
    completion_at,
    format_filter,
    parse_filter,
)

FIELDS: dict[str, Kind] = {"model": "text", "category": "text", "turns": "number", "passed": "flag", "language": "text"}
ALIASES = {"lang": "language"}


def test_words_fields_and_signs_are_told_apart() -> None:
    text = 'model:gpt-4o passed:false category:style turns:>20 -lang:zh "wedding cake" -tea'
    assert parse_filter(text, FIELDS, ALIASES) == (
        FilterTerm("model", "contains", ("gpt-4o",)),
        FilterTerm("passed", "=", (False,)),
        FilterTerm("category", "contains", ("style",)),
        FilterTerm("turns", ">", (20.0,)),
        FilterTerm("language", "contains", ("zh",), negated=True),
        FilterTerm(None, "contains", ("wedding cake",)),
        FilterTerm(None, "contains", ("tea",), negated=True),
    )


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("turns:5..10", FilterTerm("turns", "..", (5.0, 10.0))),
        ("turns:2k", FilterTerm("turns", "=", (2000.0,))),
        ("turns:1,2", FilterTerm("turns", "=", (1.0, 2.0))),
        ("turns:<=1_000", FilterTerm("turns", "<=", (1000.0,))),
        ('model:="gpt 4"', FilterTerm("model", "=", ("gpt 4",))),
        ("model:a,b", FilterTerm("model", "contains", ("a", "b"))),
        ("model:*", FilterTerm("model", "*")),
        ("MODEL:a", FilterTerm("model", "contains", ("a",))),
        ("passed:YES", FilterTerm("passed", "=", (True,))),
        ('"model:x"', FilterTerm(None, "contains", ("model:x",))),
        ('"still being ty', FilterTerm(None, "contains", ("still being ty",))),
        ("-", FilterTerm(None, "contains", ("-",))),
        ("12:30", FilterTerm(None, "contains", ("12:30",))),
    ],
)
def test_a_term_is_read_as_it_is_meant(text: str, term: FilterTerm) -> None:
    assert parse_filter(text, FIELDS) == (term,)


@pytest.mark.parametrize(
    ("text", "said", "at"),
    [
        ("http://x", 'no field "http" here; quotes make it a text; there are', 0),
        ("pass:yes", 'no field "pass" here; quotes make it a text; there are passed, ', 0),
        ("tea nomodel:x", 'no field "nomodel"', 4),
        ("turns:many", "turns: a number such as 20", 6),
        ("turns:>1,2", "turns: > takes one value", 6),
        ("turns:1..x", "turns: a number", 6),
        ("passed:maybe", "passed: true or false", 7),
        ("model:", "model: a value is needed", 6),
        ("a turns:", "turns: a value is needed", 8),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_its_place(text: str, said: str, at: int) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, FIELDS)
    assert said in str(caught.value)
    assert str(caught.value).endswith(f"(at {at + 1})")
    assert caught.value.at == at
    assert "\n" not in str(caught.value)


TEXTS = st.text(min_size=1, max_size=12)
NUMBERS = st.integers(-(10**9), 10**9).map(float)
TERMS = st.one_of(
    st.builds(lambda text, no: FilterTerm(None, "contains", (text,), no), TEXTS, st.booleans()),
    st.builds(
        lambda sign, values, no: FilterTerm("model", sign, tuple(values), no),
        st.sampled_from(["contains", "="]),
        st.lists(TEXTS.filter(lambda text: text != "*"), min_size=1, max_size=3),
        st.booleans(),
    ),
    st.builds(
        lambda sign, value, no: FilterTerm("turns", sign, (value,), no),
        st.sampled_from(["=", "<", ">="]),
        NUMBERS,
        st.booleans(),
    ),
    st.builds(lambda low, high: FilterTerm("turns", "..", (low, high)), NUMBERS, NUMBERS),
    st.builds(lambda yes, no: FilterTerm("passed", "=", (yes,), no), st.booleans(), st.booleans()),
    st.just(FilterTerm("category", "*")),
)


@given(st.lists(TERMS, max_size=5))
def test_what_is_written_is_read_again(terms: list[FilterTerm]) -> None:
    assert parse_filter(format_filter(terms), FIELDS) == tuple(terms)


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_one_line_that_says_why_not(text: str) -> None:
    terms = None
    with suppress(FilterError):
        terms = parse_filter(text, FIELDS, ALIASES)
    if terms is not None:
        assert parse_filter(format_filter(terms), FIELDS, ALIASES) == terms


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("", CompletionContext(0, "", None)),
        ("mod", CompletionContext(0, "mod", None)),
        ("tea -mod", CompletionContext(5, "mod", None)),
        ("model:gp", CompletionContext(6, "gp", "model")),
        ("model:=a,gp", CompletionContext(9, "gp", "model")),
        ("lang:z", CompletionContext(5, "z", "language")),
        ('model:"gp', CompletionContext(7, "gp", "model")),
    ],
)
def test_the_piece_that_is_being_typed_is_known(text: str, piece: CompletionContext) -> None:
    assert completion_at(text, len(text), ALIASES) == piece
