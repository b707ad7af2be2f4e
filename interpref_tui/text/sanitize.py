"""Characters of others as a terminal may have them: nothing that it would obey, nothing that hides, widths that all agree on.

Terminals disagree about how wide a flag, a joined family, a skin tone or a variation selector is, and one cell of
disagreement breaks a line. So what is drawn is a settled form of the text: flags as [DE], families as their members, emoji in
their plain form. Copies, editors and exports get the text itself.
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_JOINERS = "\u200c\u200d"
_TURNING = "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides, isolates: they turn what follows round
_HIDING = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TONES = "\U0001f3fb-\U0001f3ff"
_FLAGS = "\U0001f1e6-\U0001f1ff"
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PIECE = 100_000  # characters that are looked at at a time
_PILED = 4  # marks on one letter; more of them climb over the lines above

_ODD = re.compile(
    f"\r\n|[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_TURNING}{_HIDING}{_TONES}]|[{_SELECTORS}]+|[{_FLAGS}]{{1,2}}"
    f"|(?:^|(?<=\n))[{_MARKS}]|[{_MARKS}]{{{_PILED + 1},}}"
)
_HIDES = re.compile(f"[{_HIDING}]")


class Readable(NamedTuple):
    """A text as it is read: `hidden` invisible characters of it are left out."""

    text: str
    hidden: int


def sanitize(text: object, *, lines: bool = False) -> str:
    """A text of a model or file without anything that a terminal would obey: control characters become pictures, and what
    turns a line round or hides in it becomes its name, as <U+202E>.

    With `lines`, line ends and tabs stay. Joiners between letters stay, which Persian and Indic words are written with.
    """
    whole = str(text)
    if _plain(whole, lines=lines):
        return whole
    return "".join(_ODD.sub(partial(_replacement, piece, lines, None), piece) for piece in _pieces(whole))


def strip_leading_blank_lines(text: str) -> str:
    """A text without the empty lines that it begins with: in one line they would be nothing but signs."""
    begins = len(text) - len(text.lstrip())
    return text[begins:] if begins and not {"\n", "\r"}.isdisjoint(text[:begins]) else text


def sanitize_for_reading(text: str) -> Readable:
    """The same for reading at length: lines stay, and characters that hide are left out and counted.

    Those that turn a line round are shown all the same.
    """
    if _plain(text, lines=True):
        return Readable(text, 0)
    hidden = [0]
    pieces = [_ODD.sub(partial(_replacement, piece, True, hidden), piece) for piece in _pieces(text)]
    return Readable("".join(pieces), hidden[0])


def _plain(text: str, *, lines: bool) -> bool:
    """Most texts have nothing odd in them, and what is printable in ASCII never is."""
    if not text.isascii():
        return False
    return (text.replace("\n", "").replace("\t", "") if lines else text).isprintable()


def _pieces(text: str) -> Iterator[str]:
    """A text in pieces of a size that does not keep other threads waiting, cut after spaces where there are any."""
    start = 0
    while len(text) - start > _PIECE:
        end = text.rfind(" ", start + _PIECE // 2, start + _PIECE) + 1 or start + _PIECE
        yield text[start:end]
        start = end
    yield text[start:]


def _replacement(whole: str, lines: bool, hidden: list[int] | None, found: re.Match[str]) -> str:
    """What stands for one odd character, or a few; `hidden` counts what is left out, None shows it."""
    odd = found.group()
    first = odd[0]
    code = ord(first)
    if odd == "\r\n":
        return "\n" if lines else "␍␊"
    if code < 0x20:
        return first if lines and first in "\n\t" else chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0x1F1E6 <= code <= 0x1F1FF:
        return "[" + "".join(chr(ord(one) - 0x1F1E6 + ord("A")) for one in odd) + "]"
    if 0x1F3FB <= code <= 0x1F3FF:
        return "" if found.start() and whole[found.start() - 1] > "\u2600" else _character_name(odd)
    if unicodedata.category(first) in ("Mn", "Me") and not _HIDES.match(first):
        return _marks(odd)
    if first in _JOINERS and (joined := _joiner(whole, found.start())) is not None:
        return joined
    if hidden is not None and _HIDES.match(first):
        hidden[0] += 1
        return ""
    return _character_name(odd)


def _character_name(odd: str) -> str:
    return "".join(f"<U+{ord(one):04X}>" for one in odd)


def _marks(odd: str) -> str:
    """Combining marks: a selector alone goes, several carry something; a pile is cut; one on nothing gets a circle."""
    if "\ufe00" <= odd[0] <= "\ufe0f" or odd[0] >= "\U000e0100":
        return "" if len(odd) == 1 else _character_name(odd)
    if len(odd) == 1:
        return f"◌{odd}"
    return f"{odd[:_PILED]}<+{len(odd) - _PILED} marks>"


def _joiner(whole: str, place: int) -> str | None:
    """A joiner stays between letters, goes between emoji; None anywhere else: there it only hides."""
    if not 0 < place < len(whole) - 1 or min(whole[place - 1], whole[place + 1]) <= "\u02ff":
        return None
    return whole[place] if unicodedata.category(whole[place + 1])[0] in "LM" else ""


_IN_JSON = re.compile(f"[\x7f-\x9f\u2028\u2029{_TURNING}{_HIDING}]")


def escape_json(document: str) -> str:
    """A JSON document in which what a terminal would obey, and what hides, stands as an escape: the same values."""
    return document if document.isascii() and "\x7f" not in document else _IN_JSON.sub(_escape, document)


def _escape(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))


# -- widths --------------------------------------------------------------------------------------------------------------


def cell_width(text: str) -> int:
    """Cells that an inert text takes in a terminal; wide East Asian characters and emoji take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def truncate(text: str, width: int) -> str:
    """An inert text within `width` cells, with an ellipsis where it was cut, never inside a character with its marks."""
    if cell_width(text) <= width:
        return text
    if width < 1:
        return ""
    from rich.cells import split_graphemes

    used = 0
    for start, _, wide in split_graphemes(text[: 4 * width + 64])[0]:
        used += wide
        if used > width - 1:
            return text[:start].rstrip() + "…"
    return text
