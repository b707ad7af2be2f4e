"""Which words to mark in texts that stand beside each other. No widgets here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interpref_core.text.word_diff import find_preference_words, word_diff

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interpref_tui.text.wrapping import Span


@dataclass(slots=True)
class Highlights:
    """Spans by the number of the text within its pane."""

    different: Mapping[int, list[Span]] = field(default_factory=dict)
    preference: Mapping[int, list[Span]] = field(default_factory=dict)


def marks_of(
    texts: Sequence[Sequence[str]], partners: Sequence[int | None], preferences: Sequence[str | None]
) -> list[Highlights]:
    """What to mark in each pane's texts: what differs from its partner's (single texts only), and its preference's words.

    One partner of the two suffices; both get their marks.
    """
    found = [Highlights() for _ in texts]
    for one, other in enumerate(partners):
        if other is None or len(texts[one]) != 1 or len(texts[other]) != 1 or found[one].different:
            continue
        first, second = word_diff(texts[one][0], texts[other][0])
        found[one].different, found[other].different = {0: first}, {0: second}
    for marks, pane, preference in zip(found, texts, preferences, strict=True):
        if preference:
            marks.preference = {number: find_preference_words(text, preference) for number, text in enumerate(pane)}
    return found
