"""Help, its examples, and mistakes: everything fits 80 columns, every example works, every mistake is one line with the way out."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click
import duckdb
import pytest

from interpref_tui.cli import run
from interpref_tui.cli.main import COMMANDS, cli
from interpref_tui.services.demo import demo_study
from tests.support.cli import COMMAND, environment, interpref, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What the examples call runs and things, and what the bundled study calls them.
CALLED = {
    "gpt-4o-mini-np": "sample-generic", "gpt-4o-mini-td": "sample-attentive", "gpt-4o-mini-wf": "sample-partly",
    "gpt-4o-np": "sample-generic", "gpt-4o-wf": "sample-partly", "gpt-4o-td": "sample-attentive", "A": "sample-swaps",
    "B": "sample-partly", "400": "decide-washing-machine",
}  # fmt: skip
NEEDS = ("llama_cpp/", "llama-3.1", "HistPref/data")  # a model's weights, or the paper's files
OPENS = ("demo", "annotate", "my.duckdb")


def help_of(name: str) -> str:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    with click.Context(command, info_name=f"interpref {name}", terminal_width=80, max_content_width=80) as context:
        return command.get_help(context)


def examples() -> list[str]:
    """Every command line under Examples, whole."""
    found = []
    for name in COMMANDS:
        text = help_of(name).partition("Examples:")[2].replace("\\\n", " ")
        lines = [" ".join(line.split()) for line in text.splitlines() if "interpref" in line and "#" not in line]
        assert lines, f"{name} has no example"
        found += [re.sub(r' [|>] .*|^eval "\$\(|\)"$', "", line) for line in lines]
    return found


@pytest.mark.parametrize("name", list(COMMANDS))
def test_help_fits_80_columns_and_says_what_every_option_does(name: str) -> None:
    assert [line for line in help_of(name).splitlines() if len(line) > 80] == []
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert [one.name for one in options if not one.help] == []
    assert "INTEGER RANGE" not in help_of(name)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with everything that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("OPENAI", "INTERPREF", "XDG"))]:
            if name != "INTERPREF_SHARED_DATA":
                patch.delenv(name)
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
        patch.setenv("OPENAI_API_KEY", "none")
        shutil.copy(demo_study(), folder / "my.duckdb")
        chat = {"messages": [{"role": "user", "content": "Anything vegan?"}, {"role": "assistant", "content": "Yes."}]}
        (folder / "published").mkdir()
        for name in ("conversations.json", "chats.jsonl", "published/more.jsonl"):
            (folder / name).write_text(json.dumps(chat | {"id": name}) + "\n", encoding="utf-8")
        winners = ("model_a", "model_b", "tie")
        rows = [
            f"{a},{b},{winners[n % 3]},p{n % 4}" for n, (a, b) in enumerate([("x", "y"), ("y", "z"), ("z", "x")] * 4)
        ]
        text = "\n".join(["model_a,model_b,winner,annotator", *rows, *rows[:5], ""])
        (folder / "votes.csv").write_text(text, encoding="utf-8")
        votes_file = folder / "votes.csv"
        for target, form in (("battles.parquet", "PARQUET"), ("votes.jsonl", "JSON")):
            duckdb.sql(f"COPY (FROM '{votes_file}') TO '{folder / target}' (FORMAT {form})")
        patch.chdir(folder)
        # What people did: two who disagree; and two preferences of a topic that nobody has paired.
        for person, keys in (("anna", "l\nl\nl\nq\n"), ("ben", "t\nt\nt\nq\n")):
            patch.setattr(sys, "stdin", io.StringIO(keys))
            words = f"annotate my.duckdb --plain --order fixed --annotator {person} --runs sample-swaps sample-partly"
            assert run(words.split()) == 0
        new = [
            {"type": "preference", "id": f"new{n}", "text": f"Likes {n}.", "extra": {"topic": "travel_hotel"}}
            for n in "ab"
        ]
        (folder / "new.jsonl").write_text("".join(json.dumps(one) + "\n" for one in new), encoding="utf-8")
        assert run(["import", "my.duckdb", "new.jsonl"]) == 0
        assert run(["build", "my.duckdb", "--only", "verify", "--test-share", "0.2"]) == 0
        yield folder


@pytest.mark.parametrize("line", [one for one in examples() if not any(part in one for part in NEEDS)])
def test_every_example_works(
    work: Path, tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a model would be asked, what it would take is said instead; what opens a screen opens in lines."""
    words = [CALLED.get(word, word) for word in shlex.split(line)][1:]
    if any(word.startswith("openai/") for word in words) and not {"--batch-out", "--dry-run"} & set(words):
        words.append("--dry-run")
    if words[0] in OPENS and "--status" not in words:
        words = ["--plain", *words]
    shutil.copytree(work, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(sys, "stdin", io.StringIO("dec\nq\n"))
    code = run(words)
    said = capsys.readouterr()
    assert code == 0, said.err
    assert "Traceback" not in said.err


MISTAKES = [
    ("import d.duckdb missing.json", 1, "there is no such file: missing.json"),
    ("import new.duckdb missing.json", 1, "there is no such file: missing.json"),
    ("import d.duckdb broken.json", 1, "is not JSON"),
    ("import d.duckdb empty.json", 1, "is empty"),
    ("import d.duckdb folder", 1, "nothing to import in folder"),
    ("import d.duckdb table.csv --format nonsense", 1, "there is no format 'nonsense'; there are"),
    ("import text.duckdb broken.json", 1, "not a study"),
    ("score text.duckdb", 1, "not a study"),
    ("score missing.duckdb", 1, "`interpref import missing.duckdb FILE...` makes one"),
    ("score folder", 1, "folder is a folder, not a study"),
    ("score d.duckdb --run sample-atentive", 1, "do you mean sample-attentive?"),
    ("score d.duckdb --judge nobody", 1, "there is no judge 'nobody'; there are"),
    ("score d.duckdb --only nonsense", 1, "there is no table 'nonsense'; there are"),
    ("judge d.duckdb --run sample-atentive --model overlap", 1, "do you mean sample-attentive?"),
    ("judge d.duckdb --run sample-attentive --model nonsense", 1, "'nonsense' is no model: give openai/NAME"),
    ("judge d.duckdb --run sample-attentive", 1, "no model is named"),
    ("judge d.duckdb --model overlap", 2, "missing option '--run' (`interpref judge --help` says more)"),
    ("generate d.duckdb --model openai/m --paradigm td", 1, "set OPENAI_API_KEY in the environment"),
    ("generate d.duckdb --model openai/m --paradigm nope", 1, "there is no paradigm 'nope'; there are np"),
    ("generate d.duckdb --model openai/m --paradigm td --base-url nonsense", 1, "not the address of a server"),
    ("generate d.duckdb --model llama_cpp/none.gguf --paradigm td", 1, "there is no model file none.gguf"),
    ("generate d.duckdb --model replay/none.jsonl --paradigm td", 1, "none.jsonl cannot be read: No such file"),
    ("generate d.duckdb --model overlap --paradigm td", 1, "overlap is a judge"),
    ("generate d.duckdb --modl openai/m --paradigm td", 2, "Did you mean '--model'?"),
    ("compare d.duckdb --runs sample-attentive --model openai/m", 2, "--runs takes two names"),
    ("list d.duckdb historys", 2, "do you mean histories?"),
    ("list d.duckdb histories --where nope=1", 2, "is not COLUMN=VALUE with one of id"),
    ("list d.duckdb histories --limit x", 2, "'--limit': 'x' is no whole number"),
    ("list d.duckdb items --sort nope", 2, "is none of id, query"),
    ("show d.duckdb nope", 1, "nothing in d.duckdb has the identifier 'nope'"),
    ("export d.duckdb verdicts", 2, "missing option '-o'"),
    ("export d.duckdb nope -o x.jsonl", 2, "'nope' is none of histories"),
    ("export d.duckdb verdicts -o none/x.csv", 1, "none/x.csv cannot be written: No such file or directory"),
    ("export d.duckdb verdicts -o folder", 2, "is a directory"),
    ("rank missing.csv", 1, "missing.csv cannot be read: No such file"),
    ("rank table.csv", 1, "it takes a table with two names and a winner"),
    ("annotate d.duckdb --plain --runs sample-attentive nope", 1, "there is no run 'nope' with answers"),
    ("annotate d.duckdb --plain --guidelines none.md", 1, "the guidelines none.md cannot be read"),
    ("annotate d.duckdb --task nope", 2, "is not one of 'compare'"),
    ("build d.duckdb --from items --until pairs --model openai/m", 2, "the stages are extract"),
    ("reproduce none", 1, "there is no folder none"),
    ("completion nope", 2, "is not one of 'bash'"),
    ("scre d.duckdb", 2, "do you mean score?"),
    ("d.duckdb", 1, "the screens need a terminal; --plain"),
]


@pytest.fixture
def here(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a study and what is none."""
    shutil.copy(work / "my.duckdb", tmp_path / "d.duckdb")
    (tmp_path / "broken.json").write_text('{"a":', encoding="utf-8")
    (tmp_path / "empty.json").touch()
    (tmp_path / "text.duckdb").write_text("hello\n", encoding="utf-8")
    (tmp_path / "table.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path


@pytest.mark.parametrize(("line", "code", "said"), MISTAKES, ids=[line for line, *_ in MISTAKES])
def test_a_mistake_is_one_line_with_the_way_out(
    here: Path, capsys: pytest.CaptureFixture[str], line: str, code: int, said: str
) -> None:
    if "llama_cpp/" in line and find_spec("llama_cpp") is None:
        said = "pip install"  # of the extra that it needs
    assert run(shlex.split(line)) == code
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
    assert not (here / "new.duckdb").exists()


def test_wrong_settings_are_named(here: Path) -> None:
    config = here / "config" / "interpref"
    config.mkdir(parents=True)
    for text, said in (("theme = [", "is not TOML"), ("nonsense = 3", "there is no setting nonsense")):
        (config / "config.toml").write_text(text, encoding="utf-8")
        done = interpref(here, "config")
        assert (done.code, len(done.err.splitlines())) == (1, 1)
        assert said in done.err


def test_a_closed_port_is_named_and_nothing_is_lost(here: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        command = ("generate", here / "d.duckdb", "--model", "openai/m", "--paradigm", "np", "--base-url", url)
        done = interpref(here, *command, "--limit", 1, "--attempts", 1, OPENAI_API_KEY="none")
    assert done.code == 1
    assert f"{url}: Connection refused" in done.err
    assert "the same command tries them again" in done.err


def test_a_study_that_is_written_elsewhere_is_told_by_whom(here: Path) -> None:
    code = f"import duckdb, sys; c = duckdb.connect({str(here / 'd.duckdb')!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        done = interpref(here, "list", here / "d.duckdb", "runs")
        other.communicate()
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert f"is in use by process {other.pid}" in done.err


def test_an_interrupt_ends_with_130_and_one_line(here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        command = ("generate", here / "d.duckdb", "--model", "openai/m", "--paradigm", "np", "--base-url", url)
        with start(here, *command, "--limit", 1, OPENAI_API_KEY="none") as process:
            silent.accept()
            for _ in range(2):  # the second does not wait for what is under way
                time.sleep(0.3)
                process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "done and safe; the same command goes on" in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.parametrize("command", ["list d.duckdb responses", "list d.duckdb responses --json", "score d.duckdb"])
def test_whoever_reads_may_stop_reading(here: Path, command: str) -> None:
    shell = f"{shlex.join(COMMAND)} {command} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", shell], capture_output=True, text=True, env=environment(here), check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
