"""Whatever a model answers: every turn of the user is in exactly one chunk, and no chunk has another's turns."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from interpref_core.construction.chunks import (
    LEFT_OUT,
    SHORT,
    ExtractedPreference,
    WindowChunk,
    clip_to_window,
    merge_windows,
    positions,
)
from interpref_core.construction.windows import Span, Window, render_dialogue, windows


def covered(spans: list[Span]) -> list[int]:
    return [turn for span in spans for turn in range(span.first, span.last + 1)]


@st.composite
def answered(draw: st.DrawFn, most: int = 60) -> tuple[list[tuple[Span, list[WindowChunk]]], int]:
    """Windows over a history, each with what a model may have made of it: right, wrong, overlapping, beside it, nothing."""
    total = draw(st.integers(1, most))
    lengths = draw(st.lists(st.integers(0, 300), min_size=total, max_size=total))
    window = Window(
        turns=draw(st.integers(2, 20)), overlap=draw(st.integers(0, 10)), characters=draw(st.integers(50, 2_000)),
        turn_characters=draw(st.integers(20, 400)),
    )  # fmt: skip
    read = []
    for span in windows(lengths, window):
        number = st.integers(span.first - 5, span.last + 5)
        given_pieces = []
        for first, last, topic in draw(st.lists(st.tuples(number, number, st.text(max_size=3)), max_size=8)):
            low, high = min(first, last), max(first, last)
            turns = tuple(range(low, high + 1))
            given_pieces.append(
                WindowChunk(Span(low, high), topic, (ExtractedPreference("profile", f"{topic}{low}-{high}", turns),))
            )
        read.append((span, clip_to_window(given_pieces, span)))
    return read, total


@given(
    st.lists(st.integers(0, 5_000), min_size=1, max_size=200), st.integers(1, 40), st.integers(0, 20),
    st.integers(100, 10_000),
)  # fmt: skip
def test_windows_cover_every_turn_and_only_neighbours_share(
    lengths: list[int], turns: int, overlap: int, characters: int
) -> None:
    found = windows(lengths, Window(turns=turns, overlap=overlap, characters=characters, turn_characters=1_000))
    assert sorted(set(covered(found))) == list(range(1, len(lengths) + 1))
    assert all(len(span) <= turns for span in found)
    for one, following in itertools.pairwise(found):
        assert one.first < following.first <= one.last + 1
        assert one.last < following.last
    for one, after_next in zip(found, found[2:], strict=False):
        assert one.last < after_next.first


@given(answered())
def test_a_tidied_answer_covers_its_window_once(answer: tuple[list[tuple[Span, list[WindowChunk]]], int]) -> None:
    for span, pieces in answer[0]:
        assert covered([piece.span for piece in pieces]) == list(range(span.first, span.last + 1))


@settings(max_examples=150)
@given(answered())
def test_every_turn_is_in_exactly_one_chunk_and_no_preference_has_a_turn_of_another(
    answer: tuple[list[tuple[Span, list[WindowChunk]]], int],
) -> None:
    read, total = answer
    chunks = merge_windows(read)
    assert covered([chunk.span for chunk in chunks]) == list(range(1, total + 1))
    pieces = [piece for _, given_pieces in read for piece in given_pieces]
    for chunk in chunks:
        for found in chunk.found:
            assert found.turns
            assert all(turn in chunk.span for turn in found.turns)
            # A turn shows a preference only if some window's answer said so of this very turn.
            for turn in found.turns:
                assert any(
                    turn in piece.span and any(one.text == found.text and turn in one.turns for one in piece.found)
                    for piece in pieces
                )
        if chunk.ignored is None:
            assert len(chunk.span) >= 3


def test_a_history_of_5000_turns_gets_its_topics_back_wherever_the_windows_end() -> None:
    """A perfect reader, whose chunks at the border of a window are cut off: merged, each topic is one chunk again."""
    sizes = [3 + (7 * n) % 23 for n in range(400)]
    topics: list[Span] = []
    for size in sizes:
        first = topics[-1].last + 1 if topics else 1
        if first > 2_500:
            break
        topics.append(Span(first, min(first + size - 1, 2_500)))
    lengths = [100 + n % 900 for n in range(2_500)]
    read = []
    for span in windows(lengths, Window()):
        seen = [
            WindowChunk(Span(max(topic.first, span.first), min(topic.last, span.last)), f"topic {number}")
            for number, topic in enumerate(topics)
            if topic.first <= span.last and topic.last >= span.first
        ]
        read.append((span, clip_to_window(seen, span)))
    chunks = merge_windows(read)
    assert [chunk.span for chunk in chunks] == topics
    assert [chunk.topic for chunk in chunks] == [f"topic {number}" for number in range(len(topics))]
    # In the history the user's turns are 1, 3, 5, ...: 5,000 turns in all, every one in one chunk.
    asked = list(range(1, 5_000, 2))
    places = positions(chunks, asked, 5_000)
    assert places[0][0] == 1
    assert places[-1][1] == 5_000
    assert all(end + 1 == start for (_, end), (start, _) in itertools.pairwise(places))


def test_short_and_forgotten_stretches_are_chunks_that_say_why_they_are_ignored() -> None:
    window = Span(1, 10)
    answer = [
        WindowChunk(Span(2, 3), "short"),
        WindowChunk(Span(6, 9), "long", (ExtractedPreference("format", "x", (6, 12)),)),
    ]
    chunks = merge_windows([(window, clip_to_window(answer, window))])
    assert [(chunk.span.first, chunk.span.last, chunk.ignored) for chunk in chunks] == [
        (1, 1, LEFT_OUT),
        (2, 3, SHORT),
        (4, 5, LEFT_OUT),
        (6, 9, None),
        (10, 10, LEFT_OUT),
    ]
    assert chunks[3].found == (ExtractedPreference("format", "x", (6,)),)


def test_a_chunk_across_a_seam_is_one_with_what_both_windows_saw() -> None:
    first, second = Span(1, 10), Span(7, 16)
    earlier = clip_to_window(
        [WindowChunk(Span(4, 10), "tea", (ExtractedPreference("profile", "likes tea", (5, 9)),))], first
    )
    later = clip_to_window(
        [
            WindowChunk(
                Span(7, 13),
                "tea",
                (ExtractedPreference("profile", "likes tea", (12,)), ExtractedPreference("format", "short", (13,))),
            )
        ],
        second,
    )
    chunks = [chunk for chunk in merge_windows([(first, earlier), (second, later)]) if chunk.topic]
    assert [(chunk.span.first, chunk.span.last) for chunk in chunks] == [(4, 13)]
    # Turn 9 lies after the seam (9): there the later window speaks, which does not say it of that turn.
    assert chunks[0].found == (
        ExtractedPreference("profile", "likes tea", (5, 12)),
        ExtractedPreference("format", "short", (13,)),
    )


def test_the_dialogue_shows_the_numbers_of_the_history_and_cuts_long_turns() -> None:
    turns = ["one\nline", "x" * 5_000, "three"]
    text = render_dialogue(turns, Span(2, 3), Window(turn_characters=100))
    assert text.splitlines()[0].startswith("[Dialog 2] xxx")
    assert len(text.splitlines()[0]) < 130
    assert text.splitlines()[1] == "[Dialog 3] three"
