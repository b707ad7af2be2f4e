"""What an export may be written to, and what never: tried by commands that are processes of their own."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from interpref_db.exporters.output_file import ExportError, find_target
from interpref_db.study.study import Study
from interpref_tui.forms.export_form import export_fields, write_export
from tests.support.cli import COMMAND, environment, interpref
from tests.support.studies import small_study

HERE = "http://127.0.0.1:9/v1"  # nobody listens: a batch asks nothing


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "work" / "my.duckdb"
    small_study(path).close()
    return path


def export(home: Path, study: Path, target: object, *more: str, what: str = "runs") -> tuple[int, str, str]:
    done = interpref(home, "export", study, what, "-o", target, *more)
    return done.code, done.out, done.err


def in_shell(home: Path, line: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A shell's line in which "$@" is `interpref ARGUMENTS`."""
    command = ["bash", "-c", line, "bash", *COMMAND, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment(home), check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def refused(done: tuple[int, str, str], word: str) -> None:
    """One line that says why, and nothing else."""
    code, out, err = done
    assert (code, out) == (1, ""), done
    assert err.startswith("interpref: "), err
    assert err.count("\n") == 1, err
    assert word in err, err


def test_no_study_is_ever_written_over(tmp_path: Path, study: Path) -> None:
    folder = study.parent
    before = study.read_bytes()
    other = folder / "somebody's"
    other.write_bytes(before)
    (folder / "link.jsonl").symlink_to(study.name)
    (folder / "link.csv").symlink_to("link.jsonl")
    os.link(study, folder / "hard.jsonl")
    (folder / "down").mkdir()
    names = [
        study,
        folder / "down" / ".." / study.name,
        folder / "link.jsonl",
        folder / "link.csv",
        folder / "hard.jsonl",
        other,
    ]
    for name in names:
        refused(export(tmp_path, study, name), "is a study")
    relative = in_shell(tmp_path, f'cd "{folder}"; "$@" -o ./my.duckdb', "export", study, "runs")
    refused((relative.returncode, relative.stdout, relative.stderr), "is a study")
    onto = in_shell(tmp_path, f'"$@" >> "{study}"', "export", study, "runs", "-o", "-")
    assert onto.returncode == 1
    assert "is a study" in onto.stderr
    assert study.read_bytes() == other.read_bytes() == before
    assert (folder / "link.jsonl").is_symlink()


def test_nothing_is_written_beside_a_study_that_is_its_own(tmp_path: Path, study: Path) -> None:
    journal = study.parent / "other.journal" / "labels"
    journal.mkdir(parents=True)
    label = journal / "anna.jsonl"
    label.write_text("kept\n", encoding="utf-8")
    (study.parent / "link").symlink_to(journal)
    (study.parent / "link.jsonl").symlink_to(label)
    refused(export(tmp_path, study, label), "journal")
    refused(export(tmp_path, study, study.parent / "link" / "new.jsonl"), "journal")
    refused(export(tmp_path, study, study.parent / "link.jsonl"), "journal")
    refused(export(tmp_path, study, study.parent / "new.journal"), "journal")
    refused(export(tmp_path, study, f"{study}.wal"), ".wal")
    assert label.read_text(encoding="utf-8") == "kept\n"
    assert [one.name for one in journal.iterdir()] == ["anna.jsonl"]
    assert not (study.parent / "my.duckdb.wal").exists()


def test_what_is_no_place_for_a_file_is_told_in_a_line(tmp_path: Path, study: Path) -> None:
    code, _, err = export(tmp_path, study, study.parent)
    assert (code, err.count("\n")) == (2, 1)
    assert "is a directory" in err
    refused(export(tmp_path, study, ""), "is a folder")
    refused(export(tmp_path, study, tmp_path / "none" / "x.jsonl"), "make the folder")
    refused(export(tmp_path, study, study / "x.jsonl"), "cannot be written")
    (tmp_path / "loop.jsonl").symlink_to("loop.jsonl")
    refused(export(tmp_path, study, tmp_path / "loop.jsonl"), "cannot be written")
    refused(export(tmp_path, study, tmp_path / ("x" * 300)), "cannot be written")


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path, study: Path) -> None:
    kept, link, dangling = (tmp_path / name for name in ("kept.jsonl", "link.jsonl", "dangling.jsonl"))
    kept.write_text("mine\n", encoding="utf-8")
    link.symlink_to(kept)
    dangling.symlink_to(tmp_path / "nowhere.jsonl")
    for target in (link, dangling):
        assert export(tmp_path, study, target)[0] == 0
        assert not target.is_symlink()
        assert json.loads(target.read_text(encoding="utf-8"))["id"] == "one"
    assert kept.read_text(encoding="utf-8") == "mine\n"
    assert not (tmp_path / "nowhere.jsonl").exists()


