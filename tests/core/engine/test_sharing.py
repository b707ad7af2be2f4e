"""Several processes at one endpoint: real processes, real locks."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from interpref_core.engine.adaptive_concurrency import EndpointPacer
from interpref_core.engine.shared_slots import SharedSlots

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Takes as many places as it gets, says how many, and again whenever it is asked.
OTHER = """
import sys
from pathlib import Path
from interpref_core.engine.shared_slots import SharedSlots
shared = SharedSlots(Path(sys.argv[1]), "http://h/v1 m", int(sys.argv[2]))
for line in sys.stdin:
    word, number = line.split()
    if word == "take":
        print(shared.acquire(int(number), int(number)), flush=True)
    elif word == "use":
        shared.release_unused(int(number))
        print(shared.capacity, flush=True)
"""


class Other:
    """Another process at the same endpoint."""

    def __init__(self, folder: Path, most: int) -> None:
        command = [sys.executable, "-c", OTHER, str(folder), str(most)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, word: str, number: int) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word} {number}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[SharedSlots]:
    places = SharedSlots(tmp_path, "http://h/v1 m", 8)
    yield places
    places.close()


def test_alone_one_has_all(shared: SharedSlots, tmp_path: Path) -> None:
    assert shared.acquire(5, 8) == 5
    assert shared.acquire(100, 8) == 8
    elsewhere = SharedSlots(tmp_path, "http://h/v1 other", 8)
    assert elsewhere.acquire(8, 8) == 8, "another model is another endpoint"
    elsewhere.close()


def test_two_have_no_more_than_one_alone_and_share_it_evenly(shared: SharedSlots, tmp_path: Path) -> None:
    assert shared.acquire(8, 8) == 8
    shared.release_unused(8)
    other = Other(tmp_path, 8)
    assert other.ask("take", 8) == 0
    time.sleep(0.3)
    assert other.ask("take", 8) == 0, "all are in use"
    time.sleep(0.3)
    shared.release_unused(3)  # calls came back; the other one wants some
    assert shared.capacity == 4
    time.sleep(0.3)
    assert other.ask("take", 8) == 4
    assert shared.acquire(8, 8) == 4
    other.end()
    time.sleep(0.3)
    assert shared.acquire(8, 8) == 8, "killed, it left everything at once"


def test_one_that_wants_little_leaves_the_rest(shared: SharedSlots, tmp_path: Path) -> None:
    other = Other(tmp_path, 8)
    assert other.ask("take", 1) == 1
    other.ask("use", 1)
    time.sleep(0.3)
    other.ask("use", 1)  # says so
    time.sleep(0.3)
    assert shared.acquire(8, 8) == 7
    other.end()


def test_what_one_is_asked_to_wait_the_other_waits(shared: SharedSlots, tmp_path: Path) -> None:
    pace = EndpointPacer(4, shared)
    assert pace.available()
    other = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import sys, time; from pathlib import Path; from interpref_core.engine.shared_slots import SharedSlots\n"
                "SharedSlots(Path(sys.argv[1]), 'http://h/v1 m', 4).pause(time.time() + 30)"
            ),
            str(tmp_path),
        ],
        check=True,
    )
    assert other.returncode == 0
    time.sleep(0.3)
    assert not pace.available()
    assert pace.why_paused == "the server asked another run to wait"
    assert pace.paused > 25


def test_a_folder_that_cannot_be_written_shares_nothing_and_stops_nobody(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    places = SharedSlots(file, "e", 4)
    assert places.acquire(3, 4) == 3
    places.release_unused(1)
    places.close()
