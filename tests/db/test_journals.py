"""Journals have an identity of their own: whatever becomes of their files, no line is lost, doubled or taken for another."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from interpref_core.records.runs import Response
from interpref_core.system.safe_files import UnsafeFileError, make_folder, open_file, replace_file
from interpref_db.errors import StudyError
from interpref_db.study.journal import encode, read_identity, seal, unseal
from interpref_db.study.study import Study

if TYPE_CHECKING:
    from pathlib import Path


def response(name: str, text: str = "t") -> Response:
    return Response(id=name, run="r", item="i", side="a", text=text)


def write(study: Study, journal: str, *names: str) -> Path:
    with study.open_run_journal(journal) as opened:
        opened.append([response(name) for name in names])
    return study.places.run_journal(journal)


def seen(study: Study, *, fresh: bool = True) -> list[str]:
    with study.reading(fresh=fresh) as cursor:
        return [row[0] for row in cursor.execute("SELECT id FROM responses ORDER BY id").fetchall()]


def fold(study: Study) -> None:
    with study.writing("test"):
        pass


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study.open(tmp_path / "s.duckdb", create=True)


def test_the_first_line_names_the_journal_its_study_machine_and_writer(study: Study) -> None:
    path = write(study, "r", "x")
    first = json.loads(path.read_text().split("\n")[0])
    assert first["type"] == "journal"
    assert (first["study"], first["writer"]) == (study.identity.study, "r")
    assert first["machine"]
    other = write(study, "q", "y")
    assert json.loads(other.read_text().split("\n")[0])["id"] != first["id"]
    again = write(study, "r", "z")  # going on with a journal does not name it anew
    assert json.loads(again.read_text().split("\n")[0]) == first
    assert seen(study) == ["x", "y", "z"]


def test_a_new_journal_with_the_inode_of_the_old_one_is_read_from_the_start(study: Study) -> None:
    """A reader knows the old one; somebody folds it; a new one gets the same inode and grows beyond the old one's size."""
    path = write(study, "r", "a1", "a2", "a3")
    keeper = os.open(path, os.O_RDWR)  # the file that the new journal is written into: the same inode, without luck
    with Study.open(study.path) as other:
        assert seen(other) == ["a1", "a2", "a3"]
        other._release()
        fold(study)
        assert not path.exists()
        study._release()
        new = path.with_name("new")
        write(study, "fresh", "b1", "b2", "b3", "b4", "b5")
        study.places.run_journal("fresh").rename(new)
        os.ftruncate(keeper, 0)
        os.pwrite(keeper, new.read_bytes(), 0)
        new.unlink()
        _link(keeper, path)
        os.close(keeper)
        everything = ["a1", "a2", "a3", "b1", "b2", "b3", "b4", "b5"]
        assert seen(other) == everything
        other._release()
        fold(other)
        assert seen(other) == everything
        other._release()
        with study.reading() as cursor:
            assert cursor.execute("SELECT count(*) FROM study.responses").fetchone() == (8,)


def _link(descriptor: int, path: Path) -> None:
    """Give an open file without a name one; where the system does not let us, a file of the same content."""
    try:
        os.link(f"/proc/self/fd/{descriptor}", path, follow_symlinks=True)
    except OSError:
        path.write_bytes(os.pread(descriptor, 1 << 20, 0))


def test_an_older_copy_of_a_journal_that_is_put_back_and_grows_is_read_from_the_start(study: Study) -> None:
    path = write(study, "r", "a")
    backup = path.with_name("backup")
    shutil.copy(path, backup)
    write(study, "r", "b", "c")
    assert seen(study) == ["a", "b", "c"]
    backup.replace(path)
    write(study, "r", "d", "e", "f", "g")  # longer than what was read before
    assert seen(study) == ["a", "d", "e", "f", "g"]
    fold(study)
    assert seen(study) == ["a", "d", "e", "f", "g"]


