"""Texts of others as Markdown and HTML may have them: shown as they are, and nothing of them obeyed.

Nothing is lost on the way: what a renderer shows, with `<U+202E>` and its like read back as the character, is the text.
"""

from __future__ import annotations

import html
import re

# Characters that print nothing though Unicode counts them as letters or marks.
_HIDING = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef"
_HIDES = re.compile(f"[{_HIDING}]")
_SPACES = "\u00a0\u3000"  # not "printable", but no more than a space
_NAMED = re.compile(r"<(?=U\+[0-9A-F]{4,6}>)")  # a text that looks like what stands for a character

# Punctuation that Markdown and what extends it (tables, footnotes, mathematics, attributes) give a meaning to anywhere.
_ALWAYS = re.compile(r"[\\`*_{}\[\]<>|#!~&^$\"']")
# A dot, colon or slash by which an address is known without any marks around it.
_ADDRESS = re.compile(r"(?<=[^\W_])[.:](?=[^\W\d_/])|:(?=/)|/(?=/)|(?<=/)/|(?<=[wW])\.")
# What begins a list, a heading's underline, a rule, a definition or a table row where a text begins.
_BEGINS = re.compile(r"^[-+=:]|(?<=^[0-9])[.)]|(?<=^[0-9]{2})[.)]|(?<=^[0-9]{3})[.)]")
_AT = re.compile("@+")
_BLANK = re.compile(r"^ | $| (?= )")


def reveal(text: str) -> str:
    """A text in one line, with what would hide, steer a terminal or turn a line round shown as `<U+202E>`."""
    text = _NAMED.sub("<U+003C>", text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        one if (one.isprintable() or one in _SPACES) and not _HIDES.match(one) else f"<U+{ord(one):04X}>"
        for one in text
    )


def escape_html(text: str) -> str:
    """A text as the content of an HTML element or of a quoted attribute."""
    return html.escape(reveal(text))


def escape_markdown(text: str) -> str:
    """A text that every renderer of Markdown shows as it is, within a line of its own or a cell of a table."""
    text = _ALWAYS.sub(r"\\\g<0>", reveal(text))
    text = _ADDRESS.sub(r"\\\g<0>", text)
    text = _BEGINS.sub(r"\\\g<0>", text)
    # Some renderers find addresses and mentions of people in the text that is left; none looks into code.
    text = _AT.sub(r"`\g<0>`", text)
    return _BLANK.sub("&#32;", text)
