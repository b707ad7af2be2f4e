"""Words to mark while reading: those that differ between two responses, and those that a preference is about."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from interpref_core.text.words import stem

Span = tuple[int, int]

_LARGEST = 4_000_000  # product of lengths in words up to which texts are aligned; beyond, words are only looked up

# Words one by one; scripts that put no space between words, character by character.
_WORD = re.compile(
    "[\u0e01-\u0eff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
    "|(?:(?![\u0e01-\u0eff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff])[^\\W_])+(?:['’]\\w+)?"
)

# What a preference says of every user; none of it is what the preference is about.
_COMMON_WORDS = """
    a an and are as at be been but by can does dont for from had has have he her his i if in into is it its
    like likes loves love enjoys enjoy more most my no nor not of often on or our out over prefer prefers preferring
    preference rather she should so some than that the their them there they this to too up user users usually very wants
    want was were when who which while with would you your
"""
_COMMON = frozenset(stem(word) for word in _COMMON_WORDS.split()) | set(
    "用户喜欢的是不在有和了一个更偏好对于与为以及他她们这那也都很会"
)


def word_spans(text: str) -> list[tuple[str, Span]]:
    """The words of a text in compared form, each with where it stands."""
    return [(stem(match.group().casefold().replace("’", "'")), match.span()) for match in _WORD.finditer(text)]


def word_diff(one: str, other: str) -> tuple[list[Span], list[Span]]:
    """Where two texts differ, word by word: the spans in each that the other does not have there."""
    first, second = word_spans(one), word_spans(other)
    forms_a, forms_b = [form for form, _ in first], [form for form, _ in second]
    if len(first) * len(second) > _LARGEST:
        known_a, known_b = set(forms_a), set(forms_b)
        return (
            [span for form, span in first if form not in known_b],
            [span for form, span in second if form not in known_a],
        )
    matcher = SequenceMatcher(None, forms_a, forms_b, autojunk=False)
    in_one: list[Span] = []
    in_other: list[Span] = []
    for kind, a, a_end, b, b_end in matcher.get_opcodes():
        if kind != "equal":
            in_one += [span for _, span in first[a:a_end]]
            in_other += [span for _, span in second[b:b_end]]
    return in_one, in_other


def words_of_preference(preference: str) -> set[str]:
    """What a preference is about: its words in compared form, without those that every preference has."""
    return {form for form, _ in word_spans(preference)} - _COMMON


def find_preference_words(text: str, preference: str) -> list[Span]:
    """Where a text uses words of a preference."""
    wanted = words_of_preference(preference)
    return [span for form, span in word_spans(text) if form in wanted]
