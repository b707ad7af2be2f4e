"""What models, servers and users write, nearly right: read or said to be unreadable, in no time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fuzzing import texts
from tests.support.fuzzing.files import Imports, filter_lists
from tests.support.fuzzing.settings import SEEDS, SettingsFiles
from tests.support.fuzzing.targets import change
from tests.support.fuzzing.watching import deadline

if TYPE_CHECKING:
    from pathlib import Path

CHANCES = st.integers(0, 2**32).map(random.Random)
FAST = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# Pieces that are repeated thousands of times: what a reader that looks back would look back over again and again.
PUMPED = (
    " ",
    "\t",
    "- ",
    "#",
    "*",
    "_",
    "[",
    "{",
    "(",
    '"',
    '\\"',
    "1",
    "1,",
    "a",
    "\n",
    "\n ",
    "é ",
    ": ",
    "left ",
    "the user ",
)
BEFORE = (
    "", "Left", "persona_1: Left", "better: ", "answer", "Answer: x\npersona", "- ", "-", "1", 'preferences": ["',
    '{"a": "', "begin_dialog_id: 1\nend_dialog_id", "personal_profile:\n- x (", "user: a\n", "Given your", ", considering that",
    "<think>", "response", "do", "can't", "[[", "topic:", "因为",
)  # fmt: skip


@pytest.mark.parametrize("name", texts.TARGETS)
@settings(FAST, max_examples=40)
@given(chance=CHANCES)
def test_a_text_that_is_nearly_right_is_read_or_refused(name: str, chance: random.Random) -> None:
    data = change(chance.choice(texts.SEEDS[name]).encode(), chance)
    with deadline():
        texts.TARGETS[name](data)


@pytest.mark.parametrize("before", BEFORE)
def test_no_reader_looks_back_over_a_long_gap(before: str) -> None:
    for piece in PUMPED:
        data = (before + piece * (10_000 // len(piece)) + "x").encode()
        for name in ("judge", "paradigms", "construction"):
            with deadline():
                texts.TARGETS[name](data)


@pytest.mark.parametrize("name", SEEDS)
@settings(FAST, max_examples=15)
@given(chance=CHANCES)
def test_settings_that_are_nearly_right_are_read_or_refused(tmp_path: Path, name: str, chance: random.Random) -> None:
    data = change(chance.choice(SEEDS[name]).encode(), chance)
    with deadline():
        SettingsFiles(tmp_path).targets[name](data)


@pytest.mark.parametrize(("name", "number"), [(name, n) for name, seeds in SEEDS.items() for n in range(len(seeds))])
def test_the_odd_settings_that_we_know(tmp_path: Path, name: str, number: int) -> None:
    with deadline():
        SettingsFiles(tmp_path).targets[name](SEEDS[name][number].encode())


def test_any_filter_is_asked_or_refused(tmp_path: Path) -> None:
    imports = Imports(tmp_path)

    @settings(FAST, max_examples=12)
    @given(chance=CHANCES)
    def run(chance: random.Random) -> None:
        data = change(chance.choice(texts.SEEDS["filters"]).encode(), chance)
        with deadline():
            filter_lists(imports.study, data.decode("utf-8", "replace"))

    run()
    imports.close()
