"""How much memory the program takes for something: in a process of its own, whose peak the system tells."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CHILD = """
import json, resource, sys
limit = int(sys.argv[1])
if limit:
    resource.setrlimit(resource.RLIMIT_AS, (limit << 20, limit << 20))
from interpref_tui.cli.main import run
code = run(sys.argv[3:])
with open(sys.argv[2], "w") as file:
    json.dump({"code": code, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}, file)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A command's exit code, its peak in MiB (0 where it could not say so), and what it printed."""

    code: int
    peak: float
    out: str
    err: str


def measure(folder: Path, *arguments: str | Path, limit: int = 0, patience: float = 300) -> Measured:
    """Run a command of the program; `limit` is the address space in MiB. Raises TimeoutExpired where it hangs."""
    said = folder / "measured.json"
    said.unlink(missing_ok=True)
    command = [sys.executable, "-c", _CHILD, str(limit), str(said), *map(str, arguments)]
    root = Path(__file__).parents[2]
    paths = [root, root / "core", root / "db", root / "themes"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": ":".join(map(str, paths))},
    )
    found: dict[str, Any] = json.loads(said.read_text()) if said.exists() else {"code": done.returncode, "peak": 0.0}
    return Measured(found["code"], found["peak"], done.stdout, done.stderr)
