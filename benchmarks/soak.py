"""The screens for a long time: random keys in a real terminal, while a run writes, files are imported, and others read in lines.

    python -m benchmarks.soak [MINUTES] [--items 1000] [--seed 0] [--study my.duckdb]

Half an hour where nothing is said. Keys come one at a time and in bursts (typed ahead, held, pasted): screens, the palette,
forms, searches, labels, themes; the window changes its size. Beside it a run asks a server on loopback and another judges, a
file is imported (which folds journals in) every few seconds, and a `--plain` session gets random lines. Every ten seconds the
resident memory of the screens' process is looked at. Prints one JSON object: the keys sent, the crash reports, how the screens
ended, MiB after five minutes (or a sixth of a shorter time) and at the end, and their `ratio` (wanted: within 0.9 and 1.1).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import TYPE_CHECKING, Any

import psutil

from tests.support.cli import COMMAND, environment
from tests.support.fuzzed_keys import SIZES, burst
from tests.support.servers import fake_process
from tests.support.studies import small_records
from tests.support.terminal import Terminal
from tests.support.walk import walked_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from interpref_core.records.base import Record

WARM = 300.0  # seconds after which the memory should stay as it is
SAMPLED = 10.0  # seconds between two looks at it
IMPORTED = 5.0  # seconds between two imports
PROGRAM = [*COMMAND]  # whose memory is looked at
PLAIN = ["1", "2", "3", "4", "5", "6", "7", "8", "j", "k", "j 5", "esc", "enter", "s", "u", "U", "G", "v", "/3", "?"]
STALLED = 60.0  # seconds without a byte after which the screens no longer answer


class Beside:
    """What goes on at the same time, in threads that start processes, until it is stopped."""

    def __init__(self, home: Path, study: Path, url: str, seed: int) -> None:
        self.home, self.study, self.url = home, study, url
        self.chance = random.Random(seed)
        self.done = {"runs": 0, "imports": 0, "plain sessions": 0}
        self.failed: list[str] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._go_on, args=(one,), daemon=True)
            for one in (self._run, self._import, self._read_in_lines)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let what is under way end, and start nothing more."""
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    def _go_on(self, one: Callable[[int], None]) -> None:
        number = 0
        while not self._stop.wait(1.0):
            number += 1
            one(number)

    def _command(self, *arguments: object, given: str | None = None) -> bool:
        command = [*COMMAND, *map(str, arguments)]
        variables = environment(self.home, OPENAI_API_KEY="none")
        source = PIPE if given else DEVNULL
        with Popen(command, env=variables, stdin=source, stdout=DEVNULL, stderr=PIPE, text=True) as process:
            _, said = process.communicate(given)
        # Busy is what two processes that write at once may be told; the next round tries again.
        if process.returncode not in (0, 3):
            self.failed.append(f"{arguments[0]}: {said.strip()[-200:]}")
        return process.returncode == 0

    def _run(self, number: int) -> None:
        """The same few runs, a few items further each time: the study stays about as large as it is."""
        model = ["--model", f"openai/m{number % 3}", "--base-url", self.url]
        some = [one for n in range(5) for one in ("--item", f"i{(5 * number + n) % 900}")]
        if self._command("generate", self.study, *model, "--paradigm", "np", "--name", f"soak-{number % 3}", *some):
            self._command("judge", self.study, "--run", f"soak-{number % 3}", "--model", "overlap")
        self.done["runs"] += 1

    def _import(self, number: int) -> None:
        file = self.home / "import.jsonl"
        turns = [{"role": "user", "content": f"imported {number}"}, {"role": "assistant", "content": "so it is"}]
        file.write_text(json.dumps({"type": "history", "id": f"soak{number}", "turns": turns}) + "\n", encoding="utf-8")
        self._command("import", self.study, file)
        self.done["imports"] += 1
        self._stop.wait(IMPORTED)

    def _read_in_lines(self, _: int) -> None:
        keys = [self.chance.choice(PLAIN) for _ in range(30)]
        self._command("--plain", self.study, given="".join(f"{key}\n" for key in [*keys, "esc", "q"]))
        self.done["plain sessions"] += 1
        self._stop.wait(IMPORTED)


