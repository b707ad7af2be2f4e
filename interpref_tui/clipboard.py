"""Copying from a terminal, wherever it runs: OSC 52, tmux's buffer, a file."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App


def copy(app: App[Any], text: str) -> str:
    """Copy a text every way that there is here; says which."""
    app.copy_to_clipboard(text)
    ways = ["the terminal's clipboard (OSC 52)"]
    if os.environ.get("TMUX"):
        try:
            subprocess.run(
                ["tmux", "load-buffer", "-w", "-"], input=text.encode(), check=True, timeout=3, capture_output=True
            )
            ways.append("tmux's buffer")
        except (subprocess.SubprocessError, OSError):
            ways.append("not tmux's buffer")
    from interpref_tui.config import state_folder

    path = state_folder() / "copied.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        ways.append(str(path))
    except OSError:
        pass
    return f"copied {len(text):,} characters to {', '.join(ways)}"
