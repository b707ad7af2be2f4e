"""A text that shows a preference is not one that tells it."""

from __future__ import annotations

import pytest

from interpref_core.construction.answer_parsing import UnreadableAnswer
from interpref_core.construction.leakage import LeakDetector
from interpref_core.construction.preservation import read_notes, read_same


@pytest.mark.parametrize(
    ("preference", "text", "how"),
    [
        ("The user is a retired postman.", "Note: the user is a RETIRED postman!", "word for word"),
        (
            "The user prefers trains over planes on trips.",
            "my aunt prefers trains over planes on trips too",
            "word for word",
        ),
        ("The user keeps bees on the roof of a school.", "On our school's roof we keep bees, you know.", "nearly"),
        ("用户喜欢在阳台上种番茄。", "我喜欢在阳台上种番茄，怎么施肥？", "word for word"),
        ("The user keeps bees on the roof of a school.", "How much honey does one hive give in a year?", None),
        ("The user likes tea.", "I like tea", None),  # too short to be told from what it shows
        (
            "The user keeps bees on the roof of a school.",
            f"Our school {'is fine and ' * 12} has a roof. {'So. ' * 20} Bees!",
            None,
        ),
        ("", "", None),
        ("The user keeps bees on the roof of a school.", "", None),
    ],
)
def test_word_for_word_nearly_or_not_at_all(preference: str, text: str, how: str | None) -> None:
    assert LeakDetector(preference).found_in(text) == how


def test_notes_and_the_one_that_says_it_are_read() -> None:
    assert read_notes('```json\n{"preferences": ["The user likes tea.", " "]}\n```') == ["The user likes tea."]
    assert read_notes("- The user likes tea.\n- The user is old.") == ["The user likes tea.", "The user is old."]
    assert read_same('{"note": "2"}', ["a", "b"]) == 2
    assert read_same('Sure: {"note": 0}', ["a", "b"]) == 0
    for wrong in ("", '{"note": 3}', '{"note": -1}', "none", '{"note": null}'):
        with pytest.raises(UnreadableAnswer):
            read_same(wrong, ["a", "b"])
