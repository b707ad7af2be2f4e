"""What users write by hand: TOML that is anything, and paths that begin with ~."""

from __future__ import annotations

import os.path
import tomllib
from pathlib import Path
from typing import Any


def parse_toml(text: str) -> dict[str, Any]:
    """Read TOML. Raises ValueError, one line, for all that cannot be read: also what is nested without end, and whole numbers
    of thousands of digits, for which Python has other errors."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(" ".join(str(error).split())[:300]) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError:
        raise ValueError("a number in it is too long") from None


def expand_home(path: str | Path) -> Path:
    """A path with the home folder for ~. One of somebody who is not known here stays as it is: then there is no such file."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - that of Path raises RuntimeError for somebody unknown
