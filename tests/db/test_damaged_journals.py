"""Journals that were cut, flipped, mixed or are no journals at all: what is whole counts, what is not is kept, and both are said."""

from __future__ import annotations

import os
import random
import shutil
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interpref_db.errors import StudyError
from interpref_db.study.journal import encode, is_header, seal
from interpref_db.study.study import Study
from tests.support.labels import label

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL = bool(os.environ.get("INTERPREF_FULL"))
FLIPS = 1000 if FULL else 120
LINES = 12
COMMENT = "I cannot tell them apart: both name the allotment, 界面, and neither the dog"


@cache
def made_study() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="interpref-damaged-"))
    Study.open(folder / "s.duckdb", create=True).close()
    return folder / "s.duckdb"


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    path = tmp_path / "s.duckdb"
    shutil.copy(made_study(), path)
    with Study.open(path) as study:
        yield study


def write(study: Study, annotator: str = "anna", lines: int = LINES, start: int = 1) -> Path:
    with study.open_label_journal(annotator) as journal:
        for n in range(start, start + lines):
            opinion = {"mode": "after", "seen": True, "judge": "judge/model", "says": "a"}
            journal.append([label(annotator, f"i{n}", "a", n, comment=COMMENT, opinion=opinion, active=3.25)])
        return journal.path


def labels_of(study: Study, table: str = "labels") -> dict[str, tuple[object, ...]]:
    query = f"SELECT id, item, answer, seq, comment, decided_at, model_a, opinion FROM {table}"
    with study.reading() as cursor:
        return {row[0]: row[1:] for row in cursor.execute(query).fetchall()}


def fold(study: Study) -> None:
    with study.writing("test"):
        pass


