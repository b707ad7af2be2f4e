"""One turn or one answer as a reader draws it: a head, and a text of any length of which a window is laid out. No widgets."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from interpref_tui.text.markdown_layout import paragraphs
from interpref_tui.text.sanitize import sanitize, sanitize_for_reading
from interpref_tui.text.wrapping import Paragraph

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from interpref_tui.text.wrapping import Span

WINDOW = 40_000  # characters of a text that are laid out at a time
FORMATTED = 20_000  # characters up to which a text is shown as Markdown
FOLDED = 2  # lines that a folded turn still shows
PIECE = 100_000  # characters that are searched at a time
OVERLAP = 500  # characters that something that is searched for has at most
SHORT = 6  # lines up to which there is nothing to fold

SIGNS = {"user": "▷ user", "assistant": "◁ assistant", "system": "· system", "tool": "⚙ tool"}


class Row(NamedTuple):
    """A line on the screen: a piece of a paragraph. `kind` is text, or head, note or gap for what the text does not say."""

    paragraph: Paragraph
    start: int
    end: int
    kind: str = "text"


def _notice_row(text: str, kind: str) -> Row:
    return Row(Paragraph(0, text), 0, len(text), kind)


@dataclass(frozen=True, slots=True)
class TextRendering:
    """How texts are shown."""

    formatted: bool = True
    invisible: bool = False  # characters that hide are shown by their names


@dataclass(slots=True)
class Block:
    """`role` is "" for a text that stands alone, which has no head. `evidence` says why a turn carries a preference."""

    text: str
    role: str = ""
    number: int = 0
    time: str | None = None
    evidence: str = ""
    folded: bool = False
    start: int = 0  # where the window begins
    hidden: int = 0
    _forms: dict[bool, str] = field(default_factory=dict, repr=False, compare=False)  # by whether what hides is shown

    def sanitized_text(self, manner: TextRendering) -> str:
        """The text as it is drawn: inert. Marks are places in it. Long texts take their time for each manner, once."""
        form = self._forms.get(manner.invisible)
        if form is None:
            if manner.invisible:
                form = sanitize(self.text, lines=True)
            else:
                form, self.hidden = sanitize_for_reading(self.text)
            self._forms[manner.invisible] = form
        return form

    def prepare(self) -> None:
        """Do the work of a long text beforehand."""
        if len(self.text) > PIECE:
            self.sanitized_text(TextRendering())

    def is_ready(self, manner: TextRendering) -> bool:
        """Whether the text is there as it is drawn, without work."""
        return manner.invisible in self._forms

    def places_of(self, wanted: re.Pattern[str], manner: TextRendering) -> Iterator[Span]:
        """Where the shown text has something; looked for in pieces, so that other threads have their turn."""
        whole = self.sanitized_text(manner)
        start = 0
        while start < len(whole):
            end = min(len(whole), start + PIECE)
            # What begins in this piece may end in the next one.
            for found in wanted.finditer(whole, start, min(len(whole), end + OVERLAP)):
                if found.start() >= end:
                    break
                yield found.span()
                start = found.end()
            start = max(start, end)

    def head(self, total: int) -> str:
        """Who speaks, which turn it is, what is known of it."""
        if not self.role:
            return ""
        parts = [f"{SIGNS.get(self.role, sanitize(self.role))}  {self.number:,} of {total:,}"]
        if self.time:
            parts.append(sanitize(self.time))
        if self.evidence:
            parts.append(f"◆ {sanitize(self.evidence)}")
        if self.hidden:
            parts.append(f"{self.hidden:,} hidden character{'s' if self.hidden > 1 else ''} (x shows)")
        return "  ".join(parts)

    def estimate(self, width: int) -> int:
        """About how many lines it takes, without laying it out."""
        if self.folded:
            return FOLDED + 3
        window = self.text[self.start : self.start + WINDOW]
        lines = len(window) // max(8, width) + window.count("\n") + 1
        return lines + (2 if self.role else 0)

    def laid_out(self, width: int, manner: TextRendering, total: int) -> list[Row]:
        """Its lines at this width."""
        whole = self.sanitized_text(manner)
        start = self._window_start(whole)
        window = whole[start : start + WINDOW]
        rows: list[Row] = []
        if start:
            rows.append(_notice_row(f"… {start:,} characters before (< goes back, e opens it whole)", "note"))
        formatted = manner.formatted and len(whole) <= FORMATTED
        for paragraph in paragraphs(window, formatted=formatted, width=width):
            rows += [Row(paragraph, at, to) for at, to in paragraph.wrap(width)]
        if after := len(whole) - start - len(window):
            rows.append(_notice_row(f"… {after:,} more characters (> goes on, e opens it whole)", "note"))
        if not self.role and self.hidden and not manner.invisible:
            rows.append(_notice_row(f"{self.hidden:,} hidden characters (x shows them)", "note"))
        if self.folded and len(rows) > SHORT:
            more = len(rows) - FOLDED
            rows = [*rows[:FOLDED], _notice_row(f"⋯ {more:,} more lines (o unfolds)", "note")]
        if not self.role:
            return rows
        return [_notice_row(self.head(total), "head"), *rows, _notice_row("", "gap")]

    def _window_start(self, whole: str) -> int:
        if len(whole) <= WINDOW:
            self.start = 0
        self.start = max(0, min(self.start, len(whole) - 1))
        return self.start

    def move_window(self, by: int, manner: TextRendering) -> bool:
        """Show what comes before or after the window; False when there is nothing there."""
        whole = self.sanitized_text(manner)
        target = max(0, self.start + by * WINDOW)
        if target == self.start or target >= len(whole):
            return False
        self.start = target
        return True

    def show_place(self, place: int, manner: TextRendering) -> bool:
        """Unfold, and move the window so that this place is in it. Whether anything had to change."""
        whole = self.sanitized_text(manner)
        changed = self.folded
        self.folded = False
        if not self.start <= place < self.start + min(WINDOW, len(whole)):
            self.start, changed = max(0, place - WINDOW // 4), True
        return changed


@dataclass(slots=True)
class Pane:
    """A text in a pane. `partner` is the number of the pane that it is compared with, `preference` what its words are
    marked for, `short` its name where the others are hidden."""

    title: str
    blocks: list[Block]
    short: str = ""
    partner: int | None = None
    preference: str | None = None

    @classmethod
    def of_text(
        cls, title: str, text: str, *, short: str = "", partner: int | None = None, preference: str | None = None
    ) -> Pane:
        """A pane with one text in it; make it in a thread, a long text takes a moment."""
        block = Block(text)
        block.prepare()
        return cls(title, [block], short, partner, preference)


def row_of(block: Block, rows: list[Row], place: int) -> int:
    """The number of the row that shows a place of the text."""
    place -= block.start
    texts = [number for number, row in enumerate(rows) if row.kind == "text"]
    at = bisect_right(texts, place, key=lambda number: rows[number].paragraph.source) - 1
    if at < 0:
        return 0
    paragraph = rows[texts[at]].paragraph
    drawn = paragraph.place_of(place)
    while at > 0 and rows[texts[at]].start > drawn and rows[texts[at - 1]].paragraph is paragraph:
        at -= 1
    return texts[at]


def marks_in_row(row: Row, block: Block, spans: Sequence[Span], kind: str) -> list[tuple[int, int, str]]:
    """Where marks (places in the shown text, in order) stand in a row: (from, to, kind) in the row's text."""
    paragraph = row.paragraph
    if not paragraph.runs or not spans:
        return []
    low = paragraph.runs[0][1] + block.start
    high = paragraph.runs[-1][1] + paragraph.runs[-1][2] + block.start
    found = []
    for start, end in spans[bisect_right(spans, low, key=lambda span: span[1]) :]:
        if start >= high:
            break
        for at, to in paragraph.drawn_spans((start - block.start, end - block.start)):
            a, b = max(at, row.start), min(to, row.end)
            if a < b:
                found.append((a - row.start, b - row.start, kind))
    return found
