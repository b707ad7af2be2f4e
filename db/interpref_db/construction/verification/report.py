"""Everything that verification says of a study, as numbers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from interpref_core.paper_figures import MEAN_TOKENS, PRESERVED, TABLE_5
from interpref_core.text.tokenizers import tokenizer
from interpref_db.clusters.categories import category_counts
from interpref_db.construction.train_test_split import split_report
from interpref_db.construction.verification.leakage import find_leaks
from interpref_db.construction.verification.preservation import preservation

if TYPE_CHECKING:
    from interpref_core.metrics.self_bleu import SelfBleu
    from interpref_core.text.tokenizers import TokenizerName
    from interpref_db.clusters.categories import Count
    from interpref_db.construction.train_test_split import SplitReport
    from interpref_db.construction.verification.leakage import LeakReport
    from interpref_db.construction.verification.preservation import Preservation
    from interpref_db.study.study import Study

LONG = 20  # turns that an item's history has more than (section 3.3.3)
_SAMPLE = 5_000  # conversations whose texts are counted


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long texts are: `n` of them, mean tokens, mean turns; for items also how many histories have more than 20 turns."""

    n: int
    tokens: float | None
    turns: float | None
    fewest: int | None
    most: int | None
    long: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Verification:
    """The report. `conversations` carry one preference each, `histories` are those of the items."""

    preservation: Preservation | None
    self_bleu: SelfBleu | None
    leaks: LeakReport
    conversations: Lengths
    histories: Lengths
    split: SplitReport | None
    categories: list[Count]
    tokenizer: str

    def to_json(self) -> dict[str, Any]:
        """One JSON object; the paper's own numbers stand beside ours."""
        bleu = self.self_bleu
        return {
            "preservation": self.preservation.to_json() if self.preservation else None,
            "self_bleu": {**bleu.to_json(), "tokenizer": self.tokenizer} if bleu else None,
            "leakage": self.leaks.to_json(),
            "conversations": self.conversations.to_json(),
            "histories": self.histories.to_json(),
            "split": self.split.to_json() if self.split else None,
            "categories": [
                {"category": one.category, "subcategory": one.subcategory, "preferences": one.preferences}
                for one in self.categories
            ],
            "paper": {"preservation": PRESERVED, "self_bleu": dict(TABLE_5), "tokens": MEAN_TOKENS},
        }


def verify(study: Study, *, tokenizer_name: TokenizerName = "words", seed: int = 0) -> Verification:
    """Count everything. Raises NoTokenizer."""
    from interpref_core.metrics.self_bleu import sampled_self_bleu

    cut = tokenizer(tokenizer_name)
    carriers = study.rows("verify_conversations")
    texts = _texts(study, [row["key"] for row in carriers[:_SAMPLE]])
    tokens = [cut(text) for text in texts]
    bleu = sampled_self_bleu(tokens, seed=seed) if len(tokens) > 1 else None
    items = study.rows("verify_items")
    sides = [(row[f"key_{side}"], row[f"turns_{side}"]) for row in items for side in ("a", "b")]
    own = dict(side for side in sides if side[0] is not None)
    long_tokens = [len(cut(text)) for text in _texts(study, list(itertools.islice(own, _SAMPLE)))]
    return Verification(
        preservation(study),
        bleu,
        find_leaks(study),
        _lengths([row["turns"] for row in carriers], [len(one) for one in tokens]),
        _lengths(list(own.values()), long_tokens, long=True),
        split_report(study),
        category_counts(study),
        tokenizer_name,
    )


def _lengths(turns: list[int], tokens: list[int], *, long: bool = False) -> Lengths:
    if not turns:
        return Lengths(0, None, None, None, None)
    over = sum(1 for one in turns if one > LONG) if long else None
    mean = fmean(tokens) if tokens else None
    return Lengths(len(turns), mean, fmean(turns), min(turns), max(turns), over)


def _texts(study: Study, keys: list[int]) -> list[str]:
    """The whole texts of histories, in the order of their keys."""
    found: dict[int, list[str]] = {}
    for start in range(0, len(keys), 400):
        for row in study.rows("verify_turns", keys=keys[start : start + 400]):
            found.setdefault(row["history"], []).append(row["content"])
    return ["\n".join(found[key]) for key in sorted(found)]
