"""Every screen and command over a study that is hostile in every name and text: nothing of it reaches the terminal as more than
something to look at."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.cli import COMMAND, environment, interpref
from tests.support.hostile import ATTACKS, found_in, hostile_file
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

KINDS = (
    "histories", "preferences", "pairs", "items", "runs", "judgings", "responses", "verdicts", "judged", "comparisons",
    "annotators", "labels", "assignments", "failures", "errors",
)  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    path = folder / "s.duckdb"
    done = interpref(folder, "import", path, hostile_file(folder))
    assert done.code == 0, done.err
    return path


def test_the_look_at_bytes_sees_every_attack() -> None:
    for attack in ("\x1b]0;x\x07", "\x9b31m", "\u202e", "\x07", "\x1bPx\x1b\\", "\x1bc", "\u200b", "\x1b]52;c;x\x07"):
        assert found_in(f"ab{attack}cd".encode()), ascii(attack)
    assert not found_in("\x1b[1;31mdrawn 界面 ␛[31m\x1b[0m\r\n".encode())


def _follow(terminal: Terminal, keys: str, *, pause: float = 0.15) -> None:
    for key in keys:
        terminal.send(key.encode())
        deadline = time.monotonic() + 15
        while terminal.read(pause) and time.monotonic() < deadline:
            pass


WAYS = {
    "histories": "2\rJx)/EVIL\rn\x1b",
    "items": "3\rvcdpz\tSw]",
    "verdicts, failures": "5\rvr\r6\rf",
    "palette and help": "3:EVIL\x1b?\x1bM\x1b",
    "lists, scores, runs, home": "8]]]v4j12/EVIL\rsy",
}


@pytest.mark.parametrize("way", WAYS)
def test_screens_show_it_inert(tmp_path: Path, study: Path, way: str) -> None:
    with Terminal([*COMMAND, str(study)], environment(tmp_path), columns=120, rows=40) as terminal:
        terminal.wait_for("4 histories")
        _follow(terminal, WAYS[way], pause=0.4)
        seen = bytes(terminal.raw)
        if way.startswith("lists"):  # `y` copies: its own OSC 52, with the text in base64
            seen = seen.split(b"\x1b]52;")[0]
        assert found_in(seen) == []
        assert b"\x1b[31mEVIL" not in seen
        assert "EVIL" in terminal.text
        assert os.waitpid(terminal.pid, os.WNOHANG) == (0, 0)  # it lives


def test_annotation_shows_it_inert(tmp_path: Path, study: Path) -> None:
    runs = [f"one{ATTACKS}", f"two{ATTACKS}"]
    command = [*COMMAND, "annotate", str(study), "--annotator", "ann", "--task", "compare", "--runs", *runs]
    with Terminal(command, environment(tmp_path), columns=120, rows=40) as terminal:
        terminal.wait_for("for 1")
        _follow(terminal, "dpoi\x1bl[ouUa\x1b")
        assert found_in(bytes(terminal.raw)) == []
        assert "EVIL" in terminal.text


def test_commands_print_it_inert(tmp_path: Path, study: Path) -> None:
    """All of them in one process, each on a terminal: what is data and what is talk, as tables and as JSON."""
    ids = [f"{name}{ATTACKS}" for name in ("h0a", "p0a", "q0", "i0", "one", "one/0a", "one/0/1")]
    commands = [["list", str(study), kind, *more] for kind in KINDS for more in ([], ["--json"])]
    commands += [["show", str(study), one, *more] for one in ids for more in ([], ["--json"])]
    commands += [
        ["show", str(study), f"nothing{ATTACKS}"],
        ["list", str(study), f"kind{ATTACKS}"],
        ["list", str(study), "items", "--where", f"nope={ATTACKS}"],
        ["list", str(study), "items", "--search", ATTACKS],
        ["score", str(study)],
        ["score", str(study), "--json"],
        ["score", str(study), "--only", ATTACKS],
        ["judge", str(study), "--run", ids[4], "--model", "overlap"],
        ["judge", str(study), "--run", f"none{ATTACKS}", "--model", "overlap"],
        ["generate", str(study), "--model", f"nowhere{ATTACKS}/x", "--paradigm", "td"],
        ["annotate", str(study), "--status", "--task", "score"],
        ["import", str(study), str(study.parent / f"no{ATTACKS.replace('/', '_')}.jsonl")],
        ["export", str(study), "scores", "-o", str(study.parent / "scores.csv")],
        ["export", str(study), f"what{ATTACKS}", "-o", str(study.parent / "x.csv")],
        ["rank", str(study.parent / f"no{ATTACKS.replace('/', '_')}.csv")],
        [f"command{ATTACKS}"],
        ["config"],
    ]
    commands = [[part.replace("\x00", "") for part in one] for one in commands]
    runner = tmp_path / "runner.py"
    runner.write_text(
        "import sys\nfrom interpref_tui.cli import run\n"
        f"for arguments in {commands!r}:\n    print('$', ascii(arguments[0]))\n    run(arguments)\nprint('THE END')\n",
        encoding="utf-8",
    )
    with Terminal([sys.executable, str(runner)], environment(tmp_path), columns=120, rows=40) as terminal:
        terminal.wait_for("THE END", 120)
        assert found_in(bytes(terminal.raw)) == []
        assert b"EVIL" in terminal.raw
        assert b"Traceback" not in terminal.raw
        assert b"something went wrong inside" not in terminal.raw


def test_a_file_of_bad_records_is_told_of_inert(tmp_path: Path, study: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(
        f'{{"type": "history{ATTACKS!r}"\n{{"type": "history", "id": "x", "turns": "no"}}\n', encoding="utf-8"
    )
    with Terminal([*COMMAND, "import", str(study), str(file)], environment(tmp_path), columns=120) as terminal:
        while terminal.read(2):
            pass
        assert found_in(bytes(terminal.raw)) == []
