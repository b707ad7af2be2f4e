"""Texts laid out: nothing is lost, every word knows its place, widths hold in any script."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, split_graphemes

from interpref_tui.text.blocks import FORMATTED, WINDOW, Block, TextRendering, marks_in_row, row_of
from interpref_tui.text.markdown_layout import paragraphs
from interpref_tui.text.sanitize import cell_width, sanitize, sanitize_for_reading, truncate
from interpref_tui.text.wrapping import wrap

MARKDOWN = """# A plan
- one `code` and **bold *nested* text**
1. first [a link](http://x.example/y)

| a | wide |
|---|---|
| 1 | 界面 |

```python
x = [1, "**not bold**"]
```
> said
"""


def drawn(text: str, *, formatted: bool = True) -> list[str]:
    return [one.first + one.text for one in paragraphs(text, formatted=formatted)]


def test_markdown_is_laid_out_and_its_markers_are_gone() -> None:
    assert drawn(MARKDOWN) == [
        "A plan",
        "• one code and bold nested text",
        "1. first a link (http://x.example/y)",
        "",
        "a │ wide",
        "──┼─────",
        "1 │ 界面",
        "",
        "┌ python",
        '│ x = [1, "**not bold**"]',
        "└",
        "▎ said",
        "",
    ]


def test_as_it_was_written_it_is_the_text() -> None:
    assert "\n".join(drawn(MARKDOWN, formatted=False)) == MARKDOWN


@pytest.mark.parametrize("word", ["nested", "link", "界面", "bold", "said", "plan"])
def test_a_word_is_found_where_it_is_drawn(word: str) -> None:
    place = MARKDOWN.index(word)
    spans = [(one, span) for one in paragraphs(MARKDOWN) for span in one.drawn_spans((place, place + len(word)))]
    assert [one.text[a:b] for one, (a, b) in spans] == [word]


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab *_`~[]()|#->\n\t1.界é\\"), max_size=200))
def test_whatever_is_written_every_drawn_piece_is_a_piece_of_the_text(text: str) -> None:
    for one in paragraphs(text, width=30):
        for place, source, length in one.runs:
            assert one.text[place : place + length] == text[source : source + length]
        for start, end in one.wrap(30):
            assert cell_width(one.text[start:end]) <= 30


@settings(deadline=None)
@given(st.text(max_size=300), st.integers(4, 40))
def test_no_line_is_too_wide_and_none_begins_within_a_character(text: str, width: int) -> None:
    shown = sanitize_for_reading(text).text.replace("\n", " ").replace("\t", " ")
    lines = wrap(shown, width)
    starts = {start for start, _, _ in split_graphemes(shown)[0]} | {len(shown)}
    for start, end in lines:
        assert cell_len(shown[start:end].rstrip(" ")) <= width
        assert start in starts
    kept = "".join(shown[start:end] for start, end in lines)
    assert kept.replace(" ", "") == shown.replace(" ", "")


def test_chinese_breaks_anywhere_but_before_its_punctuation() -> None:
    text = "界面文字很长，没有空格。"
    lines = [text[a:b] for a, b in wrap(text, 12)]
    assert all(line[0] not in "，。" for line in lines)
    assert all(cell_len(line) <= 12 for line in lines)


@settings(deadline=None)
@given(st.text(), st.integers(1, 40))
def test_a_cut_text_fits_and_ends_between_characters(text: str, width: int) -> None:
    shown = sanitize(text)
    assert cell_width(truncate(shown, width)) <= width


@pytest.mark.parametrize("piece", ["**", "`a ", "[", "*a", "|", "_a ", "~~", "\u0301", "\u200b", "[a](", "a|b\n-|-\n"])
def test_hostile_markdown_takes_no_longer_than_its_length(piece: str) -> None:
    # With a quadratic step anywhere this runs for minutes.
    text = sanitize_for_reading(piece * (FORMATTED // len(piece))).text
    assert sum(len(one.wrap(80)) for one in paragraphs(text)) > 0


class TestBlock:
    def test_a_huge_line_is_shown_in_windows_and_a_place_in_it_is_reached(self) -> None:
        block = Block("x " * 5_000_000 + "needle")
        rows = block.laid_out(80, TextRendering(), 1)
        assert len(rows) <= WINDOW // 40
        assert "more characters" in rows[-1].paragraph.text
        place = len(block.text) - len("needle")
        assert block.show_place(place, TextRendering())
        rows = block.laid_out(80, TextRendering(), 1)
        row = rows[row_of(block, rows, place)]
        (found,) = marks_in_row(row, block, [(place, place + 6)], "hit")
        assert row.paragraph.text[row.start : row.end][found[0] : found[1]] == "needle"

    def test_windows_go_on_and_back(self) -> None:
        block = Block("y" * (WINDOW * 2 + 10))
        assert block.move_window(1, TextRendering())
        assert block.move_window(1, TextRendering())
        assert not block.move_window(1, TextRendering())
        assert block.move_window(-1, TextRendering())

    def test_what_hides_is_left_out_and_counted_or_shown_by_name(self) -> None:
        block = Block("a\u200bb\u202ec", "user", 1)
        assert block.sanitized_text(TextRendering()) == "ab<U+202E>c"
        assert "1 hidden character" in block.head(1)
        assert block.sanitized_text(TextRendering(invisible=True)) == "a<U+200B>b<U+202E>c"

    def test_a_folded_turn_keeps_its_first_lines(self) -> None:
        block = Block("\n".join(f"line {n}" for n in range(50)), "user", 1, folded=True)
        rows = block.laid_out(80, TextRendering(), 1)
        assert len(rows) == 5
        assert "48 more lines" in rows[3].paragraph.text