def test_permissions_stay_and_new_files_get_those_of_the_umask(tmp_path: Path, study: Path) -> None:
    old = tmp_path / "old.csv"
    old.touch(0o600)
    old.chmod(0o640)
    assert export(tmp_path, study, old)[0] == 0
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    new = tmp_path / "new.parquet"
    done = in_shell(tmp_path, 'umask 027; "$@"', "export", study, "responses", "-o", new)
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(new.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_draft_that_was_left_behind_goes_and_one_that_is_written_stays(tmp_path: Path, study: Path) -> None:
    left, written, others = (
        tmp_path / name for name in (f".x.csv.{'0' * 16}.tmp", f".x.csv.{'1' * 16}.tmp", ".x.csv.mine.tmp")
    )
    for path in (left, written, others):
        path.write_text("half", encoding="utf-8")
    with written.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert export(tmp_path, study, tmp_path / "x.csv")[0] == 0
    assert [path.exists() for path in (left, written, others)] == [False, True, True]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_pipe_gets_it_and_stays_a_pipe(tmp_path: Path, study: Path, suffix: str) -> None:
    pipe = tmp_path / f"pipe{suffix}"
    os.mkfifo(pipe)
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert export(tmp_path, study, pipe, what="responses")[0] == 0
    reader.join(30)
    assert pipe.is_fifo()
    plain = tmp_path / f"plain{suffix}"
    assert export(tmp_path, study, plain, what="responses")[0] == 0
    assert came == [plain.read_bytes()]


def test_a_device_is_written_and_stays_a_device(tmp_path: Path, study: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, Path(os.devnull).stat().st_rdev)
        device.open("wb").close()
    except OSError as error:
        pytest.skip(f"no device can be made here: {error}")
    (tmp_path / "link").symlink_to(device)
    for target in (device, tmp_path / "link"):
        assert export(tmp_path, study, target)[0] == 0
    assert device.is_char_device()
    assert (tmp_path / "link").is_symlink()


def test_a_socket_is_told(tmp_path: Path, study: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "s"))
        refused(export(tmp_path, study, tmp_path / "s"), "socket")


def test_standard_output_holds_the_export_and_nothing_else(tmp_path: Path, study: Path) -> None:
    code, out, err = export(tmp_path, study, "-", what="responses")
    assert code == 0
    assert len([json.loads(line) for line in out.splitlines()]) == 6
    assert err == "6 responses written to standard output (jsonl)\n"
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")  # as /dev/stdout is, which no test may put at risk
    for name in (tmp_path / "stdout", "/proc/self/fd/1"):
        found = tmp_path / "found.jsonl"
        done = in_shell(
            tmp_path, f'echo first > "{found}"; "$@" >> "{found}"', "export", study, "responses", "-o", name
        )
        assert done.returncode == 0, done.stderr
        assert found.read_text(encoding="utf-8") == "first\n" + out
    assert (tmp_path / "stdout").is_symlink()
    assert find_target(Path("/dev/stdout")).descriptor == 1  # looked at alone
    assert not (tmp_path / "-").exists()
    code, out, err = export(tmp_path, study, "-", "--json")
    assert (code, out) == (2, "")
    assert "standard output" in err


def test_a_reader_that_has_gone_is_no_error(tmp_path: Path, study: Path) -> None:
    done = in_shell(tmp_path, '"$@" | true; exit ${PIPESTATUS[0]}', "export", study, "histories", "-o", "-")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("what", "name", "options", "word"),
    [
        ("runs", "x.html", (), "x.jsonl"),
        ("runs", "x.MD", (), "x.jsonl"),
        ("runs", "x.xlsx", (), "x.csv"),
        ("runs", "x.tsv", (), "x.csv"),
        ("runs", "x.jsonl.gz", (), "compressed"),
        ("runs", "x.duckdb", (), "database"),
        ("runs", "x.parquet", ("--format", "csv"), "x.csv, or leave the format out"),
        ("runs", "x.csv", ("--format", "parquet"), "x.parquet"),
        ("report", "x.csv", (), "x.md"),
        ("report", "x.html", ("--format", "markdown"), "x.md"),
        ("study", "x.parquet", (), "x.jsonl"),
        ("comparisons", "x.html", ("--format", "arena"), "x.jsonl"),
        ("comparisons", "x.csv", ("--format", "argilla"), "x.json"),
        ("sft", "x.pdf", (), "x.jsonl"),
    ],
)
def test_an_ending_that_asks_for_another_format_is_refused(
    tmp_path: Path, study: Path, what: str, name: str, options: tuple[str, ...], word: str
) -> None:
    refused(export(tmp_path, study, tmp_path / name, *options, what=what), word)
    assert not (tmp_path / name).exists()


