"""What a new generation replaces: what nobody who counts has made any more, and what was made of that alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from interpref_db.construction.stage_runs import orphaned_outputs

CHUNK, TEA, RUM, PAIR, ITEM = ("chunk", "c"), ("preference", "tea"), ("preference", "rum"), ("pair", "p"), ("item", "i")
RAW = ("history", "raw")
STEPS = [(CHUNK, RAW, "e1"), (TEA, CHUNK, "e1"), (RUM, TEA, "k1"), (PAIR, TEA, "k1"), (ITEM, PAIR, "i1")]


def test_what_was_made_of_a_replaced_thing_goes_with_it() -> None:
    assert orphaned_outputs(STEPS, {"e1"}, []) == {CHUNK, TEA, RUM, PAIR, ITEM}
    assert orphaned_outputs(STEPS, {"k1"}, []) == {RUM, PAIR, ITEM}
    assert orphaned_outputs(STEPS, set(), []) == set()


def test_what_the_new_generation_made_again_stays_with_all_that_hangs_on_it() -> None:
    again = [*STEPS, (CHUNK, RAW, "e2"), (TEA, CHUNK, "e2")]
    assert orphaned_outputs(again, {"e1"}, []) == set()


def test_what_is_made_again_later_comes_back() -> None:
    later = [*STEPS, (CHUNK, RAW, "e3"), (TEA, CHUNK, "e3")]
    assert orphaned_outputs(later, {"e1", "e2"}, []) == set()


def test_what_answers_and_labels_hang_on_stays_with_what_it_was_made_from() -> None:
    assert orphaned_outputs(STEPS, {"e1"}, [ITEM]) == {RUM}
    assert orphaned_outputs(STEPS, {"e1"}, [ITEM, PAIR, TEA, RUM]) == set()


def test_imported_things_never_go() -> None:
    assert RAW not in orphaned_outputs(STEPS, {"e1", "k1", "i1"}, [])


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.sampled_from("abc")), max_size=40),
    st.sets(st.sampled_from("abc")),
)
def test_it_ends_and_hides_only_what_was_made_whatever_the_links(
    links: list[tuple[int, int, str]], older: set[str]
) -> None:
    steps = [(("t", str(thing)), ("t", str(source)), building) for thing, source, building in links]
    hidden = orphaned_outputs(steps, older, [])
    assert hidden <= {thing for thing, _, _ in steps}
    # Without circles: a thing stands if and only if some building that counts made it of what stands.
    if all(source < thing for thing, source, _ in links):
        for thing in {thing for thing, _, _ in steps}:
            groups = {
                building: [s for t, s, b in steps if (t, b) == (thing, building)]
                for t, _, building in steps
                if t == thing
            }
            stands = any(b not in older and not hidden & set(sources) for b, sources in groups.items())
            assert (thing not in hidden) == stands
