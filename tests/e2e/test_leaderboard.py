"""`interpref score` over comparisons, as a user calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.cli import interpref
from tests.support.labels import labelled_study

if TYPE_CHECKING:
    from pathlib import Path


def test_labels_give_win_rates_coefficients_and_agreement(tmp_path: Path) -> None:
    study = tmp_path / "s.duckdb"
    labelled_study(study).close()
    done = interpref(tmp_path, "score", study, "--json")
    assert done.code == 0, done.err
    found = done.json
    # ann: 3 a, 1 b, 3 ties; bo the same; the imported one is a win of model-one.
    assert found["win_rate"]["models"] == ["model-one", "model-two"]
    assert found["win_rate"]["wins"] == [[0, 7], [2, 0]]
    assert found["win_rate"]["ties"] == [[0, 6], [6, 0]]
    assert found["win_rate"]["matrix"][0][1] == pytest.approx((7 + 3) / 15)
    first, second = found["bradley_terry"]
    assert (first["model"], first["wins"], first["losses"], first["ties"], first["n"]) == ("model-one", 7, 2, 6, 15)
    assert first["low"] < first["coefficient"] < first["high"]
    assert first["coefficient"] + second["coefficient"] == pytest.approx(1.0)
    assert found["agreement"]["n_items"] == 6
    assert found["pearson"] is None  # nothing is judged here
    text = interpref(tmp_path, "score", study, "--scale", "elo", "--ties", "davidson")
    assert "model-one" in text.out
    assert "Krippendorff" in text.out


def test_the_crowd_of_llmfao_has_its_agreement_and_its_leaderboard(shared_data: Path, tmp_path: Path) -> None:
    study = tmp_path / "s.duckdb"
    done = interpref(tmp_path, "import", study, shared_data / "comparisons" / "llmfao.csv", "--json")
    assert done.json["comparisons"] == 8931
    found = interpref(tmp_path, "score", study, "--json").json
    assert found["agreement"]["krippendorff"]["value"] == pytest.approx(0.2906, abs=5e-5)
    assert found["agreement"]["raters"] == 124
    assert len(found["bradley_terry"]) == 59
    assert found["bradley_terry"][0]["model"] == "GPT 4"
    assert found["bradley_terry_fit"]["n"] == 8931
    assert found["bradley_terry_fit"]["converged"]
    assert sum(one["ties"] for one in found["bradley_terry"]) == 2 * 3471


def test_one_comparison_names_what_it_cannot_tell(tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("model_a,model_b,winner\nx,y,model_a\n", encoding="utf-8")
    study = tmp_path / "s.duckdb"
    interpref(tmp_path, "import", study, file)
    found = interpref(tmp_path, "score", study, "--json").json
    assert [(one["model"], one["coefficient"], one["place"]) for one in found["bradley_terry"]] == [
        ("x", None, "undefeated"),
        ("y", None, "winless"),
    ]
    assert found["agreement"] == {}
    assert "never lost" in interpref(tmp_path, "score", study).out
    prior = interpref(tmp_path, "score", study, "--prior", "1", "--json").json
    assert all(one["coefficient"] is not None for one in prior["bradley_terry"])
