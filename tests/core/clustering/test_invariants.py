"""What must hold of clusters whatever the texts are."""

from __future__ import annotations

from random import Random  # noqa: TC003 - Hypothesis reads the types

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interpref_core.clustering.assignment import cluster_cohesion, cut_keeping, join
from interpref_core.clustering.dendrogram import build_dendrogram, canonical_order
from interpref_core.clustering.vectors import Vectors, offline_vectors

WORDS = [
    "tea",
    "coffee",
    "brief",
    "answers",
    "hiking",
    "alone",
    "jazz",
    "摄影",
    "喝茶",
    "dislikes",
    "never",
    "forty",
    "red",
]
sentence = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(lambda words: "The user " + " ".join(words))
sentences = st.lists(sentence, min_size=1, max_size=25)
threshold = st.floats(0.0, 1.0)
_NAMES: tuple[str, ...] = ("mine", "yours")


def grouped(texts: list[str], at: float) -> set[frozenset[str]]:
    """Groups of identifiers, which are the places that the texts came in."""
    ids = [f"{place:03}" for place in range(len(texts))]
    order = canonical_order(texts, ids)
    groups = build_dendrogram(offline_vectors([texts[place] for place in order])).groups(at)
    return {frozenset(ids[order[place]] for place in group) for group in groups}


@settings(deadline=None, max_examples=60)
@given(sentences, threshold, st.randoms(use_true_random=False))
def test_the_order_in_which_texts_come_does_not_matter(texts: list[str], at: float, random: Random) -> None:
    unique = sorted(set(texts))
    mixed = list(unique)
    random.shuffle(mixed)
    as_texts = [{frozenset(one[int(i)] for i in group) for group in grouped(one, at)} for one in (unique, mixed)]
    assert as_texts[0] == as_texts[1]


@settings(deadline=None, max_examples=60)
@given(sentences, threshold, threshold)
def test_a_higher_threshold_only_joins(texts: list[str], one: float, other: float) -> None:
    low, high = sorted((one, other))
    finer, coarser = grouped(texts, low), grouped(texts, high)
    assert all(any(group <= whole for whole in coarser) for group in finer)
    tree = build_dendrogram(offline_vectors(texts))
    assert tree.clusters(low) == len(tree.groups(low)) >= tree.clusters(high) == len(tree.groups(high))


@settings(deadline=None, max_examples=60)
@given(sentences, threshold)
def test_equal_texts_are_always_together(texts: list[str], at: float) -> None:
    vectors = offline_vectors([*texts, texts[0]])
    labels = build_dendrogram(vectors).labels(max(at, 1e-9))
    assert labels[0] == labels[-1]


@settings(deadline=None, max_examples=60)
@given(sentences, sentences, threshold)
def test_new_texts_leave_old_groups_whole_and_nobody_is_lost(old: list[str], new: list[str], at: float) -> None:
    texts = [*old, *new]
    vectors = offline_vectors(texts)
    places = list(range(len(old)))
    groups = {
        f"c{n}": [places[place] for place in group]
        for n, group in enumerate(build_dendrogram(vectors.take(places)).groups(at))
    }  # fmt: skip
    arriving = list(range(len(old), len(texts)))
    placed = join(vectors, at, groups, arriving)
    found = [place for part in (*placed.joined.values(), *placed.founded) for place in part]
    assert sorted(found) == arriving
    backwards = join(vectors, at, groups, arriving[::-1])
    assert {name: sorted(members) for name, members in placed.joined.items()} == {
        name: sorted(members) for name, members in backwards.joined.items()
    }


@settings(deadline=None, max_examples=60)
@given(sentences, threshold, st.data())
def test_what_people_decided_stays_whole_and_apart(texts: list[str], at: float, data: st.DataObject) -> None:
    vectors = offline_vectors(texts)
    owner = [data.draw(st.sampled_from(("", "", "mine", "yours"))) for _ in texts]
    kept: dict[str, list[int]] = {
        name: [p for p, one in enumerate(owner) if one == name] for name in _NAMES if name in owner
    }
    placed = cut_keeping(build_dendrogram(vectors), vectors, at, kept)
    free = [place for place, one in enumerate(owner) if not one]
    found = [place for part in (*placed.joined.values(), *placed.founded) for place in part]
    assert sorted(found) == free
    assert set(placed.joined) <= set(kept)


@settings(deadline=None, max_examples=60)
@given(sentences)
def test_similarities_are_symmetric_between_nothing_and_the_same(texts: list[str]) -> None:
    vectors = offline_vectors(texts)
    everyone = np.arange(len(texts))
    similar = vectors.similarities(everyone, everyone)
    assert np.allclose(similar, similar.T)
    assert np.allclose(similar.diagonal(), 1.0)
    assert similar.min() >= 0
    condensed = vectors.distances()
    assert np.allclose(condensed, (1 - similar)[np.triu_indices(len(texts), 1)])


def test_the_representative_is_most_like_the_others() -> None:
    texts = ["likes green tea", "likes tea", "likes tea with lemon", "likes tea with honey"]
    found = cluster_cohesion(offline_vectors(texts), [0, 1, 2, 3], texts)
    assert texts[found.representative] == "likes tea"
    assert found.distances[1] == 0
    assert all(0 < one < 1 for n, one in enumerate(found.distances) if n != 1)
    assert 0 < found.cohesion < 1
    chosen = cluster_cohesion(offline_vectors(texts), [0, 1, 2, 3], texts, representative=3)
    assert chosen.representative == 3
    assert chosen.distances[3] == 0
    assert cluster_cohesion(offline_vectors(texts), [2], texts).cohesion == 1


def test_merge_heights_are_counted_and_none_is_lost() -> None:
    texts = ["likes tea", "likes green tea", "likes jazz", "plays jazz at night", "fears dogs"]
    tree = build_dendrogram(offline_vectors(texts))
    assert sum(tree.histogram(10)) == len(texts) - 1
    assert build_dendrogram(offline_vectors(["alone"])).histogram(10) == [0] * 10
    assert build_dendrogram(Vectors(np.empty((0, 3)), np.empty(0, dtype=bool))).groups(0.5) == []
