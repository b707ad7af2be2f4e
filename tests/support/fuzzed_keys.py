"""Random keys as a terminal sends them: the ones that lead somewhere, texts, and what comes in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

SIZES = ((120, 40), (120, 40), (80, 24), (200, 60), (100, 30), (39, 11), (60, 20))
ESCAPE, ENTER, TAB, PALETTE = b"\x1b", b"\r", b"\t", b"\x10"
ARROWS = (b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~", b"\x1b[H", b"\x1b[F")
PLACES = (*(bytes([one]) for one in b"1234567890"), b"\x1b[20~")
WORDS = (b"run", b"1", b"10", b"i3", b"things", b"theme", b"number 3", b"zz", "\u754c".encode(), b"category:life")
# Everything but what leaves the program (q, ctrl+c, ctrl+z), and what opens windows of other programs (O) or writes pictures (P).
LETTERS = tuple(
    bytes([one]) for one in b"abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNQRSTUVWXYZ/:;?|@+-[]{}<>=.,'\" *#~`!$%^&()_"
)
CONTROLS = (b"\x0c", b"\x0f", b"\x06", b"\x12", b"\x7f", b"\x15", b"\x1bOP", b"\x1bOQ", b"\x1b[Z", b" ")
OPENERS = (b":", PALETTE, b"?", b"T", b"M", b";", b"|", b"n", b"J", b"C", b"\x0f", b"/", b"E", b"c")


def burst(chance: random.Random) -> list[bytes]:
    """A few keys that are written at once."""
    kind = chance.random()
    if kind < 0.15:  # something is opened and left again, at once
        return [chance.choice(OPENERS), *_typed(chance), chance.choice((ESCAPE, ENTER, ESCAPE, b""))]
    if kind < 0.22:  # the palette
        return [chance.choice((b":", PALETTE)), *_typed(chance), chance.choice((ENTER, ENTER, ESCAPE))]
    if kind < 0.27:  # a key is held
        return [chance.choice((*OPENERS, *ARROWS, ESCAPE, ENTER, *PLACES))] * chance.randrange(2, 12)
    if kind < 0.30:  # a text is pasted
        return [b"\x1b[200~" + chance.choice(WORDS) * chance.randrange(1, 20) + b"\x1b[201~"]
    if kind < 0.42:
        return [chance.choice(PLACES), chance.choice((ENTER, b"", *OPENERS)), chance.choice((*LETTERS, ESCAPE, ENTER))]
    if kind < 0.50:
        return [b"/", *_typed(chance), chance.choice((ENTER, ESCAPE, TAB))]
    if kind < 0.56:
        return [chance.choice((b"7", b"7")), ENTER, chance.choice((ENTER, b"a", b"b", b"t", b"1"))]
    if kind < 0.62:
        return [b"T", *(chance.choice(ARROWS) for _ in range(chance.randrange(4))), chance.choice((ENTER, ESCAPE))]
    if kind < 0.72:
        return [ESCAPE] * chance.randrange(1, 4)
    many = (*LETTERS, *ARROWS, *CONTROLS, ENTER, TAB, ESCAPE)
    return [chance.choice(many) for _ in range(chance.choice((1, 1, 1, 2, 3, 6)))]


def _typed(chance: random.Random) -> list[bytes]:
    """Part of a word, a key a letter."""
    word = chance.choice(WORDS)
    return [bytes([one]) for one in word[: chance.randrange(len(word) + 1)]] if word.isascii() else [word]
