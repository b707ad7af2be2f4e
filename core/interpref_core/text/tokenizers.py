"""Tokens of a text, for diversity and lengths: offline by default, cl100k_base (the paper's, Table 5) where it can be had."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    Tokenizer = Callable[[str], Sequence[Hashable]]

TokenizerName = Literal["words", "cl100k_base"]

# Words (of scripts without spaces each character), numbers in threes as cl100k_base cuts them, and every other sign.
_WORDS = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
    r"|\d{1,3}|'(?:s|t|re|ve|m|ll|d)\b|[^\W\d\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf"
    r"\u4e00-\u9fff\uf900-\ufaff]+|[^\w\s]"
)


class NoTokenizer(Exception):
    """A tokenizer that is not here. One line, with the way out."""


def tokenize(text: str) -> list[str]:
    """Words, numbers and signs of a text; needs nothing but this program."""
    return _WORDS.findall(text)


def tokenizer(name: TokenizerName = "words") -> Tokenizer:
    """The tokenizer of that name. Raises NoTokenizer when it is not installed and cannot be loaded."""
    if name == "words":
        return tokenize
    try:
        import tiktoken
    except ImportError:
        raise NoTokenizer(
            f"{name} needs the package tiktoken (pip install tiktoken); --tokenizer words needs nothing"
        ) from None
    try:
        encoding = tiktoken.get_encoding(name)
    except Exception as error:
        raise NoTokenizer(
            f"{name} could not be loaded ({type(error).__name__}); --tokenizer words needs nothing"
        ) from None
    return lambda text: encoding.encode(text, disallowed_special=())
