"""Vectors of texts whose cosine says how alike two preferences are: without a model from their words, or from a model.

Without a model, what is alike is what shares words (TF-IDF over words, pairs of neighbours and the inside of words); words
for the same thing are known from a list only. A text that speaks against something is unlike one that speaks for it, and
two texts of the same words but for one place ("skilled in Python", "skilled in Stata") are contrasted, not repeated: pairs
of a preference and its counterpart often look so.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from interpref_core.clustering.lexicon import lexicon

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy import ndarray

    from interpref_core.clustering.lexicon import AnalyzedText, Lexicon

OFFLINE = "offline"
OFFLINE_VERSION = "1"  # of how texts become features: a study says which vectors its clusters were made from
# Of the distance 1 - cosine, for the offline vectors: in our own sets nothing is wrongly together there, and 94 % of what
# belongs together is.
DEFAULT_THRESHOLD = 0.5
MODEL_THRESHOLD = 0.25  # for vectors of an embedding model, whose cosines are higher

_OPPOSED = 0.35  # what is left of the similarity of two texts, one for and one against
_CONTRASTED = 0.5  # and of two that differ in one place
_ALIKE = 0.3  # similarity from which it is worth looking for that place
_PLACE = 2  # words that one place may hold
_CLASS, _WORD, _NUMBER, _PAIR, _INSIDE = 1.0, 0.35, 1.6, 0.5, 0.5
_HAN = {1: 0.3, 2: 0.7}  # single characters and pairs of a text without spaces, which say the same thing twice
_GRAM = 4
_BLOCK = 256  # rows compared at once


@dataclass(frozen=True, slots=True)
class Vectors:
    """Unit vectors, one row a text: a SciPy CSR matrix or a NumPy array. `against` (bool, n) marks opposed texts.

    `telling` are the words in order that texts are contrasted by; empty where a model knows what words mean.
    """

    matrix: Any
    against: ndarray
    telling: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    def similarities(self, rows: ndarray, columns: ndarray) -> ndarray:
        """Similarities, shape (rows, columns), of the texts at those places; 1 is the same, 0 nothing in common."""
        import numpy as np

        product = self.matrix[rows] @ self.matrix[columns].T
        dense: ndarray = np.asarray(product.toarray() if hasattr(product, "toarray") else product, dtype=np.float64)
        opposed = self.against[rows][:, None] != self.against[columns][None, :]
        dense = np.clip(np.where(opposed, dense * _OPPOSED, dense), 0.0, 1.0)
        if self.telling:
            for row, column in np.argwhere(dense > _ALIKE).tolist():
                if differ_in_one_place(self.telling[rows[row]], self.telling[columns[column]]):
                    dense[row, column] *= _CONTRASTED
        return dense

    def take(self, places: Sequence[int]) -> Vectors:
        """The vectors of some texts."""
        import numpy as np

        rows = np.array(places, dtype=np.int64)
        telling = tuple(self.telling[place] for place in places) if self.telling else ()
        return Vectors(self.matrix[rows], self.against[rows], telling)

    def distances(self) -> ndarray:
        """1 - similarity of every two texts, condensed as SciPy wants it: (0,1), (0,2) ... (n-2,n-1)."""
        import numpy as np

        count = len(self)
        found = np.empty(count * (count - 1) // 2)
        everyone = np.arange(count)
        at = 0
        for start in range(0, count, _BLOCK):
            rows = everyone[start : start + _BLOCK]
            block = 1.0 - self.similarities(rows, everyone[start:])
            for place in range(len(rows)):
                line = block[place, place + 1 :]
                found[at : at + len(line)] = line
                at += len(line)
        return found


def differ_in_one_place(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether two texts say the same words but for one place, where each has its own (at most two of them)."""
    if first == second:
        return False
    shared = min(len(first), len(second))
    before = 0
    while before < shared and first[before] == second[before]:
        before += 1
    after = 0
    while after < shared - before and first[-1 - after] == second[-1 - after]:
        after += 1
    own = (len(first) - before - after, len(second) - before - after)
    return before + after > 0 and min(own) >= 1 and max(own) <= _PLACE


def offline_vectors(texts: Sequence[str], words: Lexicon | None = None) -> Vectors:
    """Vectors of texts by what they say word for word. They depend on all the texts (rare words weigh more)."""
    import numpy as np
    from scipy.sparse import csr_array

    known = words or lexicon()
    apart = [known.take_apart(text) for text in texts]
    counted = [Counter(dict(_weights(one))) for one in apart]
    spread = Counter(feature for features in counted for feature in features)
    places = {feature: place for place, feature in enumerate(sorted(spread))}
    total = len(texts)
    rarity = {feature: 1.0 + math.log((1 + total) / (1 + n)) for feature, n in spread.items()}
    starts: list[int] = [0]
    columns: list[int] = []
    values: list[float] = []
    for features in counted:
        weighed = {places[feature]: weight * rarity[feature] for feature, weight in sorted(features.items())}
        length = math.sqrt(sum(value * value for value in weighed.values())) or 1.0
        columns += weighed.keys()
        values += [value / length for value in weighed.values()]
        starts.append(len(columns))
    matrix = csr_array(
        (np.array(values, dtype=np.float64), np.array(columns, dtype=np.int64), np.array(starts, dtype=np.int64)),
        shape=(total, max(1, len(places))),
    )
    telling = tuple(tuple(_in_order(one)) for one in apart)
    return Vectors(matrix, np.array([one.against for one in apart], dtype=bool), telling)


def _weights(text: AnalyzedText) -> Iterator[tuple[tuple[str, ...], float]]:
    """The features of one text with their weights: classes and words, pairs of neighbours, the insides of words."""
    seen = [name for name, _ in text.telling]
    for name, word in text.telling:
        yield ("w", name), _NUMBER if name.isdigit() else _HAN.get(len(name), _CLASS) if _is_han(name) else _CLASS
        if name != word:
            yield ("o", word), _WORD
    for pair in pairwise(seen):
        if not any(map(_is_han, pair)):
            yield ("p", *sorted(pair)), _PAIR
    for name in seen:
        if name.isascii() and len(name) > _GRAM:
            grams = {f"<{name}>"[n : n + _GRAM] for n in range(len(name) - _GRAM + 3)}
            for gram in sorted(grams):
                yield ("g", gram), _INSIDE / math.sqrt(len(grams))


def _in_order(text: AnalyzedText) -> Iterator[str]:
    """The words of a text each once, for telling where two differ: of a text without spaces, its characters."""
    return (name for name, _ in text.telling if not (_is_han(name) and len(name) == _PLACE))


def _is_han(name: str) -> bool:
    """Whether it is a piece of a text without spaces, where pieces overlap (and no word of the list)."""
    return len(name) <= _PLACE and not name.isascii()


def model_vectors(
    embeddings: Sequence[Sequence[float]] | ndarray, texts: Sequence[str], words: Lexicon | None = None
) -> Vectors:
    """Vectors of a model, made unit vectors. A row of zeros (or with what is no number) is like nothing.

    Models put "likes" and "dislikes" close together: the texts tell which speak against something.
    """
    import numpy as np

    known = words or lexicon()

    matrix = np.asarray(embeddings, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError("embeddings have different lengths")
    matrix = np.nan_to_num(matrix, nan=0.0, posinf=0.0, neginf=0.0)
    against = np.array([known.take_apart(text).against for text in texts], dtype=bool)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return Vectors(matrix / np.where(lengths > 0, lengths, 1.0), against)
