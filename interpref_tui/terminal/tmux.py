"""What tmux around us says of itself."""

from __future__ import annotations

import os
import subprocess

_PATIENCE = 3.0  # seconds


def inside() -> bool:
    """Whether this process runs in a pane of tmux."""
    return bool(os.environ.get("TMUX"))


def option(name: str) -> str | None:
    """An option's value as this pane has it; None where tmux does not answer or has no such option."""
    for scope in ("-sqv", "-gqv", "-gwqv"):
        answer = _query_tmux("show-options", scope, name)
        if answer:
            return answer
    return None


def version() -> str | None:
    answer = _query_tmux("-V")
    return answer.removeprefix("tmux ") if answer else None


def load_buffer(data: bytes) -> bool:
    """Put bytes into tmux's paste buffer, and by -w into the clipboard of the terminal around it; whether it took them."""
    try:
        subprocess.run(
            ["tmux", "load-buffer", "-w", "-"], input=data, check=True, timeout=_PATIENCE, capture_output=True
        )
    except (subprocess.SubprocessError, OSError):
        return False
    return True


def _query_tmux(*words: str) -> str | None:
    try:
        done = subprocess.run(["tmux", *words], capture_output=True, text=True, check=True, timeout=_PATIENCE)
    except (subprocess.SubprocessError, OSError):
        return None
    return done.stdout.strip() or None