class Keys:
    """Random keys into the screens, and what becomes of their process."""

    def __init__(self, terminal: Terminal, seed: int) -> None:
        self.terminal = terminal
        self.chance = random.Random(seed)
        self.sent = 0
        self.samples: list[tuple[float, float]] = []
        self.code: int | None = None
        self.stalled = False

    def press(self, seconds: float) -> None:
        """Go on for so long, or until the process has ended or no longer answers."""
        begun = heard = time.monotonic()
        while (now := time.monotonic()) - begun < seconds:
            if not self.samples or now - begun - self.samples[-1][0] >= SAMPLED:
                self.samples.append((now - begun, resident(self.terminal.pid)))
            done, status = os.waitpid(self.terminal.pid, os.WNOHANG)
            if done:
                self.code = os.waitstatus_to_exitcode(status)
                return
            if now - heard > STALLED:
                self.stalled = True
                return
            if self.chance.random() < 0.004:
                self.terminal.resize(*self.chance.choice(SIZES))
            else:
                keys = burst(self.chance)
                self.terminal.send(b"".join(keys))
                self.sent += len(keys)
            if self.terminal.read(self.chance.choice((0.0, 0.02, 0.1, 0.3))):
                heard = time.monotonic()
        self.samples.append((seconds, resident(self.terminal.pid)))

    def leave(self) -> None:
        """Go back to Home from wherever this is, and out; runs that were started from forms are stopped."""
        self.terminal.resize(120, 40)
        for keys in (b"\x1b", b"\x1b", b"\x1b", b"\x1b", b"\x1b", b"\x1b", b"1", b"\x03", b"s"):
            if self.terminal.read(1.0) or self.code is None:
                with suppress(OSError):
                    self.terminal.send(keys)
        if self.code is None:
            self.code = self.terminal.ended(60)

    def at(self, moment: float) -> float:
        """MiB about a moment: the median of the samples of a minute."""
        near = [value for when, value in self.samples if abs(when - moment) <= 30]
        return round(statistics.median(near or [self.samples[-1][1]]), 1)


def resident(process: int) -> float:
    """Resident memory of one process, in MiB."""
    with suppress(psutil.Error):
        return float(psutil.Process(process).memory_info().rss) / 2**20
    return 0.0


def records(items: int) -> Iterator[Record]:
    """So many items with two runs that were judged."""
    yield from small_records(items, runs=("big-one", "big-two"), text="some words of a text " * 20, pattern="LRRL")


def prepare(folder: Path, items: int, url: str) -> Path:
    """A study to go about in, with something in every place, and a configuration that names the server's model."""
    study = folder / "soak.duckdb"
    with walked_study(study) as made, made.writing("soak") as writer:
        writer.add(records(items), origin="soak")
        writer.fold("soak")
    config = folder / "config" / "interpref"
    config.mkdir(parents=True, exist_ok=True)
    lines = [
        'model = "local"',
        'judge = "overlap"',
        'annotator = "ann"',
        "[models.local]",
        'model = "openai/m"',
        f'base_url = "{url}"',
    ]
    lines += ["[keys]", *(f'"app.{name}" = "none"' for name in ("quit", "suspend", "exports", "picture"))]
    (config / "config.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return study


def soak(folder: Path, seconds: float, items: int, seed: int, study: Path | None) -> dict[str, Any]:
    """Go on for so many seconds; what was seen."""
    with fake_process(delay=0.02) as url:
        path = prepare(folder, items, url)
        if study is not None:
            shutil.copyfile(study, path)
        variables = environment(folder, OPENAI_API_KEY="none", EDITOR="true", VISUAL="true", LOGNAME="ann")
        with Terminal([*PROGRAM, str(path)], variables, folder, columns=120, rows=40) as terminal:
            terminal.wait_for("histories", 60)
            terminal.follow = False
            keys, beside = Keys(terminal, seed), Beside(folder, path, url, seed)
            keys.press(seconds)
            beside.stop()
            reports = sorted(path.name for path in (folder / "state").rglob("crash*"))
            early = keys.code is not None
            if not keys.stalled:
                keys.leave()
    warm = min(WARM, seconds / 6)
    first, last = keys.at(warm), keys.at(seconds)
    return {
        "benchmark": "soak", "minutes": round(seconds / 60, 1), "items": items, "seed": seed, "keys": keys.sent,
        "crash reports": len(reports), "exit": keys.code, "ended early": early, "stalled": keys.stalled, "beside": beside.done,
        "failed beside": beside.failed[:10], "MiB after warming up": first, "MiB at the end": last,
        "most MiB": round(max(value for _, value in keys.samples), 1), "ratio": round(last / first, 3) if first else None,
        "wanted": {"crash reports": 0, "exit": 0, "ratio": [0.9, 1.1]},
        "samples": [round(value) for when, value in keys.samples if when % 60 < SAMPLED],
    }  # fmt: skip


def main() -> int:
    """Go on, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", type=float, nargs="?", default=30.0)
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--study", type=Path, help="a study of one's own, of which a copy is used")
    parser.add_argument("--keep", type=Path, help="a folder to work in, which stays; else a temporary one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = soak(folder.resolve(), 60 * asked.minutes, asked.items, asked.seed, asked.study)
    print(json.dumps(found))
    return 1 if found["exit"] or found["crash reports"] or found["ended early"] or found["stalled"] else 0


if __name__ == "__main__":
    sys.exit(main())
