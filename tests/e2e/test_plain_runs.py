"""Runs in lines: started by questions, watched, stopped and gone on with; in a pipe, and in a terminal that can nothing."""

from __future__ import annotations

import re
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from interpref_db.study.study import Study
from tests.e2e.test_plain import lines, plain
from tests.support.built import raw
from tests.support.cli import COMMAND, environment, interpref
from tests.support.construction import builder
from tests.support.fake_openai import FakeOpenAI, Reply
from tests.support.studies import HOSTILE, small_records, small_study
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-test-0123456789abcdef"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.duckdb"
    small_study(path, small_records(6, runs=())).close()
    return path


def states(tmp_path: Path, study: Path, kind: str = "runs") -> list[tuple[str, str]]:
    return [(str(row.get("name")), row["state"]) for row in interpref(tmp_path, "list", study, kind, "--json").lines]


def test_a_script_generates_judges_and_reads_the_scores(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI() as server:
        keys = (
            "4", "n", "", "openai/m", "?", "np", "nowhere", server.url, "0", "4", ".", "",
            "J", "m-np", "", ".", "", "j", "", "8", "q",
        )  # fmt: skip
        said = plain(tmp_path, "--plain", study, keys=lines(*keys), OPENAI_API_KEY=KEY)
        assert len(server.asked) == 8
    assert "No runs yet" in said
    assert "model: it is needed" in said
    assert "paradigm: np, td, cot" in said
    assert "base URL: an address such as" in said
    assert "items: a whole number from 1 on" in said
    assert f"interpref generate {study} --model openai/m --paradigm np --base-url {server.url} --limit 4" in said
    assert "about 8 calls" in said
    assert "started: generate openai/m np" in said
    assert "generate openai/m np: done" in said
    assert "m-np, m, np: 4 of 4, done" in said
    assert "judge overlap m-np: done" in said
    assert "m-np judged by overlap" in said
    assert "pass rate" in said
    assert KEY not in said


def test_nothing_starts_without_a_yes(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI() as server:
        for ends in (("esc",), (), ("no",)):
            keys = ("4", "n", "openai/m", "", server.url, ".", *ends)
            assert "started:" not in plain(tmp_path, "--plain", study, keys=lines(*keys), OPENAI_API_KEY=KEY)
        assert "nothing is done" in plain(tmp_path, "--plain", study, keys=lines("4", "n", "x/y", "esc", "q"))
        assert len(server.asked) == 0
    assert states(tmp_path, study) == []


def test_what_cannot_begin_says_why_in_its_own_words(tmp_path: Path, study: Path) -> None:
    said = plain(tmp_path, "--plain", study, keys=lines("4", "n", "llama_cpp/none.gguf", ".", "", "q"))
    assert "none.gguf" in said
    assert "Traceback" not in said


def test_failed_calls_are_read_and_tried_again(tmp_path: Path, study: Path) -> None:
    failing = True

    def script(body: dict[str, object], _: int) -> Reply:
        if failing and "number 2" in str(body["messages"]):
            return Reply(status=400, error=f"refused {HOSTILE}")
        return Reply(text="an answer")

    with FakeOpenAI(script) as server:
        keys = (
            "4",
            "n",
            "openai/m",
            "np",
            server.url,
            ".",
            "",
            "",
            "E",
            "",
            "j",
            "",
            "",
            "j",
            "",
            "esc",
            "esc",
            "esc",
            "q",
        )
        said = plain(tmp_path, "--plain", study, keys=lines(*keys), OPENAI_API_KEY=KEY)
        assert "6, partly done, 2 failed" in said.replace("5 of ", "")
        assert "failed: " in said
        assert "failed calls: 2" in said
        assert "failed calls: 2, still failed" in said
        assert "2 of 7: what came back" in said
        assert "3 of 7: what was asked, answer: user" in said
        failing = False
        asked = len(server.asked)
        said = plain(tmp_path, "--plain", study, keys=lines("4", "r", "q"), OPENAI_API_KEY=KEY)
        assert len(server.asked) == asked + 2
    assert "m-np, m, np: 6 of 6, done" in said


def test_stages_of_construction_are_run_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "b.duckdb"
    small_study(path, iter([raw(1), raw(2)])).close()
    with FakeOpenAI(builder) as server:
        keys = ("0", "j 2", "b", "openai/m", server.url, ".", "", "n", ".", "", "R", "esc", "v", "x", "q")
        said = plain(tmp_path, "--plain", path, keys=lines(*keys), OPENAI_API_KEY=KEY)
    assert "build openai/m extract: done" in said
    assert "build dedupe: " in said
    with Study.open(path) as built:
        counts = built.row("funnel_counts") or {}
    assert counts["preferences"] > 0
    assert counts["clusters"] > 0


def dumb(tmp_path: Path, study: Path, *, columns: int = 40) -> Terminal:
    return Terminal(
        [*COMMAND, str(study), "--plain"],
        environment(tmp_path, OPENAI_API_KEY=KEY),
        columns=columns,
        rows=60,
        TERM="dumb",
    )


def answer(terminal: Terminal, key: str) -> None:
    """Type a line when the one before is answered, so that the echo of neither stands in the other."""
    terminal.read(0.05)
    for _ in range(600):
        if bytes(terminal.raw).endswith((b"> ", b": ")):
            break
        terminal.read(0.1)
    terminal.send(f"{key}\n".encode())


def begin_run(terminal: Terminal, server: FakeOpenAI) -> None:
    """From Home: a generation with one call at a time, watched."""
    terminal.wait_for("home>")
    for key in ("4", "n", "openai/m", "np", server.url, "", "1", "."):
        answer(terminal, key)
    terminal.wait_for("enter starts it", 60)
    terminal.send(b"\n")
    terminal.wait_for("running, ", 60)


def test_a_run_is_watched_stopped_and_gone_on_with_in_a_terminal(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI(delay=0.4) as server, dumb(tmp_path, study) as terminal:
        begin_run(terminal, server)
        terminal.send(b"x\n")
        terminal.wait_for("stopping", 60)
        end = time.monotonic() + 60
        while ("m-np", "stopped") not in states(tmp_path, study) and time.monotonic() < end:
            terminal.read(0.2)
        assert states(tmp_path, study) == [("m-np", "stopped")]
        server.delay = 0.0
        terminal.send(b"4\n")
        terminal.wait_for("stopped", 60)
        terminal.send(b"c\n")
        terminal.wait_for("6 of 6, done", 60)
        terminal.send(b"q\n")
        assert terminal.ended() == 0
        raw = bytes(terminal.raw)
    assert b"\x1b" not in raw
    assert not re.search(rb"\r(?!\n)|\x08", raw)


def test_runs_that_go_on_are_asked_about_when_one_leaves(tmp_path: Path, study: Path) -> None:
    with FakeOpenAI(delay=0.3) as server, dumb(tmp_path, study) as terminal:
        begin_run(terminal, server)
        terminal.send(b"q\n")
        terminal.wait_for("s stops them and leaves", 60)
        terminal.send(b"esc\n")
        terminal.read(0.3)
        terminal.send(b"q\ns\n")
        assert terminal.ended() == 0
        end = time.monotonic() + 60
        while ("m-np", "stopped") not in states(tmp_path, study) and time.monotonic() < end:
            time.sleep(0.2)
        assert states(tmp_path, study) == [("m-np", "stopped")]


def test_no_line_is_wider_than_forty_columns_and_none_moves_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "h.duckdb"
    text = f"{HOSTILE} 混合 of words and wide ones, 我喜欢安静的地方和长长的故事, one after the other"
    small_study(path, small_records(2, text=text, runs=("one", "two"), pattern="LRLD")).close()
    keys = (
        "2",
        "f2",
        "",
        "",
        "",
        "esc",
        "3",
        "",
        "j 3",
        "",
        "d",
        "4",
        "",
        "5",
        "",
        "",
        "6",
        "8",
        "0",
        "f9",
        "c",
        "",
        "?",
        "9",
    )
    with dumb(tmp_path, path) as terminal:
        for key in keys:
            answer(terminal, key)
        answer(terminal, "q")
        assert terminal.ended() == 0
        raw = bytes(terminal.raw)
    from interpref_tui.text.sanitize import cell_width

    assert b"\x1b" not in raw
    said = raw.decode("utf-8").replace("\r\n", "\n")
    assert not {one for one in said if ord(one) < 32 and one != "\n"}
    assert not {one for one in said if "\u202a" <= one <= "\u202e"}
    assert [line for line in said.split("\n") if cell_width(line) > 40] == []


def test_whoever_reads_may_stop_reading(tmp_path: Path, study: Path) -> None:
    shell = " ".join(COMMAND)
    done = subprocess.run(
        ["sh", "-c", f"printf '2\\nf2\\nf2\\nj\\nq\\n' | {shell} --plain '{study}' | head -2"],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(tmp_path),
        check=False,
    )
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 2
