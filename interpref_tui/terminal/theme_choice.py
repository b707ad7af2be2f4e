"""Which themes there are for this user, and which one the screens begin with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interpref_themes import DEFAULT, TERMINAL_DARK, TERMINAL_LIGHT, palettes
from interpref_tui.terminal.capabilities import on_light_ground

if TYPE_CHECKING:
    from pathlib import Path

    from interpref_themes.palette import Palette
    from interpref_tui.settings.model import Settings
    from interpref_tui.settings.startup import StartupSettings
    from interpref_tui.terminal.capabilities import Colours


@dataclass(frozen=True, slots=True)
class Themes:
    """The themes that can be chosen here, the one to begin with, and what was wrong, in a line each."""

    palettes: tuple[Palette, ...]
    first: str
    problems: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.palettes)

    def least(self, name: str) -> float:
        """The contrast that a theme asks for; what text needs where it is none of these."""
        return next((one.least for one in self.palettes if one.name == name), 4.5)


def themes_here(settings: Settings | StartupSettings | None, colours: Colours, *, kept: bool = False) -> Themes:
    """Our themes and the user's own. With sixteen colours or none, those that use the terminal's own."""
    from interpref_themes.palette import read_folder

    ours = palettes()
    if colours != "many":
        ours = tuple(one for one in ours if one.terminal)
        plain = TERMINAL_LIGHT if on_light_ground() else TERMINAL_DARK
        wanted = _requested_theme(settings, kept=kept)
        return Themes(ours, wanted if wanted in {one.name for one in ours} else plain)
    users, problems = read_folder(user_folder(), {one.name for one in ours})
    here = (*ours, *users)
    wanted = _requested_theme(settings, kept=kept)
    if wanted in {one.name for one in here}:
        return Themes(here, wanted, tuple(problems))
    problems.append(f"there is no theme {wanted}; T shows those that there are")
    return Themes(here, DEFAULT, tuple(problems))


def user_folder() -> Path:
    """Where a user's own themes are, a TOML file each."""
    from interpref_tui.settings.paths import config_file

    return config_file().parent / "themes"


def remember(name: str) -> bool:
    """Keep the chosen theme for the next time; whether that was possible."""
    from interpref_tui.settings.private_files import write_private

    try:
        write_private(_chosen_theme_file(), f"{name}\n".encode())
    except OSError:
        return False
    return True


def _requested_theme(settings: Settings | StartupSettings | None, *, kept: bool) -> str:
    """The theme that the configuration names, else the one chosen last, else the first."""
    if settings is None and not kept:
        return DEFAULT
    if settings is not None and settings.theme:
        return settings.theme
    from interpref_tui.settings.private_files import read_private

    try:
        return read_private(_chosen_theme_file()).decode("utf-8").strip() or DEFAULT
    except (OSError, UnicodeDecodeError):
        return DEFAULT


def _chosen_theme_file() -> Path:
    from interpref_tui.settings.paths import state_folder

    return state_folder() / "theme"
