"""An import as a child process: what it says, and its end."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from typing import IO, Any


class Import:
    """An import that is going on. It outlives the screens: what it has begun is whole or not there at all."""

    def __init__(self, arguments: list[str]) -> None:
        """Start it. Raises OSError."""
        self._told: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process is looked at
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "interpref_tui", *arguments, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=self._told,
            stderr=self._said,
            start_new_session=True,
        )

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def outcome(self) -> tuple[str, str]:
        """Once it has ended: one line, and what was said of each file, refusals with their places."""
        said = [line.removeprefix("interpref: ") for line in _text(self._said).splitlines() if line.strip()]
        try:
            report: dict[str, Any] = json.loads(_text(self._told))
        except ValueError:
            return (said[-1] if said else f"the import ended with code {self._process.returncode}"), "\n".join(said)
        parts = [f"{n:,} {name}" for name, n in report.items() if isinstance(n, int) and n]
        if report.get("rejected"):
            parts.append(f"{len(report['rejected']):,} refused")
        return f"imported: {', '.join(parts)}" if parts else "there was nothing to import", "\n".join(said)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
