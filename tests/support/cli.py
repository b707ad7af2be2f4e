"""Running the command line as a process, as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.forking import Forking

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "interpref_tui"]
_PREPARED = Forking()


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON lines on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(home: Path, **more: str) -> dict[str, str]:
    """An environment with folders of its own and no keys."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "INTERPREF", "XDG"))}
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    return kept | folders | {"NO_COLOR": "1"} | more


def interpref(home: Path, *arguments: object, timeout: float = 120, **more: str) -> Done:
    """Run `interpref ARGUMENTS` as a process of its own (see forking.py) and wait for it."""
    code, out, err = _PREPARED.run([str(one) for one in arguments], environment(home, **more), timeout)
    assert "Traceback" not in err, err
    return Done(code, out, err)


def start(home: Path, *arguments: object, **more: str) -> subprocess.Popen[str]:
    """Start `interpref ARGUMENTS` and go on."""
    return subprocess.Popen(
        [*COMMAND, *(str(one) for one in arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(home, **more),
    )
