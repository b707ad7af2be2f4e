"""Names that are nearly those that there are."""

from interpref_core.text.suggestions import did_you_mean


def test_a_name_that_is_like_one_is_that_one() -> None:
    assert did_you_mean("sample-atentive", ["other", "Sample-attentive"]) == "do you mean Sample-attentive?"


def test_names_are_listed_where_none_is_like_it_and_not_without_end() -> None:
    assert did_you_mean("x", ["one", "two"]) == "there are one, two"
    assert did_you_mean("x", []) == "there are none"
    assert did_you_mean("x", [f"run {n}" for n in range(20)]).endswith("run 11 and 8 more")