def test_an_ending_is_what_is_written(tmp_path: Path, study: Path) -> None:
    assert export(tmp_path, study, tmp_path / "x.json", what="responses")[0] == 0
    assert len(json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))) == 6
    assert export(tmp_path, study, tmp_path / "none.json", what="pairs")[0] == 0
    assert export(tmp_path, study, tmp_path / "x.pq", what="responses")[0] == 0
    assert (tmp_path / "x.pq").read_bytes()[:4] == b"PAR1"
    assert export(tmp_path, study, tmp_path / "x.json", "--format", "jsonl", what="responses")[0] == 0
    assert (tmp_path / "x.json").read_text(encoding="utf-8").count("\n") == 6


def test_the_screens_write_by_the_same_rules_and_to_regular_files_alone(tmp_path: Path, study: Path) -> None:
    """The Export screen and the line mode's export: a pipe nobody reads would hang them, standard output is their screen."""
    before = study.read_bytes()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")
    with Study.open(study) as one:
        values = {field.name: field.value for field in export_fields("runs")}
        for name, word in (
            (str(study), "is the name of a database"),
            ("-", "no regular file"),
            (str(tmp_path / "pipe"), "no regular file"),
            (str(tmp_path / "stdout"), "no regular file"),
            (str(tmp_path / "x.journal"), "journal"),
            (str(tmp_path), "is a folder"),
            (str(tmp_path / "x.html"), "file: "),
        ):
            with pytest.raises((ExportError, ValueError), match=word):
                write_export(one, values | {"path": name})
        said, _ = write_export(one, values | {"path": str(tmp_path / "x.jsonl")})
    assert said.startswith("1 runs written to")
    assert study.read_bytes() == before


def batch(home: Path, study: Path, target: object, *more: str) -> tuple[int, str, str]:
    asked = ("--model", "openai/m", "--base-url", HERE, "--paradigm", "np", "--batch-out", target, *more)
    done = interpref(home, "generate", study, *asked)
    return done.code, done.out, done.err


def test_a_batch_goes_by_the_same_rules_and_is_private(tmp_path: Path, study: Path) -> None:
    before = study.read_bytes()
    refused(batch(tmp_path, study, study), "is a study")
    refused(batch(tmp_path, study, study.parent / "x.journal" / "b.jsonl"), "journal")
    refused(batch(tmp_path, study, tmp_path / "x.csv"), "x.jsonl")
    refused(batch(tmp_path, study, tmp_path / "none" / "b.jsonl"), "make the folder")
    out = tmp_path / "b.jsonl"
    code, _, err = batch(tmp_path, study, out)
    assert code == 0, err
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    code, lines, err = batch(tmp_path, study, "-")
    assert code == 0
    assert lines == out.read_text(encoding="utf-8")
    assert "calls written to standard output" in err
    assert study.read_bytes() == before


@pytest.mark.parametrize("closed", ["1", "0", "2", "1 2"])
def test_closed_standard_streams_harm_nothing(tmp_path: Path, study: Path, closed: str) -> None:
    before = study.read_bytes()
    streams = " ".join(f"{number}>&-" for number in closed.split())
    for command in (["list", study, "items"], ["--version"], ["--help"], ["list", study, "items", "--json"]):
        assert in_shell(tmp_path, f'"$@" {streams}', *command).returncode == 0
    wrong = in_shell(tmp_path, f'"$@" {streams}', "list", tmp_path / "none.duckdb", "items")
    assert wrong.returncode == 1
    assert study.read_bytes() == before
    if "1" in closed:
        assert in_shell(tmp_path, f'"$@" {streams}', "export", study, "runs", "-o", "-").returncode == 1


@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full")
def test_a_full_disk_behind_standard_output_is_told(tmp_path: Path, study: Path) -> None:
    for command in (["list", study, "items"], ["export", study, "runs", "-o", "-"], ["list", study, "items", "--json"]):
        done = in_shell(tmp_path, '"$@" > /dev/full', *command)
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
