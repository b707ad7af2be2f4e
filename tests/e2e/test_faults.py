"""Servers, disks and processes that fail in the middle of a run: nothing is lost, nothing is asked twice, all is said."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from interpref_db.study.study import Study
from tests.support.cli import COMMAND, environment, interpref, start
from tests.support.fake_openai import FakeOpenAI, Reply, always
from tests.support.faults import FAULTS, MAY_PASS, faulty, meets
from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def make(path: Path, items: int) -> Path:
    small_study(path, small_records(items, runs=(), text="?")).close()
    return path


def command(study: Path, url: str, *options: Any) -> list[Any]:
    return ["generate", study, "--model", "openai/m", "--base-url", url, "--paradigm", "np", "--json", *options]


def number_of(item: str) -> int:
    return int(item.removeprefix("i"))


def test_what_may_pass_is_waited_out(tmp_path: Path) -> None:
    study = make(tmp_path / "s.duckdb", 24)
    with FakeOpenAI(faulty(MAY_PASS, times=1)) as server:
        done = interpref(tmp_path, *command(study, server.url, "--timeout", "1"))
        assert done.code == 0, done.err
        assert done.lines[-1]["done"] == 48
        assert done.lines[-1]["retries"] >= len(MAY_PASS)
        again = {name for name, count in server.counts.items() if count > 1}
        assert len(again) >= 2 * len(MAY_PASS)


def test_what_does_not_pass_ends_with_its_reason_and_the_rest_is_done(tmp_path: Path) -> None:
    names = list(FAULTS)
    study = make(tmp_path / "s.duckdb", 2 * len(names))
    with FakeOpenAI(faulty(names, times=1000)) as server:
        done = interpref(tmp_path, *command(study, server.url, "--timeout", "1", "--attempts", "1"))
    assert done.code == 3, done.err
    told = done.lines[-1]
    assert told["done"] + told["failed"] == told["total"] == 4 * len(names)
    assert told["broken"] is None
    listed = {(row["item"], row["side"]): row for row in interpref(tmp_path, "list", study, "errors", "--json").lines}
    assert len(listed) == told["failed"] == 2 * len(names)
    for (item, _), row in listed.items():
        met = meets(number_of(item), names)
        assert met is not None
        _, kind, words = FAULTS[met]
        assert row["error"] == kind, (met, row)
        assert words in row["message"], (met, row)
    answered = {row["item"] for row in interpref(tmp_path, "list", study, "responses", "--json").lines}
    assert answered == {f"i{n}" for n in range(2 * len(names)) if not n % 2}


def test_a_server_that_is_away_for_a_while_is_waited_for(tmp_path: Path) -> None:
    study = make(tmp_path / "s.duckdb", 50)
    with FakeOpenAI(delay=0.05) as server:
        port = server.port
        going = start(tmp_path, *command(study, server.url, "--concurrency", "8"))
        while len(server.asked) < 40:
            assert going.poll() is None
            time.sleep(0.01)
    time.sleep(3)
    with FakeOpenAI(port=port):
        out, err = going.communicate(timeout=60)
    assert going.returncode == 0, err
    told = [json.loads(line) for line in out.splitlines()]
    assert (told[-1]["done"], told[-1]["failed"]) == (100, 0)
    assert any(one["state"] == "waiting" and "fails time after time" in one["reason"] for one in told)


def test_a_refused_key_ends_a_run_at_once_with_one_line(tmp_path: Path) -> None:
    study = make(tmp_path / "s.duckdb", 40)
    with FakeOpenAI(always(Reply(status=401, error="bad key sk-abcdef1234567890"))) as server:
        done = interpref(tmp_path, *command(study, server.url, "--concurrency", "4"))
        assert done.code == 1
        last = done.err.strip().splitlines()[-1]
        assert "refuses the key" in last
        assert "OPENAI_API_KEY" in last
        assert "sk-abcdef" not in done.err + done.out
        assert len(server.asked) <= 8


@pytest.mark.slow
def test_kill_9_at_twenty_moments_repeats_only_what_was_in_flight(tmp_path: Path) -> None:
    """2,000 calls; a call is in flight until its answer is on the disk, and there are never more than `at once`."""
    study = make(tmp_path / "s.duckdb", 1000)
    at_once, kills, chance = 8, 20, random.Random(7)
    with FakeOpenAI(delay=0.005) as server:
        line = command(study, server.url, "--concurrency", str(at_once))
        for _ in range(kills):
            goal = len(server.asked) + chance.randint(10, 110)
            with start(tmp_path, *line) as going:
                while len(server.asked) < goal and going.poll() is None:
                    time.sleep(0.001)
                time.sleep(chance.random() * 0.02)
                os.kill(going.pid, signal.SIGKILL)
        done = interpref(tmp_path, *line)
        assert done.code == 0, done.err
        counts = server.counts
    assert len(counts) == 2000
    assert sum(counts.values()) - 2000 <= at_once * kills
    assert done.lines[-1]["skipped"] >= 2000 - at_once * kills - done.lines[-1]["done"]
    with Study.open(study) as opened:
        with opened.reading() as cursor:
            stored = cursor.execute(
                "SELECT count(*), count(DISTINCT (item, side)), count(DISTINCT id) FROM responses"
            ).fetchone()
        assert stored == (2000, 2000, 2000)
        assert not [notice for notice in opened.notices() if "error" in notice]


def test_what_may_have_been_paid_for_is_said_and_sent_under_its_old_name(tmp_path: Path) -> None:
    study = make(tmp_path / "s.duckdb", 20)
    folder = tmp_path / "config" / "interpref"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[[prices]]\nmodel = "m"\nprompt = 1\ncompletion = 1000\n')
    with FakeOpenAI() as server:
        server.script = lambda _body, _before: Reply(text="late", delay=0.0 if len(server.asked) <= 10 else 20.0)
        line = command(study, server.url, "--concurrency", "4", "--max-tokens", "100")
        with start(tmp_path, *line) as going:
            while len(server.asked) < 14:
                assert going.poll() is None
                time.sleep(0.01)
            time.sleep(0.3)
            going.kill()
        server.script = lambda _body, _before: Reply(text="at once")
        done = interpref(tmp_path, *line)
        assert done.code == 0, done.err
        assert "4 calls were under way when this run was cut off and may have been paid for" in done.err
        assert "0.4" in done.err, "a hundred tokens each, at a thousand a million"
        sent = Counter(server.names)
        assert sorted(sent.values())[-5:] == [1, 2, 2, 2, 2], "a server that knows them may answer from what it has"
        assert not list(tmp_path.rglob("*.sent"))
        assert "under way" not in interpref(tmp_path, *line).err


def full_disk(tmp_path: Path) -> None:
    """Files of this process may not grow beyond 64 kB more than the study has."""
    size = (tmp_path / "s.duckdb").stat().st_size + 65_536
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_disk_that_fills_up_stops_a_run_cleanly_and_it_goes_on_later(tmp_path: Path) -> None:
    study = make(tmp_path / "s.duckdb", 60)
    with FakeOpenAI() as server:
        server.script = lambda _body, _before: Reply(text="long " * 20_000)
        line = [*COMMAND, *map(str, command(study, server.url))]
        done = subprocess.run(
            line,
            capture_output=True,
            text=True,
            env=environment(tmp_path),
            check=False,
            preexec_fn=lambda: full_disk(tmp_path),
            timeout=60,
        )
        stopped_cleanly(done.returncode, done.stderr)
        goes_on(tmp_path, study, server, 120)


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own, in memory; skips where that is not allowed."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
def test_a_real_disk_that_fills_up(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16m") as disk, FakeOpenAI() as server:
        study = make(disk / "s.duckdb", 60)
        ballast = disk / "ballast"
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        ballast.write_bytes(b"x" * max(0, free - 600_000))
        server.script = lambda _body, _before: Reply(text="long " * 20_000)
        done = interpref(tmp_path, *command(study, server.url))
        stopped_cleanly(done.code, done.err)
        ballast.unlink()
        server.script = lambda _body, _before: Reply(text="short")
        goes_on(tmp_path, study, server, 120)


def test_an_import_that_finds_no_room_says_so_and_leaves_the_study_as_it_was(tmp_path: Path) -> None:
    chats = tmp_path / "chats.jsonl"
    letters = random.Random(1)
    with chats.open("w", encoding="utf-8") as file:
        for number in range(300):
            text = "".join(letters.choices("abcdefghij klmnop", k=8000))
            turns = [{"role": "user", "content": text}, {"role": "assistant", "content": text[::-1]}]
            file.write(json.dumps({"id": f"h{number}", "messages": turns}) + "\n")
    with small_disk(tmp_path / "disk", "8m") as disk:
        study = make(disk / "s.duckdb", 4)
        before = interpref(tmp_path, "list", study, "histories", "--json").out
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * (os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - 300_000))
        done = interpref(tmp_path, "import", study, chats)
        assert done.code != 0
        assert "make room and try again" in done.err
        assert "inside" not in done.err
        assert interpref(tmp_path, "list", study, "histories", "--json").out == before
        ballast.unlink()
        assert interpref(tmp_path, "import", study, chats).code == 0


def as_anyone() -> None:
    """In a child that is about to start: root may no longer write where the mode says nobody may (Linux)."""
    ctypes.CDLL(None).prctl(24, 1)  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE


def test_a_folder_that_turns_read_only_in_mid_run_loses_nothing(tmp_path: Path) -> None:
    """What is open may still be written; what would have to be made anew is left for later."""
    folder = tmp_path / "data"
    folder.mkdir()
    study = make(folder / "s.duckdb", 60)
    home = tmp_path / "home"
    home.mkdir()
    for path in (home, folder, *folder.rglob("*")):
        path.chmod(0o777)
    with FakeOpenAI(delay=0.05) as server:
        line = [*COMMAND, *map(str, command(study, server.url, "--concurrency", "4"))]
        with subprocess.Popen(
            line,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(home),
            preexec_fn=as_anyone,
        ) as going:
            while len(server.asked) < 30:
                assert going.poll() is None, going.communicate()
                time.sleep(0.01)
            closed = [path for path in (folder, *folder.rglob("*")) if path.is_dir()]
            study.chmod(0o444)
            for path in closed:
                path.chmod(0o555)
            out, err = going.communicate(timeout=60)
        assert "Traceback" not in err
        assert going.returncode == 0, err
        assert json.loads(out.splitlines()[-1])["done"] == 120
        for path in closed:
            path.chmod(0o777)
        study.chmod(0o666)
        goes_on(tmp_path, study, server, 120)


def stopped_cleanly(code: int, err: str) -> None:
    """One line says what happened and how to go on."""
    assert code == 1, err
    assert "Traceback" not in err
    last = err.strip().splitlines()[-1]
    assert "cannot be written" in last, err
    assert "the same command goes on" in last


def goes_on(tmp_path: Path, study: Path, server: FakeOpenAI, total: int) -> None:
    """Nothing that was stored is asked again, and in the end there is everything once."""
    stored = len(interpref(tmp_path, "list", study, "responses", "--json").lines)
    before = len(server.asked)
    done = interpref(tmp_path, *command(study, server.url))
    assert done.code == 0, done.err
    assert len(server.asked) - before == total - stored
    rows = interpref(tmp_path, "list", study, "responses", "--json").lines
    assert len({(row["item"], row["side"]) for row in rows}) == len(rows) == total
    assert json.loads(interpref(tmp_path, "score", study, "--json").out)["pass_rate"] == []
