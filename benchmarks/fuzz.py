"""All that reads files, answers of models and settings, given what it was not made for.

    python -m benchmarks.fuzz [MINUTES] [--only TARGET...] [--keep FOLDER]

Guided by coverage where atheris is installed (pip install atheris), else by Hypothesis, which looks for slow inputs. Prints one
JSON object: `executions`, `crashes` (an exception that is none of ours, no end within five seconds, memory beyond 1 GB, or
something that does not hold: counts that do not add up, a study that changed although the file was refused), `longest` in
seconds, `peak_mb`, the same for each target, and `ratio`: the worst of them over what is allowed (wanted: below 1). Inputs that
failed are kept in the folder, each with what happened beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.fuzzing.targets import Target

OURS = ("interpref_core", "interpref_db", "interpref_tui", "interpref_themes")
_PARTS = {"importers": 8.0, "imports": 5.0, "rank": 2.0, "filtered lists": 2.0}  # of the time; everything else has one
_ROUND = 200
_LONGEST_INPUT = 100_000


class Watched:
    """One target under watch: how many inputs it had, and which of them went wrong, each kind once."""

    def __init__(self, name: str, target: Target, keep: Path | None, report: Path) -> None:
        from tests.support.fuzzing.watching import Stopwatch

        self._name, self._target, self._keep, self._report = name, target, keep, report
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._watch = Stopwatch()
        self._kinds: dict[str, str] = {}
        self._executions = 0
        self._told = 0.0
        self._large = False
        self.begin()

    def begin(self) -> None:
        """Make anew what the target needs."""
        if self._folder is not None:
            with suppress(Exception):
                self._target.end()
            self._folder.cleanup()
        self._folder = tempfile.TemporaryDirectory(prefix="interpref-fuzz-")
        self._target.begin(Path(self._folder.name))

    def check(self, data: bytes) -> None:
        """Give the target one input, and note what goes wrong."""
        from tests.support.fuzzing.watching import MOST_MEMORY, Hang, deadline, peak_memory

        self._executions += 1
        try:
            with self._watch.timing(data), deadline():
                self._target.check(data)
        except (Exception, Hang) as error:
            self._note(data, error)
            self.begin()
        if peak_memory() > MOST_MEMORY and not self._large:
            self._large = True
            self._note(data, MemoryError(f"{peak_memory() >> 20} MB"))
        if time.monotonic() - self._told > 1.0:
            self.tell()

    def _note(self, data: bytes, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        inner = [frame for frame in frames if any(f"/{name}/" in frame.filename for name in OURS)] or frames
        place = f"{Path(inner[-1].filename).name}:{inner[-1].lineno}" if inner else ""
        said = str(error)[:80] if isinstance(error, AssertionError) else ""
        kind = f"{type(error).__name__} {place} {said}".strip()
        if kind in self._kinds:
            return
        self._kinds[kind] = hashlib.sha256(data).hexdigest()[:12]
        if self._keep is not None:
            path = self._keep / f"{self._name.replace(' ', '-')}-{self._kinds[kind]}"
            path.write_bytes(data)
            path.with_suffix(".txt").write_text(
                "".join(traceback.format_exception(error)), encoding="utf-8", errors="replace"
            )

    def tell(self) -> None:
        """Write down how it stands: a fuzzer does not come back from its loop."""
        from tests.support.fuzzing.watching import peak_memory

        self._told = time.monotonic()
        found = {
            "executions": self._executions,
            "crashes": len(self._kinds),
            "longest": round(self._watch.longest, 3),
            "peak_mb": peak_memory() >> 20,
            "kinds": self._kinds,
        }
        self._report.write_text(json.dumps(found), encoding="utf-8")


def with_atheris(watched: Watched, target: Target, seconds: float) -> None:
    """Fuzz guided by coverage. Does not return: libFuzzer ends the process."""
    import atheris

    from tests.support.fuzzing.targets import change

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.25:
            return bytes(atheris.Mutate(data, most))
        return change(data or chance.choice(target.seeds), chance)[:most]

    with tempfile.TemporaryDirectory(prefix="interpref-corpus-") as corpus:
        for number, seed in enumerate(target.seeds):
            Path(corpus, str(number)).write_bytes(seed)
        options = (
            f"-max_total_time={max(1, round(seconds))}",
            f"-max_len={_LONGEST_INPUT}",
            "-rss_limit_mb=0",
            "-verbosity=0",
        )
        atheris.Setup([sys.argv[0], *options, "-timeout=300", corpus], watched.check, custom_mutator=mutate)
        atheris.Fuzz()


def with_hypothesis(watched: Watched, target: Target, seconds: float) -> None:
    """Fuzz by Hypothesis, drawn to inputs that take long."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st
    from hypothesis import target as draw_to

    from tests.support.fuzzing.targets import change

    end = time.monotonic() + seconds
    phases = (Phase.generate, Phase.target)

    @settings(max_examples=_ROUND, deadline=None, database=None, phases=phases, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(target.seeds), st.randoms(use_true_random=False), st.integers(1, 4))
    def one_round(data: bytes, chance: random.Random, steps: int) -> None:
        if time.monotonic() > end:
            return
        for _ in range(steps):
            data = change(data, chance)
        start = time.perf_counter()
        watched.check(data[:_LONGEST_INPUT])
        draw_to(time.perf_counter() - start, label="seconds")

    for seed in target.seeds:
        watched.check(seed)
    while time.monotonic() < end:
        one_round()


