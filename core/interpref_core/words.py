"""Words of a text in any language, for comparing texts: not linguistics, but the same word gives the same form."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_CJK = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U0002fa1f]+")
_ENDINGS = ("'s", "’s", "ing", "edly", "ies", "ied", "ers", "ed", "es", "ly", "er", "s")


def words(text: str) -> list[str]:
    """The words of a text in order, in compared form.

    Chinese, Japanese and Korean runs give their pairs of neighbouring characters (a run of one gives that one);
    everything else is lower-cased and loses a common English ending if four letters remain.
    """
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).lower()):
        last = 0
        for run in _CJK.finditer(word):
            if word[last : run.start()]:
                found.append(fold(word[last : run.start()]))
            characters = run.group()
            found += [characters[n : n + 2] for n in range(len(characters) - 1)] or [characters]
            last = run.end()
        if word[last:]:
            found.append(fold(word[last:]))
    return found


def fold(word: str) -> str:
    """A word without a common English ending, so that running and run, hobbies and hobby meet."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word.removesuffix(ending)
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word[-1] in "ey" else word
