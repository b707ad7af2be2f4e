"""Everything that is fuzzed, by name: what valid inputs look like, and a function that raises what must not happen."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tests.support.fuzzing import settings, texts
from tests.support.fuzzing.files import Imports, Readings, filter_lists, rank_file
from tests.support.fuzzing.mutations import change_bytes, change_file
from tests.support.fuzzing.seeds import file_seeds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_RENEW = 200  # files that go into one study


class Target(Protocol):
    """One thing that is fuzzed. `begin` makes what it needs, in a folder; `check` raises what must not happen."""

    seeds: tuple[bytes, ...]

    def begin(self, folder: Path) -> None: ...
    def check(self, data: bytes) -> None: ...
    def end(self) -> None: ...


@dataclass
class Reader:
    """A function that needs nothing, or only a folder."""

    seeds: tuple[bytes, ...]
    made: Callable[[Path], Callable[[bytes], None]]

    def begin(self, folder: Path) -> None:
        self._read = self.made(folder)

    def check(self, data: bytes) -> None:
        self._read(data)

    def end(self) -> None:
        """Nothing to let go of."""


class Files:
    """All importers: which one a file is for is told from its content. `whole`: into a study, else only read."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._named = {seed.data: seed.name for seed in file_seeds().values()}
        self.seeds = tuple(self._named)

    def begin(self, folder: Path) -> None:
        self._imports = Imports(folder, file_seeds()["published responses"])
        self._open = ExitStack()
        self._count = 0

    def check(self, data: bytes) -> None:
        name = self._named.get(data) or random.Random(data).choice(sorted(self._named.values()))
        self._count += 1
        if self._whole:
            self._imports.check(name, data)
            if self._count % _RENEW == 0:
                self._imports.check_study()
                self._imports.renew()
            return
        if self._count % (10 * _RENEW) == 1:
            self._open.close()
            self._readings = self._open.enter_context(Readings(self._imports))
        self._readings.check(name, data)

    def end(self) -> None:
        self._open.close()
        self._imports.close()


class Ranks:
    """`rank`: a file of comparisons, counted where it lies."""

    def __init__(self) -> None:
        self.seeds = tuple(
            one.data for name, one in file_seeds().items() if name.startswith(("battles", "own", "alpaca"))
        )

    def begin(self, folder: Path) -> None:
        self._path = folder / "file"

    def check(self, data: bytes) -> None:
        self._path.write_bytes(data)
        rank_file(self._path)

    def end(self) -> None:
        """Nothing to let go of."""


class Filters:
    """Every list of a study, with a filter."""

    seeds = tuple(text.encode() for text in texts.SEEDS["filters"])

    def begin(self, folder: Path) -> None:
        self._imports = Imports(folder)

    def check(self, data: bytes) -> None:
        filter_lists(self._imports.study, data.decode("utf-8", "replace"))

    def end(self) -> None:
        self._imports.close()


def _text_reader(name: str) -> Reader:
    return Reader(tuple(text.encode() for text in texts.SEEDS[name]), lambda _: texts.TARGETS[name])


def _settings_reader(name: str) -> Reader:
    seeds = tuple(text.encode() for text in settings.SEEDS[name])
    return Reader(seeds, lambda folder: settings.SettingsFiles(folder).targets[name])


def all_targets() -> dict[str, Target]:
    """Every target, by name."""
    found: dict[str, Target] = {
        "importers": Files(whole=False),
        "imports": Files(whole=True),
        "rank": Ranks(),
        "filtered lists": Filters(),
    }
    found |= {name: _text_reader(name) for name in texts.TARGETS}
    return found | {name: _settings_reader(name) for name in settings.SEEDS}


def change(data: bytes, chance: random.Random) -> bytes:
    """An input made of another one: in its structure, or in its bytes."""
    return (change_file if chance.random() < 0.6 else change_bytes)(data, chance)
