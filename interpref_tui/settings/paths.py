"""Where the configuration, the state and the data are. Apart from the settings, whose library takes long to load."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from interpref_core.system.user_files import expand_home

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "INTERPREF_"


def config_file() -> Path:
    """The configuration file: $INTERPREF_CONFIG, else config.toml in the XDG folder. It need not exist."""
    named = os.environ.get(PREFIX + "CONFIG")
    if named:
        return expand_home(named)
    from platformdirs import user_config_path

    return user_config_path("interpref") / "config.toml"


def state_folder() -> Path:
    """Where the program keeps what it may lose: crash reports, the place on each screen."""
    from platformdirs import user_state_path

    return user_state_path("interpref")


def data_folder() -> Path:
    """Where the program keeps the demo study."""
    from platformdirs import user_data_path

    return user_data_path("interpref")


def nothing_configured() -> bool:
    """Whether there is no configuration at all: then nothing has to be read, and the defaults hold."""
    return not config_file().exists() and not any(name.startswith(PREFIX) for name in os.environ)
