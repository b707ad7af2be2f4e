"""The documentation is true: its links and anchors lead somewhere, its commands run, its made pages are as the program is."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from interpref_tui.cli.main import COMMANDS, cli
from tests.support.cli import environment, interpref
from tests.support.servers import FakeOpenAI

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
EVERYTHING = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
RUN, SHOWN = (
    "sh",
    "console",
)  # blocks that are run, and blocks of commands that need a terminal, a model or files of yours

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]*`")


def blocks(path: Path, kind: str) -> list[str]:
    """The fenced blocks of a kind, in order."""
    return [text for found, text in _FENCE.findall(path.read_text(encoding="utf-8")) if found == kind]


def prose(path: Path) -> str:
    """A page without its blocks and pieces of code."""
    return _CODE.sub("", _FENCE.sub("", path.read_text(encoding="utf-8")))


def anchors(path: Path) -> set[str]:
    """What can be linked to in a page, as forges name headings."""
    headings = re.findall(r"^#{1,6} (.+)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", EVERYTHING, ids=lambda path: path.name)
def test_every_link_and_anchor_leads_somewhere(page: Path) -> None:
    wrong = []
    for target in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            wrong.append(target)
    assert wrong == []


def test_every_page_can_be_reached_from_the_first() -> None:
    reached, waiting = set(), [ROOT / "docs" / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        waiting += [
            path
            for target in _LINK.findall(prose(page))
            if (path := (page.parent / target.partition("#")[0]).resolve()).suffix == ".md" and path.is_file()
        ]
    assert set(PAGES) <= reached


@pytest.mark.parametrize("page", EVERYTHING, ids=lambda path: path.name)
def test_pages_read_in_a_pager(page: Path) -> None:
    wrong = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if (
            "\t" in line
            or line != line.rstrip()
            or (len(line) > 160 and not line.startswith(("|", "!", "{", "printf")))
        ):
            wrong.append(f"{page.name}:{number}")
    assert wrong == []


def test_made_pages_are_as_the_program_has_them() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


# -- commands --------------------------------------------------------------------------------------------------------


def commands(text: str) -> Iterator[list[str]]:
    """The words of every interpref command in a text."""
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(r"[;|&]+", line.partition("  #")[0]):
            words = shlex.split(part) if part.count("'") % 2 == part.count('"') % 2 == 0 else part.split()
            if words[:1] == ["interpref"]:
                yield words[1:]


@pytest.mark.parametrize("page", EVERYTHING, ids=lambda path: path.name)
def test_every_command_and_option_that_is_named_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    indented = "\n".join(
        line[4:] for line in text.replace("\\\n", " ").splitlines() if line.startswith("    interpref ")
    )
    wrong = []
    for words in commands("\n".join([*blocks(page, RUN), *blocks(page, SHOWN), indented])):
        if not words or words[0] not in COMMANDS:
            if words and not words[0].endswith(".duckdb") and not words[0].startswith("-"):
                wrong.append(words[0])
            continue
        command = cli.get_command(click.Context(cli), words[0])
        assert command is not None
        known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
        wrong += [
            f"{words[0]} {word}"
            for word in words
            if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known
        ]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, RUN)], ids=lambda path: path.name)
def test_the_commands_of_a_page_run_one_after_the_other(page: Path, tmp_path: Path) -> None:
    """In a folder of their own, in the order of the page, against a server on the loopback where a model is asked."""
    programs, work = tmp_path / "bin", tmp_path / "work"
    programs.mkdir()
    work.mkdir()
    (programs / "interpref").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m interpref_tui "$@"\n', encoding="utf-8")
    (programs / "interpref").chmod(0o755)
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    python = os.pathsep.join(
        [*(str(ROOT / part) for part in ("", "core", "db", "themes")), os.environ.get("PYTHONPATH", "")]
    )
    with FakeOpenAI() as server:
        more = {"PATH": path, "PYTHONPATH": python, "OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none"}
        for block in blocks(page, RUN):
            done = subprocess.run(
                ["bash", "-euc", block], cwd=work, env=environment(tmp_path, **more), capture_output=True, text=True,
                timeout=300, check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"{block}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
            assert "Traceback" not in done.stderr


def test_the_native_records_of_the_page_on_formats_go_in(tmp_path: Path) -> None:
    (block,) = blocks(ROOT / "docs" / "formats.md", "json")
    (tmp_path / "native.jsonl").write_text(block, encoding="utf-8")
    done = interpref(tmp_path, "import", tmp_path / "s.duckdb", tmp_path / "native.jsonl", "--json")
    assert done.code == 0, done.err
    report = done.json
    assert report["format"] == "interpref"
    assert report["rejected"] == []
    for kind in ("histories", "preferences", "pairs", "items", "responses", "verdicts"):
        assert report[kind] > 0, kind
