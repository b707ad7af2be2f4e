"""Texts of others on a terminal: inert, and still readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_tui.output import inert


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "␛[31m"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\u200db", "a<U+200D>b"),
        ("\u200d界", "<U+200D>界"),
        # Persian "می‌خواهم" has a joiner in it; an emoji family is shown as its members.
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👧", "👩👧"),
        ("a\x9b1mb", "a<U+009B>1mb"),
    ],
)
def test_what_a_terminal_would_obey_is_a_picture(text: str, shown: str) -> None:
    assert inert(text) == shown


@given(st.text())
def test_nothing_gets_through(text: str) -> None:
    found = inert(text, lines=True)
    assert not any(
        (ord(one) < 0x20 and one not in "\n\t") or 0x7F <= ord(one) < 0xA0 or 0x202A <= ord(one) < 0x202F
        for one in found
    )
