"""Does a text give a preference away: word for word, or nearly? (Queries and histories of items should not.)"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from interpref_core.construction.rule_checks import content_words
from interpref_core.text.words import comparison_words

How = Literal["word for word", "nearly"]

_FEWEST = 3  # words that a preference must have to be told nearly
_CHARACTERS = 6  # of a script without spaces, for the same
_ROOM = 6  # words that may stand between those of the preference
_OPENING = re.compile(r"^(?:the|this) user(?:'s)?\s+|^(?:该|这位)?用户")
_ENDS = " .。!！;；,，\"'“”"


class LeakDetector:
    """Looks for one preference in many texts."""

    def __init__(self, preference: str) -> None:
        plain = _plain(preference)
        self._whole = plain
        self._core = _OPENING.sub("", plain).strip(_ENDS)
        self._wanted = set(content_words(preference))
        spaceless = not self._core.isascii() and len(self._core) >= _CHARACTERS
        self._is_long = spaceless or len(self._core.split()) >= _FEWEST

    def found_in(self, text: str) -> How | None:
        """How a text tells the preference, if it does.

        Word for word: the sentence, or three words and more of it after "The user". Nearly: all words that say something,
        close together in any order.
        """
        plain = _plain(text)
        if self._whole and self._whole in plain:
            return "word for word"
        if self._is_long and self._core in plain:
            return "word for word"
        if len(self._wanted) >= _FEWEST and self._close_together(comparison_words(text)):
            return "nearly"
        return None

    def _close_together(self, forms: list[str]) -> bool:
        """Whether all wanted words stand in one window of the text."""
        places = [(place, form) for place, form in enumerate(forms) if form in self._wanted]
        last: dict[str, int] = {}
        for place, form in places:
            last[form] = place
            if len(last) == len(self._wanted) and place - min(last.values()) < len(self._wanted) + _ROOM:
                return True
        return False


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split()).strip(_ENDS)
