"""The categories of preferences."""

from __future__ import annotations

from interpref_core.taxonomy import taxonomy


def test_seven_main_categories_hold_seventeen_types_each_once() -> None:
    categories = taxonomy()
    types = [one for several in categories.values() for one in several]
    assert len(categories) == 7
    assert len(types) == len(set(types)) == 17
    assert categories["Demographic"] == ("age group", "gender", "family situation", "occupation")
    assert categories["Knowledge"] == ("knowledge level",)
