"""How long do the scores of many runs take, and is it less than counting each pair of runs and each number by itself?

    python -m benchmarks.many_runs [--runs 200] [--items 1000] [--slow-pairs 500]

Makes a study, counts its scoreboard and tables and writes its report, each in a process of its own; and counts some pairs of
runs as it was done before (a self-join, then for every pair the exact test and the smallest difference from nothing). Prints
one JSON object: seconds and peak memory (MiB), and how many times longer all pairs would take in the slow way.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.many_runs_study import make
from interpref_db.scores.run_pairs import compare_run_pairs
from interpref_db.study.study import Study

MEMORY = 500  # MiB

_CHILD = """
import json, resource, sys, time
from pathlib import Path
from interpref_db.study.study import Study
began = time.monotonic()
with Study.open(sys.argv[1]) as study:
    {body}
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({{"wall": time.monotonic() - began, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024}}))
"""
_SCORES = "from interpref_db.scores.scoreboard import scoreboard, tables; tables(scoreboard(study))"
_REPORT = "from interpref_db.exporters import export; export(study, 'report', Path(sys.argv[2]))"


def measure(body: str, *arguments: Path) -> dict[str, float]:
    """One piece of work in a process of its own."""
    command = [sys.executable, "-c", _CHILD.format(body=body), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def slow_mcnemar(only_a: int, only_b: int) -> float:
    """The exact test from nothing."""
    n, fewer = only_a + only_b, min(only_a, only_b)
    if not n:
        return 1.0
    tail, term = 0, 1
    for k in range(fewer + 1):
        tail += term
        term = term * (n - k) // (k + 1)
    return min(1.0, float(2 * tail / 2**n) if n < 1000 else math.exp(math.log(2 * tail) - n * math.log(2)))


def slow_smallest(discordant: int, n: int) -> float | None:
    """The smallest difference that is significant, one p after the other."""
    for more in range((discordant + 1) // 2, discordant + 1):
        if slow_mcnemar(more, discordant - more) < 0.05:
            return (2 * more - discordant) / n
    return None


def compare_ways(path: Path, slow_pairs: int) -> dict[str, Any]:
    """All pairs of runs in our way, some in the slow one; the numbers have to be the same."""
    with Study.open(path) as study:
        began = time.process_time()
        found = compare_run_pairs(study)
        ours = time.process_time() - began
    among = [one.paired for one in found[:: max(1, len(found) // slow_pairs)]]
    began = time.process_time()
    for one in among:
        assert one.p == slow_mcnemar(one.only_a, one.only_b)
        assert one.smallest == slow_smallest(one.only_a + one.only_b, one.n)
    slowly = (time.process_time() - began) / max(1, len(among)) * len(found)
    return {"pairs": len(found), "cpu": ours, "slow_cpu": slowly, "times": round(slowly / ours, 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--slow-pairs", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.duckdb"
        make(path, asked.runs, asked.items)
        found: dict[str, Any] = {
            "scores": measure(_SCORES, path),
            "report": measure(_REPORT, path, Path(folder) / "report.html"),
            "pairs": compare_ways(path, asked.slow_pairs),
        }
    found["held"] = max(found["scores"]["peak"], found["report"]["peak"]) < MEMORY and found["pairs"]["times"] > 1
    print(json.dumps(found, indent=1))
    return 0 if found["held"] else 1


if __name__ == "__main__":
    sys.exit(main())
