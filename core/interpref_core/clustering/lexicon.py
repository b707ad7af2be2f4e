"""What the offline vectors know of words: which tell nothing, which turn a sentence around, which mean the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from interpref_core.system.user_files import parse_toml
from interpref_core.text.words import stem, words_with_spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

FILE = "same_words.toml"
_NOT_ONLY = re.compile(r"\bnot\s+(?:only|just)\b|不仅|不光|不但")
# Chinese words that begin with "not" and turn nothing around.
_NOT_OPPOSITE = re.compile("不(?=错|同|断|仅|光|但|过|久|少|管|论|锈|动产|足)")
_KEPT = "\ue000"  # stands for a "not" that is none


class LexiconError(Exception):
    """A word list that cannot be used; one line that names the file."""


@dataclass(frozen=True, slots=True)
class AnalyzedText:
    """A text taken apart: its telling words in order, as (class or word, word), and whether it speaks against."""

    telling: tuple[tuple[str, str], ...]
    against: bool


class Lexicon:
    """The three lists, made ready. English words are compared folded, phrases and Chinese words as they stand."""

    def __init__(self, everywhere: Iterable[str], opposite: Iterable[str], same: Iterable[Sequence[str]]) -> None:
        self._classes: dict[str, str] = {}
        roles: dict[str, str] = {}
        for line in same:
            for word in line:
                self._classes.setdefault(_key(word), line[0])
                roles.setdefault(_key(word), "same")
        for word in everywhere:
            roles[_key(word)] = "everywhere"
        for word in opposite:
            roles[_key(word)] = "opposite"
        self._roles = roles
        phrases = sorted((word for word in roles if _is_phrase(word)), key=lambda word: (-len(word), word))
        self._phrases = re.compile("|".join(map(_pattern, phrases)) or r"(?!)")

    def take_apart(self, text: str) -> AnalyzedText:
        """The telling words of a text. Where everything is said everywhere, all words tell."""
        plain = _NOT_OPPOSITE.sub(_KEPT, _NOT_ONLY.sub(" ", text.casefold().replace("’", "'")))
        telling: list[tuple[str, str]] = []
        every: list[tuple[str, str]] = []
        against = False
        last = 0
        pieces: list[tuple[str, bool]] = []
        for found in self._phrases.finditer(plain):
            pieces += [(plain[last : found.start()], False), (found.group(), True)]
            last = found.end()
        pieces.append((plain[last:], False))
        for piece, phrase in pieces:
            words = [_key(piece)] if phrase else self._words(piece)
            for word in words:
                role = self._roles.get(word)
                against ^= role == "opposite" and (phrase or word.isascii())
                entry = (self._classes.get(word, word), word)
                every.append(entry)
                if role not in ("everywhere", "opposite"):
                    telling.append(entry)
        return AnalyzedText(tuple(telling or every), against)

    def tells(self, word: str) -> bool:
        """Whether a word, in compared form, is none that any preference may have."""
        return self._roles.get(word) not in ("everywhere", "opposite")

    def _words(self, piece: str) -> list[str]:
        return [word for word, _ in words_with_spelling(piece.replace(_KEPT, "不"))]


def _is_phrase(word: str) -> bool:
    return not word.isascii() or " " in word


def _pattern(word: str) -> str:
    pattern = re.escape(word).replace(r"\ ", r"[\s-]+")
    return pattern if not word.isascii() else rf"\b{pattern}\b"


def _key(word: str) -> str:
    """A word as it is compared: phrases with spaces instead of hyphens, single English words folded."""
    plain = " ".join(word.casefold().replace("-", " ").split())
    return plain if " " in plain or not plain.isascii() else stem(plain)


@cache
def lexicon(folder: Path | None = None) -> Lexicon:
    """The word lists: the folder's where it has them, else ours. Raises LexiconError."""
    path = folder / FILE if folder else None
    try:
        if path is not None and path.is_file():
            text = path.read_text(encoding="utf-8-sig")
        else:
            path, text = None, (files("interpref_core.clustering") / FILE).read_text(encoding="utf-8")
        data = parse_toml(text)
        return Lexicon(
            [*data.get("everywhere", ()), *data.get("everywhere_zh", ())],
            [*data.get("opposite", ()), *data.get("opposite_zh", ())],
            data.get("same", ()),
        )
    except (OSError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise LexiconError(f"the word list {path or FILE} cannot be used: {' '.join(str(error).split())}") from None
