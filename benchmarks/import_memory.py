"""How much memory and time do imports take as files grow, beside DuckDB's own reading of the same file into a table?

    python -m benchmarks.import_memory [--rows 200000 1000000 5000000] [--formats parquet csv jsonl] [--folder DIR]

Comparisons in three formats, and files that were made to fill the memory (they have to be refused, or their bad line has to
be). Each is read in a process of its own, ours and DuckDB's in one run. Prints one JSON object: peak memory (MiB), CPU and
wall seconds, and the ratios.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

LIMIT = 1000  # MiB that no import may pass
GROWTH = 1.5  # times that the largest may take more than the smallest

_CHILD = """
import json, resource, sys, time
began = time.monotonic()
{body}
used = resource.getrusage(resource.RUSAGE_SELF)
said = {{"peak": used.ru_maxrss / 1024, "cpu": used.ru_utime + used.ru_stime, "wall": time.monotonic() - began}}
print(json.dumps(said | {{"result": result}}))
"""
_OURS = """
from interpref_db.importers import import_files
from interpref_db.study.study import Study
with Study.open(sys.argv[2], create=True) as study:
    report = import_files(study, [sys.argv[1]])
    result = {"comparisons": report.counts["comparisons"], "refused": report.rejected.number}
    result["why"] = [one.reason for one in report.rejected[:1]]
"""
_REFERENCE = """
import duckdb
connection = duckdb.connect(sys.argv[2])
connection.execute("SET enable_progress_bar = false")
connection.execute(f"CREATE TABLE t AS FROM '{sys.argv[1]}'")
result = connection.execute("SELECT count(*) FROM t").fetchone()[0]
connection.close()
"""
_ROWS = """
SELECT 'q' || (i // 4) AS question_id, 'model-' || (hash(i, 1) % 40) AS model_a, 'model-' || (40 + hash(i, 2) % 40) AS model_b,
    ['model_a', 'model_b', 'tie', 'tie (bothbad)'][(1 + hash(i, 3) % 4)::INTEGER] AS winner,
    'judge-' || (hash(i, 4) % 500) AS judge, i AS turn, 'some note number ' || (hash(i, 5) % 100000) AS note
FROM range({rows}) AS t(i)
"""


def measure(body: str, file: Path) -> dict[str, Any]:
    """One reading in a process of its own, into a new database."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _CHILD.format(body=body), str(file), str(Path(folder) / "new.duckdb")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def make_comparisons(folder: Path, rows: int, ending: str) -> Path:
    """A file of so many comparisons, made once."""
    import duckdb

    path = folder / f"comparisons-{rows}.{ending}"
    if not path.exists():
        how = {"jsonl": "(FORMAT json)", "csv": "(FORMAT csv)", "parquet": "(FORMAT parquet)"}[ending]
        duckdb.execute(f"COPY ({_ROWS.format(rows=rows)}) TO '{path}' {how}")
    return path


def make_bombs(folder: Path) -> dict[str, Path]:
    """Files that were made to fill the memory."""
    block = b"a" * (1 << 20)
    found = {
        name: folder / name for name in ("bomb.jsonl.gz", "bomb.csv.gz", "line.jsonl", "deep.jsonl", "refused.csv")
    }
    for name, start in (("bomb.jsonl.gz", b'{"x":"'), ("bomb.csv.gz", b"model_a,model_b,winner\nx,y,a\n")):
        with gzip.open(found[name], "wb", 6) as file:
            file.write(start)
            for _ in range(2000):
                file.write(block)
    good = b'{"model_a":"x","model_b":"y","winner":"a"}\n'
    found["line.jsonl"].write_bytes(good + b'{"x":"' + 80 * block + b'"}\n')
    found["deep.jsonl"].write_bytes(good + b'{"model_a":' + b"[" * 10**6 + b"]" * 10**6 + b"}\n")
    found["refused.csv"].write_bytes(b"model_a,model_b,winner\nx,y,a\n" + b"x,y,nobody at all\n" * 1_000_000)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[200_000, 1_000_000, 5_000_000])
    parser.add_argument("--formats", nargs="+", default=["parquet", "csv", "jsonl"])
    parser.add_argument("--folder", type=Path, help="Where the files are made, and kept.")
    asked = parser.parse_args()
    found: dict[str, Any] = {"comparisons": {}, "hostile": {}}
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for ending in asked.formats:
            for rows in asked.rows:
                file = make_comparisons(folder, rows, ending)
                ours, theirs = measure(_OURS, file), measure(_REFERENCE, file)
                assert ours["result"]["comparisons"] == theirs["result"] == rows
                found["comparisons"][f"{ending} {rows}"] = {
                    "ours": ours,
                    "duckdb": theirs,
                    "ratio": {name: round(ours[name] / theirs[name], 2) for name in ("peak", "cpu", "wall")},
                }
        for name, file in make_bombs(folder).items():
            found["hostile"][name] = measure(_OURS, file)
    every = [*(one["ours"] for one in found["comparisons"].values()), *found["hostile"].values()]
    found["peak"] = round(max(one["peak"] for one in every))
    found["growth"] = {
        ending: round(
            found["comparisons"][f"{ending} {max(asked.rows)}"]["ours"]["peak"]
            / found["comparisons"][f"{ending} {min(asked.rows)}"]["ours"]["peak"],
            2,
        )
        for ending in asked.formats
    }
    found["held"] = found["peak"] < LIMIT and all(one <= GROWTH for one in found["growth"].values())
    print(json.dumps(found, indent=1))
    return 0 if found["held"] else 1


if __name__ == "__main__":
    sys.exit(main())
