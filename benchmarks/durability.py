"""Whether anything that was acknowledged is lost or doubled when programs are killed, stopped and told wrong times.

python -m benchmarks.durability [--steps 100000] [--seconds 0] [--seed 1] [--on PATH ...]

A scheduler tells processes over pipes what to do with one study: save labels, append the lines of a run, fold, read. Each answer
is one step. Meanwhile it kills them with SIGKILL at random moments, stops and continues them, starts others whose clocks are
wrong by up to half a year, and takes journals away from under them. It runs on each file system that it gets: the folder for
temporary files, one in memory, ext4 in a file and an overlay, where these can be mounted, and the folders given with `--on`.

Prints one JSON object: steps, acknowledged (records), lost (missing when all is over), missed_by_readers (on the way), doubled
(wanted of these three: none), kills, folds, and by file system the same or the reason for which it was left out. Without
`--seconds` it goes on until all steps are done.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PEOPLE = ("anna", "bo", "cy", "dee")
WORKERS = 8
READ_AT_ONCE = 20  # records that one command appends at most
OFFSET = "INTERPREF_BENCHMARK_CLOCK"  # seconds by which a worker's clock is wrong


# -- a worker ------------------------------------------------------------------------------------------------------------


class Worker:
    """One program: does what it reads, a JSON line each, and answers a JSON line when it is done."""

    def __init__(self, path: Path, name: str) -> None:
        from interpref_db.study.study import Study

        self.name = name
        self.study = Study.open(path, wait=60.0)
        self.journal: Any = None

    def obey(self, told: dict[str, Any]) -> dict[str, Any]:
        """Do one thing."""
        do = told["do"]
        if do == "append":
            return self.append(told)
        if do == "end":
            self.end()
            return {}
        if do == "fold":
            with self.study.writing("benchmark"):
                pass
            return {}
        with self.study.reading(fresh=do == "read") as cursor:
            found = cursor.execute("SELECT id FROM labels UNION ALL SELECT id FROM responses").fetchall()
        known = set(told.get("known", ()))
        identifiers = [row[0] for row in found]
        return {
            "count": len(identifiers),
            "doubled": len(identifiers) - len(set(identifiers)),
            "missing": sorted(known - set(identifiers)),
        }

    def append(self, told: dict[str, Any]) -> dict[str, Any]:
        """Append records one after the other; what is answered is on the disk."""
        from interpref_core.annotation.labels import Label
        from interpref_core.ids import utc_now
        from interpref_core.records.runs import Response

        if self.journal is None:
            self.journal = (
                self.study.open_label_journal(self.name)
                if told["labels"]
                else self.study.open_run_journal(self.name, "run")
            )
        for key, seq in told["records"]:
            record: Label | Response = (
                Label(
                    id=key, task="compare", annotator=self.name, item=f"i{seq % 50}", event="label", seq=seq,
                    decided_at=utc_now(), run_a="one", run_b="two", answer="a", comment="as long as such a remark is",
                )
                if told["labels"]
                else Response(id=key, run="r", item=f"i{seq}", side="a", text="an answer " * 9)
            )  # fmt: skip
            self.journal.append([record])
            print(json.dumps({"saved": key}), flush=True)
        return {}

    def end(self) -> None:
        """End the session, as when an annotator leaves."""
        if self.journal is not None:
            self.journal.close()
            self.journal = None


def work(path: Path, name: str) -> None:
    """Be a worker until standard input ends."""
    from importlib import import_module

    ids: Any = import_module("interpref_core.ids")  # its clock is exchanged
    from interpref_db.errors import StudyError

    offset = int(os.environ.get(OFFSET, "0"))
    if offset:
        from datetime import datetime, timedelta
        from types import SimpleNamespace

        real, moment = time.time_ns, datetime.now
        ids.time = SimpleNamespace(time_ns=lambda: real() + offset * 10**9)
        ids.datetime = SimpleNamespace(now=lambda zone: moment(zone) + timedelta(seconds=offset))
    worker = Worker(path, name)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        try:
            answer = worker.obey(json.loads(line)) | {"done": True}
        except StudyError as error:
            answer = {"done": True, "refused": str(error)}
        print(json.dumps(answer), flush=True)
    worker.end()


# -- the scheduler -------------------------------------------------------------------------------------------------------


@dataclass
class Process:
    """A worker as the scheduler sees it."""

    name: str
    labels: bool
    process: subprocess.Popen[bytes]
    waiting: float = 0.0  # since when it owes an answer; 0 when it does not
    rest: bytes = b""
    stopped_until: float = 0.0


@dataclass
class Bench:
    """One study, its workers, and what is known of both."""

    path: Path
    chance: random.Random
    acknowledged: set[str] = field(default_factory=set)
    sent: int = 0
    steps: int = 0
    kills: int = 0
    folds: int = 0
    reads: int = 0
    taken_away: int = 0
    doubled: int = 0
    missing: set[str] = field(default_factory=set)
    missed: list[list[str]] = field(default_factory=list)  # by readers, for a moment or for ever
    refused: Counter[str] = field(default_factory=Counter)
    workers: list[Process] = field(default_factory=list)
    sequence: Counter[str] = field(default_factory=Counter)

    def start(self, name: str, *, labels: bool) -> Process:
        """Start a worker; one of three has a clock of its own."""
        clock = self.chance.choice((0, 0, self.chance.randrange(-15_000_000, 15_000_000)))
        command = [sys.executable, "-m", "benchmarks.durability", "--work", str(self.path), "--name", name]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, OFFSET: str(clock)}
        )
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        return Process(name, labels, process, waiting=time.monotonic())

    def run(self, steps: int, deadline: float) -> None:
        """Go on until there are so many steps, or no more time."""
        names = [(f"{PEOPLE[n % len(PEOPLE)]}{n // len(PEOPLE) or ''}", n % 4 != 3) for n in range(WORKERS)]
        self.workers = [self.start(name, labels=labels) for name, labels in names]
        while self.steps < steps and time.monotonic() < deadline:
            self.trouble()
            for one in self.workers:
                if not one.waiting:
                    self.command(one)
            self.listen(0.05)
        for one in self.workers:
            with suppress(ProcessLookupError):
                one.process.send_signal(signal.SIGCONT)
            one.process.kill()
            one.process.wait()
            self.hear(one)
        self.look_at_last()

    def command(self, one: Process) -> None:
        """Tell a worker what to do next."""
        do = self.chance.choices(("append", "read", "stale", "fold", "end"), (60, 6, 3, 5, 4))[0]
        told: dict[str, Any] = {"do": do}
        if do == "append":
            records = []
            for _ in range(self.chance.randint(1, READ_AT_ONCE)):
                self.sent += 1
                self.sequence[one.name] += 1
                records.append((f"{one.name}-{self.sent}", self.sequence[one.name]))
            told |= {"records": records, "labels": one.labels}
        elif do == "read":
            told["known"] = self.chance.sample(sorted(self.acknowledged), min(2000, len(self.acknowledged)))
        self.folds += do == "fold"
        self.reads += do in ("read", "stale")
        one.waiting = time.monotonic()
        with suppress(BrokenPipeError):
            stdin = one.process.stdin
            assert stdin is not None
            stdin.write(json.dumps(told).encode() + b"\n")
            stdin.flush()

    def listen(self, most: float) -> None:
        """Hear what workers say."""
        known = {one.process.stdout.fileno(): one for one in self.workers if one.process.stdout}
        for descriptor in select.select(list(known), [], [], most)[0]:
            self.hear(known[descriptor])
        for place, one in enumerate(self.workers):
            if one.process.poll() is not None:
                self.hear(one)
                self.refused["ended by itself"] += one.process.returncode != -signal.SIGKILL
                self.workers[place] = self.start(one.name, labels=one.labels)

    def hear(self, one: Process) -> None:
        assert one.process.stdout is not None
        while True:
            data = one.process.stdout.read()
            if not data:
                break
            one.rest += data
        *lines, one.rest = one.rest.split(b"\n")
        for line in lines:
            told = json.loads(line)
            if "saved" in told:
                self.acknowledged.add(told["saved"])
                self.steps += 1
            else:
                one.waiting = 0.0
                self.steps += "done" in told
                self.doubled += told.get("doubled", 0)
                if told.get("missing"):
                    self.missed.append(told["missing"])
                if "refused" in told:
                    self.refused[told["refused"].replace(str(self.path), "STUDY")[:60]] += 1

    def trouble(self) -> None:
        """Kill, stop and continue, and take journals away from those who write them."""
        one = self.chance.choice(self.workers)
        now = time.monotonic()
        draw = self.chance.random()
        if draw < 0.02:
            self.kills += 1
            one.process.kill()
            one.process.wait()
        elif draw < 0.04 and not one.stopped_until:
            one.process.send_signal(signal.SIGSTOP)
            one.stopped_until = now + self.chance.uniform(0.05, 1.0)
        elif draw < 0.05:
            self.take_away()
        for other in self.workers:
            if other.stopped_until and now > other.stopped_until:
                other.process.send_signal(signal.SIGCONT)
                other.stopped_until = 0.0

    def take_away(self) -> None:
        """Rename a journal to another name of a journal, or put a copy of it beside it: nothing is lost by that."""
        found = sorted((self.path.parent / f"{self.path.stem}.journal").glob("*/*.jsonl"))
        found = [path for path in found if path.parent.name in ("labels", "runs")]
        if found:
            self.taken_away += 1
            path = self.chance.choice(found)
            other = path.with_name(f"by-hand-{self.taken_away}.jsonl")
            with suppress(OSError):
                if self.chance.random() < 0.5:
                    path.rename(other)
                else:
                    shutil.copy(path, other)

    def look_at_last(self) -> None:
        """When all is over: every record once, before a last fold and after it."""
        from interpref_db.study.study import Study

        for folded in (False, True):
            with Study.open(self.path, wait=60.0) as study:
                if folded:
                    with study.writing("the last fold"):
                        pass
                with study.reading() as cursor:
                    query = "SELECT id FROM labels UNION ALL SELECT id FROM responses"
                    found = [row[0] for row in cursor.execute(query).fetchall()]
            self.doubled += len(found) - len(set(found))
            self.missing |= self.acknowledged - set(found)

    def told(self) -> dict[str, Any]:
        return {
            "steps": self.steps, "acknowledged": len(self.acknowledged), "lost": len(self.missing),
            "missed_by_readers": len({key for keys in self.missed for key in keys}),
            "doubled": self.doubled, "kills": self.kills, "folds": self.folds, "reads": self.reads,
            "taken_away": self.taken_away, "refused": dict(self.refused.most_common(8)),
        }  # fmt: skip


# -- file systems --------------------------------------------------------------------------------------------------------


def places(given: list[str], scratch: Path) -> dict[str, Path | str]:
    """By file system a folder on it, or why there is none."""
    found: dict[str, Path | str] = {"temporary": scratch / "plain"}
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
    found["tmpfs"] = (
        Path(tempfile.mkdtemp(prefix="interpref-durability-", dir=memory)) if memory.is_dir() else "no /dev/shm"
    )
    found["ext4"] = mount_ext4(scratch)
    found["overlay"] = mount_overlay(scratch)
    return found | {folder: Path(tempfile.mkdtemp(prefix="durability-", dir=folder)) for folder in given}


def mount_ext4(scratch: Path) -> Path | str:
    image, target = scratch / "image", scratch / "ext4"
    target.mkdir()
    with image.open("wb") as file:
        file.truncate(512 << 20)
    return _run(["mkfs.ext4", "-q", str(image)]) or _run(["mount", "-o", "loop", str(image), str(target)]) or target


def mount_overlay(scratch: Path) -> Path | str:
    folders = {name: scratch / f"overlay-{name}" for name in ("lower", "upper", "work", "merged")}
    for folder in folders.values():
        folder.mkdir()
    options = f"lowerdir={folders['lower']},upperdir={folders['upper']},workdir={folders['work']}"
    return _run(["mount", "-t", "overlay", "overlay", "-o", options, str(folders["merged"])]) or folders["merged"]


def _run(command: list[str]) -> str:
    """Nothing when it worked, else why not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or [f"{command[0]} failed"])[-1]


