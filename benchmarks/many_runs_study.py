"""A study with many judged runs, made by SQL: each run has a skill and each item a difficulty, so that runs differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_db.study.study import Study
from tests.support.studies import small_records

if TYPE_CHECKING:
    from pathlib import Path

_RUNS = """
INSERT INTO study.runs BY NAME
SELECT 'run-' || n AS id, 'run-' || n AS name, 'model-' || n AS model, 'td' AS paradigm,
    $items AS expected
FROM range($runs) AS r(n)
"""
_JUDGINGS = """
INSERT INTO study.judgings BY NAME
SELECT 'judging-' || n AS id, 'run-' || n AS run, 'judge' AS judge, 'judge' AS model,
    $items AS expected
FROM range($runs) AS r(n)
"""
_RESPONSES = """
INSERT INTO study.responses BY NAME
SELECT 'run-' || n || '/i' || k || side AS id, 'run-' || n AS run, 'i' || k AS item, side,
    array_to_string(list_transform(range((20 + hash(n, k, side) % 40)::BIGINT),
        lambda w: 'word' || (hash(n, k, side, w) % 500)::VARCHAR), ' ') AS text
FROM range($runs) AS r(n), range($items) AS i(k), unnest(['a', 'b']) AS s(side)
"""
_VERDICTS = """
INSERT INTO study.verdicts BY NAME
SELECT 'run-' || n || '/i' || k || '/' || o AS id, 'run-' || n AS run, 'i' || k AS item, 'judge' AS judge,
    o::TINYINT AS order_number,
    CASE WHEN hash(n, k, 'passes') % 1000 < 200 + (hash(n) % 300) + (hash(k) % 300)
            THEN (CASE WHEN o IN (1, 4) THEN 'Left' ELSE 'Right' END)
        ELSE ['Left', 'Right', 'Left', 'Right', 'Don''t know'][(1 + hash(n, k, o) % 5)::INTEGER] END AS choice,
    'verdict' AS stage, 0 AS seq
FROM range($runs) AS r(n), range($items) AS i(k), range(1, 5) AS s(o)
"""


def make(path: Path, runs: int, items: int) -> None:
    """A study in which one judge saw so many runs over the same items."""
    path.unlink(missing_ok=True)
    with Study.open(path, create=True) as study, study.writing("benchmark") as writer:
        writer.add(small_records(items, runs=()), origin="made")
        writer.fold("made")
        for text in (_RUNS, _JUDGINGS, _RESPONSES, _VERDICTS):
            given = {"runs": runs, "items": items}
            writer.connection.execute(text, {name: value for name, value in given.items() if f"${name}" in text})
