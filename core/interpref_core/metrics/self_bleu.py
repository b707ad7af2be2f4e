"""Self-BLEU of a set of texts (Zhu et al. 2018; the paper's Table 5): how alike they are, exactly as nltk computes BLEU.

Each text is a hypothesis against all others. BLEU clips an n-gram's count by the largest count among the references, which
for all texts but one is the largest of all and for that one the second largest: so every n-gram is counted once, and the
two largest counts are kept, instead of comparing each text with each other one.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

ORDERS = (1, 2, 3, 4)
_TRUE = np.array([True])


@dataclass(frozen=True, slots=True)
class SelfBleu:
    """BLEU-n of a corpus against itself for n = 1-4 (uniform weights up to n), and their mean, as the paper averages them.

    With sampling, means over `repeats` samples of `sample` texts; `low` and `high` hold 95 % of the samples' means.
    """

    orders: tuple[float, ...]
    mean: float
    texts: int
    sample: int
    repeats: int
    tokens: int | None
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "mean": self.mean,
            "orders": {str(n): value for n, value in zip(ORDERS, self.orders, strict=True)},
            "mean_2_to_4": sum(self.orders[1:]) / 3,
            "low": self.low,
            "high": self.high,
            "texts": self.texts,
            "sample": self.sample,
            "repeats": self.repeats,
            "tokens": self.tokens,
        }


def self_bleu(texts: Sequence[Sequence[Hashable]]) -> SelfBleu:
    """Self-BLEU of tokenized texts, all of them. Raises ValueError for fewer than two."""
    if len(texts) < 2:
        raise ValueError("self-BLEU needs two texts or more")
    orders = _bleu(*_encode_tokens(texts))
    return SelfBleu(orders, sum(orders) / len(orders), len(texts), len(texts), 1, None)


def sampled_self_bleu(
    texts: Sequence[Sequence[Hashable]], *, sample: int = 100, tokens: int = 580, repeats: int = 100, seed: int = 0
) -> SelfBleu:
    """The paper's setting (Appendix B): `repeats` times `sample` texts without repetition, each cut to `tokens`, averaged.

    With no more than `sample` texts all of them are taken, once.
    """
    if len(texts) < 2:
        raise ValueError("self-BLEU needs two texts or more")
    codes, lengths = _encode_tokens([text[:tokens] for text in texts])
    ends = np.cumsum(lengths)
    if len(texts) <= sample:
        orders = _bleu(codes, lengths)
        return SelfBleu(orders, sum(orders) / len(orders), len(texts), len(texts), 1, tokens)
    generator = np.random.default_rng(seed)
    parts = np.split(codes, ends[:-1])
    found = np.empty((repeats, len(ORDERS)))
    for number in range(repeats):
        chosen = generator.choice(len(texts), sample, replace=False)
        taken = np.concatenate([parts[n] for n in chosen])
        dense = np.unique(taken, return_inverse=True)[1].astype(np.int64)
        found[number] = _bleu(dense, lengths[chosen])
    means = found.mean(axis=1)
    low, high = (float(one) for one in np.quantile(means, [0.025, 0.975]))
    orders = tuple(float(one) for one in found.mean(axis=0))
    return SelfBleu(orders, float(means.mean()), len(texts), sample, repeats, tokens, low, high)


def _encode_tokens(texts: Sequence[Sequence[Hashable]]) -> tuple[Ints, Ints]:
    """All tokens as numbers from 0, one text after the other, and the length of each text."""
    known: dict[Hashable, int] = {}
    codes = [known.setdefault(token, len(known)) for text in texts for token in text]
    return np.array(codes, np.int64), np.array([len(text) for text in texts], np.int64)


def _bleu(codes: Ints, lengths: Ints) -> tuple[float, ...]:
    """Corpus BLEU-1 to BLEU-4 of each text against all others, as nltk's `corpus_bleu` without smoothing."""
    penalty = _brevity(lengths)
    precisions: list[tuple[int, int]] = []
    text_of = np.repeat(np.arange(len(lengths)), lengths)
    # How many tokens there are from here to the end of the text: where an n-gram can begin.
    place_of = np.arange(len(codes))
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(codes))
    grams = codes
    vocabulary = int(codes.max(initial=0)) + 1
    size = vocabulary
    for n in ORDERS:
        if n > 1:
            # One more token: the gram that begins here, and the token that follows it.
            fits = left[place_of] >= n
            place_of, grams = place_of[fits], grams[fits]
            if size * vocabulary * len(lengths) * 2 >= 2**62:
                grams = np.unique(grams, return_inverse=True)[1].astype(np.int64)
                size = int(grams.max(initial=0)) + 1
            grams = grams * vocabulary + codes[place_of + n - 1]
            size *= vocabulary
        precisions.append(_count_clipped_matches(grams, text_of[place_of], lengths, n))
    return tuple(_score(precisions[:n], penalty) for n in ORDERS)


def _count_clipped_matches(grams: Ints, place: Ints, lengths: Ints, n: int) -> tuple[int, int]:
    """Clipped matches and n-grams, summed over all texts; a text too short for any counts one n-gram, as in nltk."""
    total = int(np.maximum(1, lengths - n + 1).sum())
    if not len(grams):
        return 0, total
    bits = int(len(lengths) - 1).bit_length()
    keys = np.sort((grams << bits) | place)
    gram = keys >> bits
    change = np.concatenate([_TRUE, gram[1:] != gram[:-1], _TRUE])
    # An n-gram that occurs once is matched by nothing: most are gone before the counting begins.
    again = ~(change[1:] & change[:-1])
    keys, gram = keys[again], gram[again]
    if not len(keys):
        return 0, total
    first = np.flatnonzero(np.concatenate([_TRUE, keys[1:] != keys[:-1]]))
    counts = np.diff(first, append=len(keys))
    gram = gram[first]
    starts = np.flatnonzero(np.concatenate([_TRUE, gram[1:] != gram[:-1]]))
    texts = np.diff(starts, append=len(gram))
    largest = np.maximum.reduceat(counts, starts)
    is_largest = counts == np.repeat(largest, texts)
    second = np.maximum.reduceat(np.where(is_largest, 0, counts), starts)
    alone = np.add.reduceat(is_largest, starts, dtype=np.int64) == 1
    # Every text's counts are within the largest; only where one text alone has it is it cut, to the second largest.
    return int(counts.sum() - (largest - second)[alone].sum()), total


def _brevity(lengths: Ints) -> float:
    """nltk's penalty: of each text the closest length among the others (the shorter of two), summed."""
    ordered = np.sort(lengths)
    closest = 0
    for length in lengths.tolist():
        at = int(np.searchsorted(ordered, length))
        # Its own length stands at `at`: the neighbours are the candidates.
        near = [int(ordered[one]) for one in (at - 1, at + 1) if 0 <= one < len(ordered)]
        closest += min(near, key=lambda other: (abs(other - length), other))
    total = int(lengths.sum())
    if total > closest:
        return 1.0
    return math.exp(1 - closest / total) if total else 0.0


def _score(precisions: Sequence[tuple[int, int]], penalty: float) -> float:
    if not precisions[0][0]:
        return 0.0
    # Without smoothing a precision of 0 counts as the smallest number that there is.
    logs = (math.log(found / total) if found else math.log(sys.float_info.min) for found, total in precisions)
    return penalty * math.exp(math.fsum(one / len(precisions) for one in logs))
