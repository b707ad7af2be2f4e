"""Words of texts in any language: the same word gives the same form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpref_core.text.words import comparison_words, stem, words_with_spelling


@pytest.mark.parametrize(
    "alike",
    [
        ("run", "running", "runs"),
        ("hike", "hikes", "hiking", "hiked"),
        ("skate", "skating"),
        ("evening", "evenings", "Evening’s"),
        ("paint", "painter", "painters", "painting"),
        ("cook", "cooking", "cooked", "cooks", "Cook's"),
        ("hobby", "hobbies", "Hobby’s"),
        ("story", "stories"),
        ("movie", "movies"),
        ("cat", "cats"),
        ("teach", "teaches", "teaching"),
        ("quick", "quickly"),
        ("Straße", "STRASSE"),
        ("ｃａｆｅ", "cafe"),
    ],
)
def test_forms_of_a_word_meet(alike: tuple[str, ...]) -> None:
    assert len({tuple(comparison_words(word)) for word in alike}) == 1


@pytest.mark.parametrize(
    "apart",
    [
        ("tea", "team"),
        ("car", "care"),
        ("king", "kin"),
        ("string", "str"),
        ("need", "nee"),
        ("glass", "glaze"),
        ("this", "thus"),
        ("new", "news-stand"),
        ("bus", "bu"),
    ],
)
def test_other_words_do_not(apart: tuple[str, str]) -> None:
    assert comparison_words(apart[0]) != comparison_words(apart[1])


def test_punctuation_markup_and_emoji_are_no_words() -> None:
    assert comparison_words("**Jazz**, _rock_ & [tea](x)! 🎉 —…") == ["jazz", "rock", "tea", "x"]
    assert comparison_words("") == []


def test_scripts_without_spaces_give_pairs_of_characters_and_han_singles_too() -> None:
    assert comparison_words("看电影") == ["看电", "电影", "看", "电", "影"]
    assert comparison_words("猫") == ["猫"]
    assert comparison_words("コーヒー") == ["コー", "ーヒ", "ヒー"]
    assert comparison_words("GPT模型v2") == ["gpt", "模型", "模", "型", "v2"]


def test_combining_marks_belong_to_their_word() -> None:
    assert comparison_words("क्रिकेट खेलें") == ["क्रिकेट", "खेलें"]
    assert len(comparison_words("مُحَمَّد")) == 1


def test_words_keep_their_spelling_beside_the_compared_form() -> None:
    assert words_with_spelling("Hobbies of museums") == [("hobbi", "hobbies"), ("of", "of"), ("museum", "museums")]


@given(st.text())
def test_any_text_has_words_and_their_case_does_not_matter(text: str) -> None:
    assert all(comparison_words(text))
    assert comparison_words(text.casefold()) == comparison_words(text.casefold().casefold())


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'", min_size=1))
def test_folding_never_takes_all_of_a_word(word: str) -> None:
    folded = stem(word)
    assert len(folded) <= len(word)
    assert len(folded) >= min(len(word.removesuffix("'s")), 2)
    assert folded[:2] == word.removesuffix("'s")[:2]
