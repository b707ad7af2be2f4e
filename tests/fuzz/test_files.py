"""Files that are nearly right, on their way into a study."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fuzzing.files import Imports, Readings, forms_of, rank_file
from tests.support.fuzzing.mutations import change_file
from tests.support.fuzzing.seeds import file_seeds
from tests.support.fuzzing.tables import COLUMNS, ODD_VALUES, write_table
from tests.support.fuzzing.watching import MOST_MEMORY, deadline, peak_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = file_seeds()
CHANCES = st.integers(0, 2**32).map(random.Random)
FAST = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def imports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imports]:
    found = Imports(tmp_path_factory.mktemp("fuzz"), SEEDS["published responses"])
    yield found
    found.close()


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readings]:
    imports = Imports(tmp_path_factory.mktemp("fuzz"), SEEDS["published responses"])
    with Readings(imports) as found:
        yield found
    imports.close()


def test_every_seed_is_good(imports: Imports) -> None:
    """Without this, all that follows could be refused at the door."""
    for name, seed in SEEDS.items():
        report = imports.check(seed.name, seed.data, seed.one_each)
        assert report.format, name
        assert name == "batch" or not report.rejected, (name, report.rejected)
    imports.check_study()
    imports.renew()


@pytest.mark.parametrize("name", [name for name in SEEDS if "lines" not in name])
@settings(FAST, max_examples=12)
@given(chance=CHANCES)
def test_a_file_that_is_nearly_right_is_read_or_refused(readings: Readings, name: str, chance: random.Random) -> None:
    seed = SEEDS[name]
    with deadline():
        readings.check(seed.name, change_file(seed.data, chance))
    assert peak_memory() < MOST_MEMORY


@settings(FAST, max_examples=20)
@given(chance=CHANCES)
def test_whatever_goes_in_is_counted_and_goes_in_once(imports: Imports, chance: random.Random) -> None:
    seed = SEEDS[chance.choice(list(SEEDS))]
    with deadline():
        imports.check(seed.name, change_file(seed.data, chance), seed.one_each)


def test_a_study_that_took_in_odd_things_is_scored_listed_and_exported(imports: Imports) -> None:
    chance = random.Random(7)
    imports.renew()
    for name in ("native", "own csv", "argilla", "sharegpt lines"):
        for _ in range(2):
            imports.check(SEEDS[name].name, change_file(SEEDS[name].data, chance))
    imports.check_study()
    imports.renew()


@settings(FAST, max_examples=30)
@given(data=st.binary(max_size=3000), name=st.sampled_from([seed.name for seed in SEEDS.values()]))
def test_any_bytes_are_refused_in_one_line(readings: Readings, data: bytes, name: str) -> None:
    with deadline():
        readings.check(name, data)


@pytest.mark.parametrize("name", ["sharegpt lines", "openai lines", "battles lines", "battles csv", "native", "laps"])
def test_the_same_in_another_form_brings_the_same(imports: Imports, name: str) -> None:
    """Packed, with a byte order mark, with other line ends, in another order, in two files."""
    seed = SEEDS[name]
    imports.check_same(seed.name, seed.data, forms_of(seed, seed.data, random.Random(3)))


@settings(FAST, max_examples=6)
@given(chance=CHANCES, name=st.sampled_from(["sharegpt lines", "openai lines"]))
def test_chats_are_read_in_bulk_as_they_are_one_by_one(imports: Imports, chance: random.Random, name: str) -> None:
    """What is packed is read one by one; so each way holds the other to the same."""
    seed = SEEDS[name]
    data = change_file(seed.data, chance)
    imports.check_same(seed.name, data, forms_of(seed, data, chance)[:1] if data[:2] != b"\x1f\x8b" else [])


def test_parquet_of_every_type_is_read_or_refused(readings: Readings, imports: Imports) -> None:
    path = imports.folder / "odd.parquet"
    for number, column in enumerate(COLUMNS):
        for value in ODD_VALUES[number % 4 :: 4]:
            if write_table(path, column, value):
                with deadline():
                    readings.check("odd.parquet", path.read_bytes())
    path.unlink()


@pytest.mark.parametrize("column", ["model_a", "winner", "judge"])
def test_rank_reads_parquet_of_every_type(imports: Imports, column: str) -> None:
    path = imports.folder / "odd.parquet"
    for value in ODD_VALUES[::3]:
        if write_table(path, column, value):
            with deadline():
                rank_file(path)
    path.unlink(missing_ok=True)


@settings(FAST, max_examples=8)
@given(chance=CHANCES, name=st.sampled_from(["battles lines", "battles csv", "battles tsv", "own csv", "alpaca"]))
def test_rank_reads_or_refuses_any_file(imports: Imports, chance: random.Random, name: str) -> None:
    path = imports.folder / "ranked"
    path.write_bytes(change_file(SEEDS[name].data, chance))
    with deadline():
        rank_file(path)
    path.unlink()
