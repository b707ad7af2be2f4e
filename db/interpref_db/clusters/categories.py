"""Categories for the preferences that have none, and how many preferences there are of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpref_core.clustering.events import PROGRAM, CategoryAssignment
from interpref_core.taxonomy import taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interpref_core.categorization.rules import Rules
    from interpref_db.clusters.workspace import ClusterWorkspace
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True)
class Count:
    """So many preferences of one type. `subcategory` is None where none is given, `category` too for uncategorised ones."""

    category: str | None
    subcategory: str | None
    preferences: int


def category_counts(study: Study) -> list[Count]:
    """Preferences by category and type, in the order of the taxonomy, then what a study has beside it, then uncategorised."""
    order = {(category, kind): n for n, (category, kind) in enumerate(_pairs())}
    found = [Count(row["category"], row["subcategory"], row["n"]) for row in study.rows("category_counts")]
    there = {(one.category, one.subcategory) for one in found}
    found += [Count(category, kind, 0) for category, kind in order if (category, kind) not in there]
    last = len(order)
    return sorted(
        found,
        key=lambda one: (
            one.category is None,
            order.get((one.category or "", one.subcategory or ""), last),
            one.category or "",
            one.subcategory or "",
        ),
    )


def _pairs() -> Iterable[tuple[str, str]]:
    return ((category, kind) for category, kinds in taxonomy().items() for kind in kinds)


def uncategorized(desk: ClusterWorkspace) -> list[int]:
    """The places of the preferences without a category."""
    return [place for place in range(len(desk.known)) if desk.category(place)[0] is None]


def by_rules(desk: ClusterWorkspace, rules: Rules) -> dict[int, CategoryAssignment]:
    """Categories for the preferences that have none, by place: what people said of their cluster, else what the rules find,
    else what most others of the cluster have. What nothing speaks for is not in it."""
    found: dict[int, CategoryAssignment] = {}
    said = _said_by_people(desk)
    for place in uncategorized(desk):
        one = desk.known[place]
        cluster = desk.book.state.cluster_of.get(one.id, "")
        if cluster in said:
            category, subcategory = said[cluster]
            found[place] = CategoryAssignment(preference=one.id, category=category, subcategory=subcategory)
        elif (by_rule := rules.of(one.text)) is not None:
            found[place] = CategoryAssignment(
                preference=one.id,
                category=by_rule.category,
                subcategory=by_rule.subcategory,
                confidence=by_rule.confidence,
            )
    return found | _like_the_others(desk, found)


def _said_by_people(desk: ClusterWorkspace) -> dict[str, tuple[str, str | None]]:
    """What people said of clusters: the category that most of the members were given by hand."""
    by_hand: dict[str, Counter[tuple[str, str | None]]] = {}
    for preference, (one, by) in desk.book.state.categories.items():
        cluster = desk.book.state.cluster_of.get(preference)
        if by != PROGRAM and cluster is not None:
            by_hand.setdefault(cluster, Counter())[one.category, one.subcategory] += 1
    return {cluster: counts.most_common(1)[0][0] for cluster, counts in by_hand.items()}


def _like_the_others(desk: ClusterWorkspace, found: dict[int, CategoryAssignment]) -> dict[int, CategoryAssignment]:
    more: dict[int, CategoryAssignment] = {}
    for members in desk.clusters().values():
        known = [
            (found[place].category, found[place].subcategory) if place in found else desk.category(place)
            for place in members
        ]
        counts = Counter(one for one in known if one[0] is not None)
        if not counts:
            continue
        (category, subcategory), n = counts.most_common(1)[0]
        for place, one in zip(members, known, strict=True):
            if one[0] is None and category is not None:
                share = round(n / len(members), 3)
                more[place] = CategoryAssignment(
                    preference=desk.known[place].id, category=category, subcategory=subcategory, confidence=share
                )
    return more
