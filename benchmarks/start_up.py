"""How soon the program answers: `interpref --version` against `python -c pass`, and the screens on the demo study against
a bare Textual application with a table of 1,000 rows. Everything in turn, several times; medians.

    python -m benchmarks.start_up
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.terminal import Terminal

BARE = """
from textual.app import App
from textual.widgets import DataTable
class Bare(App):
    def compose(self):
        yield DataTable()
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("number", "name", "value", "more", "yet more", "last")
        table.add_rows([(n, f"row {n}", n * 2, "a", "b", "c") for n in range(1000)])
Bare().run()
"""


def seconds(command: list[str]) -> float:
    """Wall time of a command from start to end."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def ready(command: list[str], wanted: str, environment: dict[str, str]) -> float:
    """Seconds until a text stands on the screen of a program in a terminal of 120 columns and 40 rows."""
    with Terminal(command, environment) as terminal:
        return terminal.wait_for(wanted, 60)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    program = str(Path(sys.executable).with_name("interpref"))
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ) | {f"XDG_{name}_HOME": folder for name in ("DATA", "STATE", "CONFIG")}
        subprocess.run([program, "demo", "--path"], check=True, capture_output=True, env=environment)
        times: dict[str, list[float]] = {"pass": [], "version": [], "bare": [], "demo": []}
        for _ in range(rounds):
            times["pass"].append(seconds([sys.executable, "-c", "pass"]))
            times["version"].append(seconds([program, "--version"]))
            times["bare"].append(ready([sys.executable, "-c", BARE], "row 30", environment))
            times["demo"].append(ready([program, "demo"], "sample-attentive", environment))
    median = {name: statistics.median(values) for name, values in times.items()}
    result = {
        "benchmark": "start_up",
        "rounds": rounds,
        "seconds": {name: round(value, 4) for name, value in median.items()},
        "version_over_pass": round(median["version"] / median["pass"], 2),
        "version_over_pass_wanted": 6,
        "demo_over_bare_textual": round(median["demo"] / median["bare"], 2),
        "demo_over_bare_textual_wanted": 2,
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
