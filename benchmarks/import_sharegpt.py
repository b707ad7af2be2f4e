"""How fast is the import of a large ShareGPT file, beside DuckDB's own reading of the same file into a table?

    python benchmarks/import_sharegpt.py [--conversations 200000] [--rounds 5] [--folder DIR]

Writes a file of JSON lines (English and Chinese, lengths as people's conversations have them; made once and kept when
--folder is given), then lets both read it in turn, each in a process of its own and into a new database file. Prints one
JSON document: medians of wall time (seconds) and peak memory (MiB), and the ratios that have to stay within 1.5 and 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

WALL_LIMIT = 1.5
MEMORY_LIMIT = 1.0

REFERENCE = """
import sys, duckdb
connection = duckdb.connect(sys.argv[2])
connection.execute("SET enable_progress_bar = false")
connection.execute("CREATE TABLE t AS SELECT * FROM read_json(?)", [sys.argv[1]])
print(connection.execute("SELECT count(*), sum(len(conversations)) FROM t").fetchone())
connection.close()
"""

OURS = """
import sys
from interpref_db.importers import import_files
from interpref_db.study.study import Study
with Study.open(sys.argv[2], create=True) as study:
    report = import_files(study, [sys.argv[1]])
    print((report.counts["histories"], report.counts["turns"]))
    assert not report.rejected, report.rejected[:3]
"""

_HAN = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成"
    "会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
)


def sentences(rng: random.Random) -> tuple[list[str], list[str]]:
    """Tens of thousands of English and Chinese sentences of made-up words, frequent words more often."""
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    vocabulary = ["".join(rng.choices(letters, k=rng.randint(1, 11))) for _ in range(8000)]
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]
    english = [" ".join(rng.choices(vocabulary, weights, k=rng.randint(4, 24))) + ". " for _ in range(60_000)]
    chinese = ["".join(rng.choices(_HAN, k=rng.randint(8, 40))) + "。" for _ in range(30_000)]
    return english, chinese


def write_conversations(path: Path, count: int, seed: int = 1) -> None:
    """Write `count` conversations: 1 to 12 rounds, questions short, answers mostly a paragraph and sometimes pages."""
    rng = random.Random(seed)
    english, chinese = sentences(rng)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            pool = chinese if number % 5 == 0 else english
            turns = []
            for _ in range(min(12, 1 + int(rng.expovariate(0.5)))):
                question = "".join(rng.choices(pool, k=min(20, 1 + int(rng.expovariate(0.6)))))
                answer = "".join(rng.choices(pool, k=min(200, 1 + int(rng.lognormvariate(1.6, 0.85)))))
                if number % 7 == 0:
                    answer += '\n```python\nprint("a\\tb")\n```\n- [x] done 🙂'
                turns += [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]
            file.write(json.dumps({"id": f"c{number}", "conversations": turns}, ensure_ascii=False) + "\n")


def timed(program: str, source: Path, target: Path) -> tuple[float, float, float, str]:
    """Run a program over a file. Returns wall seconds, peak memory in MiB, processor seconds, and what it printed."""
    # As installed programs are: with their modules compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", program, str(source), str(target)]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"a measured program failed with status {process.returncode}")
    return wall, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime, said.strip()


def measure(source: Path, folder: Path, rounds: int) -> dict[str, Any]:
    """Both programs in turn, `rounds` times each. Returns the document that is printed."""
    found: dict[str, list[tuple[float, float, float, str]]] = {"read_json": [], "import": []}
    for number in range(rounds):
        for name, program in (("read_json", REFERENCE), ("import", OURS)):
            target = folder / f"{name}-{number}.duckdb"
            os.sync()  # what the one before it left to be written is not to be paid by this one
            found[name].append(timed(program, source, target))
            target.unlink()
    document: dict[str, Any] = {"bytes": source.stat().st_size, "rounds": rounds}
    for name, runs in found.items():
        document[name] = {
            "seconds": round(statistics.median(run[0] for run in runs), 3),
            "peak_mib": round(statistics.median(run[1] for run in runs), 1),
            "processor_seconds": round(statistics.median(run[2] for run in runs), 3),
            "all_seconds": [round(run[0], 3) for run in runs],
            "rows_and_turns": runs[0][3],
        }
    reference, ours = document["read_json"], document["import"]
    document["wall_ratio"] = round(ours["seconds"] / reference["seconds"], 3)
    document["memory_ratio"] = round(ours["peak_mib"] / reference["peak_mib"], 3)
    document["limits"] = {"wall_ratio": WALL_LIMIT, "memory_ratio": MEMORY_LIMIT}
    document["within"] = document["wall_ratio"] <= WALL_LIMIT and document["memory_ratio"] <= MEMORY_LIMIT
    return document


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--conversations", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the file is made and kept (default: a temporary folder)")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="interpref-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        source = folder / f"sharegpt-{asked.conversations}.jsonl"
        if not source.exists():
            print(f"writing {source} ...", file=sys.stderr)
            write_conversations(source, asked.conversations)
        document = measure(source, folder, asked.rounds)
    print(json.dumps(document, indent=2))
    sys.exit(0 if document["within"] else 1)


if __name__ == "__main__":
    main()