def lines_in(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


# -- cut -----------------------------------------------------------------------------------------------------------------


def test_the_last_line_cut_at_every_byte_is_left_out_kept_and_said_and_the_annotator_goes_on(study: Study) -> None:
    """One reader for all of it, as an explorer that stays open. What lacks the end of its line alone is whole once it has one."""
    path = write(study, lines=3)
    whole = path.read_bytes()
    start = whole[:-1].rindex(b"\n") + 1
    assert len(whole) - start > 400
    for cut in range(start, len(whole)):
        path.write_bytes(whole[:cut])
        if FULL or cut % 9 == 0:
            assert set(labels_of(study)) == {"anna-1", "anna-2"}, cut
            assert len([notice for notice in study.notices() if "not finished" in notice]) == (cut > start), cut
        with study.open_label_journal("anna") as journal:
            journal.append([label("anna", "i9", "b", 9)])
        whole_again = cut == len(whole) - 1
        assert set(labels_of(study)) == {"anna-1", "anna-2", "anna-9", *(["anna-3"] if whole_again else [])}, cut
        said = [notice for notice in study.notices() if "1 line(s) could not be read" in notice]
        assert len(said) == (cut > start and not whole_again), cut
        assert path.read_bytes().startswith(whole[:cut])


@pytest.mark.parametrize("gone_on", [False, True])
def test_a_piece_of_a_line_is_kept_byte_for_byte_by_the_fold(study: Study, gone_on: bool) -> None:
    path = write(study, lines=3)
    whole = path.read_bytes()
    start = whole[:-1].rindex(b"\n") + 1
    for cut in range(start, len(whole) - 1) if FULL else [*range(start, len(whole) - 1, 97), start + 1, len(whole) - 2]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(whole[:cut])
        if gone_on:
            with study.open_label_journal("anna") as journal:
                journal.append([label("anna", "i9", "b", 9)])
        study.remarks.clear()
        fold(study)
        assert set(labels_of(study, "study.labels")) == {"anna-1", "anna-2", *(["anna-9"] if gone_on else [])}
        assert not path.exists()
        if cut > start:
            assert whole[start:cut] in lines_in(study.places.torn_lines_dir / "anna.jsonl")
            assert any("1 line(s)" in remark and "torn" in remark for remark in study.remarks)


@pytest.mark.parametrize("kept", [0, 1, 10, 18, 60, 200])
def test_a_journal_of_which_only_a_piece_of_its_first_line_is_there(study: Study, kept: int) -> None:
    path = write(study, lines=1)
    path.write_bytes(path.read_bytes()[:kept])
    assert labels_of(study) == {}
    write(study, "anna", 2, start=5)
    assert set(labels_of(study)) == {"anna-5", "anna-6"}
    assert not any("could not be read" in notice for notice in study.notices())
    path.write_bytes(path.read_bytes()[:kept])
    fold(study)
    assert not path.exists()
    assert labels_of(study) == {}


# -- flipped -------------------------------------------------------------------------------------------------------------


def test_flipped_bits_cost_the_lines_that_they_hit_and_change_no_value(study: Study) -> None:
    chance = random.Random(11)
    path = write(study)
    whole = path.read_bytes()
    good = labels_of(study)
    lines = whole.split(b"\n")[:-1]
    ends = [sum(len(line) + 1 for line in lines[: n + 1]) for n in range(len(lines))]
    header_ends = ends[0]
    for round_ in range(FLIPS):
        at = chance.randrange(len(whole) if round_ % 4 else header_ends)
        hit = bytearray(whole)
        hit[at] ^= 1 << chance.randrange(8)
        path.unlink()
        path = path.with_name(f"anna.{round_ % 2}.jsonl")  # the reader has it for a new one, whatever is the same in it
        path.write_bytes(hit)
        number = next(n for n, end in enumerate(ends) if at < end)
        spoilt = {number} | ({number + 1} if at == ends[number] - 1 else set())
        found = labels_of(study)
        for key, values in found.items():
            assert values == good[key], (round_, at)
        assert set(good) - set(found) <= {f"anna-{n}" for n in spoilt if n}, (round_, at)


def test_what_bits_spoilt_is_kept_by_the_fold(study: Study) -> None:
    chance = random.Random(5)
    path = write(study)
    whole = path.read_bytes()
    good = labels_of(study)
    for round_ in range(max(3, FLIPS // 20)):
        hit = bytearray(whole)
        for _ in range(3):
            hit[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(hit)
        fold(study)
        found = labels_of(study, "study.labels")
        torn = study.places.torn_lines_dir / "anna.jsonl"
        kept = lines_in(torn)
        for line in bytes(hit).split(b"\n"):
            told = line if line.strip() and not is_header(line) else b""
            taken = any(f'"id":"{key}"'.encode() in told for key in found)
            assert not told or taken or told in kept, round_
        assert {key: good[key] for key in found} == found
        torn.unlink(missing_ok=True)
        with study.writing("again") as writer:
            writer.connection.execute("DELETE FROM study.labels")


# -- of other kinds ------------------------------------------------------------------------------------------------------


ODD = {
    "newer": seal(encode({"type": "mood", "id": "x", "mood": "fine"})),
    "zeroes": bytes(300) + b"\n",
    "latin": '{"type":"label","id":"é"}\n'.encode("latin-1"),
    "a list": b"[1, 2, 3]\n",
    "deep": b'{"type":"label","id":"d","opinion":' + b"[" * 50_000 + b"]" * 50_000 + b"}\n",
    "incomplete": seal(encode({"type": "label", "id": "anna-77"})),
    "wrong kinds": b'{"type":"label","id":["x"],"seq":"many","annotator":7}\n',
    "huge numbers": b'{"type":"label","id":"h","seq":1e999,"annotator":"x"}\n',
    "a checksum alone": b',"crc":"00000000"}\n',
    "a second name": seal(encode({"type": "journal", "id": "other", "study": "other"})),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_line_among_good_ones_is_said_and_kept(study: Study, kind: str) -> None:
    path = write(study, lines=2)
    with path.open("ab") as file:
        file.write(ODD[kind])
    write(study, lines=1, start=3)
    good = {"anna-1", "anna-2", "anna-3"}
    assert set(labels_of(study)) == good
    assert any("1 line(s) could not be read" in notice for notice in study.notices())
    fold(study)
    assert set(labels_of(study, "study.labels")) == good
    assert lines_in(study.places.torn_lines_dir / path.name) == [ODD[kind].removesuffix(b"\n")]


def test_a_line_of_a_hundred_megabytes_harms_no_other(study: Study) -> None:
    path = write(study, lines=2)
    size = 100_000_000
    with path.open("ab") as file:
        file.write(b'{"type":"label","id":"long","comment":"' + b"x" * size + b'"}\n')
    write(study, lines=1, start=3)
    good = {"anna-1", "anna-2", "anna-3"}
    assert set(labels_of(study)) - {"long"} == good
    fold(study)
    assert set(labels_of(study, "study.labels")) - {"long"} == good
    assert not path.exists()
    if set(labels_of(study, "study.labels")) == good:
        assert (study.places.torn_lines_dir / path.name).stat().st_size > size


def test_journals_without_names_and_checksums_count_beside_new_ones(study: Study) -> None:
    old = study.places.labels / "bo.jsonl"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"".join(encode(label("bo", f"i{n}", "a", n)) for n in (1, 2)))
    write(study, lines=2)
    with study.open_label_journal("bo") as journal:  # an annotator goes on in an old one
        journal.append([label("bo", "i3", "b", 3)])
    wanted = {"anna-1", "anna-2", "bo-1", "bo-2", "bo-3"}
    assert set(labels_of(study)) == wanted
    assert study.notices() == []
    fold(study)
    assert set(labels_of(study, "study.labels")) == wanted
    assert not study.places.torn_lines_dir.exists()


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "loop", "link", "unreadable", "empty"])
def test_what_is_no_journal_is_told_in_one_line_and_everything_else_works(
    study: Study, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(study, lines=2)
    odd = study.places.labels / "x.jsonl"
    secret = tmp_path / "secret"
    secret.write_text("mine\n")
    if kind == "folder":
        odd.mkdir()
    elif kind == "pipe":
        os.mkfifo(odd)
    elif kind == "socket":
        monkeypatch.chdir(odd.parent)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(odd.name)
    elif kind == "loop":
        odd.symlink_to(odd)
    elif kind == "link":
        odd.symlink_to(secret)
    elif kind == "unreadable":
        if os.geteuid() == 0:
            pytest.skip("the superuser may read everything")
        odd.touch(0)
    else:
        odd.touch()
    assert set(labels_of(study)) == {"anna-1", "anna-2"}
    told = [notice for notice in study.notices() if "x.jsonl" in notice]
    assert len(told) == (kind != "empty")
    assert all("\n" not in notice for notice in told)
    fold(study)
    assert set(labels_of(study, "study.labels")) == {"anna-1", "anna-2"}
    if kind not in ("empty", "unreadable"):
        with pytest.raises(StudyError) as error:
            study.open_label_journal("x")
        assert "\n" not in str(error.value)
    assert secret.read_text() == "mine\n"
    assert os.path.lexists(odd) == (kind != "empty")


# -- full disks and locks that do not hold -------------------------------------------------------------------------------


def test_what_cannot_be_kept_is_not_removed_and_kept_once_when_it_can(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(study, lines=2)
    with path.open("ab") as file:
        file.write(ODD["newer"] + b'{"type":"label","id":"half')
    before = path.read_bytes()
    real = os.write

    def half(descriptor: int, data: bytes) -> int:
        if "torn" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            if len(data) < 10:
                raise OSError(28, "No space left on device")
            return real(descriptor, bytes(data)[:5])
        return real(descriptor, data)

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc")
    with monkeypatch.context() as patch:
        patch.setattr("interpref_db.study.journal_retirement.os.write", half)
        for _ in range(2):
            fold(study)
            assert path.read_bytes() == before
            assert any("it stays (No space left" in remark for remark in study.remarks)
            study.remarks.clear()
    assert set(labels_of(study)) == {"anna-1", "anna-2"}
    with monkeypatch.context() as patch:  # kept, but not removed: another fold keeps nothing twice
        patch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(OSError(1, "Operation not permitted")))
        fold(study)
        fold(study)
        assert path.read_bytes() == before
    fold(study)
    assert not path.exists()
    assert lines_in(study.places.torn_lines_dir / "anna.jsonl") == [
        ODD["newer"].removesuffix(b"\n"),
        b'{"type":"label","id":"half',
    ]


def test_locks_that_do_not_hold_lose_no_label(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `flock` succeeds for everybody (some network file systems), a fold may take a journal that is being written.

    It is guaranteed that a label which was acknowledged is in the study or in a journal afterwards. It is not guaranteed that one
    annotator cannot begin twice. The writer appends at each point of a fold where that could matter.
    """
    monkeypatch.setattr("interpref_db.study.journal.fcntl.flock", lambda *_: None)
    count = 0
    wanted = set()
    with study.open_label_journal("anna") as journal:

        def append(times: int = 1) -> None:
            nonlocal count
            for _ in range(times):
                count += 1
                journal.append([label("anna", f"i{count}", "a", count)])
                wanted.add(f"anna-{count}")

        real_rename, real_unlink = Path.rename, Path.unlink

        def rename(self: Path, target: Path) -> Path:
            append()
            done = real_rename(self, target)
            append()
            return done

        def unlink(self: Path, missing_ok: bool = False) -> None:
            if self.suffix == ".jsonl":
                append()
            real_unlink(self, missing_ok)
            if self.suffix == ".jsonl":
                append()

        append(3)
        for point in ("nothing", "in the body", "rename", "unlink", "torn"):
            with monkeypatch.context() as patch:
                if point == "rename":
                    patch.setattr(Path, "rename", rename)
                elif point == "unlink":
                    patch.setattr(Path, "unlink", unlink)
                with study.writing("test"):
                    if point == "in the body":
                        append(2)
                    if point == "torn":  # the fold has seen half of a line
                        os.write(journal._descriptor, b'{"type":"label"')
            append()
            assert set(labels_of(study)) == wanted, point
    fold(study)
    assert set(labels_of(study)) == wanted
