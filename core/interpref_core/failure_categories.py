"""Why an item failed: every category that applies to it, each with the evidence it stands on (the paper's section 5, and
PrefEval's error types).

Categories of different facets do not exclude each other: an item may follow the preference order, have two answers that
are the same, and have lost its preference in the first step of a workflow.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from interpref_core.metrics.verdict_patterns import PASS, meaning_of
from interpref_core.orders import LETTERS, ORDERS
from interpref_core.text.words import comparison_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Facet = Literal["mechanical", "case label", "sameness", "stage", "preference kind", "error type", "people"]
FACETS: tuple[Facet, ...] = (
    "mechanical",
    "case label",
    "sameness",
    "stage",
    "preference kind",
    "error type",
    "people",
)

# Steps of a workflow, in order, by the key of the trace that shows each one's outcome.
STEPS = (("extraction", "extracted"), ("relevance", "relevant"), ("construction", "instructions"))

SAME, ALIKE = 0.999, 0.8  # of the words shared
_KEPT = 0.3  # of a preference's words: below that a step has lost it

# The main categories of the taxonomy, by what kind of thing the answer has to respect.
_KINDS = {
    "Demographic": "implied attribute",
    "Financial": "implied attribute",
    "Knowledge": "implied attribute",
    "Personality": "attitude",
    "Interactive style": "style",
    "Lifestyle": "content",
    "Skills and expertise": "content",
}
# Words that every preference has; what is left is what the preference is about.
_COMMON = frozenset(
    word
    for text in (
        (
            "the user is was are has have a an and or of to in on with for their they them who that this very prefers prefer likes "
            "like enjoys tends towards when at by as be not does do from it its more most than often usually"
        ),
        "用户 用 户 是 的 了 在 和 喜欢 喜 欢 偏好 不 很 有",
    )
    for word in comparison_words(text)
)


@dataclass(frozen=True, slots=True)
class FailureCategory:
    """One category of one facet, and the evidence for it in a few words."""

    facet: Facet
    name: str
    evidence: str


@dataclass(frozen=True, slots=True)
class FailedItem:
    """What is known of one failed item of a run under a judge. `case_labels` are those of orders 1-4 (None: none given);
    `errors` and `people` map what annotators said to who said it.
    """

    pattern: str
    case_labels: tuple[str | None, ...] = ()
    responses: tuple[str | None, str | None] = (None, None)
    preferences: tuple[str | None, str | None] = (None, None)
    category: str | None = None
    traces: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None] = (None, None)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    people: Mapping[str, Sequence[str]] = field(default_factory=dict)


def categorize_failure(failed: FailedItem) -> tuple[FailureCategory, ...]:
    """Every category that applies, in the order of FACETS. A pattern that passed has none."""
    if meaning_of(failed.pattern) == PASS:
        return ()
    found = [FailureCategory("mechanical", meaning_of(failed.pattern), _wrong_orders(failed.pattern))]
    labels: dict[str, list[int]] = {}
    for number, label in enumerate(failed.case_labels, start=1):
        if label:
            labels.setdefault(label, []).append(number)
    found += [
        FailureCategory("case label", label, f"orders {_join_values(orders)}")
        for label, orders in sorted(labels.items())
    ]
    found += _sameness(*failed.responses)
    found += _stages(failed)
    if failed.category:
        kind = _KINDS.get(failed.category, "other")
        found.append(FailureCategory("preference kind", kind, f"main category {failed.category}"))
    found += [
        FailureCategory("error type", name, f"says {_join_values(who)}") for name, who in sorted(failed.errors.items())
    ]
    found += [
        FailureCategory("people", name, f"says {_join_values(who)}") for name, who in sorted(failed.people.items())
    ]
    return tuple(found)


def _wrong_orders(pattern: str) -> str:
    wrong = [order.number for order, letter in zip(ORDERS, pattern, strict=True) if letter != LETTERS[order.right]]
    return f"{pattern}: wrong in orders {_join_values(wrong)}"


def _join_values(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))


def _sameness(a: str | None, b: str | None) -> list[FailureCategory]:
    if a is None or b is None:
        return []
    shared = shared_words(a, b)
    if shared < ALIKE:
        return []
    name = "the same answer" if shared >= SAME else "nearly the same answer"
    return [
        FailureCategory(
            "sameness", name, f"{100 * shared:.0f} % of the words are shared: the history made no difference"
        )
    ]


def shared_words(a: str, b: str) -> float:
    """The share of words two texts have in common, counted with repetitions (Jaccard's of multisets), in [0, 1]."""
    if a == b:
        return 1.0
    one, other = comparison_words(a), comparison_words(b)
    left = Counter(one)
    shared = 0
    for word in other:
        if left.get(word):
            left[word] -= 1
            shared += 1
    union = len(one) + len(other) - shared
    return shared / union if union else 1.0


def first_lost_stage(preference: str, trace: Mapping[str, Any]) -> tuple[str | None, str] | None:
    """The first step of a workflow whose outcome no longer holds the preference, with evidence; (None, evidence) when it
    came through all of them; None when the trace has no steps. What was extracted or kept holds it when one entry has three
    tenths of the words that the preference is about. An instruction says it in other words, so of those only none is a loss.
    """
    about = set(comparison_words(preference)) - _COMMON
    if not any(key in trace for _, key in STEPS) or not about:
        return None
    kept = ""
    for name, key in STEPS:
        entries = trace.get(key)
        texts = [str(one) for one in entries] if isinstance(entries, list) else []
        if not texts:
            return name, "nothing came out"
        if key == "instructions":
            continue
        best, nearest = max((len(about & set(comparison_words(text))) / len(about), text) for text in texts)
        kept = f"nearest: {nearest[:80]!r}, {100 * best:.0f} % of its words"
        if best < _KEPT:
            return name, kept
    return None, kept


def _stages(failed: FailedItem) -> list[FailureCategory]:
    found = []
    for side, preference, trace in zip("ab", failed.preferences, failed.traces, strict=True):
        lost = first_lost_stage(preference, trace) if preference and trace else None
        if lost is not None:
            found.append(FailureCategory("stage", lost[0] or "answer", f"side {side}: {lost[1]}"))
    return found
