"""What can be read only once: standard input, pipes, process substitution; and where refused records go."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from interpref_db.importers import import_files
from interpref_db.study.study import Study
from tests.support.cli import COMMAND, environment, interpref

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '{"type": "history", "id": "h%d", "turns": [{"role": "user", "content": "hello"}]}\n'
BAD = '{"type": "history", "id": 7, "turns": []}\n'
VOTES = "model_a,model_b,winner\nant,bee,model_a\nbee,ant,tie\n"


def fed(home: Path, data: bytes, *arguments: object, line: str = '"$@"') -> subprocess.CompletedProcess[bytes]:
    """`interpref ARGUMENTS` with these bytes on its standard input."""
    command = ["bash", "-c", line, "bash", *COMMAND, *map(str, arguments)]
    done = subprocess.run(command, input=data, capture_output=True, timeout=120, env=environment(home), check=False)
    assert b"Traceback" not in done.stderr, done.stderr
    assert b"interpref-scratch" not in done.stdout + done.stderr
    return done


def test_standard_input_is_imported(tmp_path: Path) -> None:
    study, temporary = tmp_path / "s.duckdb", tmp_path / "temporary"
    temporary.mkdir()
    data = "".join(GOOD % n for n in range(3)).encode()
    first = fed(tmp_path, gzip.compress(data), "import", study, "-", "--json", line=f'TMPDIR="{temporary}" "$@"')
    assert json.loads(first.stdout)["histories"] == 3, first.stderr
    link = tmp_path / "stdin"
    link.symlink_to("/proc/self/fd/0")  # as /dev/stdin is
    again = fed(tmp_path, data, "import", study, link)
    assert again.stdout == b"3 unchanged\n"
    assert b"standard input: interpref" in again.stderr
    substituted = fed(tmp_path, data, "import", study, line='"$@" <(printf %s ' + f"'{GOOD % 9}')")
    assert substituted.stdout == b"1 histories, 1 turns\n", substituted.stderr
    assert list(temporary.iterdir()) == []


def test_a_pipe_by_name_is_imported(tmp_path: Path) -> None:
    pipe = tmp_path / "chats [1].jsonl"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(GOOD % 1,), kwargs={"encoding": "utf-8"}, daemon=True)
    writer.start()
    done = interpref(tmp_path, "import", tmp_path / "s.duckdb", pipe)
    assert (done.code, done.out) == (0, "1 histories, 1 turns\n"), done.err
    writer.join(30)


def test_what_is_refused_of_standard_input_lies_beside_the_study(tmp_path: Path) -> None:
    study = tmp_path / "studies" / "s.duckdb"
    done = fed(tmp_path, (GOOD % 1 + BAD).encode(), "import", study, "-", "--json")
    assert done.returncode == 3
    found = json.loads(done.stdout)
    assert [(one["file"], one["line"]) for one in found["rejected"]] == [("standard input", 2)]
    kept = study.parent / "standard input.rejected.jsonl"
    assert found["notices"] == [f"what was refused of standard input is in {kept}"]
    assert json.loads(kept.read_text(encoding="utf-8"))["record"] == json.loads(BAD)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('"$@" < /dev/zero', "no file and no pipe"),
        ('"$@" < /dev/null', "is empty"),
        ('"$@" <&-', "is empty"),
    ],
)
def test_what_cannot_be_imported_is_told(tmp_path: Path, line: str, word: str) -> None:
    for command in (["import", tmp_path / "s.duckdb", "-"], ["rank", "-"]):
        done = fed(tmp_path, b"", *command, line=line)
        assert done.returncode == 1
        assert b"standard input" in done.stderr
        assert word.encode() in done.stderr
        assert done.stderr.count(b"\n") <= 2


def test_standard_input_is_ranked(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(VOTES, encoding="utf-8")
    expected = interpref(tmp_path, "rank", path, "--json").json
    assert json.loads(fed(tmp_path, VOTES.encode(), "rank", "-", "--json").stdout) == expected
    assert json.loads(fed(tmp_path, b"", "rank", "--json", line=f'"$@" <(cat "{path}")').stdout) == expected
    wrong = fed(tmp_path, GOOD.encode() % 1, "rank", "-")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith(b"interpref: standard input holds no comparisons")


def test_an_error_names_the_file_that_was_given(tmp_path: Path) -> None:
    odd = tmp_path / "f*[1].csv"
    for text in ("", "no table", "PK\x03\x04", "model_a,model_b,winner\n", '{"a": 1}\n'):
        odd.write_text(text, encoding="utf-8")
        done = interpref(tmp_path, "rank", odd)
        assert done.code == 1
        assert str(odd) in done.err
        assert "scratch" not in done.err
    odd.write_text(VOTES, encoding="utf-8")
    done = interpref(tmp_path, "rank", odd, "--cluster", "nothing")
    assert f"{odd} has no column nothing" in done.err
    assert "there is no file" in interpref(tmp_path, "rank", tmp_path / "g*.csv").err


def refused_into(study: Path, file: Path) -> str:
    with Study.open(study, create=True) as one:
        report = import_files(one, [file])
    assert len(report.rejected) == 1
    return report.notices[-1]


def test_refused_records_are_private_and_replace_only_our_own(tmp_path: Path) -> None:
    study, file = tmp_path / "studies" / "s.duckdb", tmp_path / "chats.jsonl"
    file.write_text(GOOD % 1 + BAD, encoding="utf-8")
    first, second = tmp_path / "chats.jsonl.rejected.jsonl", tmp_path / "chats.jsonl.2.rejected.jsonl"
    first.write_text("somebody's notes\n", encoding="utf-8")
    assert refused_into(study, file).endswith(str(second))
    assert refused_into(study, file).endswith(str(second))  # ours by now: replaced
    assert stat.S_IMODE(second.stat().st_mode) == 0o600
    assert first.read_text(encoding="utf-8") == "somebody's notes\n"

    first.unlink()
    victim = tmp_path / "victim"
    victim.write_text("mine\n", encoding="utf-8")
    for make in (first.symlink_to, first.hardlink_to):
        make(victim)
        assert refused_into(study, file).endswith(str(second))
        assert victim.read_text(encoding="utf-8") == "mine\n"
        first.unlink()
    os.mkfifo(first)
    assert refused_into(study, file).endswith(str(second))
    assert first.is_fifo()


def test_only_our_own_stale_file_goes(tmp_path: Path) -> None:
    study, file, stale = (tmp_path / name for name in ("s.duckdb", "chats.jsonl", "chats.jsonl.rejected.jsonl"))
    file.write_text(GOOD % 1 + BAD, encoding="utf-8")
    assert refused_into(study, file).endswith(str(stale))
    file.write_text(GOOD % 1, encoding="utf-8")
    with Study.open(study) as one:
        import_files(one, [file])
        assert not stale.exists()
        stale.write_text('{"mine": 1}\n', encoding="utf-8")
        import_files(one, [file])
    assert stale.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    """Nobody's process, on a study and a file in folders that it may not write to."""
    study, file = tmp_path / "s.duckdb", tmp_path / "input" / "chats.jsonl"
    file.parent.mkdir()
    file.write_text(GOOD % 1 + BAD, encoding="utf-8")
    for taken in (file.parent, study.parent):
        for number in ("", *(f".{n}" for n in range(2, 10))):
            (taken / f"chats.jsonl{number}.rejected.jsonl").mkdir()
    assert "is kept nowhere" in refused_into(study, file)
