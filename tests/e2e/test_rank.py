"""`interpref rank`: any file of comparisons, counted where it lies; the wrong answers of other programs are not given here."""

from __future__ import annotations

import gzip
import json
import random
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pytest

from interpref_core.metrics.bradley_terry import fit_bradley_terry
from interpref_core.metrics.win_matrix import WinCounts
from interpref_db.importers import ImportRefused
from interpref_db.scores.comparison_files import count_file
from tests.support.cli import interpref
from tests.support.labels import labelled_study
from tests.support.studies import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

MODELS = ("ant", "bee", "cat", "dog")


def battles(n: int = 400, *, skipped: bool = False) -> list[tuple[str, str, str]]:
    generator = random.Random(5)
    words = ["model_a"] * 5 + ["model_b"] * 3 + ["tie"] * 2 + (["skip"] if skipped else [])
    pairs = [generator.sample(MODELS, 2) for _ in range(n)]
    return [(first, second, generator.choice(words)) for first, second in pairs]


def csv_of(
    path: Path, rows: list[tuple[Any, ...]], heading: str = "model_a,model_b,winner", delimiter: str = ","
) -> Path:
    lines = [heading.replace(",", delimiter), *(delimiter.join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def same(one: WinCounts, rows: list[tuple[str, str, str]]) -> None:
    short = {"model_a": "a", "model_b": "b"}
    expected = WinCounts.of((a, b, short.get(winner, winner)) for a, b, winner in rows)
    assert one.models == expected.models
    np.testing.assert_array_equal(one.wins, expected.wins)
    np.testing.assert_array_equal(one.ties, expected.ties)


@pytest.mark.parametrize(
    "kind", ["csv", "semicolons.csv", "tsv", "csv.gz", "jsonl", "jsonl.gz", "json", "parquet", "noname"]
)
def test_every_container(tmp_path: Path, kind: str) -> None:
    rows = battles(skipped=True)
    path = tmp_path / f"votes [1].{kind}"
    delimiter = {"semicolons.csv": ";", "tsv": "\t"}.get(kind, ",")
    records = [dict(zip(("model_a", "model_b", "winner"), row, strict=True)) for row in rows]
    if kind.startswith("json"):
        text = json.dumps(records) if kind == "json" else "".join(json.dumps(one) + "\n" for one in records)
        path.write_bytes(gzip.compress(text.encode()) if kind.endswith("gz") else text.encode())
    elif kind == "parquet":
        source = csv_of(tmp_path / "source.csv", rows)
        # DuckDB takes brackets for a pattern only when it reads.
        duckdb.connect(":memory:").execute(f"COPY (FROM read_csv('{source}')) TO '{path}' (FORMAT parquet)")
    else:
        csv_of(path, rows, delimiter=delimiter)
        if kind.endswith("gz"):
            path.write_bytes(gzip.compress(path.read_bytes()))
    counted = count_file(path)
    same(counted.counts, rows)
    assert counted.left_out == {"skipped": sum(1 for row in rows if row[2] == "skip")}


def test_the_words_for_a_winner(tmp_path: Path) -> None:
    """Places, numbers, the winner's name; skips and nonsense are left out and counted."""
    rows = [("ant", "bee", "ant"), ("ant", "bee", " Left "), ("ant", "bee", "2"), ("ant", "bee", "tie (bothbad)")]
    rows += [
        ("ant", "bee", "nobody's"),
        ("ant", "bee", ""),
        ("ant", "", "ant"),
        ("ant", "ant", "tie"),
        ("bee", "ant", "ant"),
    ]
    counted = count_file(csv_of(tmp_path / "w.csv", rows))
    assert counted.counts.models == ("ant", "bee")
    assert counted.counts.wins.tolist() == [[0, 3], [1, 0]]
    assert counted.counts.ties.tolist() == [[0, 1], [1, 0]]
    assert counted.left_out == {"without two names and a winner": 3, "of a model with itself": 1}


def test_flags_and_weighted_preferences(tmp_path: Path) -> None:
    heading = "model_a,model_b,winner_model_a,winner_model_b,winner_tie"
    flags = csv_of(
        tmp_path / "f.csv",
        [("x", "y", 1, 0, 0), ("x", "y", 0, 1, 0), ("x", "y", 0, 0, 1), ("x", "y", 1, 1, 0)],
        heading,
    )
    counted = count_file(flags)
    assert counted.counts.wins.tolist() == [[0, 1], [1, 0]]
    assert counted.counts.ties.tolist() == [[0, 1], [1, 0]]
    assert counted.left_out == {"without two names and a winner": 1}
    weighted = csv_of(
        tmp_path / "p.csv",
        [("x", "y", 1), ("x", "y", 1.2), ("x", "y", 1.9), ("x", "y", 1.5)],
        "generator_1,generator_2,preference",
    )
    assert count_file(weighted).counts.wins.tolist() == [[0, 2], [1, 0]]


def test_hostile_names_are_names(tmp_path: Path) -> None:
    names = [HOSTILE.replace("\x00", ""), "o'neill\"; DROP", "=cmd()", "界面🙂"]
    rows = [{"model_a": a, "model_b": b, "winner": "model_a"} for a in names for b in names if a != b]
    path = tmp_path / "h.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert set(count_file(path).counts.models) == set(names)
    done = interpref(tmp_path, "rank", path)
    assert done.code == 0, done.err
    assert "\x1b" not in done.out
    # Our own CSV sets an apostrophe before what a spreadsheet would run: the same model as without.
    csv_of(tmp_path / "d.csv", [("'=cmd()", "y", "model_a"), ("=cmd()", "y", "model_b")])
    assert count_file(tmp_path / "d.csv").counts.models == ("=cmd()", "y")


def test_a_broken_line_is_named_and_the_rest_counts(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text("model_a,model_b,winner\nx,y,model_a\nx,y\ny,x,model_a\nx,y,perhaps\n", encoding="utf-8")
    done = interpref(tmp_path, "rank", path, "--json")
    assert done.code == 3
    assert [(one["model"], one["wins"], one["losses"]) for one in done.json["models"]] == [("x", 1, 1), ("y", 1, 1)]
    assert f"{path}, line 3" in done.err
    assert "line 5: winner" in done.err
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".jsonl"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("a,b,c\n1,2,3\n", "holds no comparisons"),
        ("model_a,model_b,winner\nx,y,\n", None),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_file_of_comparisons(tmp_path: Path, text: str | None, said: str | None) -> None:
    path = tmp_path / "x.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    done = interpref(tmp_path, "rank", path, "--json")
    assert "Traceback" not in done.err
    if said is None:
        assert done.code == 0
        assert done.json["n"] == 0
        assert [one["coefficient"] for one in done.json["models"]] == [None, None]
    else:
        assert done.code == 1
        assert said in done.err


def leaderboard(tmp_path: Path, rows: list[tuple[str, str, str]], *options: str) -> dict[str, Any]:
    done = interpref(tmp_path, "rank", csv_of(tmp_path / "r.csv", rows), "--json", *options)
    assert done.code == 0, done.err
    found: dict[str, Any] = done.json
    return found


def test_degenerate_files_are_told_and_never_guessed(tmp_path: Path) -> None:
    star = [("star", other, "model_a") for other in "xyz"] + [
        ("x", "y", "model_a"),
        ("y", "z", "model_a"),
        ("z", "x", "model_a"),
    ]
    found = leaderboard(tmp_path, star)
    assert next((one["model"], one["place"], one["coefficient"] is None) for one in found["models"]) == (
        "star",
        "undefeated",
        True,
    )
    assert all(one["coefficient"] == pytest.approx(0.5) for one in found["models"][1:])
    assert "never lost" in found["notices"][0]
    with_prior = leaderboard(tmp_path, star, "--prior", "0.5")
    assert with_prior["models"][0]["model"] == "star"
    assert with_prior["models"][0]["coefficient"] > with_prior["models"][1]["coefficient"]
    apart = leaderboard(tmp_path, [("a", "b", "tie"), ("c", "d", "tie"), ("d", "c", "model_a")])
    places = {one["model"]: one["place"] for one in apart["models"]}
    assert places == {"c": "", "d": "", "a": "apart", "b": "apart"}
    assert [sorted(group) for group in apart["components"]] == [["c", "d"], ["a", "b"]]
    ties = leaderboard(tmp_path, [("a", "b", "tie")] * 5)
    assert [one["coefficient"] for one in ties["models"]] == pytest.approx([0.5, 0.5])
    assert all(one["low"] < 0.5 < one["high"] for one in ties["models"])
    single = leaderboard(tmp_path, [("a", "b", "model_b")])
    assert [(one["model"], one["place"]) for one in single["models"]] == [("b", "undefeated"), ("a", "winless")]
    assert single["converged"] is False


def test_clusters_and_bootstraps(tmp_path: Path) -> None:
    rows = [(*row, f"ann{n % 9}", f"item{n % 40}") for n, row in enumerate(battles(900))]
    path = csv_of(tmp_path / "c.csv", rows, "model_a,model_b,winner,annotator,question_id")
    plain = interpref(tmp_path, "rank", path, "--json").json
    for options in (
        ["--cluster", "annotator"],
        ["--cluster", "item"],
        ["--cluster", "question_id"],
        ["--interval", "bootstrap"],
    ):
        found = interpref(tmp_path, "rank", path, "--json", *options).json
        again = interpref(tmp_path, "rank", path, "--json", *options).json
        assert found == again
        for one, other in zip(plain["models"], found["models"], strict=True):
            assert one["coefficient"] == other["coefficient"]
            width, its = one["high"] - one["low"], other["high"] - other["low"]
            assert 0.3 * width < its < 3 * width
    assert "has no column nobody" in interpref(tmp_path, "rank", path, "--cluster", "nobody").err


def test_a_study_is_ranked_as_score_ranks_it(tmp_path: Path) -> None:
    study = tmp_path / "s.duckdb"
    labelled_study(study).close()
    ranked = interpref(tmp_path, "rank", study, "--json").json
    assert ranked["models"] == interpref(tmp_path, "score", study, "--json").json["bradley_terry"]
    assert interpref(tmp_path, "rank", study, "--cluster", "annotator", "--json").code == 0


def test_the_crowd_as_evalica_ranks_it(tmp_path: Path, shared_data: Path) -> None:
    import evalica

    path = shared_data / "comparisons" / "llmfao.csv"
    found = interpref(tmp_path, "rank", path, "--json").json
    assert (found["n"], found["converged"], len(found["models"])) == (8931, True, 59)
    counted = count_file(path).counts
    names, others, winners = [], [], []
    for i, j in zip(*np.nonzero(counted.wins), strict=True):
        for _ in range(int(counted.wins[i, j])):
            names.append(counted.models[i])
            others.append(counted.models[j])
            winners.append(evalica.Winner.X)
    for i, j in zip(*np.nonzero(np.triu(counted.ties)), strict=True):
        for _ in range(int(counted.ties[i, j])):
            names.append(counted.models[i])
            others.append(counted.models[j])
            winners.append(evalica.Winner.Draw)
    theirs = np.log(evalica.bradley_terry(names, others, winners, tolerance=1e-12, limit=10000).scores)
    theirs = theirs - theirs.mean() + 0.5
    for one in found["models"]:
        assert one["coefficient"] == pytest.approx(theirs[one["model"]], abs=1e-6)


def test_numbers_as_names_and_missing_values(tmp_path: Path) -> None:
    path = tmp_path / "n.parquet"
    rows = "(1, 2, 1), (2, 1, 2), (2, 3, 0), (3, 1, NULL), (NULL, 1, 2)"
    duckdb.connect(":memory:").execute(
        f"COPY (FROM (VALUES {rows}) AS t(model_a, model_b, winner)) TO '{path}' (FORMAT parquet)"
    )
    counted = count_file(path)
    assert counted.counts.models == ("1", "2", "3")
    assert counted.counts.wins.tolist() == [[0, 2, 0], [0, 0, 0], [0, 0, 0]]
    assert counted.counts.ties.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert counted.left_out == {"without two names and a winner": 2}


def test_too_many_names_are_no_models(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "m.csv", [(f"text {n}", f"text {n + 1}", "model_a") for n in range(5000)])
    with pytest.raises(ImportRefused, match="5001 different names"):
        count_file(path)


def test_a_file_larger_than_a_slice_counts_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import interpref_db.scores.comparison_files as module

    rows = battles(1000)
    path = csv_of(tmp_path / "b.csv", rows)
    monkeypatch.setattr(module, "_SLICE", 64)
    same(count_file(path).counts, rows)


def test_the_fit_of_what_was_counted_is_the_minimum(tmp_path: Path) -> None:
    """No step from the coefficients lowers Eq. 5."""
    from interpref_core.metrics.bradley_terry import bt_loss

    counted = count_file(csv_of(tmp_path / "b.csv", battles(3000))).counts
    found = fit_bradley_terry(counted)
    generator = np.random.default_rng(1)
    for _ in range(50):
        step = generator.normal(0, 1e-3, len(MODELS))
        assert bt_loss(counted.halves, found.scores + step) >= found.loss