def test_what_is_written_while_the_journal_is_folded_is_kept_where_locks_do_not_hold(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fcntl.flock", lambda *_: None)
    journal = study.open_run_journal("r")
    journal.append([response("a")])
    with study.writing("test"):
        journal.append([response("b")])  # after it was read for the fold
    journal.append([response("c")])
    journal.close()
    assert seen(study) == ["a", "b", "c"]
    fold(study)
    assert seen(study) == ["a", "b", "c"]


def test_rows_that_others_have_folded_are_not_counted_twice_without_a_fresh_look(study: Study) -> None:
    write(study, "r", "a", "b")
    assert seen(study) == ["a", "b"]
    study._release()
    with Study.open(study.path) as other:
        fold(other)
    assert seen(study, fresh=False) == ["a", "b"]


def test_a_journal_that_is_removed_under_its_writer_is_written_again_and_said(study: Study) -> None:
    with study.open_run_journal("r") as journal:
        journal.append([response("a"), response("b")])
        shutil.rmtree(study.places.journal)
        journal.append([response("c")])
        assert "written again" in journal.notices[0]
        shutil.rmtree(study.places.journal)  # and nothing more is written: closing sees it
    assert seen(study) == ["a", "b", "c"]


def test_a_journal_that_is_replaced_by_an_older_copy_under_its_writer_keeps_everything(study: Study) -> None:
    path = write(study, "r", "a")
    backup = path.with_name("copy")
    shutil.copy(path, backup)
    with study.open_run_journal("r") as journal:
        journal.append([response("b")])
        backup.replace(path)
        journal.append([response("c")])
    assert seen(study) == ["a", "b", "c"]
    assert len(path.read_text().splitlines()) == 4


def test_a_journal_that_cannot_be_written_again_refuses_aloud(study: Study) -> None:
    journal = study.open_run_journal("r")
    shutil.rmtree(study.places.journal)
    study.places.journal.write_text("a file where the folder was")
    with pytest.raises(OSError, match=r".+"):
        journal.append([response("a")])
    with pytest.raises(StudyError, match="cannot be written again"):
        journal.close()


def test_the_checksum_tells_a_changed_line() -> None:
    line = seal(encode(response("a", "left")))
    assert unseal(line.rstrip(b"\n")) == encode(response("a", "left")).decode().rstrip("\n")
    assert unseal(line.rstrip(b"\n").replace(b"left", b"lefu")) is None
    assert unseal(b'{"type":"response"}') == '{"type":"response"}'  # of 0.1.0
    assert unseal(b'{"type":"\xff"}') is None


BAD = [
    b'{"type":"label2","id":"n1","precious":"of a newer program"}',
    b'{"type":"response","id":"torn","ru',
    b'{"type":"response","run":"r","item":"i","side":"a","text":"without an identifier"}',
    b'{"type":"history","id":"h","turns":[]}',
    seal(encode(response("x", "left"))).rstrip(b"\n").replace(b"left", b"lefu"),
    b'{"type":"response","id":"u","run":"r","item":"i","side":"a","text":"\xff\xfe"}',
    b"\x00\x00\x00",
    b"[1, 2]",
]


@pytest.mark.parametrize("bad", BAD)
def test_a_line_that_cannot_be_taken_is_kept_byte_for_byte_and_said(study: Study, bad: bytes) -> None:
    path = write(study, "r", "a")
    with path.open("ab") as file:
        file.write(bad + b"\n")
    write(study, "r", "b")  # whoever goes on after it
    assert seen(study) == ["a", "b"]
    assert "1 line(s) could not be read" in " ".join(study.notices())
    fold(study)
    assert seen(study) == ["a", "b"]
    assert not path.exists()
    assert (study.places.torn_lines_dir / "r.jsonl").read_bytes() == bad + b"\n"
    assert str(study.places.torn_lines_dir / "r.jsonl") in study.set_aside[0]


def test_a_line_with_the_identifier_of_another_record_is_kept(study: Study) -> None:
    path = write(study, "r", "a")
    other = seal(encode(response("a", "something else")))
    with path.open("ab") as file:
        file.write(other)
    fold(study)
    assert seen(study) == ["a"]
    assert (study.places.torn_lines_dir / "r.jsonl").read_bytes() == other


def test_a_journal_whose_lines_cannot_be_kept_stays(study: Study) -> None:
    path = write(study, "r", "a")
    with path.open("ab") as file:
        file.write(BAD[0] + b"\n")
    study.places.torn_lines_dir.write_text("in the way")
    fold(study)
    assert "it stays" in study.set_aside[0]
    assert BAD[0] in path.read_bytes()
    assert seen(study) == ["a"]


def test_journals_of_0_1_0_have_no_first_line_and_are_read_and_folded_all_the_same(study: Study) -> None:
    path = study.places.run_journal("old")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(encode(response(name)) for name in ("a", "b")))
    assert seen(study) == ["a", "b"]
    write(study, "old", "c")
    assert seen(study) == ["a", "b", "c"]
    fold(study)
    assert seen(study) == ["a", "b", "c"]
    assert study.set_aside == []


