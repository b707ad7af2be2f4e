"""Files that set things up or keep them: configuration, keys, themes, prompts, rules, places, statuses, replays."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from interpref_core.categorization.rules import RulesError, rules
from interpref_core.engine.shared_slots import SharedSlots
from interpref_core.prompts.loading import PromptError, load_prompt
from interpref_core.providers.base import ProviderError
from interpref_core.providers.replay import ReplayProvider
from interpref_db.study.lock_owner import describe_lock_owner
from interpref_db.study.paths import StudyPaths
from interpref_db.study.run_status import RunStatusReader
from interpref_themes.palette import read_folder
from interpref_tui.app import session_state
from interpref_tui.keys import keymap
from interpref_tui.settings.model import ConfigError, load_settings
from interpref_tui.settings.startup import StartupSettings
from tests.support.fuzzing.watching import check_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SEEDS: dict[str, tuple[str, ...]] = {
    "configuration": (
        ('judge = "overlap"\ntheme = "x"\nkeymap = "vim"\nprompts = "~/p"\n[models.a]\nmodel = "openai/a"\nbase_urls = ["u"]\n'
        'parameters = {x = [1, 2.5, 1979-05-27]}\n[[prices]]\nmodel = "*"\nprompt = 1\ncompletion = 2\n[run]\nseed = 3\n'
        '[keys]\nquit = "q"\n'),
        'keymap = "\\u0000"\n',
        'keymap = "~nobody-of-this-name/x.toml"\nprompts = "~nobody-of-this-name"\n',
        "x = " + "[" * 2000,
        "[run]\nseed = " + "9" * 5000,
    ),
    "keys": ('based_on = "vim"\n[keys]\nquit = "f,slash"\nhelp = ["ctrl+a", "none"]\n', "x = " + "[" * 2000),
    "theme": ('title = "T"\ndark = true\nforeground = "#fff"\nbackground = "#000000"\nprimary = "#123456"\nleast = 4.5\n',),
    "prompt": ("---\nname: td\nversion: 2\ndescription: x\n---\nSay {{query}} now.\n", "---\n\n---\n{{query}}"),
    "rules": ('[food]\nwords = ["tea", "green tea*", "a * b"]\n', "x = " + "[" * 2000),
    "places": (
        '{"screen": "items", "theme": "x", "lists": {"items": {"key": "i0", "filter": "a:b", "sort": "id", "columns": ["id"]}}}',
        '{"lists": ' + "[" * 5000,
        '{"screen": "\\ud800", "lists": {"items": {"key": 1e999}}}',
    ),
    "status": (
        ('{"id": "r", "kind": "judge", "title": "t", "command": ["judge"], "pid": 3, "progress": {"done": 1, "total": 2.5, '
        '"state": "running"}, "ended": {"broken": "x"}}'),
        '{"id": "\\ud800", "progress": {"done": NaN}}',
        "[" * 5000,
    ),
    "holder": ('{"pid": 3, "user": "u", "host": "h", "purpose": "import", "since": "now"}', "[" * 5000, '{"pid": {}}', '{"pid": 3, "user": "a\\nb", "since": "c\\nd"}'),
    "sharing": ('{"wants": 3, "silent_until": 1.5}', '{"wants": Infinity}', '{"silent_until": 1' + "0" * 400 + "}", "[" * 5000),
    "replay": ('{"identity": "i"}\n{"hash": "h", "text": "t"}\n{"query": "q", "text": "t", "tokens": {"prompt": 3}}\n', "[" * 5000),
}  # fmt: skip


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


class SettingsFiles:
    """The readers, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._study = folder / "s.duckdb"
        self.targets: dict[str, Callable[[bytes], None]] = {
            name.removeprefix("read_"): getattr(self, name) for name in dir(self) if name.startswith("read_")
        }
        assert self.targets.keys() == SEEDS.keys()

    def _write(self, name: str, data: bytes) -> Path:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def read_configuration(self, data: bytes) -> None:
        """The configuration, and the keys of it: settings, or one line."""
        with _environment(INTERPREF_CONFIG=str(self._write("config.toml", data))):
            try:
                settings = load_settings({})
            except ConfigError as error:
                check_line(error)
                return
            keymap.load(settings)

    def read_keys(self, data: bytes) -> None:
        """A key map: keys, and a line for each problem."""
        path = self._write("keys.toml", data)
        found = keymap.load(StartupSettings({"keymap": str(path)}))
        assert all("\n" not in one for one in found.problems) or b"\n" in data

    def read_theme(self, data: bytes) -> None:
        """A theme of the user's own."""
        self._write("themes/mine.toml", data)
        for palette in read_folder(self._folder / "themes", set())[0]:
            palette.theme()

    def read_prompt(self, data: bytes) -> None:
        """A prompt of the user's own."""
        self._write("td.md", data)
        try:
            load_prompt("td", (self._folder,)).fill(query="q")
        except PromptError as error:
            check_line(error)

    def read_rules(self, data: bytes) -> None:
        """The rules by which preferences are put into categories."""
        self._write("category-rules.toml", data)
        rules.cache_clear()
        try:
            rules(self._folder)
        except RulesError as error:
            check_line(error)

    def read_places(self, data: bytes) -> None:
        """Where one was in a study."""
        with _environment(XDG_STATE_HOME=str(self._folder)):
            path = session_state.file_of(self._study)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            found = session_state.load(self._study)
            session_state.save(self._study, session_state.to_toml(found))
            assert session_state.load(self._study) == found

    def read_status(self, data: bytes) -> None:
        """What a run says of itself."""
        here = StudyPaths(self._study)
        path = here.run_status("r")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        for status in RunStatusReader(here).all():
            json.dumps(
                [status.id, status.state, status.command, status.text("title"), status.number("done")], allow_nan=False
            )
            status.id.encode()

    def read_holder(self, data: bytes) -> None:
        """Who says that it holds a study."""
        here = StudyPaths(self._study)
        here.lock_owner_file.parent.mkdir(parents=True, exist_ok=True)
        here.lock_owner_file.write_bytes(data)
        assert "\n" not in describe_lock_owner(here, "Could not set lock (PID 3)")

    def read_sharing(self, data: bytes) -> None:
        """What another process says that it wants of an endpoint."""
        shared = SharedSlots(self._folder, "endpoint", 4)
        for folder in self._folder.glob("*/places"):
            folder.with_name("elsewhere-1.json").write_bytes(data)
        shared.pause(1.0)
        shared.acquire(2, 4)
        shared.paused_until()
        shared.close()

    def read_replay(self, data: bytes) -> None:
        """Answers to be replayed."""
        try:
            ReplayProvider(self._write("replay.jsonl", data))
        except ProviderError as error:
            check_line(error)
