"""Sets of sentences that say the same, English and Chinese: what goes together without a model, and what does not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from interpref_core.clustering.dendrogram import build_dendrogram, canonical_order
from interpref_core.clustering.lexicon import LexiconError, lexicon
from interpref_core.clustering.vectors import DEFAULT_THRESHOLD, differ_in_one_place, model_vectors, offline_vectors

SETS: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("paraphrases.toml").read_text(encoding="utf-8")
)["set"]  # fmt: skip


def pairs(threshold: float, wording: str) -> tuple[int, int, int]:
    """Of every two sentences: rightly together, wrongly together, wrongly apart (of sets of that wording)."""
    texts = [(text, number) for number, one in enumerate(SETS) for text in one["texts"]]
    order = canonical_order([text for text, _ in texts], [str(n) for n in range(len(texts))])
    ordered = [texts[place] for place in order]
    labels = build_dendrogram(offline_vectors([text for text, _ in ordered])).labels(threshold)
    right = wrong = missed = 0
    for first, (_, a) in enumerate(ordered):
        for second in range(first):
            b = ordered[second][1]
            together = labels[first] == labels[second]
            if a != b:
                wrong += together
            elif SETS[a]["wording"] == wording:
                right, missed = right + together, missed + (not together)
    return right, wrong, missed


def test_paraphrases_in_the_same_words_go_together_and_nothing_else_does() -> None:
    right, wrong, missed = pairs(DEFAULT_THRESHOLD, "words")
    assert wrong == 0
    assert right / (right + missed) > 0.9


def test_what_only_meaning_connects_stays_apart_without_a_model() -> None:
    """Said plainly: the offline vectors know no meanings."""
    right, _, missed = pairs(DEFAULT_THRESHOLD, "meaning")
    assert (right, missed) == (0, 6)


def test_the_default_is_where_the_sets_say() -> None:
    """Lower thresholds lose paraphrases, much higher ones put different preferences together."""
    assert pairs(0.3, "words")[0] < pairs(DEFAULT_THRESHOLD, "words")[0]
    assert pairs(0.7, "words")[1] > 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The user likes coffee in the morning.", "The user dislikes coffee in the morning."),
        ("The user is skilled in Python for data analysis.", "The user is skilled in Stata for data analysis."),
        ("The user is in their early sixties.", "The user is in their early twenties."),
        ("用户喜欢喝咖啡。", "用户不喜欢喝咖啡。"),
        ("用户今年二十多岁。", "用户今年五十多岁。"),
    ],
)
def test_a_preference_and_its_counterpart_are_not_the_same(first: str, second: str) -> None:
    assert build_dendrogram(offline_vectors([first, second])).clusters(DEFAULT_THRESHOLD) == 2


def test_not_only_turns_nothing_around() -> None:
    known = lexicon()
    assert not known.take_apart("The user reads not only novels but poems.").against
    assert not known.take_apart("用户不仅喜欢小说，也不断写诗。").against
    assert known.take_apart("The user does not read novels.").against
    assert not known.take_apart("The user does not dislike novels.").against


def test_contrasted_means_one_place_of_two_words_at_most() -> None:
    assert differ_in_one_place(("a", "b", "c"), ("a", "x", "c"))
    assert differ_in_one_place(("a", "b"), ("x", "y", "b"))
    assert not differ_in_one_place(("a", "b", "c"), ("a", "c"))
    assert not differ_in_one_place(("a",), ("b",))
    assert not differ_in_one_place(("a", "b"), ("a", "b"))


def test_a_model_s_vectors_still_tell_for_from_against() -> None:
    vectors = model_vectors([[1.0, 0.0], [1.0, 0.02], [0.0, 0.0]], ["likes tea", "never drinks tea", "nothing"])
    everyone = build_dendrogram(vectors)
    assert everyone.clusters(0.25) == 3
    with pytest.raises(ValueError, match="different lengths"):
        model_vectors([1.0, 2.0], ["a", "b"])  # type: ignore[list-item]


def test_the_user_s_own_words(tmp_path: Path) -> None:
    (tmp_path / "same_words.toml").write_text('everywhere = ["user"]\nsame = [["astronomy", "telescope"]]\n')
    own = lexicon(tmp_path)
    texts = ["user astronomy", "user telescope"]
    assert build_dendrogram(offline_vectors(texts, own)).clusters(DEFAULT_THRESHOLD) == 1
    assert build_dendrogram(offline_vectors(texts)).clusters(DEFAULT_THRESHOLD) == 2
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "same_words.toml").write_text("same = [")
    with pytest.raises(LexiconError, match=r"same_words\.toml cannot be used"):
        lexicon(tmp_path / "b")


def test_the_list_names_no_word_twice() -> None:
    """A word of two lines would mean whichever comes first: nobody who edits the list would expect that."""
    data = tomllib.loads(
        (Path(__file__).parents[3] / "core/interpref_core/clustering/same_words.toml").read_text(encoding="utf-8")
    )
    words = [word for line in data["same"] for word in line]
    assert len(words) == len(set(words)), sorted({word for word in words if words.count(word) > 1})
