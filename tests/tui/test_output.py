"""Texts of others on a terminal: inert, and still readable."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpref_tui.text.sanitize import sanitize, sanitize_for_reading


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
        # What terminals measure differently is settled: flags, variation selectors, skin tones.
        ("🇩🇪!", "[DE]!"),
        ("❤\ufe0f", "❤"),
        ("👍🏽", "👍"),
        # What smuggles a text past the eye is seen: tag characters, rows of selectors, fillers, soft hyphens.
        ("x\U000e0041\U000e0042", "x<U+E0041><U+E0042>"),
        ("x\ufe00\ufe01", "x<U+FE00><U+FE01>"),
        ("a\u3164b\u00adc", "a<U+3164>b<U+00AD>c"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 4 + "<+5 marks>"),
        ("\u0301a", "◌\u0301a"),
        ("a\r\nb\rc", "a␍␊b␍c"),
    ],
)
def test_what_a_terminal_would_obey_is_a_picture(text: str, shown: str) -> None:
    assert sanitize(text) == shown


def test_lines_end_as_they_do_anywhere() -> None:
    assert sanitize("a\r\nb\rc\td", lines=True) == "a\nb␍c\td"


@settings(deadline=None, max_examples=30)
@given(
    st.text(max_size=50), st.sampled_from(["\x1b]0;t\x07", "\u202e", "\u200b", "👩\u200d👧", "\x9b2J"]), st.booleans()
)
def test_a_long_text_is_as_a_short_one(text: str, odd: str, spaced: bool) -> None:
    piece = text + odd + (" " if spaced else "")
    long = "abcdefghi " * 30_000 + piece
    assert sanitize(long, lines=True).endswith(sanitize("i " + piece, lines=True))
    assert sanitize_for_reading(long).hidden == sanitize_for_reading("i " + piece).hidden


@given(st.text())
def test_what_is_inert_stays_as_it_is(text: str) -> None:
    assert sanitize(sanitize(text, lines=True), lines=True) == sanitize(text, lines=True)


@given(st.text())
def test_nothing_gets_through(text: str) -> None:
    found = sanitize(text, lines=True)
    assert not any(
        (ord(one) < 0x20 and one not in "\n\t") or 0x7F <= ord(one) < 0xA0 or 0x202A <= ord(one) < 0x202F
        for one in found
    )
