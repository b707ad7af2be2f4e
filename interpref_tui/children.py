"""Generations and judgings that the screens started: the command line itself, as child processes that report in JSON lines.

In processes of their own they never slow the screen down, and a crash of either leaves the other alone.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True)
class Child:
    """One child process: its arguments after `interpref`, its last progress, what it said, and its exit code."""

    arguments: list[str]
    process: subprocess.Popen[str]
    progress: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    code: int | None = None
    stopping: bool = False

    @property
    def title(self) -> str:
        """What it does, in a few words."""
        options = dict(zip(self.arguments[2::2], self.arguments[3::2], strict=False))
        what = (
            options.get("--paradigm") or options.get("--run") or options.get("--only") or options.get("--again") or ""
        )
        return f"{self.arguments[0]} {options.get('--model', '')} {what}".strip()


class Children:
    """The child processes of one study. Threads read them; the screen only looks."""

    def __init__(self, study: Path) -> None:
        self._study = study
        self.all: list[Child] = []

    @property
    def at_work(self) -> int:
        """How many are going."""
        return sum(1 for child in self.all if child.code is None)

    def start(self, arguments: list[str]) -> Child:
        """Start `interpref ARGUMENTS --json`. It goes on when we end."""
        process = subprocess.Popen(
            [sys.executable, "-m", "interpref_tui", *arguments, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        child = Child(arguments, process)
        self.all.append(child)
        for work in (self._read_progress, self._read_talk):
            threading.Thread(target=work, args=(child,), daemon=True).start()
        return child

    def _read_progress(self, child: Child) -> None:
        for line in child.process.stdout or ():
            try:
                progress = json.loads(line)
            except ValueError:
                continue
            if isinstance(progress, dict):
                # A build says once which stage it is at; its progress does not repeat it.
                stage = {"stage": child.progress["stage"]} if "stage" in child.progress else {}
                child.progress = stage | progress
        child.code = child.process.wait()

    def _read_talk(self, child: Child) -> None:
        for line in child.process.stderr or ():
            child.said.append(line.strip())
            del child.said[:-20]

    def stop(self, child: Child) -> None:
        """Ask a child to stop cleanly; a second time, at once."""
        if child.code is None:
            child.stopping = True
            child.process.send_signal(signal.SIGINT)

    def stop_all(self) -> None:
        for child in self.all:
            self.stop(child)
