"""The screens on a study of a million histories, as a person at a keyboard meets them, against a bare Textual application.

    python -m benchmarks.screens [--study big.duckdb] [--others PATH/harlequin PATH/posting]

The reference shows a table of 1,000 rows. Both run in the same terminal emulator, in turn, several times: seconds until ready,
milliseconds from a key to the next change of the screen (while nothing else happens, and while a run writes 200 rows a second
to its journal), milliseconds until a search has shown its first hits, peak memory. The cold start is measured on the demo study
beside other terminal programs where they are named; without them it is left out with a notice.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.big_study import make
from benchmarks.start_up import BARE
from tests.support.terminal import Terminal

KEYS = [b"\x1b[B"] * 60 + [b"\x1b[A"] * 30 + [b"\x1b[6~"] * 20
WRITTEN = 200  # rows a second
READY = {"interpref": "sample-attentive", "harlequin": "Query Editor", "posting": "Collection"}
PROGRAM = [sys.executable, "-m", "interpref_tui"]


class Writer:
    """Appends responses to the journal of a run, as a run does, until it is stopped."""

    def __init__(self, study: Path) -> None:
        folder = study.with_suffix(".journal") / "runs"
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "benchmark.jsonl"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def _write(self) -> None:
        number = 0
        with self.path.open("a", encoding="utf-8") as file:
            while not self._stop.wait(0.1):
                for _ in range(WRITTEN // 10):
                    number += 1
                    line = {"type": "response", "id": f"b{time.time_ns()}-{number}", "run": "one", "item": f"i{number % 200}",
                            "side": "ab"[number % 2], "text": "some words of an answer " * 40}  # fmt: skip
                    file.write(json.dumps(line) + "\n")
                file.flush()
                os.fsync(file.fileno())

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self.path.unlink(missing_ok=True)


def anew(environment: dict[str, str]) -> dict[str, str]:
    """The same environment without any memory of where one was, which outlives even being killed."""
    return environment | {"XDG_STATE_HOME": tempfile.mkdtemp(dir=environment["XDG_STATE_HOME"])}


def probe(command: list[str], wanted: str, before: list[bytes], environment: dict[str, str]) -> dict[str, Any]:
    """Seconds until a text stands there, then milliseconds a key, and the most memory on the way, in MiB."""
    with Terminal(command, anew(environment)) as terminal:
        ready = terminal.wait_for(wanted, 60)
        terminal.read(1.0)
        for key in before:
            terminal.send(key)
            terminal.read(1.5)
        waits, memory = [], 0.0
        for key in KEYS:
            while terminal.read(0.015):
                pass
            begun = time.perf_counter()
            terminal.send(key)
            while not terminal.read(0.001) and time.perf_counter() - begun < 2:
                pass
            waits.append(1000 * (time.perf_counter() - begun))
            memory = max(memory, memory_of(terminal.pid))
        cuts = statistics.quantiles(waits, n=100)
        return {"ready": ready, "p50": statistics.median(waits), "p99": cuts[98], "memory": memory}


def memory_of(process: int) -> float:
    """Resident memory of a process and its children, in MiB."""
    try:
        one = psutil.Process(process)
        return float(sum(each.memory_info().rss for each in [one, *one.children(recursive=True)])) / 2**20
    except psutil.Error:
        return 0.0


def first_hits(study: Path, word: str, environment: dict[str, str]) -> float:
    """Milliseconds from the last letter of a search over every turn until a number of hits stands in the title."""
    with Terminal([*PROGRAM, str(study)], anew(environment)) as terminal:
        terminal.wait_for("histories", 60)
        terminal.send(b"2")
        terminal.wait_for("opening", 60)
        terminal.read(1.0)
        terminal.send(b"/" + word[:-1].encode())
        terminal.read(3.0)
        terminal.send(word[-1:].encode())
        begun = time.perf_counter()
        wanted = f'/"{word}"'
        while wanted not in terminal.screen.display[0] and time.perf_counter() - begun < 30:
            terminal.read(0.005)
        return 1000 * (time.perf_counter() - begun)


def cold_starts(others: list[Path], environment: dict[str, str], rounds: int) -> dict[str, dict[str, float]]:
    """Seconds until something stands on the screen, and until what one works with does: our demo's, and other programs'."""
    subprocess.run([*PROGRAM, "demo", "--path"], check=True, capture_output=True, env=environment)
    commands = {"interpref": [*PROGRAM, "demo"]}
    for program in others:
        if program.is_file():
            commands[program.name] = [str(program)]
        else:
            print(f"{program} is not there: left out", file=sys.stderr)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name in list(times):
            try:
                times[name].append(cold_start(commands[name], READY.get(name, ""), environment))
            except TimeoutError:
                print(f"{name} never showed anything (or ended): left out", file=sys.stderr)
                del times[name]
    return {
        name: {
            "first paint": round(statistics.median(first for first, _ in found), 3),
            "ready": round(statistics.median(ready for _, ready in found), 3),
        }
        for name, found in times.items()
    }


def cold_start(command: list[str], wanted: str, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds to the first paint, and until a text stands there. Raises TimeoutError."""
    with Terminal(command, environment) as terminal:
        while not terminal.text.strip():
            if time.perf_counter() - terminal.started > 30:
                raise TimeoutError
            terminal.read(0.002)
        first = time.perf_counter() - terminal.started
        return first, terminal.wait_for(wanted, 30)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--study", type=Path, help="a study of benchmarks.big_study; made when it is missing or not named"
    )
    parser.add_argument("--histories", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--others", type=Path, nargs="*", default=[], help="programs whose cold start is the reference")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ) | {f"XDG_{name}_HOME": folder for name in ("DATA", "STATE", "CONFIG")}
        study = asked.study or Path(folder) / "big.duckdb"
        if not study.exists():
            make(study, asked.histories)
        ours = [*PROGRAM, str(study)]
        found: dict[str, list[dict[str, Any]]] = {"bare": [], "idle": [], "writing": []}
        for _ in range(asked.rounds):
            found["bare"].append(probe([sys.executable, "-c", BARE], "row 30", [], environment))
            found["idle"].append(probe(ours, "histories", [b"2"], environment))
            writer = Writer(study)
            found["writing"].append(probe(ours, "histories", [b"2"], environment))
            writer.stop()
        hits = [first_hits(study, word, environment) for word in ("coffee", "kitchen", "train")]
        starts = cold_starts(asked.others, environment, asked.rounds)
    middle = {
        name: {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        for name, rounds in found.items()
    }
    bare = middle["bare"]
    result: dict[str, Any] = {"benchmark": "screens", "histories": asked.histories, "rounds": asked.rounds}
    result["measured"] = {name: {key: round(value, 3) for key, value in one.items()} for name, one in middle.items()}
    for name in ("idle", "writing"):
        result[name] = {key: round(middle[name][key] / bare[key], 2) for key in ("ready", "p50", "p99")}
    result["wanted"] = {"ready": 2, "p50": 1.5, "p99": 3, "first hits, ms": 300, "memory, MiB": 400, "cold start": 0.5}
    result["first hits, ms"] = [round(one) for one in hits]
    result["memory, MiB"] = round(max(middle["idle"]["memory"], middle["writing"]["memory"]))
    result["cold start, s"] = starts
    result["cold start"] = {
        name: {moment: round(starts["interpref"][moment] / value, 2) for moment, value in found.items()}
        for name, found in starts.items()
        if name != "interpref"
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
