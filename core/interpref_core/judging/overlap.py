"""A judge with no model: it decides by the words that a response shares with one preference and not with the other."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from interpref_core.judging.verdict_parsing import ParsedVerdict
from interpref_core.text.words import comparison_words, words_with_spelling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interpref_core.records.base import CaseLabel, Choice

# Words that say nothing about what is preferred: those of the frame "The user prefers ...".
FRAME = frozenset(
    comparison_words(
        "The user is has a an to of and or in on for with their his her they who likes prefers enjoys 用户喜欢"
    )
)
_ALMOST = 1e-9
_REMEMBERED = 4096  # texts whose words are kept: the four orders of an item ask for the same ones


class OverlapJudge:
    """Weighs each word by its inverse document frequency over the texts it was made from; any language, instant, offline.

    It treats both sides alike, so its four orders always agree: an item passes (LRRL), is inverted (RLLR), or is not
    known (DDDD). A floor for other judges: it sees shared words and nothing else.
    """

    name = "overlap"

    def __init__(self, documents: int, frequency: Counter[str]) -> None:
        self._documents = documents
        self._frequency = frequency
        self._cache: dict[str, dict[str, str]] = {}

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> OverlapJudge:
        """A judge whose weights come from these texts (a study's responses and preferences)."""
        frequency: Counter[str] = Counter()
        documents = 0
        for text in texts:
            documents += 1
            frequency.update(set(comparison_words(text)))
        return cls(documents, frequency)

    def weight(self, word: str) -> float:
        """Inverse document frequency, smoothed; 0 for a word of every text, largest for one of none."""
        return math.log((1 + self._documents) / (1 + self._frequency.get(word, 0)))

    def decide(self, personas: tuple[str | None, str | None], responses: tuple[str, str]) -> ParsedVerdict:
        """Which response belongs to persona 1: the one that shares more of persona 1's own words than of persona 2's.

        The evidence of each response is the weight of the words shared only with persona 1 minus that of the words
        shared only with persona 2; the larger one is persona 1's. "Don't know" when they are equal. Words that both
        responses have count for neither. A persona of None is no particular preference and has no words.
        """
        first, second = (self._words(text or "").keys() - FRAME for text in personas)
        left, right = (self._words(text) for text in responses)
        only_left, only_right = left.keys() - right.keys(), right.keys() - left.keys()
        for_left = (first - second) & only_left, (second - first) & only_right
        for_right = (first - second) & only_right, (second - first) & only_left
        difference = math.fsum(self.weight(word) for group in for_left for word in group) - math.fsum(
            self.weight(word) for group in for_right for word in group
        )
        choice: Choice = "Don't know"
        if abs(difference) > _ALMOST:
            choice = "Left" if difference > 0 else "Right"
        label: CaseLabel = "irrelevant" if choice == "Don't know" else "direct content"
        reasoning = _describe_words(for_left, for_right, choice, {**left, **right})
        return ParsedVerdict(choice, reasoning, label, "overlap")

    def _words(self, text: str) -> dict[str, str]:
        """The words of a text, each with its first spelling there."""
        found = self._cache.get(text)
        if found is None:
            found = {}
            for form, spelling in words_with_spelling(text):
                found.setdefault(form, spelling)
            if len(self._cache) >= _REMEMBERED:
                self._cache.clear()
            self._cache[text] = found
        return found


def _describe_words(
    for_left: tuple[set[str], set[str]], for_right: tuple[set[str], set[str]], choice: Choice, spellings: dict[str, str]
) -> str:
    """The words behind a decision, by where they were found."""
    parts = []
    for name, ours, theirs in (("Left", for_left[0], for_right[1]), ("Right", for_right[0], for_left[1])):
        for persona, shared in ((1, ours), (2, theirs)):
            if shared:
                listed = ", ".join(sorted(spellings[word] for word in shared))
                parts.append(f"only {name} shares with persona {persona}: {listed}")
    if not parts:
        return "No word of either preference occurs in only one of the responses."
    if choice == "Don't know":
        parts.append("they weigh the same")
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}."
