"""A history as a conversation: any number of turns, jumps between them, folding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from interpref_tui.keys.actions import bindings
from interpref_tui.text.blocks import SHORT, Block
from interpref_tui.widgets.reader.text_reader import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType

_WORDS = {"user": "user turn", "evidence": "turn known to carry the preference"}


def blocks_of(turns: Sequence[Mapping[str, Any]]) -> list[Block]:
    """The turns of a history (role, content, time) as blocks to read; call it in a thread, long turns take a moment."""
    blocks = [
        Block(turn["content"], turn["role"], number, turn.get("time")) for number, turn in enumerate(turns, start=1)
    ]
    for block in blocks:
        block.prepare()
    return blocks


class Conversation(Reader):
    """Turns from top to bottom; only those in view are laid out, so five thousand cost what ten do."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("text")

    def show_evidence(self, evidence: Mapping[int, str]) -> None:
        """Say which turns carry a preference, and on what evidence."""
        for number, block in enumerate(self.blocks):
            block.evidence = evidence.get(number, "")
            self._rows.pop(number, None)
        self.refresh()

    def action_turn(self, by: int, what: str = "") -> None:
        """The next or previous turn: any, a user's, or one that carries a preference."""
        at = self.here
        place = at + by
        if not what and by < 0 and int(self.scroll_offset.y) > self._tops[at]:
            place = at
        while 0 <= place < len(self.blocks) and not self._is(place, what):
            place += by
        if not 0 <= place < len(self.blocks):
            word = f"{'later' if by > 0 else 'earlier'} {_WORDS.get(what, 'turn')}"
            self.post_message(self.Notice(self, f"no {word}"))
            return
        self._here = place
        self._rows_of(place)
        self._go(self._tops[place])
        self.post_message(self.Moved(self))

    def _is(self, number: int, what: str) -> bool:
        block = self.blocks[number]
        return bool(block.evidence) if what == "evidence" else not what or block.role == what

    def action_fold(self) -> None:
        if not self.blocks:
            return
        number = self.here
        block = self.blocks[number]
        self._here = number
        block.folded = not block.folded
        self._change(number)

    def action_fold_all(self) -> None:
        """Fold every turn, or unfold them all when any is folded."""
        if not self.blocks:
            return
        number = self.here
        fold = not any(block.folded for block in self.blocks)
        for block in self.blocks:
            block.folded = fold and block.estimate(self._width) > SHORT
        self._lay_out(0)
        self._rows_of(number)
        self._here = number
        self._go(self._tops[number])
