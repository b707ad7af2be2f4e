"""What must be there before the screens are: the few settings that the first one is drawn with.

Checking a whole configuration loads a library that takes as long as all the rest of the start. So one that was found good
is not checked again before the screens stand; it is when somebody asks for more of it.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from interpref_core import __version__
from interpref_tui.settings.paths import PREFIX, config_file, nothing_configured, state_folder
from interpref_tui.settings.private_files import read_private, write_private

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_tui.settings.model import Settings


class StartupSettings:
    """The settings that the first screen needs, of a configuration that was found good before."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self.theme: str | None = os.environ.get(f"{PREFIX}THEME") or data.get("theme")
        self.keymap: str = os.environ.get(f"{PREFIX}KEYMAP") or data.get("keymap", "default")
        self.keys: dict[str, str | list[str]] = data.get("keys", {})
        self._whole: Settings | None = None

    @property
    def whole(self) -> Settings:
        """All of them, made when they are asked for first."""
        if self._whole is None:
            from interpref_tui.settings.model import settings_of

            self._whole = settings_of(self._data)
        return self._whole


def early_settings() -> StartupSettings | Settings | None:
    """What is configured; None where nothing is. Raises ConfigError, one line, where something in it is wrong."""
    if nothing_configured():
        return None
    text, checked = _text(), _validated_path()
    print_of = _print(text)
    if _read_text(checked) == print_of:
        return StartupSettings(tomllib.loads(text.decode("utf-8-sig")))
    from interpref_tui.settings.model import load_settings

    settings = load_settings()
    with suppress(OSError):  # then it is checked again the next time
        write_private(checked, print_of.encode("ascii"))
    return settings


def _text() -> bytes:
    try:
        return config_file().read_bytes()
    except OSError:
        return b""


def _print(text: bytes) -> str:
    """What tells one configuration from another: the file, the environment laid over it, and who checked them."""
    environment = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith(PREFIX))
    whole = "\0".join([__version__, str(config_file()), *environment]).encode(errors="surrogateescape") + b"\0" + text
    return hashlib.sha256(whole).hexdigest()


def _read_text(path: Path) -> str:
    try:
        return read_private(path).decode("ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _validated_path() -> Path:
    return state_folder() / "configuration-checked"
