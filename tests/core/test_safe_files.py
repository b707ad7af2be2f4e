"""Files that only we write, drafts and temporary folders: links, names that others made, and what killed processes left."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from interpref_core.system.safe_files import UnsafeFileError, open_file, remove_drafts, replace_file, replacing
from interpref_core.system.temporary_folders import Scratch, remove_left_behind, scratch_folder

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_emptying_waits_until_the_file_is_known_to_be_ours(tmp_path: Path) -> None:
    victim, link, hard = (tmp_path / name for name in ("victim", "link", "hard"))
    victim.write_text("mine", encoding="utf-8")
    link.symlink_to(victim)
    hard.hardlink_to(victim)
    for path in (link, hard):
        with pytest.raises(UnsafeFileError):
            open_file(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    assert victim.read_text(encoding="utf-8") == "mine"
    hard.unlink()
    os.close(open_file(victim, os.O_WRONLY | os.O_TRUNC))
    assert victim.read_text(encoding="utf-8") == ""


def test_a_draft_that_somebody_exchanged_is_not_put_in_place(tmp_path: Path) -> None:
    path, victim = tmp_path / "out", tmp_path / "victim"
    victim.touch(0o640)
    before = mode(victim)
    changing = replacing(path)
    draft = changing.__enter__()
    draft.unlink()
    draft.symlink_to(victim)
    with pytest.raises(UnsafeFileError, match="somebody else"):
        changing.__exit__(None, None, None)
    assert [one.name for one in tmp_path.iterdir()] == ["victim"]
    assert mode(victim) == before


@pytest.mark.parametrize("name", ["x" * 255, "漢" * 85, "a[1]*.csv", "-"])
def test_any_name_can_be_replaced_and_cleared_up(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with replacing(path) as draft:
        left = draft.name
    (tmp_path / left).write_text("half", encoding="utf-8")
    with replacing(path) as draft:
        remove_drafts(path)
        assert draft.exists()
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_what_does_not_wait_for_the_disk_is_replaced_and_private_as_well(tmp_path: Path) -> None:
    path = tmp_path / "state"
    replace_file(path, b"one", 0o600, sync=False)
    replace_file(path, b"two", 0o600, sync=False)
    assert path.read_bytes() == b"two"
    assert mode(path) == 0o600


def test_drafts_of_others_and_links_stay(tmp_path: Path) -> None:
    path, victim = tmp_path / "out.csv", tmp_path / "victim"
    victim.write_text("mine", encoding="utf-8")
    link = tmp_path / f".out.csv.{'a' * 16}.tmp"
    link.symlink_to(victim)
    os.mkfifo(tmp_path / f".out.csv.{'b' * 16}.tmp")
    (tmp_path / f".out.csv.{'c' * 16}.tmp").hardlink_to(victim)
    names = {one.name for one in tmp_path.iterdir()}
    remove_drafts(path)
    assert {one.name for one in tmp_path.iterdir()} == names


_HOLDER = """
import sys
from pathlib import Path
from interpref_core.system.temporary_folders import Scratch
from interpref_core.system.safe_files import replacing
folder = Path(sys.argv[1])
scratch = Scratch(folder)
(scratch.path / "text").write_text("private")
with replacing(folder / "out.csv") as draft:
    print(scratch.path, draft, flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_process_left_goes_and_what_is_in_use_stays(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    made = [tmp_path / name.rpartition("/")[2] for name in process.stdout.readline().split()]
    assert [mode(one) for one in made] == [0o700, 0o600]
    remove_left_behind(tmp_path)
    remove_drafts(tmp_path / "out.csv")
    assert all(one.exists() for one in made)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    with scratch_folder(tmp_path) as here, replacing(tmp_path / "out.csv"):
        remove_drafts(tmp_path / "out.csv")
        assert here.exists()
        assert not any(one.exists() for one in made)


def test_folders_that_only_look_like_ours_stay(tmp_path: Path) -> None:
    mine = tmp_path / "interpref-scratch-notes"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine", encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".interpref-scratch").touch()
    (tmp_path / "interpref-scratch-link").symlink_to(elsewhere)
    scratch = Scratch(tmp_path)
    scratch.close()
    scratch.close()
    assert not scratch.path.exists()
    assert (mine / "notes.txt").exists()
    assert (elsewhere / ".interpref-scratch").exists()
