"""The pattern of an item's four verdicts and what it means; the pass rate from the counts of patterns.

A pattern is four letters in the order of `orders.ORDERS`: L, R, D (don't know), U (unreadable); right is LRRL
(paper section 4.2: all four right; blind guessing passes 1/16).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpref_core.metrics.rate_intervals import Rate, wilson_interval
from interpref_core.orders import LETTERS, ORDERS, RIGHT_PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from interpref_core.records.base import Choice

CHANCE = 1 / 16  # the pass rate of a judge that guesses Left or Right blindly

PASS = "pass"  # noqa: S105 - not a password
INVERTED = "inverted"
ALWAYS_LEFT = "always Left"
ALWAYS_RIGHT = "always Right"
PREFERENCE_ORDER = "follows the preference order"
RESPONSE_ORDER = "follows the response order"
MIXED = "mixed"
DONT_KNOW = "Don't know"
UNREADABLE = "unreadable"

MEANINGS = (
    PASS,
    INVERTED,
    ALWAYS_LEFT,
    ALWAYS_RIGHT,
    PREFERENCE_ORDER,
    RESPONSE_ORDER,
    MIXED,
    DONT_KNOW,
    UNREADABLE,
)

_PATTERN = re.compile(f"[{''.join(LETTERS.values())}]{{{len(ORDERS)}}}")

_WHOLE = {
    RIGHT_PATTERN: PASS,
    "RLLR": INVERTED,
    "LLLL": ALWAYS_LEFT,
    "RRRR": ALWAYS_RIGHT,
    # The verdict changes with the order of the preferences and not with that of the responses.
    "LLRR": PREFERENCE_ORDER,
    "RRLL": PREFERENCE_ORDER,
    # The verdict changes with the order of the responses and not with that of the preferences.
    "LRLR": RESPONSE_ORDER,
    "RLRL": RESPONSE_ORDER,
}

# Orders that differ only in how the responses, or the preferences, are shown (by index): a judge that sees what it
# should say gives opposite verdicts in each couple.
_RESPONSE_SWAPS = ((0, 1), (2, 3))
_PREFERENCE_SWAPS = ((0, 2), (1, 3))


def pattern_of(choices: Iterable[Choice]) -> str:
    """The pattern of the verdicts in orders 1 to 4."""
    return "".join(LETTERS[choice] for choice in choices)


def meaning_of(pattern: str) -> str:
    """What a pattern says of the judge: any U is unreadable, else any D is Don't know, else one of the sixteen.

    LRRL pass; RLLR inverted (all four wrong); LLLL and RRRR always the side shown there; LLRR and RRLL follow the
    preference order (the verdict turns with the preferences shown and takes no notice of the responses); LRLR and RLRL
    follow the response order (the same response is chosen whichever preference comes first); the eight with three of
    one letter are mixed.
    """
    if "U" in pattern:
        return UNREADABLE
    if "D" in pattern:
        return DONT_KNOW
    return _WHOLE.get(pattern, MIXED)


@dataclass(frozen=True, slots=True)
class PassRate:
    """One judge over one run, from the counts of patterns. Rates are shares in [0, 1] with Wilson intervals.

    `passed` counts unreadable items as not passed, as the paper does; `readable` leaves them out. `per_order` is the
    share of right verdicts in orders 1-4; `left` the share of Left among Left and Right; `response_swap` and
    `preference_swap` the share of couples of orders, both with a side named, in which the verdict turned with the swap
    (two couples an item; their intervals take them for independent, as that of `left` does its verdicts).
    """

    patterns: dict[str, int]
    meanings: dict[str, int]
    passed: Rate
    readable: Rate
    unreadable: int
    per_order: tuple[Rate, Rate, Rate, Rate]
    left: Rate
    response_swap: Rate
    preference_swap: Rate


def pass_rate(patterns: Mapping[str, int]) -> PassRate:
    """Everything that the counts of patterns say, at a cost that does not grow with the number of items.

    Raises ValueError for what is no pattern: four letters of L, R, D, U, one for each order.
    """
    for pattern in patterns:
        if not _PATTERN.fullmatch(pattern):
            raise ValueError(f"not a pattern of four verdicts: {pattern!r}")
    counts = Counter({pattern: n for pattern, n in patterns.items() if n})
    n = counts.total()
    passed = counts[RIGHT_PATTERN]
    unreadable = sum(count for pattern, count in counts.items() if "U" in pattern)
    meanings: Counter[str] = Counter()
    letters: Counter[str] = Counter()
    for pattern, count in counts.items():
        meanings[meaning_of(pattern)] += count
        for letter in pattern:
            letters[letter] += count
    right = [
        sum(count for pattern, count in counts.items() if pattern[index] == LETTERS[order.right])
        for index, order in enumerate(ORDERS)
    ]
    return PassRate(
        patterns=dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        meanings={meaning: meanings[meaning] for meaning in MEANINGS if meanings[meaning]},
        passed=wilson_interval(passed, n),
        readable=wilson_interval(passed, n - unreadable),
        unreadable=unreadable,
        per_order=(
            wilson_interval(right[0], n),
            wilson_interval(right[1], n),
            wilson_interval(right[2], n),
            wilson_interval(right[3], n),
        ),
        left=wilson_interval(letters["L"], letters["L"] + letters["R"]),
        response_swap=_flip_rate(counts, _RESPONSE_SWAPS),
        preference_swap=_flip_rate(counts, _PREFERENCE_SWAPS),
    )


def _flip_rate(counts: Mapping[str, int], couples: tuple[tuple[int, int], ...]) -> Rate:
    """How often the verdict turned when only one thing was swapped, among couples that name a side both times."""
    turned = total = 0
    for pattern, count in counts.items():
        for one, other in couples:
            if {pattern[one], pattern[other]} <= {"L", "R"}:
                total += count
                turned += count * (pattern[one] != pattern[other])
    return wilson_interval(turned, total)
