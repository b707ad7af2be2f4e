"""Categories by rules: right where they say something, silent where nothing speaks for a type."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from interpref_core.categorization.rules import RulesError, rules
from interpref_core.taxonomy import taxonomy

SENTENCES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8"))


def test_every_type_has_sentences_and_rules() -> None:
    kinds = {kind for kinds in taxonomy().values() for kind in kinds}
    assert set(SENTENCES) == kinds
    for kind in kinds:
        assert any((found := rules().of(text)) and found.subcategory == kind for text in SENTENCES[kind])


def test_sentences_of_people_get_their_type() -> None:
    pairs = [(kind, rules().of(text)) for kind, texts in SENTENCES.items() for text in texts]
    right = sum(found is not None and found.subcategory == kind for kind, found in pairs)
    wrong = sum(found is not None and found.subcategory != kind for kind, found in pairs)
    assert right / len(pairs) >= 0.9
    assert wrong / len(pairs) <= 0.05


@pytest.mark.parametrize(
    "text", ["", "The user exists.", "Hello!", "用户。", "qwerty asdf", "The user is environmentally conscious."]
)
def test_nothing_is_guessed(text: str) -> None:
    assert rules().of(text) is None


def test_a_category_says_why_and_how_sure() -> None:
    found = rules().of("The user is in their early thirties, thriving in their career.")
    assert found is not None
    assert (found.category, found.subcategory) == ("Demographic", "age group")  # what stands first
    assert "in their early thirties" in found.because
    surer = rules().of("The user is a vegetarian who eats no meat.")
    assert surer is not None
    assert 0 < found.confidence < surer.confidence <= 1


def test_the_user_s_own_rules(tmp_path: Path) -> None:
    (tmp_path / "categories.toml").write_text('[hobbies]\nstrong = ["whittl*"]\n', encoding="utf-8")
    found = rules(tmp_path).of("The user whittles spoons.")
    assert found is not None
    assert found.category == "Lifestyle"
    assert rules(tmp_path).of("The user is vegan.") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [("[whims]\nstrong = ['x']", "no type 'whims'"), ("[hobbies", "cannot be used"), ("hobbies = 3", "cannot be used")],
)
def test_rules_that_cannot_be_used_are_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "categories.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RulesError, match=said) as caught:
        rules(tmp_path)
    assert "\n" not in str(caught.value)
    assert "categories.toml" in str(caught.value)


def test_most_of_the_published_preferences_are_categorised(shared_data: Path) -> None:
    path = shared_data / "published" / "history_map.json"
    found = [rules().of(text) for text in json.loads(path.read_text(encoding="utf-8"))]
    assert sum(one is not None for one in found) / len(found) > 0.8
    assert len({one.subcategory for one in found if one}) == 17
