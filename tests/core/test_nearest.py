"""Names that are nearly those that there are."""

from interpref_core.text.suggestions import meant


def test_a_name_that_is_like_one_is_that_one() -> None:
    assert meant("sample-atentive", ["other", "Sample-attentive"]) == "do you mean Sample-attentive?"


def test_names_are_listed_where_none_is_like_it_and_not_without_end() -> None:
    assert meant("x", ["one", "two"]) == "there are one, two"
    assert meant("x", []) == "there are none"
    assert meant("x", [f"run {n}" for n in range(20)]).endswith("run 11 and 8 more")