def measure(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """Run on every file system in turn."""
    from interpref_db.study.study import Study

    found = places(options.on, scratch)
    usable = {name: folder for name, folder in found.items() if isinstance(folder, Path)}
    told: dict[str, Any] = {name: f"left out: {why}" for name, why in found.items() if isinstance(why, str)}
    total: Counter[str] = Counter()
    try:
        for n, (name, folder) in enumerate(usable.items()):
            path = folder / "s.duckdb"
            Study.open(path, create=True).close()
            bench = Bench(path, random.Random(options.seed + n))
            deadline = time.monotonic() + (options.seconds / len(usable) or float("inf"))
            bench.run(-(-options.steps // len(usable)), deadline)
            told[name] = bench.told()
            total.update({key: value for key, value in told[name].items() if isinstance(value, int)})
    finally:
        for name in ("ext4", "overlay"):
            if name in usable:
                _run(["umount", str(usable[name])])
        if "tmpfs" in usable:
            shutil.rmtree(usable["tmpfs"], ignore_errors=True)
    return {**total, "by_file_system": told}


def main() -> None:
    """Measure and print; or be a worker."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=100_000, help="acknowledged appends, folds, reads, in all")
    parser.add_argument("--seconds", type=float, default=0.0, help="stop after so long, whatever was done")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--on", action="append", default=[], help="another folder to run in")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--name", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.name)
        return
    with tempfile.TemporaryDirectory(prefix="interpref-durability-", ignore_cleanup_errors=True) as folder:
        print(json.dumps(measure(options, Path(folder)), indent=1))


if __name__ == "__main__":
    main()
