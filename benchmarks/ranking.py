"""`interpref rank` against evalica (and arena-rank where it is installed): the same Parquet file, whole processes, in turn;
and 1,000 bootstrap resamples against evalica's one fit.

    python -m benchmarks.ranking [--models 150] [--comparisons 2000000] [--rounds 5]

Wanted: 15 times evalica's speed and 25 times arena-rank's at 150 models and 2,000,000 comparisons, a fifth of
evalica's time at 1,000 models and 10,000,000, no more memory than evalica, resamples faster than its one fit, and `rank` on
a small file in 1.5 times the time of its --help and half a second.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# As their users read a file: pandas with pyarrow; where that is not installed through DuckDB, which is faster.
READ = """
import sys
try:
    import pandas, pyarrow
    rows = pandas.read_parquet(sys.argv[1])
except ImportError:
    import duckdb
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    rows = connection.execute("SELECT model_a, model_b, winner FROM read_parquet(?)", [sys.argv[1]]).df()
"""
PEERS = {
    "evalica": READ
    + """
import json, time, evalica, numpy as np
said = {"model_a": evalica.Winner.X, "model_b": evalica.Winner.Y, "tie": evalica.Winner.Draw}
winners = rows["winner"].map(said)
start = time.perf_counter()
scores = np.log(evalica.bradley_terry(rows["model_a"], rows["model_b"], winners).scores)
fit = time.perf_counter() - start
print(json.dumps({"scores": (scores - scores.mean()).to_dict(), "fit_s": fit}))
""",
    "arena_rank": READ
    + """
import json
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.utils.data_utils import PairDataset
pairs = PairDataset.from_pandas(rows)
model = BradleyTerry(n_competitors=len(pairs.competitors)); model.fit(pairs)
found = [float(one) for one in model.params["ratings"]]
mean = sum(found) / len(found)
print(json.dumps({"scores": {str(name): one - mean for name, one in zip(pairs.competitors, found)}}))
""",
}
# Started without a parent's memory, so that the peak is its own.
LAUNCH = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"


def make(path: Path, models: int, comparisons: int) -> None:
    """A file of comparisons: skills drawn from a normal distribution, a fifth of ties."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("SELECT setseed(0.5)")
    connection.execute(
        f"""COPY (
            WITH skill AS (SELECT n, sqrt(-2 * ln(random() + 1e-12)) * cos(2 * pi() * random()) AS s FROM range({models}) AS t(n)),
            pair AS (SELECT (random() * {models})::INT % {models} AS a, 1 + (random() * ({models} - 1))::INT % ({models} - 1) AS by,
                random() AS r, random() AS t FROM range({comparisons}))
            SELECT format('model-{{:04d}}', p.a) AS model_a, format('model-{{:04d}}', (p.a + p.by) % {models}) AS model_b,
                CASE WHEN p.t < 0.2 THEN 'tie' WHEN p.r < 1 / (1 + exp(y.s - x.s)) THEN 'model_a' ELSE 'model_b' END AS winner
            FROM pair AS p JOIN skill AS x ON x.n = p.a JOIN skill AS y ON y.n = (p.a + p.by) % {models}
        ) TO '{path}' (FORMAT parquet)"""  # noqa: S608 - numbers and a path of our own
    )


def run(command: list[str]) -> tuple[float, float, dict[str, Any]]:
    """Wall seconds, peak MiB and the JSON document of a process."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-S", "-c", LAUNCH, *command], stdout=subprocess.PIPE, text=True)
    out = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"failed: {' '.join(command)[:200]}")
    return wall, usage.ru_maxrss / 1024, json.loads(out)


def against_peers(path: Path, rounds: int) -> None:
    contenders = {"interpref": [sys.executable, "-m", "interpref_tui", "rank", "--json", str(path)]}
    for name, code in PEERS.items():
        if find_spec(name) is not None:
            contenders[name] = [sys.executable, "-c", code, str(path)]
    seen: dict[str, list[tuple[float, float, dict[str, Any]]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, command in contenders.items():
            seen[name].append(run(command))
    ours = statistics.median(one[0] for one in seen["interpref"])
    models = seen["interpref"][-1][2]["models"]
    mean = sum(one["coefficient"] for one in models) / len(models)
    for name, rows in seen.items():
        wall = statistics.median(one[0] for one in rows)
        line: dict[str, Any] = {
            "contender": name,
            "wall_s": round(wall, 3),
            "peak_mib": round(max(one[1] for one in rows)),
        }
        if name != "interpref":
            theirs = rows[-1][2]["scores"]
            line["times_ours"] = round(wall / ours, 1)
            line["max_difference"] = max(abs(one["coefficient"] - mean - theirs[one["model"]]) for one in models)
        print(json.dumps(line))
    _resamples(path, [one[2].get("fit_s") for one in seen.get("evalica", [])])


def _resamples(path: Path, fits: list[float | None]) -> None:
    from interpref_core.metrics.bradley_terry import fit_bradley_terry
    from interpref_core.metrics.bt_intervals import bootstrap
    from interpref_db.scores.comparison_files import count_file

    counts = count_file(path).counts
    found = fit_bradley_terry(counts)
    took = []
    for seed in range(3):
        start = time.perf_counter()
        bootstrap(counts, found, resamples=1000, seed=seed)
        took.append(time.perf_counter() - start)
    ours = statistics.median(took)
    line: dict[str, Any] = {"resamples": 1000, "models": len(counts.models), "wall_s": round(ours, 3)}
    known = [one for one in fits if one is not None]
    if known:
        line |= {
            "evalica_fit_s": round(statistics.median(known), 3),
            "evalica_fit_over_ours": round(statistics.median(known) / ours, 2),
        }
    print(json.dumps(line))


def small_file(path: Path) -> None:
    """`rank` on a small file against its own --help."""

    def seconds(*arguments: str) -> float:
        took = []
        for _ in range(9):
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "interpref_tui", "rank", *arguments], stdout=subprocess.DEVNULL, check=True
            )
            took.append(time.perf_counter() - start)
        return statistics.median(took)

    plain, ranked = seconds("--help"), seconds(str(path))
    allowed = 1.5 * plain + 0.5
    print(
        json.dumps(
            {
                "help_s": round(plain, 3),
                "rank_s": round(ranked, 3),
                "allowed_s": round(allowed, 3),
                "ratio": round(ranked / allowed, 2),
            }
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=150)
    parser.add_argument("--comparisons", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "comparisons.parquet"
        make(path, asked.models, asked.comparisons)
        against_peers(path, asked.rounds)
        small = Path(folder) / "small.parquet"
        make(small, 59, 9000)
        small_file(small)
    return 0


if __name__ == "__main__":
    sys.exit(main())
