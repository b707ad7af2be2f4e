"""What `doctor` says of the terminal: colours, size, locale, widths of characters, copying, tmux."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from interpref_tui.diagnostics.finding import Finding
from interpref_tui.terminal import tmux
from interpref_tui.terminal.capabilities import colours, describe
from interpref_tui.terminal.query import conversation
from interpref_tui.text.sanitize import cell_width

if TYPE_CHECKING:
    from interpref_tui.terminal.query import Conversation

NARROWEST, LOWEST = 80, 24
SLOW = 100  # milliseconds that tmux may wait after escape
# What stands on our screens, and takes as many cells as we think or else shifts what comes after it.
SAMPLES = {"Chinese": "界面", "emoji": "🙂", "accents": "é", "frames": "│─╭", "signs": "›…·●✓"}


def terminal_findings() -> list[Finding]:
    """Every check of the terminal, in the order in which they are shown. `name` and the other keys stay as they are."""
    with conversation() as asked:
        widths, clipboard = _widths(asked), _copying(asked)
    return [_terminal(), _colours(), _locale(), widths, clipboard, *_tmux(), _log()]


def _terminal() -> Finding:
    size = shutil.get_terminal_size((0, 0))
    if os.environ.get("TERM") == "dumb":
        advice = "the screens need a terminal that moves its cursor; `--plain` and the commands work here"
        return Finding("terminal", False, "dumb", advice, optional=True)
    small = sys.stdout.isatty() and (size.columns < NARROWEST or size.lines < LOWEST)
    advice = f"make the window at least {NARROWEST}x{LOWEST}" if small else ""
    return Finding("terminal", not small, describe(colours()), advice, optional=True)


def _colours() -> Finding:
    has = colours()
    if has == "none":
        why = "NO_COLOR is set" if os.environ.get("NO_COLOR") else "the terminal has none"
        return Finding("colours", True, f"none ({why}): what stands out is reversed, bold or underlined")
    if has == "sixteen":
        advice = "for the other themes: export COLORTERM=truecolor if the terminal has more (most have)"
        if tmux.inside():
            advice = "in ~/.tmux.conf: set -g default-terminal 'tmux-256color'"
        return Finding("colours", True, "the terminal's sixteen", advice)
    exact = os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit")
    return Finding("colours", True, "true colour" if exact else "256, the nearest of which are taken")


def _locale() -> Finding:
    encoding = sys.stdout.encoding or "unknown"
    if encoding.lower().replace("-", "") == "utf8":
        return Finding("locale", True, encoding)
    return Finding("locale", False, encoding, "set a UTF-8 locale: export LANG=C.UTF-8", optional=True)


def _widths(asked: Conversation | None) -> Finding:
    """Whether characters are as wide here as our columns count on."""
    if asked is None:
        return Finding("character widths", True, "not asked: no terminal to ask")
    seen = {name: asked.width(text) for name, text in SAMPLES.items()}
    if all(width is None for width in seen.values()):
        return Finding("character widths", True, "the terminal does not say")
    wrong = [
        f"{name} take {width} cells instead of {cell_width(SAMPLES[name])}"
        for name, width in seen.items()
        if width is not None and width != cell_width(SAMPLES[name])
    ]
    if not wrong:
        return Finding("character widths", True, f"as they should be ({', '.join(SAMPLES)})")
    advice = "columns will be out of line: in the terminal's settings, make ambiguous characters narrow, or take another font"
    if tmux.inside():
        advice += "; start tmux with -u"
    return Finding("character widths", False, "; ".join(wrong), advice, optional=True)


def _copying(asked: Conversation | None) -> Finding:
    """How `y` copies here, as far as it can be known without copying anything."""
    if tmux.inside():
        kept, through = tmux.option("set-clipboard"), tmux.option("allow-passthrough")
        found = f"tmux's buffer (set-clipboard {kept or 'unknown'}, allow-passthrough {through or 'off'})"
        if kept == "off":
            advice = "in ~/.tmux.conf: set -s set-clipboard on, so that copies reach the terminal's clipboard"
            return Finding("copying", False, found, advice, optional=True)
        return Finding("copying", True, found)
    able = asked.abilities() if asked else None
    if able is not None and 52 in able:
        return Finding("copying", True, "OSC 52, which the terminal says it takes; and a file")
    note = "if nothing arrives, allow OSC 52 in the terminal's settings; every copy is in a file too"
    return Finding("copying", True, "OSC 52, if the terminal takes it; and a file", note)


def _tmux() -> list[Finding]:
    if not tmux.inside():
        return []
    wait = tmux.option("escape-time") or "500"
    slow = wait.isdigit() and int(wait) > SLOW
    focus = tmux.option("focus-events") == "on"
    advice = []
    if slow:
        advice.append(f"set -sg escape-time 20 (esc waits {wait} ms now)")
    if not focus:
        advice.append("set -g focus-events on (annotation stops its clock while you look elsewhere)")
    found = (
        f"{tmux.version() or 'unknown'}, escape-time {wait} ms, mouse {tmux.option('mouse') or 'off'}, "
        f"focus-events {'on' if focus else 'off'}"
    )
    said = f"in ~/.tmux.conf: {'; '.join(advice)}" if advice else ""
    return [Finding("tmux", not advice, found, said, optional=True)]


def _log() -> Finding:
    from interpref_tui.diagnostics.log import log_file

    path = log_file()
    return Finding("log", True, str(path) if path.is_file() else f"none yet (it would be {path})")
