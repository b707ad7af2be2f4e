"""Agreement against published worked examples and other people's implementations."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpref_core.metrics.agreement import agreement, cohen, cohen_of_table, fleiss, gwet, hard_and_soft, krippendorff
from interpref_core.metrics.ratings import NO_PAIR, ONE_CATEGORY, Ratings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def known(shared_data: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((shared_data / "agreement" / "known_values.json").read_text())
    return values


# Krippendorff 2011, data C: four observers, twelve units, missing codings.
DATA_C = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


def data_c() -> Ratings:
    return Ratings.of((unit, who, value) for who, row in enumerate(DATA_C) for unit, value in enumerate(row))


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorffs_own_data(level: Any, alpha: float) -> None:
    assert krippendorff(data_c().counts, level).value == pytest.approx(alpha, abs=5e-4)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_equal_to_the_library_krippendorff(level: Any) -> None:
    oracle = pytest.importorskip("krippendorff")
    generator = np.random.default_rng(2)
    table = generator.integers(0, 5, (6, 80)).astype(float)
    table[generator.random(table.shape) < 0.4] = np.nan
    theirs = oracle.alpha(reliability_data=table, level_of_measurement=level)
    ours = Ratings.of(
        (unit, who, None if np.isnan(table[who, unit]) else int(table[who, unit]))
        for who in range(6)
        for unit in range(80)
    )
    assert krippendorff(ours.counts, level).value == pytest.approx(theirs, abs=1e-9)


def test_gwets_example_leaves_missing_values_out() -> None:
    assert gwet(data_c().counts).value == pytest.approx(0.77544, abs=5e-6)


def test_fleiss_of_the_known_tables(known: dict[str, Any]) -> None:
    table = np.array(known["fleiss_wikipedia"]["table"], float)
    assert fleiss(table).value == pytest.approx(known["fleiss_wikipedia"]["expected_kappa"])
    rows = known["fleiss_1971_diagnoses"]["ratings"]
    ratings = Ratings.of((item, who, value) for item, row in enumerate(rows) for who, value in enumerate(row))
    assert fleiss(ratings.counts).value == pytest.approx(known["fleiss_1971_diagnoses"]["expected_kappa"], abs=1e-6)


def test_fleiss_equals_statsmodels() -> None:
    oracle = pytest.importorskip("statsmodels.stats.inter_rater")
    table = np.random.default_rng(4).multinomial(7, [0.5, 0.2, 0.2, 0.1], 60).astype(float)
    assert fleiss(table).value == pytest.approx(oracle.fleiss_kappa(table, method="fleiss"), abs=1e-9)


def test_cohen_of_the_known_table(known: dict[str, Any]) -> None:
    table = np.array(known["cohen_sas"]["table"], float)
    assert cohen_of_table(table).value == pytest.approx(known["cohen_sas"]["expected_kappa"], abs=5e-4)
    oracle = pytest.importorskip("statsmodels.stats.inter_rater")
    for weights, theirs in (("linear", "linear"), ("quadratic", "quadratic")):
        expected = oracle.cohens_kappa(table, wt=theirs).kappa
        assert cohen_of_table(table, weights=weights).value == pytest.approx(expected, abs=1e-9)  # type: ignore[arg-type]


def test_small_units(known: dict[str, Any]) -> None:
    small = known["krippendorff_small"]
    ratings = Ratings.of((n, who, value) for n, unit in enumerate(small["units"]) for who, value in enumerate(unit))
    for level in ("nominal", "interval"):
        assert krippendorff(ratings.counts, level).value == pytest.approx(small[level], abs=1e-6)


def test_pandalms_three_annotators(shared_data: Path, known: dict[str, Any]) -> None:
    rows = json.loads((shared_data / "agreement" / "pandalm_testset.json").read_text())
    names = ("annotator1", "annotator2", "annotator3")
    for pair, expected in known["pandalm_cohen"]["recomputed"].items():
        one, two = (names[int(n) - 1] for n in pair.split("-"))
        assert cohen([row[one] for row in rows], [row[two] for row in rows]).value == pytest.approx(expected)
    whole = agreement(Ratings.of((row["idx"], name, row[name]) for row in rows for name in names))
    assert whole.fleiss.value == pytest.approx(known["pandalm_cohen"]["fleiss_recomputed"])
    assert whole.per_cent.value is not None
    low, value, high = whole.fleiss.low, whole.fleiss.value, whole.fleiss.high
    assert low is not None
    assert value is not None
    assert high is not None
    assert low < value < high


@pytest.mark.parametrize(
    ("judge", "right", "both", "same", "kappa"),
    [("GPT-4_Vanilla_NoRules", (92, 95), 92, 97, 0.938975), ("ChatGPT_Vanilla", (80, 83), 67, 71, 0.428684)],
)
def test_the_two_orders_of_llmbar(
    shared_data: Path, judge: str, right: tuple[int, int], both: int, same: int, kappa: float
) -> None:
    folder = shared_data / "judgements"
    truth = [str(row["label"]) for row in json.loads((folder / "llmbar_natural.dataset.json").read_text())]
    rows = json.loads((folder / f"llmbar_natural.{judge}.result.json").read_text())
    first, second = ([str(row["results"][0][f"swap = {turned}"]["winner"]) for row in rows] for turned in (False, True))
    found = agreement(
        Ratings.of((n, who, said[n]) for who, said in enumerate((first, second)) for n in range(len(rows)))
    )
    assert found.per_cent.value == pytest.approx(same / 100)
    assert cohen(first, second).value == pytest.approx(kappa, abs=1e-6)
    hits = [[said == true for said, true in zip(order, truth, strict=True)] for order in (first, second)]
    assert (sum(hits[0]), sum(hits[1])) == right
    assert sum(a and b for a, b in zip(*hits, strict=True)) == both


def test_the_crowd_of_llmfao(shared_data: Path) -> None:
    with (shared_data / "comparisons" / "llmfao.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    ratings = Ratings.of((row["id"], row["worker"], row["winner"]) for row in rows)
    assert len(ratings.names) == 124
    found = agreement(ratings, resamples=100)
    assert found.krippendorff.value == pytest.approx(0.2906, abs=5e-5)
    assert found.n_ratings == 8931


def test_one_category_and_no_pair_are_said() -> None:
    same = agreement(Ratings.of((n, who, "left") for n in range(5) for who in range(2)))
    assert (same.fleiss.value, same.fleiss.note) == (None, ONE_CATEGORY)
    assert (same.krippendorff.value, same.cohen.value) == (None, None)
    assert same.per_cent.value == 1.0
    alone = agreement(Ratings.of((n, 0, "left" if n else "tie") for n in range(5)))
    assert (alone.per_cent.value, alone.per_cent.note) == (None, NO_PAIR)
    json.dumps(alone.to_json(), allow_nan=False)
    json.dumps(agreement(Ratings.of([])).to_json(), allow_nan=False)


def test_hard_and_soft_disagreements() -> None:
    ratings = Ratings.of([(1, 1, "a"), (1, 2, "b"), (2, 1, "a"), (2, 2, "tie"), (3, 1, "a"), (3, 2, "a")])
    assert hard_and_soft(ratings, {"tie"}) == (1, 1)


rows_of_ratings = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 4), st.sampled_from(["left", "right", "tie"])), max_size=40
)


@settings(max_examples=80, deadline=None)
@given(rows_of_ratings)
def test_any_ratings(rows: list[tuple[int, int, str]]) -> None:
    found = agreement(Ratings.of(rows, ["left", "right", "tie"]), resamples=50)
    json.dumps(found.to_json(), allow_nan=False)
    for coefficient in (found.per_cent, found.cohen, found.fleiss, found.krippendorff, found.gwet):
        assert (coefficient.value is None) == (coefficient.note is not None)
        if coefficient.value is not None:
            assert coefficient.value <= 1 + 1e-9
    # Names of raters do not matter.
    renamed = agreement(
        Ratings.of([(item, f"x{who}", value) for item, who, value in rows], ["left", "right", "tie"]), resamples=50
    )
    assert renamed.krippendorff.value == pytest.approx(found.krippendorff.value) if found.krippendorff.value else True
