"""A study of any size for the measurements, made by SQL: histories of six turns out of the words of the demo study's pairs.

python -m benchmarks.big_study big.duckdb --histories 1000000
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from interpref_db.study.study import Study
from tests.support.studies import small_records

TURNS = 6
STEP = 100_000
RARE = "zanzibar"  # stands in one history of a hundred thousand

_TURNS = """
CREATE OR REPLACE TEMP TABLE made AS
SELECT h.key AS history, p.position::INTEGER AS position, if(p.position % 2 = 1, 'user', 'assistant') AS role,
    array_to_string(list_transform(range((12 + hash(h.key, p.position) % 30)::BIGINT),
        lambda k: $words[(1 + hash(h.key, p.position, k) % len($words))::BIGINT]), ' ')
    || if(p.position = 5 AND h.key % 100000 = 4711, ' $rare', '') AS content
FROM range($first, $last) AS h(key), range(1, $turns + 1) AS p(position)
ORDER BY history, position
"""
_INSERT_TURNS = (
    "INSERT INTO study.turns SELECT history, position, role, content, NULL FROM made ORDER BY history, position"
)
_INSERT_HISTORIES = """
INSERT INTO study.histories
SELECT history, 'big-' || history, 'sharegpt', NULL, ['en', 'zh', 'de', 'fr'][(1 + history % 4)::INTEGER], NULL, history % 1000 = 0,
    count(*), sum(length(content)), left(first(content ORDER BY position), 300), hash(history)::UHUGEINT, NULL
FROM made GROUP BY history ORDER BY history
"""


def words() -> list[str]:
    """The words of our own pairs."""
    folder = Path(__file__).parent.parent / "demo" / "pairs"
    text = " ".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml")))
    return sorted({word.lower() for word in re.findall(r"[A-Za-z]{3,}", text)})


def make(path: Path, histories: int, items: int = 200) -> None:
    """A study with so many histories, and a few items with a run, which a writer can go on with."""
    path.unlink(missing_ok=True)
    with Study.open(path, create=True) as study, study.writing("benchmark") as writer:
        writer.add(small_records(items), origin="made")
        writer.fold("made")
        start = writer.connection.execute("SELECT coalesce(max(key) + 1, 0) FROM study.histories").fetchone()
        first = int(start[0]) if start else 0
        for at in range(first, first + histories, STEP):
            last = min(at + STEP, first + histories)
            given = {"first": at, "last": last, "turns": TURNS, "words": words()}
            writer.connection.execute(_TURNS.replace("$rare", RARE), given)
            writer.connection.execute(_INSERT_HISTORIES)
            writer.connection.execute(_INSERT_TURNS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--histories", type=int, default=1_000_000)
    asked = parser.parse_args()
    make(asked.path, asked.histories)
    return 0


if __name__ == "__main__":
    sys.exit(main())
