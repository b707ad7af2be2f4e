"""Studies whose free fields hold whatever JSON there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from interpref_core.records.runs import Comparison
from tests.support.labels import label
from tests.support.walk import walked_study

if TYPE_CHECKING:
    from pathlib import Path

DEEP = '{"a":' * 2000 + "[1]" + "}" * 2000
SHAPES = {
    "list": '["x", 1, null, {"a": []}]',
    "text": '"some text"',
    "number": "12",
    "large": "1e999",
    "long": "9" * 5000,
    "true": "true",
    "null": "null",
    "empty": "{}",
    "deep": DEEP,
    "deep list": "[" * 900 + "]" * 900,
    "object of lists": '{"prompt": [1], "tokens": [2], "says": ["a"], "seen": [], "judge": {}, "judge_model": [1], "fingerprint": {},'
    '"extracted": 3, "relevant": {"a": 1}, "instructions": [1, {}, null], "notes": {}, "queries": {"a": 1}, "counterparts": 1,'
    '"chunks": 5, "same": [], "category": [1], "conversation_a": [[]], "exchanges": [{}], "preference": [], "item": [], "topic": {},'
    '"latency": "x", "cost": {}, "model": [], "name": [], "hash": {}, "version": 1, "candidates": {"a": 1}, "orders": 3, "choice": 1,'
    '"temperature": {}, "call": [], "text": {}, "reason": []}',
    "object of objects": '{"prompt": {"hash": []}, "tokens": {"prompt": "x", "odd": 1}, "extracted": [{"a": 1}], "chunks": [{"begin": {}}, 3],'
    '"rewrite": [1], "follow-up": [{"role": 1}], "notes": [1, {}], "candidates": [1, {}], "orders": [1, {}, null], "role": {}, "says": "a",'
    '"conversation_a": "[{", "conversation_b": "[1]", "answer_a": 1, "output_1": "x", "output_2": "y", "instruction": {"a": [1]}}',
    "odd keys": '{"": 1, "a.b": [], "$": {}, "type": "response", "id": [], "=1+1": "=1+1"}',
}


def odd_study(path: Path, shape: str) -> Path:
    """A study with something in every table, and `shape` (JSON) in every field that may hold any."""
    with walked_study(path) as study, study.writing("test") as writer:
        writer.add(
            [
                *(
                    Comparison(
                        id=f"k{n}", annotator="j", model_a="model-one", model_b="model-two", winner="a", item=f"i{n}", run_a="one",
                        run_b="two", extra={"judge_model": "openai/j", "fingerprint": "f" * 64, "orders": []},
                    )
                    for n in range(2)
                ),
                Comparison(id="k9", annotator="x", model_a="A", model_b="B", winner="tie", extra={"prompt": "p"}),
                *(label("cy", f"i{n}", "a", n, opinion={"says": "b", "seen": True, "mode": "after"}) for n in range(3)),
            ],
            origin="odd",
        )  # fmt: skip
        writer.fold("odd")
    spoil(path, shape)
    return path


def spoil(path: Path, shape: str) -> None:
    """Put a JSON value into every field that may hold any, of every row but one in three of each table."""
    with duckdb.connect(str(path)) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'JSON' AND NOT internal"
        ).fetchall()
        assert len(columns) > 15
        for table, column in columns:
            connection.execute(f'UPDATE {table} SET "{column}" = $shape WHERE rowid % 3 <> 1', {"shape": shape})
