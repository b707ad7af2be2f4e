"""The command line: one module a group of commands, imported when a command of it is called."""

from __future__ import annotations

from interpref_tui.cli.main import run

__all__ = ["run"]
