"""Keys in one go, as they come when somebody types ahead, holds a key or pastes: nothing that opens ends the screens."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.support.cli import COMMAND, environment
from tests.support.fuzzed_keys import ESCAPE, OPENERS, PALETTE, burst
from tests.support.terminal import Terminal
from tests.support.walk import walked_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study with something in every place, and a configuration in which no chance ends or suspends the program."""
    path = tmp_path / "s.duckdb"
    walked_study(path).close()
    config = tmp_path / "config" / "interpref" / "config.toml"
    config.parent.mkdir(parents=True)
    lines = ["[keys]", *(f'"app.{name}" = "none"' for name in ("quit", "suspend", "exports", "picture"))]
    config.write_text("\n".join(lines), encoding="utf-8")
    return path


def go(terminal: Terminal, key: bytes, title: str) -> None:
    """Press a key until it has led where it leads: one that comes right behind an escape is another key to a terminal."""
    for _ in range(60):
        terminal.send(key)
        terminal.read(1.0)
        if terminal.screen.display[0].startswith(title):
            return
    raise AssertionError(f"{key!r} never led to {title!r}:\n{terminal.text}")


def leave(terminal: Terminal, home: Path) -> None:
    """Everything answers still, and the program is left in order."""
    for _ in range(8):
        terminal.send(ESCAPE)
        terminal.read(0.3)
    for key, title in ((b"1", "  Home "), (b"3", "  Items "), (b"1", "  Home ")):
        go(terminal, key, title)
    terminal.send(b"\x03")
    assert terminal.ended(60) == 0
    assert not list((home / "state").rglob("crash*"))


def test_the_palette_is_opened_and_left_three_hundred_times(tmp_path: Path, study: Path) -> None:
    chance = random.Random(11)
    # What is typed leads to other screens, so that palettes open over every kind of them.
    words = (b"", b"1", b"10", b"pairs", b"i3", b"every number", b"read again")
    with Terminal([*COMMAND, str(study)], environment(tmp_path), tmp_path, columns=100, rows=30) as terminal:
        terminal.wait_for("24 histories", 60)
        opened = 0
        while opened < 300:
            times = chance.randrange(1, 8)
            ends = chance.choice((b"\r", b"\r\r", b""))
            terminal.send(b"".join(PALETTE + chance.choice(words) + ends for _ in range(times)))
            opened += times
            terminal.read(chance.choice((0.0, 0.01, 0.1)))
            terminal.send(ESCAPE)
            terminal.read(chance.choice((0.0, 0.02, 0.15)))
        leave(terminal, tmp_path)


def test_keys_that_open_something_may_be_held(tmp_path: Path, study: Path) -> None:
    with Terminal([*COMMAND, str(study)], environment(tmp_path), tmp_path, columns=100, rows=30) as terminal:
        terminal.wait_for("24 histories", 60)
        for opener in sorted(set(OPENERS)):
            for place in (b"3", b"4", b"7", b"0"):
                terminal.send(place + opener * 9)
                terminal.read(0.1)
                for _ in range(2):
                    terminal.send(ESCAPE)
                    terminal.read(0.15)
        leave(terminal, tmp_path)


@pytest.mark.parametrize("seed", range(2))
def test_random_bursts_end_nothing(tmp_path: Path, study: Path, seed: int) -> None:
    chance = random.Random(seed)
    variables = environment(tmp_path, EDITOR="true", VISUAL="true")
    with Terminal([*COMMAND, str(study)], variables, tmp_path, columns=100, rows=30) as terminal:
        terminal.wait_for("24 histories", 60)
        for _ in range(150):
            terminal.send(b"".join(burst(chance)))
            terminal.read(chance.choice((0.0, 0.02, 0.1)))
        leave(terminal, tmp_path)
