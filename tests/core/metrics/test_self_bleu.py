"""Self-BLEU is what nltk computes, at the paper's setting too."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.translate.bleu_score import corpus_bleu

from interpref_core.metrics.self_bleu import sampled_self_bleu, self_bleu
from interpref_core.text.tokenizers import NoTokenizer, tokenize, tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def oracle(texts: Sequence[Sequence[int]]) -> list[float]:
    others = [[list(one) for place, one in enumerate(texts) if place != number] for number in range(len(texts))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [corpus_bleu(others, [list(one) for one in texts], weights=(1 / n,) * n) for n in (1, 2, 3, 4)]


@given(st.lists(st.lists(st.integers(0, 5), max_size=12), min_size=2, max_size=7))
def test_as_nltk(texts: list[list[int]]) -> None:
    assert self_bleu(texts).orders == pytest.approx(oracle(texts), rel=1e-9, abs=1e-300)


@given(st.lists(st.lists(st.integers(0, 400), min_size=20, max_size=60), min_size=2, max_size=5))
def test_as_nltk_with_many_words(texts: list[list[int]]) -> None:
    assert self_bleu(texts).orders == pytest.approx(oracle(texts), rel=1e-9, abs=1e-300)


def test_many_words_and_texts_do_not_overflow() -> None:
    """Codes of four words from a million do not fit into 64 bits: they are numbered anew."""
    generator = np.random.default_rng(0)
    texts = [[*generator.integers(0, 2000000, 50).tolist(), 7, 8, 9, 10, 11] for _ in range(40)]
    assert self_bleu(texts).orders == pytest.approx(oracle(texts), rel=1e-9)


def test_identical_texts_are_as_alike_as_can_be() -> None:
    found = self_bleu([list("abcdefg")] * 3)
    assert found.orders == pytest.approx((1, 1, 1, 1))
    assert found.mean == pytest.approx(1)


def test_one_text_is_none() -> None:
    with pytest.raises(ValueError, match="two texts"):
        self_bleu([["a"]])


def test_samples_are_reproducible_and_around_the_whole() -> None:
    generator = np.random.default_rng(3)
    texts = [generator.zipf(1.4, 200).tolist() for _ in range(60)]
    one = sampled_self_bleu(texts, sample=30, tokens=100, repeats=20, seed=5)
    assert one == sampled_self_bleu(texts, sample=30, tokens=100, repeats=20, seed=5)
    assert one.low is not None
    assert one.high is not None
    assert one.low <= one.mean <= one.high
    whole = sampled_self_bleu(texts, sample=60, tokens=100)
    assert whole.repeats == 1
    assert whole.orders == pytest.approx(oracle([text[:100] for text in texts]), rel=1e-9)


def test_the_published_histories(shared_data: Path) -> None:
    """Our reading of Appendix B: 0.568 over n = 1-4 and 0.472 over n = 2-4 with cl100k_base; with words it is close by."""
    histories = json.loads((shared_data / "published" / "history_map.json").read_text(encoding="utf-8"))
    texts = [tokenize("\n".join(side for turn in turns for side in turn)) for turns in histories.values()]
    found = sampled_self_bleu(texts, repeats=10)
    assert len(texts) == 1214
    assert found.mean == pytest.approx(0.568, abs=0.06)
    assert sum(found.orders[1:]) / 3 == pytest.approx(0.472, abs=0.06)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't stop: 12345!", ["Don", "'t", "stop", ":", "123", "45", "!"]),
        ("我喜欢茶", ["我", "喜", "欢", "茶"]),
        ("naïve café_au", ["naïve", "café_au"]),
        ("", []),
    ],
)
def test_words(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


def test_a_tokenizer_that_is_not_there_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "tiktoken", None)
    with pytest.raises(NoTokenizer, match="pip install tiktoken"):
        tokenizer("cl100k_base")
