"""The parts of a split share nothing, have about their share, and keep what they had."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from interpref_core.construction.train_test_split import components, split_items

preference = st.integers(0, 30).map(lambda n: f"p{n}")
items = st.lists(st.lists(preference, min_size=1, max_size=2), min_size=1, max_size=25).map(
    lambda pairs: {f"i{n:02}": pair for n, pair in enumerate(pairs)}
)
clusters = st.dictionaries(preference, st.sampled_from(["c1", "c2", "c3"]), max_size=8)
share = st.floats(0, 1)
seed = st.integers(0, 5)


def shared(of: dict[str, list[str]], same: dict[str, str], part: set[str]) -> set[str]:
    return {same.get(preference, preference) for item in part for preference in of[item]}


@given(items, clusters, share, seed)
def test_no_preference_and_no_cluster_is_in_both_parts(
    of: dict[str, list[str]], same: dict[str, str], wanted: float, chance: int
) -> None:
    groups = components(of, same)
    assert sorted(item for group in groups for item in group) == sorted(of)
    parts = split_items(groups, seed=chance, share=wanted)
    train = {item for item, part in parts.items() if part == "train"}
    test = set(parts) - train
    assert set(parts) == set(of)
    assert not shared(of, same, train) & shared(of, same, test)
    assert len(test) <= round(wanted * len(of))
    assert parts == split_items(groups[::-1], seed=chance, share=wanted)


@given(items, share, seed)
def test_a_group_that_fits_is_never_left_out_of_the_test(of: dict[str, list[str]], wanted: float, chance: int) -> None:
    groups = components(of, {})
    parts = split_items(groups, seed=chance, share=wanted)
    short = round(wanted * len(of)) - sum(part == "test" for part in parts.values())
    assert all(len(group) > short for group in groups if parts[group[0]] == "train")


@given(items, items, share, seed)
def test_new_items_leave_the_old_ones_where_they_were_unless_they_tie_the_parts(
    of: dict[str, list[str]], more: dict[str, list[str]], wanted: float, chance: int
) -> None:
    before = split_items(components(of, {}), seed=chance, share=wanted)
    everything = of | {f"n{item}": preferences for item, preferences in more.items()}
    groups = components(everything, {})
    after = split_items(groups, seed=chance, share=wanted, before=before)
    assert all(after[item] == "train" for item, part in before.items() if part == "train")
    for group in groups:
        assert len({after[item] for item in group}) == 1
        if all(before[item] == "test" for item in group if item in before) and set(group) & set(before):
            assert {after[item] for item in group} == {"test"}


def test_seeds_differ() -> None:
    groups = components({f"i{n}": [f"p{n}"] for n in range(40)}, {})
    found = {tuple(sorted(split_items(groups, seed=seed, share=0.5).items())) for seed in range(5)}
    assert len(found) == 5
