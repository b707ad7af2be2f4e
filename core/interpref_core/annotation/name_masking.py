"""Responses that name the model behind them break a blind comparison: found here, and hidden on the screen."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "▒"

# Names that mean a model or its maker wherever they stand.
_PLAIN = (
    "chatgpt", "gpt", "openai", "anthropic", "deepmind", "qwen", "tongyi", "通义千问", "通义", "llama-?\\d[\\w.]*", "meta ai",
    "mixtral", "mistral ?ai", "mistral-?\\d\\w*", "deepseek", "chatglm", "zhipu", "智谱", "baichuan", "百川智能", "文心一言",
    "internlm", "moonshot ai", "kimi ai", "vicuna-?\\d\\w*", "hugging ?face", "lmsys", "google ai", "google bard",
)  # fmt: skip

# Names that are ordinary words as well: only where somebody speaks of themselves or of who made them.
_ORDINARY = (
    "claude|gemini|gemma|llama|mistral|bard|alpaca|vicuna|phi|grok|falcon|command r|yi|nova|kimi|meta|google|alibaba|"
    "阿里|百度|腾讯"
)

_SELF = (
    r"(?:\bI(?:['’]m| am| was)|\bmy name is|\bas an?\b|\bas\b|\bcalled\b|"
    r"\b(?:trained|developed|created|made|built|designed|released) (?:by|at)|我是|我叫|作为|由)"
)

_GENERIC = re.compile(r"\b(?:as an? )?(?:AI|large|artificial intelligence) language model\b", re.IGNORECASE)


@lru_cache(maxsize=64)
def _patterns(names: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    own = [re.escape(name) for name in sorted(names, key=len, reverse=True)]
    plain = "|".join([*own, *(f"{name}(?:[- ]?\\d[\\w.-]*)?" for name in _PLAIN)])
    # Between "I am" and the name there may be a few words: "a helpful assistant called".
    ordinary = f"{_SELF}(?:[ ,:]*(?:[\\w'’-]+[ ,:]+){{0,3}}?)[ ,:]*({_ORDINARY})(?![A-Za-z0-9])"
    return (
        re.compile(f"(?<![A-Za-z0-9])({plain})(?![A-Za-z0-9])", re.IGNORECASE),
        re.compile(ordinary, re.IGNORECASE),
    )


def model_name_aliases(models: Iterable[str]) -> tuple[str, ...]:
    """What to look for besides the usual names: the studied models' own, whole and without provider, path or ending."""
    found: set[str] = set()
    for model in models:
        last = model.rpartition("/")[2].removesuffix(".gguf")
        found |= {name for name in (model, last, last.replace("-", " ")) if len(name) >= 4 and not name.isdigit()}
    return tuple(sorted(found))


def model_name_spans(text: str, names: tuple[str, ...] = ()) -> list[tuple[int, int]]:
    """Where a text names a model or its maker: start and end of each name, in order."""
    found = sorted({match.span(1) for pattern in _patterns(names) for match in pattern.finditer(text)})
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def mask_model_names(text: str, names: tuple[str, ...] = ()) -> tuple[str, int]:
    """The text with every such name hidden, as long as it was, and how many were hidden."""
    found = model_name_spans(text, names)
    for start, end in reversed(found):
        text = text[:start] + MASK * (end - start) + text[end:]
    return text, len(found)


def speaks_as_model(text: str) -> bool:
    """Whether a text calls itself a language model, which hides nothing but is worth a flag."""
    return _GENERIC.search(text) is not None
