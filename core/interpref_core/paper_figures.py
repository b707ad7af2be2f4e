"""Figures that the InterPref paper prints, and what follows from them alone. Rates in per cent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ITEMS = 200  # test items of section 4.2

# Table 2: pass rates by Llama3.1-70B over the same 200 items.
TABLE_2: Mapping[str, float] = {
    "Qwen2.5-7B": 20.5,
    "Qwen2.5-14B": 28.0,
    "Qwen2.5-32B": 22.0,
    "Qwen2.5-72B": 46.5,
    "Mistral-7B": 26.0,
    "Mistral-Large-2407": 66.0,
    "Llama3.1-8B": 52.5,
    "Llama3-70B": 56.0,
    "Llama3.1-70B": 57.0,
    "Llama3.3-70B": 56.5,
    "Llama3.1-405B": 63.0,
    "Gemini-1.5-flash": 53.0,
    "Gemini-1.5-pro": 61.5,
    "Gemini-2.0-flash": 60.5,
    "GPT-3.5-turbo-1106": 51.0,
    "GPT-4-turbo": 54.5,
    "GPT-4o-mini": 56.5,
    "GPT-4o": 56.5,
    "GPT-o1-mini": 62.5,
    "DeepSeek-V3": 50.5,
    "DeepSeek-R1": 60.5,
}

# Table 3: win rates (row against column, ties left out of both) and the coefficients printed beside them.
TABLE_3_MODELS = ("GPT-4o", "Llama3.1-70B", "Llama3.1-8B", "Qwen2.5-7B")
TABLE_3 = ((0.0, 0.51, 0.65, 0.75), (0.48, 0.0, 0.58, 0.77), (0.34, 0.41, 0.0, 0.60), (0.23, 0.22, 0.39, 0.0))
TABLE_3_PRINTED = (0.983, 0.949, 0.424, -0.356)
PEARSON = (0.959, 0.0414)  # r and p of section 4.2

SELF_BLEU = 0.477  # Table 5
TABLE_5: Mapping[str, float] = {  # self-BLEU of dialogue data, cl100k_base; ShareGPT is of real people
    "ShareGPT (real)": 0.361,
    "LAPS": 0.399,
    "ComperDial": 0.479,
    "PersonaChatGen": 0.638,
    "InterPref": SELF_BLEU,
}
PRESERVED = 0.94  # share of preferences that a model finds again in the made conversations (section 3.3.3)
MEAN_TOKENS = 580  # of one preference's history (Appendix B)
TABLE_6 = ((53.0, 1388.6), (59.0, 555.7))  # longer and shorter half of GPT-4o's responses: rate, mean characters
TABLE_7: Mapping[str, tuple[float, float]] = {  # generator: rate by GPT-4o, by Llama3.1-70B
    "GPT-4o": (57.0, 56.5),
    "Llama3.1-70B": (60.5, 57.0),
    "Llama3.1-8B": (53.0, 52.5),
}
# Figure 5: model and paradigm, as the published logs name them.
FIGURE_5: Mapping[tuple[str, str], float] = {
    ("gpt-4o", "np"): 18.5,
    ("gpt-4o", "td"): 35.0,
    ("gpt-4o", "cot"): 49.0,
    ("gpt-4o", "wf"): 76.0,
    ("llama3.1-70b", "np"): 16.0,
    ("llama3.1-70b", "td"): 47.0,
    ("llama3.1-70b", "wf"): 51.5,
}

# What cannot be computed again, and why.
CANNOT: tuple[tuple[str, str], ...] = (
    ("Table 2", "the responses and verdicts behind it are not published; only intervals follow from the rates"),
    (
        "Table 3, the matrix",
        "the human labels behind it are not published; only the coefficients follow from the matrix",
    ),
    ("Table 4", "neither the fine-tuned models nor their responses are published"),
    ("Table 7, the rates", "the second evaluator's verdicts are not published"),
    ("prefix counts of section 4.2", "they count the responses behind Table 2, which are not published"),
    ("preference preservation, 94 %", "the re-extracted preferences are not published"),
)


@dataclass(frozen=True, slots=True)
class Reproduced:
    """A number as printed and as computed again. `why` explains the difference, or what the number rests on."""

    place: str
    what: str
    printed: float | None
    computed: float | None
    why: str = ""
    digits: int = 3

    @property
    def difference(self) -> float | None:
        return None if self.printed is None or self.computed is None else self.computed - self.printed

    def to_json(self) -> dict[str, Any]:
        return {
            "place": self.place,
            "what": self.what,
            "printed": self.printed,
            "computed": self.computed,
            "difference": self.difference,
            "why": self.why,
        }


def from_figures() -> list[Reproduced]:
    """Everything that follows from the printed figures without any file."""
    return [*_table_3(), *_pearson(), *_table_2(), *_table_6(), *_table_7()]


def _table_3() -> list[Reproduced]:
    import numpy as np

    from interpref_core.metrics.bradley_terry import bt_loss, fit_bradley_terry
    from interpref_core.metrics.win_matrix import WinCounts

    wins = np.array(TABLE_3)
    ties = 1 - wins - wins.T
    np.fill_diagonal(ties, 0)
    counts = WinCounts(TABLE_3_MODELS, wins, ties)
    scores = fit_bradley_terry(counts).scores + 0.5
    printed_loss = 2 * bt_loss(counts.halves, np.array(TABLE_3_PRINTED) - 0.5)
    why = "the minimum of Eq. 5 for the printed matrix; what is printed is not that minimum, whatever the weights"
    rows = [
        Reproduced("Table 3", f"coefficient of {model}", printed, float(score), why)
        for model, printed, score in zip(TABLE_3_MODELS, TABLE_3_PRINTED, scores, strict=True)
    ]
    loss = 2 * bt_loss(counts.halves, scores - 0.5)
    return [
        *rows,
        Reproduced(
            "Table 3", "Eq. 5 at these coefficients", printed_loss, loss, "lower is better: both from the matrix", 4
        ),
    ]


def _pearson() -> list[Reproduced]:
    from interpref_core.metrics.correlation import pearson

    rates = [TABLE_2[model] for model in TABLE_3_MODELS]
    found = pearson(rates, TABLE_3_PRINTED)
    fitted = [row.computed or 0.0 for row in _table_3()[:-1]]
    right = pearson(rates, fitted)
    if found is None or right is None:
        return []
    why = "from the printed rates and coefficients; 57.0, 60.5, 53.0, 21.0 as rates would give what is printed"
    fit_why = "with the coefficients that minimise Eq. 5: not significant with four models"
    return [
        Reproduced("section 4.2", "Pearson's r", PEARSON[0], found.r, why),
        Reproduced("section 4.2", "its p", PEARSON[1], found.p, why, 4),
        Reproduced("section 4.2", "Pearson's r, right coefficients", PEARSON[0], right.r, fit_why),
        Reproduced("section 4.2", "its p, right coefficients", PEARSON[1], right.p, fit_why, 4),
    ]


def _table_2() -> list[Reproduced]:
    from interpref_core.metrics.rate_intervals import wilson_interval

    rows = []
    for model, rate in TABLE_2.items():
        one = wilson_interval(round(rate * ITEMS / 100), ITEMS)
        why = f"95 %: {100 * (one.low or 0):.1f} to {100 * (one.high or 0):.1f} with {ITEMS} items (Wilson)"
        rows.append(Reproduced("Table 2", f"pass rate of {model}", rate, None, why, 1))
    return rows


def _table_6() -> list[Reproduced]:
    from interpref_core.metrics.length_split import independent_difference
    from interpref_core.metrics.rate_intervals import wilson_interval

    half = ITEMS // 2
    longer, shorter = (wilson_interval(round(rate * half / 100), half) for rate, _ in TABLE_6)
    low, high = independent_difference(longer, shorter)
    printed = TABLE_6[0][0] - TABLE_6[1][0]
    why = f"95 %: {100 * low:.1f} to {100 * high:.1f} (Newcombe): a bias either way is not excluded"
    computed = 100 * ((longer.rate or 0) - (shorter.rate or 0))
    return [Reproduced("Table 6", "longer minus shorter half", printed, computed, why, 1)]


def _table_7() -> list[Reproduced]:
    rows = []
    for model, (one, other) in TABLE_7.items():
        why = f"{one} by GPT-4o, {other} by Llama3.1-70B; a test needs the items, which are not published"
        rows.append(Reproduced("Table 7", f"evaluators apart on {model}", one - other, None, why, 1))
    return rows