def test_a_first_line_that_was_cut_off_is_made_anew(study: Study) -> None:
    path = write(study, "r", "a")
    whole = path.read_bytes()
    path.write_bytes(whole[:30])
    write(study, "r", "b")
    descriptor = os.open(path, os.O_RDONLY)
    identity = read_identity(descriptor)
    os.close(descriptor)
    assert identity is not None
    assert identity.study == study.identity.study
    assert seen(study) == ["b"]


# -- links and special files ---------------------------------------------------------------------------------------------


def test_nothing_is_written_or_read_through_planted_links(study: Study, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "private").write_text(
        '{"type":"response","id":"stolen","run":"r","item":"i","side":"a","text":"t"}\nno newline'
    )
    before = (home / "private").read_bytes()
    study.places.runs.mkdir(parents=True)
    (study.places.runs / "link.jsonl").symlink_to(home / "private")
    (study.places.journal / "writer.json").symlink_to(home / "private")
    (study.places.runs / "loop.jsonl").symlink_to("loop.jsonl")
    os.mkfifo(study.places.runs / "pipe.jsonl")
    (study.places.runs / "folder.jsonl").mkdir()
    write(study, "r", "a")
    assert seen(study) == ["a"]
    told = " ".join(study.notices())
    assert all(name in told for name in ("link.jsonl", "loop.jsonl", "pipe.jsonl", "folder.jsonl"))
    fold(study)
    assert seen(study) == ["a"]
    assert (home / "private").read_bytes() == before
    with pytest.raises(StudyError, match="symbolic link"):
        study.open_run_journal("link")


def test_a_folder_of_the_journals_that_is_a_link_is_refused(study: Study, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    study.places.journal.mkdir()
    study.places.labels.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match="symbolic link"):
        study.open_label_journal("ann")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_hard_link_to_somebodys_file_is_not_written(study: Study, tmp_path: Path) -> None:
    target = tmp_path / "theirs"
    target.write_text("theirs\n")
    study.places.make_folder(study.places.labels)
    os.link(target, study.places.label_journal("ann"))
    with study.open_label_journal("ann") as journal:
        assert journal.path.name == "ann-2.jsonl"
    assert target.read_text() == "theirs\n"


def test_a_file_is_emptied_only_when_it_is_ours(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("theirs")
    os.link(target, link)
    with pytest.raises(UnsafeFileError):
        open_file(link, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    assert target.read_text() == "theirs"


def test_files_are_replaced_whole_with_the_permissions_they_had(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    path.chmod(0o640)
    replace_file(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)
    assert [one.name for one in tmp_path.iterdir()] == ["f"]
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("mode", "folder", "file"), [(0o600, 0o700, 0o600), (0o660, 0o2770, 0o660), (0o644, 0o755, 0o644)]
)
def test_journals_are_as_private_as_their_study(study: Study, mode: int, folder: int, file: int) -> None:
    study.path.chmod(mode)
    path = write(study, "r", "a")
    assert path.stat().st_mode & 0o7777 == file
    assert study.places.runs.stat().st_mode & 0o7777 == folder
    assert study.places.journal.stat().st_mode & 0o7777 == folder
