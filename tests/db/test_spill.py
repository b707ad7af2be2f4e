"""What does not fit into memory goes to a private folder that is removed, also after a kill."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from interpref_core.system.temporary_folders import remove_left_behind
from interpref_db.study import spill_folder
from interpref_db.study.connection import connect

_CHILD = """
import os, sys
from interpref_db.study.connection import connect
c = connect(memory_limit="60MB", threads=1)
c.execute("CREATE TEMP TABLE t AS SELECT repeat('secret text ', 30) || i AS s FROM range(200000) AS r(i) ORDER BY s DESC")
print(c.execute("SELECT current_setting('temp_directory')").fetchone()[0], flush=True)
if sys.argv[1] == "wait":
    sys.stdin.read()
elif sys.argv[1] == "end":
    c.close()
"""


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of this test's own, for it and its children."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(spill_folder, "_own", None)
    return folder


def _start(what: str) -> tuple[subprocess.Popen[str], Path]:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, what], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    return child, Path(child.stdout.readline().strip())


def test_the_folder_is_private_and_goes_with_its_process(scratch: Path) -> None:
    child, folder = _start("wait")
    assert folder.parent.parent == scratch
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert any(one.stat().st_size for one in folder.iterdir())
    child.communicate("")
    assert list(scratch.iterdir()) == []


def test_what_a_kill_left_behind_goes_at_the_next_start_and_nobody_elses(scratch: Path) -> None:
    killed, left = _start("wait")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    living, used = _start("wait")
    assert not left.parent.exists()
    # Neither one that we did not make, nor a link, nor one whose process lives is ours to remove.
    bare = scratch / "interpref-scratch-bare"
    bare.mkdir(0o700)
    kept = scratch / "mine"
    kept.mkdir(0o700)
    (kept / ".interpref-scratch").touch()
    (scratch / "interpref-scratch-link").symlink_to(kept)
    remove_left_behind()
    assert all(one.exists() for one in (used, bare, kept / ".interpref-scratch"))
    living.communicate("")
    assert not used.parent.exists()


def test_connections_of_a_process_share_no_folder(scratch: Path) -> None:
    with connect() as one, connect() as two:
        names = [each.execute("SELECT current_setting('temp_directory')").fetchone() for each in (one, two)]
    assert names[0] != names[1]


def test_without_a_temporary_folder_nothing_is_spilled(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: str) -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(spill_folder, "_own", None)
    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with connect() as connection:
        assert connection.execute("SELECT current_setting('temp_directory'), 42").fetchall() == [("", 42)]