def fuzz_one(name: str, seconds: float, keep: Path | None, report: Path) -> None:
    """One target in this process, for so long."""
    guided = find_spec("atheris") is not None
    if guided:
        import atheris

        with atheris.instrument_imports(include=list(OURS)):
            from tests.support.fuzzing.targets import all_targets
    else:
        from tests.support.fuzzing.targets import all_targets
    target = all_targets()[name]
    watched = Watched(name, target, keep, report)
    (with_atheris if guided else with_hypothesis)(watched, target, seconds)
    watched.tell()


def fuzz_apart(name: str, seconds: float, keep: Path | None, folder: Path) -> dict[str, Any]:
    """One target in a process of its own, so that memory is its own and nothing ends the others."""
    report = folder / f"{name}.json"
    command = [sys.executable, "-m", "benchmarks.fuzz", "--child", name, str(report), str(seconds)]
    command += ["--keep", str(keep)] if keep else []
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=4 * seconds + 120)
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    if not found or done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"ended with {done.returncode}"]
        nothing: dict[str, Any] = {"executions": 0, "crashes": 0, "longest": 0.0, "peak_mb": 0, "kinds": {}}
        found = nothing | found
        found["crashes"] += 1
        found["kinds"][f"the process ended: {last[0][:200]}"] = ""
    return found


def main() -> None:
    """Fuzz everything in turn and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes", type=float, nargs="?", default=10.0)
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    if given.child:
        name, report, seconds = given.child
        fuzz_one(name, float(seconds), given.keep, Path(report))
        return
    from tests.support.fuzzing.targets import all_targets
    from tests.support.fuzzing.watching import DEADLINE, MOST_MEMORY

    names = given.only or list(all_targets())
    parts = {name: _PARTS.get(name, 1.0) for name in names}
    told: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, part in parts.items():
            seconds = 60 * given.minutes * part / sum(parts.values())
            told[name] = fuzz_apart(name, seconds, given.keep, Path(folder))
    crashes = sum(one["crashes"] for one in told.values())
    longest = max(one["longest"] for one in told.values())
    peak = max(one["peak_mb"] for one in told.values())
    found = {
        "engine": "atheris" if find_spec("atheris") else "hypothesis",
        "executions": sum(one["executions"] for one in told.values()),
        "crashes": crashes,
        "longest": longest,
        "peak_mb": peak,
        "ratio": round(max(crashes, longest / DEADLINE, peak / (MOST_MEMORY >> 20)), 3),
        "targets": told,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
