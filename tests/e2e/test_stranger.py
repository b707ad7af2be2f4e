"""Commands on what a stranger offers as a study: one line, and nothing outside it is read, written or connected to."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from interpref_db.exporters import WHAT
from interpref_db.lists.specs import LIST_SPECS
from interpref_tui.cli.main import run
from tests.support.cli import COMMAND, environment, interpref
from tests.support.odd_rows import odd_study
from tests.support.strangers import (
    FILES,
    IN_THE_LOG,
    SECRET,
    STATEMENTS,
    VARIABLE,
    base_study,
    secret_folder,
    strange_study,
    study_with_strange_log,
)

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = (
    ("list", "histories"),
    ("show", "h1"),
    ("score",),
    ("export", "histories", "-o", "out.jsonl"),
    ("export", "study", "-o", "out.jsonl", "--salvage"),
    ("copy", "copy.duckdb"),
)


def _arguments(command: tuple[str, ...], path: Path, out: Path) -> list[str]:
    rest = [str(out / one) if "." in one else one for one in command[1:]]
    return [command[0], str(path), *rest]


def _make(folder: Path, name: str, kept: Path) -> Path:
    path = folder / "s.duckdb"
    if name.startswith("log: "):
        return study_with_strange_log(path, name.removeprefix("log: "), kept)
    if name in FILES:
        FILES[name](path)
        return path
    return strange_study(path, name, kept)


NAMES = (*STATEMENTS, *FILES, *(f"log: {name}" for name in IN_THE_LOG))


@pytest.mark.parametrize("name", NAMES)
def test_commands_refuse_it_in_one_line(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    kept, out = secret_folder(tmp_path), tmp_path / "out"
    out.mkdir()
    path = _make(tmp_path, name, kept)
    for command in COMMANDS:
        code = run(_arguments(command, path, out))
        told = capfd.readouterr()
        assert code == 1 or (name, command[-1]) in _SAVED, told.err
        assert "went wrong inside" not in told.err
        assert SECRET not in told.err + told.out
        assert code != 1 or re.fullmatch(r"interpref: [^\n]+\n", told.err), told.err
    assert [one.name for one in kept.iterdir()] == ["secret.txt"]
    assert all(SECRET not in one.read_text() for one in out.iterdir())


# What a damaged log hides is a study, and what is left of a cut one may be a part of it: that can be saved.
_SAVED = {("log of another database", "--salvage"), ("half of one", "--salvage")}


@pytest.mark.slow
def test_commands_on_odd_rows_say_so_or_show_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = odd_study(tmp_path / "s.duckdb")
    out = tmp_path / "out.jsonl"
    commands = [["list", kind] for kind in LIST_SPECS] + [["list", kind, "--json"] for kind in LIST_SPECS]
    commands += [["show", one] for one in ("negative", "seven", "odd", "bytes", "", "h1", "i1", "one")]
    commands += [["score"], ["score", "--json"], ["pair"]]
    commands += [["export", what, "-o", str(out)] for what in WHAT]
    commands += [["export", "comparisons", "--format", kind, "-o", str(out)] for kind in ("arena", "openai", "argilla")]
    for command, *rest in commands:
        code = run([command, str(path), *rest])
        told = capfd.readouterr()
        assert code in (0, 1, 3)
        assert "went wrong inside" not in told.err, (command, rest, told.err)
        assert "\x1b" not in told.out + told.err
        out.unlink(missing_ok=True)
    assert run(["export", str(path), "study", "-o", str(out), "--salvage"]) == 3
    assert run(["import", str(tmp_path / "again.duckdb"), str(out)]) in (0, 3)
    assert run(["list", str(tmp_path / "again.duckdb"), "histories"]) == 0


def test_a_study_is_copied_and_saved_by_commands(tmp_path: Path) -> None:
    path = base_study(tmp_path / "s.duckdb")
    done = interpref(tmp_path, "copy", path, tmp_path / "c.duckdb", "--json")
    assert done.code == 0
    assert done.json["path"] == str(tmp_path / "c.duckdb")
    assert done.json["bytes"] == (tmp_path / "c.duckdb").stat().st_size
    again = interpref(tmp_path, "copy", path, tmp_path / "c.duckdb")
    assert again.code == 1
    assert "there already" in again.err
    saved = interpref(tmp_path, "export", path, "study", "-o", tmp_path / "all.jsonl", "--salvage", "--json")
    assert saved.code == 0
    assert saved.json["unreadable"] == {}
    content = bytearray(path.read_bytes())
    content[-200_000] ^= 1
    path.write_bytes(content)
    assert "--salvage" in interpref(tmp_path, "export", path, "study", "-o", tmp_path / "b.jsonl").err
    saved = interpref(tmp_path, "export", path, "study", "-o", tmp_path / "b.jsonl", "--salvage")
    assert saved.code == 3
    assert "could not be read" in saved.err


# -- what the system is asked for ------------------------------------------------------------------------------------------

_CALL = re.compile(r"(?:\[pid +\d+\] |\d+ +)?(\w+)\((.*)")
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')
_WATCHED = (
    "openat,open,creat,connect,execve,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,truncate"
)


def _touched(trace: Path, study: Path) -> list[str]:
    """What was opened, written or connected to after the study was, besides the study, our code and our private folders."""
    mine = str(study.parent / study.name)
    allowed = re.compile(
        rf"{re.escape(mine)}(?:\.wal(?:\.checkpoint|\.recovery)?)?$|{re.escape(str(study.parent / 's.journal'))}|.*/interpref-scratch-[^/]*(/|$)"
        r"|.*\.(?:py|pyc|so|sql|toml|pth)$|.*/__pycache__/.*|/proc/self/(?:cgroup|mountinfo|fd|stat|statm|maps)|/sys/"
        r"|/proc/(?:meminfo|cpuinfo|stat|sys/vm/overcommit_memory)|/etc/(?:localtime|ld\.so.*)|/usr/(?:lib|share)/.*|.*/(?:lib|site-packages)/.*|/dev/(?:null|tty)"
    )
    found, begun = [], False
    for line in trace.read_text(errors="replace").splitlines():
        call = _CALL.match(line)
        if not call or line.endswith("ENOENT (No such file or directory)"):
            continue
        begun = begun or (mine in line and call.group(1) == "openat")
        paths = _PATH.findall(call.group(2))
        if call.group(1) == "unlinkat" and paths == [".interpref-scratch"]:
            continue  # of our private folder, by its descriptor
        if begun and (call.group(1) in ("connect", "execve") or any(not allowed.match(path) for path in paths)):
            reading = "O_DIRECTORY" in line and "O_RDONLY" in line
            if not reading:
                found.append(line)
    return found


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed (apt-get install strace)")
@pytest.mark.parametrize("name", [
    "view over read_text", "view over read_blob of the environment", "view over glob", "view as meta", "endless view", "table macro",
    "default", "generated column", "log: view over read_text", "log: view as meta", "checkpoint that is a link", "half of one",
])  # fmt: skip
def test_nothing_outside_the_study_is_asked_of_the_system(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    kept = secret_folder(tmp_path)
    path = _make(tmp_path, name, kept)
    trace = tmp_path / "trace"
    before = {one.name for one in tmp_path.iterdir()}
    command = [
        "strace",
        "-f",
        "-qq",
        "-s",
        "4000",
        "-o",
        str(trace),
        "-e",
        f"trace={_WATCHED}",
        *COMMAND,
        "list",
        str(path),
        "histories",
    ]
    done = subprocess.run(command, env=environment(home), capture_output=True, text=True, check=False)
    if "ptrace" in done.stderr.lower():
        pytest.skip("processes may not be watched here")
    assert done.returncode == 1, done.stderr
    assert str(path) in trace.read_text(errors="replace")
    touched = _touched(trace, path)
    assert not touched, "\n".join(touched)
    assert {one.name for one in tmp_path.iterdir()} - {"trace"} == before
