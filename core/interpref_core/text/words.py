"""Words of a text in any language, for comparing texts: not linguistics, but the same word gives the same form."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Scripts that put no space between words: Han, kana and Hangul, Thai and Lao, Burmese, Khmer.
_SPACELESS = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_VOWEL = re.compile("[aeiouy]")
_SHORT = re.compile("[^aeiou]+[aeiouy][^aeiouwxy]")  # the stem of hiking or baking, which has lost an e

_ORDINARY = 40  # letters of a word
_WORDS = 1 << 15  # forms kept in mind


@cache
def _word() -> re.Pattern[str]:
    """Letters and digits with their combining marks (vowel signs of Indic scripts, points of Arabic and Hebrew)."""
    marks = "".join(
        character for character in map(chr, range(0x300, 0x1E00)) if unicodedata.category(character)[0] == "M"
    )
    one = f"[^\\W_]+(?:[{marks}]+[^\\W_]*)*"
    return re.compile(f"{one}(?:'{one})?")


def comparison_words(text: str) -> list[str]:
    """The words of a text in order, in compared form.

    Scripts without spaces give their pairs of neighbouring characters (a run of one gives that one) and, for Han,
    the single characters too, which often are words of their own; everything else is case-folded and loses a common
    English ending (see `fold`).
    """
    plain = _plain(text)
    if plain.isascii():
        return list(map(_FOLDED.__getitem__, _word().findall(plain)))
    return [form for form, _ in words_with_spelling(text)]


def _plain(text: str) -> str:
    """A text as words are looked for in it."""
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def words_with_spelling(text: str) -> list[tuple[str, str]]:
    """The words of a text as `words` gives them, each with how it is spelled there (in small letters)."""
    found: list[tuple[str, str]] = []
    plain = _plain(text)
    for word in _word().findall(plain):
        if word.isascii():
            found.append((stem(word), word))
            continue
        last = 0
        for run in _SPACELESS.finditer(word):
            if before := word[last : run.start()]:
                found.append((stem(before), before))
            found += [(gram, gram) for gram in _grams(run.group())]
            last = run.end()
        if after := word[last:]:
            found.append((stem(after), after))
    return found


def _grams(run: str) -> list[str]:
    if len(run) == 1:
        return [run]
    return [run[n : n + 2] for n in range(len(run) - 1)] + _HAN.findall(run)


def stem(word: str) -> str:
    """A word without common English endings, so that run and running, hike and hiking, hobby and hobbies meet."""
    return _FOLDED[word]


class _Folded(dict[str, str]):
    """Forms by word: texts say the same words over and over. What is longer than a word is not kept in mind."""

    def __missing__(self, word: str) -> str:
        form = _fold(word)
        if len(word) <= _ORDINARY:
            if len(self) >= _WORDS:
                self.clear()
            self[word] = form
        return form


_FOLDED = _Folded()


def _fold(word: str) -> str:
    word = _verb_form(_singular(word.removesuffix("'s")))
    if len(word) > 4 and word[-1] == "e":
        return word[:-1]
    if len(word) > 3 and word[-1] == "y" and word[-2] not in "aeiou":
        return word[:-1] + "i"
    return word


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith(("ies", "ied")):
        return word[:-2]
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word[-1] == "s" and word[-2] not in "sui'":
        return word[:-1]
    return word


def _verb_form(word: str) -> str:
    """Without -ing, -ed, -ly or -er, as far as a stem is left that can stand."""
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and _VOWEL.search(stem) and not word.endswith("eed"):
            if stem[-1] == stem[-2] and stem[-1] not in "aeiouls":
                return stem[:-1]
            return f"{stem}e" if _SHORT.fullmatch(stem) else stem
    for ending, least in (("ly", 4), ("er", 5)):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= least:
            return stem
    return word
