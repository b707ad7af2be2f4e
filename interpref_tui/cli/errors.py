"""Exit codes, and an error as one line."""

from __future__ import annotations

from typing import Any

import click

# Exit codes: 0 done, 1 something failed and stderr says what, 2 wrong usage, 3 partly done, 130 interrupted.
FAILED, USAGE, PARTLY, INTERRUPTED = 1, 2, 3, 130


class _Gone(Exception):
    """Whoever read our output has gone."""


class CliError(click.ClickException):
    """Something failed: one line on stderr, exit code 1 (or 3 when part of it was done)."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = code  # type: ignore[misc]  # click reads it from the instance

    def show(self, file: Any = None) -> None:
        from interpref_tui.text.output import sanitize

        click.echo(f"interpref: {sanitize(self.message)}", err=True, file=file)
