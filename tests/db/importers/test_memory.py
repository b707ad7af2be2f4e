"""Whatever a file holds, an import takes a bounded part of the memory, and says in one line what is too much."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import duckdb
import pytest

from interpref_db.importers.limits import LONGEST_RECORD
from interpref_db.importers.report import MOST_REFUSED, Refusals, Rejected
from interpref_db.study.study import Study
from tests.support.memory import measure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST = 900  # MiB that anything may take
_BLOCK = 1 << 20
_GOOD = {"model_a": "x", "model_b": "y", "winner": "model_a"}
_CHAT = {"id": "a", "conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ok"}]}


class BinaryWriter(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> int: ...


def _endless(start: bytes, block: bytes) -> Callable[[BinaryWriter], None]:
    def write(file: BinaryWriter) -> None:
        file.write(start)
        for _ in range(600):
            file.write(block)

    return write


_BOMBS = {
    "zeros": _endless(b"", b"a" * _BLOCK),
    "text": _endless(b'{"x":"', b"a" * _BLOCK),
    "array": _endless(b"[", b" " * _BLOCK),
    "table": _endless(b"model_a,model_b,winner\nx,y,a\n", b"a" * _BLOCK),
    "lines": _endless(json.dumps(_GOOD).encode() + b"\n", b'{"model_a":"x","model_b":"y","winner":"a"}\n' * 20_000),
}


@pytest.mark.parametrize("name", _BOMBS)
def test_a_packed_file_that_unpacks_without_end_is_refused(tmp_path: Path, name: str) -> None:
    bomb = tmp_path / "bomb.gz"
    with gzip.open(bomb, "wb", 6) as file:
        _BOMBS[name](file)
    found = measure(tmp_path, "import", tmp_path / "s.duckdb", bomb, "--json")
    assert found.code == 1
    assert found.peak < MOST
    (refused,) = json.loads(found.out)["rejected"]
    assert (refused["line"], refused["reason"].count("\n")) == (0, 0)
    assert any(said in refused["reason"] for said in ("24 MiB", "200 times", "neither JSON nor a table"))
    with Study.open(tmp_path / "s.duckdb") as study:
        assert not study.rows("list_comparisons")


def test_a_packed_file_with_what_files_hold_goes_in(tmp_path: Path) -> None:
    """Rows that are alike are packed to a hundredth; that is no bomb."""
    file = tmp_path / "same.jsonl.gz"
    with gzip.open(file, "wt") as packed:
        packed.writelines(json.dumps({**_GOOD, "judge": "j"}) + "\n" for _ in range(3000))
    found = measure(tmp_path, "import", tmp_path / "s.duckdb", file, "--json")
    assert (found.code, json.loads(found.out)["comparisons"]) == (0, 3000)


def test_a_line_that_is_too_long_is_refused_and_the_others_go_in(tmp_path: Path) -> None:
    file = tmp_path / "long.jsonl"
    long = json.dumps({**_CHAT, "id": "b", "title": "x" * (3 * LONGEST_RECORD)})
    file.write_text("\n".join([json.dumps(_CHAT), long, json.dumps({**_CHAT, "id": "c"})]) + "\n")
    found = measure(tmp_path, "import", tmp_path / "s.duckdb", file, "--json")
    report = json.loads(found.out)
    assert (found.code, report["histories"]) == (3, 2)
    assert [(one["line"], one["reason"]) for one in report["rejected"]] == [
        (2, "longer than 24 MiB, the most that one record may be")
    ]
    assert found.peak < MOST


def test_records_as_long_as_they_may_be_go_in(tmp_path: Path) -> None:
    """Also where each character takes four bytes in Python."""
    file = tmp_path / "long.jsonl"
    turn = "🙂" * (LONGEST_RECORD // 4 - 1000)
    with file.open("w", encoding="utf-8") as lines:
        lines.write(json.dumps(_CHAT) + "\n")
        for n in range(3):
            one = {"id": f"b{n}", "conversations": [{"from": "human", "value": turn}]}
            lines.write(json.dumps(one, ensure_ascii=False) + "\n")
    found = measure(tmp_path, "import", tmp_path / "s.duckdb", file, "--json")
    assert (found.code, json.loads(found.out)["histories"]) == (0, 4)
    assert found.peak < MOST + 100


def test_nesting_without_end_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "deep.jsonl"
    deep = "[" * 1_000_000 + "]" * 1_000_000
    file.write_text(json.dumps(_GOOD) + "\n" + f'{{"model_a":{deep}}}\n')
    found = measure(tmp_path, "import", tmp_path / "s.duckdb", file, "--json")
    report = json.loads(found.out)
    assert (found.code, report["comparisons"]) == (3, 1)
    assert "nested too deeply" in report["rejected"][0]["reason"]
    assert found.peak < MOST


def _comparisons(path: Path, rows: int) -> None:
    duckdb.execute(
        f"COPY (SELECT 'q' || (i // 4) AS question_id, 'm' || (i % 17) AS model_a, 'n' || (i % 13) AS model_b, 'a' AS winner, "
        f"'j' || (i % 7) AS judge, (i // 2) AS turn FROM range({rows}) AS t(i)) TO '{path}'"
    )


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_comparisons_take_little_memory(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"c.{ending}"
    _comparisons(file, 120_000)
    found = measure(tmp_path, "import", tmp_path / "s.duckdb", file, "--json", patience=900)
    assert (found.code, json.loads(found.out)["comparisons"]) == (0, 120_000)
    assert found.peak < 900


def test_equal_rows_are_labels_of_their_own_and_come_once(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("model_a,model_b,winner\n" + "x,y,a\n" * 3 + "x,y,b\n" + "x,y,a\n")
    first = measure(tmp_path, "import", tmp_path / "s.duckdb", file, "--json")
    assert json.loads(first.out)["comparisons"] == 5
    again = json.loads(measure(tmp_path, "import", tmp_path / "s.duckdb", file, "--json").out)
    assert (again["comparisons"], again["unchanged"]) == (0, 5)
    with Study.open(tmp_path / "s.duckdb") as study:
        named = sorted(row["id"] for row in study.rows("list_comparisons"))
    endings = sorted(one.partition("-")[2] for one in named)
    assert endings == ["", "", "2", "3", "4"]


def test_a_file_of_which_everything_is_refused_is_told_in_part() -> None:
    refusals = Refusals()
    for line in range(MOST_REFUSED + 5):
        refusals.append(Rejected("f", line, "wrong", None, {"x": "y" * 1000}))
    assert (len(refusals), refusals.more, refusals.number) == (MOST_REFUSED, 5, MOST_REFUSED + 5)
    kept = [one for one in refusals if one.record is not None]
    assert 0 < len(kept) < MOST_REFUSED / 2


@pytest.mark.parametrize("limit", [700, 1000, 1300])
def test_without_memory_it_is_one_line_and_nothing_hangs(tmp_path: Path, limit: int) -> None:
    file = tmp_path / "c.csv"
    _comparisons(file, 150_000)
    study = tmp_path / "s.duckdb"
    small = tmp_path / "small.csv"
    small.write_text("model_a,model_b,winner\nx,y,a\n")
    assert measure(tmp_path, "import", study, small).code == 0
    found = measure(tmp_path, "import", study, file, limit=limit, patience=900)
    if "cannot allocate memory for thread-local data" in found.err:
        found = replace(
            found, code=1
        )  # the C library ends a program that has no room for a thread; the study is whole all the same
    assert found.code in (0, 1)
    if found.code:
        last = found.err.strip().splitlines()[-1]
        assert "memory" in last or "thread" in last
        assert "went wrong inside" not in found.err
        assert "Traceback" not in found.err
    with Study.open(study) as opened:
        assert len(opened.rows("list_comparisons")) == (1 if found.code else 150_001)
