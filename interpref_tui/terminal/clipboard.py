"""Copying from a terminal, wherever it runs: tmux's buffer, OSC 52, a file; it is said which."""

from __future__ import annotations

import os
from base64 import b64encode
from typing import TYPE_CHECKING, Literal

from interpref_tui.terminal import tmux

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TERMINALS = 74_994  # bytes that xterm takes by OSC 52; others take as many or more
MOST = 32 << 20  # bytes that are copied at all

Around = Literal["nothing", "tmux", "screen"]


def copy(text: str, send: Callable[[str], None]) -> str:
    """Copy a text every way that there is here, and say which. `send` writes to the terminal. It may take seconds."""
    data = text.encode("utf-8", errors="replace")
    if len(data) > MOST:
        return (
            f"not copied: {len(data):,} bytes are more than the {MOST:,} that are copied; `interpref show` writes them"
        )
    done = [_to_terminal(data, send)]
    path = _save_copy(data)
    if path is not None:
        done.append(f"the file {path}")
    ways = [way for way in done if way]
    size = f"{len(text):,} character{'' if len(text) == 1 else 's'}"
    return f"copied {size} to {' and '.join(ways)}" if ways else "not copied: no clipboard takes it, and no file"


def sequence(data: bytes, around: Around = "nothing") -> str:
    """The OSC 52 sequence that puts bytes on the terminal's clipboard, as a multiplexer around us lets it through."""
    plain = f"\x1b]52;c;{b64encode(data).decode('ascii')}\x07"
    if around == "tmux":
        inner = plain.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{inner}\x1b\\"
    if around == "screen":
        # GNU screen forgets device strings longer than 768 bytes.
        parts = (plain[place : place + 700] for place in range(0, len(plain), 700))
        return "".join(f"\x1bP{part}\x1b\\" for part in parts)
    return plain


def _to_terminal(data: bytes, send: Callable[[str], None]) -> str:
    """Give bytes to the multiplexer around us or to the terminal; what took them, as far as can be known."""
    if tmux.inside():
        return _to_tmux(data, send)
    if len(data) > TERMINALS:
        return ""
    send(sequence(data, "screen" if os.environ.get("STY") else "nothing"))
    return "the terminal's clipboard (OSC 52, where it allows that)"


def _to_tmux(data: bytes, send: Callable[[str], None]) -> str:
    if tmux.load_buffer(data):
        if tmux.option("set-clipboard") == "off":
            return "tmux's buffer alone (its set-clipboard is off)"
        return "tmux's buffer and the terminal's clipboard"
    if len(data) > TERMINALS:
        return ""
    if tmux.option("allow-passthrough") in ("on", "all"):
        send(sequence(data, "tmux"))
        return "the terminal's clipboard (OSC 52 through tmux)"
    send(sequence(data))
    return "tmux, where its set-clipboard is on (OSC 52)"


def _save_copy(data: bytes) -> Path | None:
    """The copy in the state folder, for terminals that take none; readable by its owner alone."""
    from interpref_tui.settings.paths import state_folder
    from interpref_tui.settings.private_files import write_private

    path = state_folder() / "copied.txt"
    try:
        write_private(path, data)
    except OSError:
        return None
    return path
