"""What the annotation screen shows of one entry: facts, panes of responses, the state of the label. No widgets here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from interpref_core.annotation.name_masking import MASK, mask_model_names
from interpref_core.annotation.tasks import FAILURES, WORDS
from interpref_core.orders import ORDERS
from interpref_tui.text.blocks import Pane
from interpref_tui.text.sanitize import sanitize, sanitize_for_reading, truncate

if TYPE_CHECKING:
    from interpref_core.annotation.ai_opinion import Opinion
    from interpref_core.annotation.labels import Entry, Label, Task
    from interpref_core.records.base import Side
    from interpref_db.annotation.entries import EntryTexts
    from interpref_db.annotation.session import AnnotationSession

_NOTHING = "(no preference)"
_NUMBERED: tuple[tuple[int, Side], ...] = ((1, "a"), (2, "b"))


@dataclass(slots=True)
class AnnotationEntryText:
    """One entry as it is drawn. `order` is that of the preferences: (first, second)."""

    query: str
    preferences: tuple[str, ...]
    panes: list[Pane]
    hidden: int = 0


def build_entry_text(session: AnnotationSession, entry: Entry, texts: EntryTexts) -> AnnotationEntryText:
    """What to draw of an entry. Names of models are hidden; texts are inert."""
    hidden = 0

    def pane(title: str, short: str, run: str | None, side: Side, wish: str, partner: int | None = None) -> Pane:
        nonlocal hidden
        shown, invisible = sanitize_for_reading(texts.responses.get((run or "", side), ""))
        text, count = mask_model_names(shown, session.names)
        hidden += count
        title += f" · {invisible} hidden character(s)" if invisible else ""
        return Pane.of_text(title, text, short=short, partner=partner, preference=wish)

    wishes: dict[Side, str] = {"a": sanitize(texts.a or _NOTHING), "b": sanitize(texts.b or _NOTHING)}
    query = sanitize(texts.query.strip(), lines=True)
    both = (wishes["a"], wishes["b"])
    if entry.task == "compare":
        left = session.remaining(entry)
        stands = (
            ("Left", entry.run_a if left == "a" else entry.run_b),
            ("Right", entry.run_b if left == "a" else entry.run_a),
        )
        panes = [
            pane(f"{where} · for {number}", f"{where[0]}{number}", run, side, wishes[side], base + 2 - number)
            for base, (where, run) in zip((0, 2), stands, strict=True)
            for number, side in _NUMBERED
        ]
        return AnnotationEntryText(query, both, panes, hidden)
    if entry.task == "match":
        order = ORDERS[(session.order(entry) or 1) - 1]
        first, second = order.preferences
        panes = [
            pane(where, where[0], entry.run_a, side, wishes[first], 1 if where == "Left" else 0)
            for where, side in zip(("Left", "Right"), order.responses, strict=True)
        ]
        return AnnotationEntryText(query, (wishes[first], wishes[second]), panes, hidden)
    if entry.task == "score":
        side: Side = entry.side or "a"
        panes = [pane("Answer", "A", entry.run_a, side, wishes[side])]
        return AnnotationEntryText(query, (wishes[side],), panes, hidden)
    if entry.task == "failure":
        panes = [
            pane(f"Answer for {number}", str(number), entry.run_a, side, wishes[side], 2 - number)
            for number, side in _NUMBERED
        ]
        return AnnotationEntryText(query, both, panes, hidden)
    return AnnotationEntryText(query, both, [], hidden)


def fact_line(view: AnnotationEntryText, task: Task, width: int) -> Text:
    """The query and the preferences; lines are cut where the screen is small, never the answers."""
    room = 2 * (width - 10)
    text = Text()
    text.append("query  ", "bold")
    text.append(truncate(" ".join(view.query.split()), room) + "\n")
    for number, wish in enumerate(view.preferences, start=1):
        text.append(f"{number}      " if len(view.preferences) > 1 else "for    ", "bold")
        text.append(truncate(wish, room) + "\n")
    text.append(WORDS[task].question, "italic")
    return text


def all_facts(view: AnnotationEntryText) -> str:
    """The query and the preferences, uncut."""
    wishes = [f"Preference {number}\n{wish}" for number, wish in enumerate(view.preferences, start=1)]
    return "\n\n".join([f"Query\n{view.query}", *wishes])


def side_labels(entry: Entry, answer: str | None, left: Side | None, order: int | None) -> str:
    """A resolved answer in the words of what stands on the screen."""
    if answer is None:
        return "no opinion"
    if entry.task == "compare" and answer in ("a", "b"):
        return "Left" if answer == (left or "a") else "Right"
    if entry.task == "match" and answer in ("right", "wrong"):
        right = ORDERS[(order or 1) - 1].right
        return str(right) if answer == "right" else "Right" if right == "Left" else "Left"
    return {"tie": "Tie", "both bad": "Both bad", "skip": "Skipped", "don't know": "Can't tell"}.get(answer, answer)


def saved_text(session: AnnotationSession, entry: Entry, label: Label, *, practice: bool) -> Text:
    """What is said of an entry when its label is on the disk: the label, in practice what was expected, then the opinion."""
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"saved: {side_labels(entry, label.answer, label.left, label.order)}", "bold")
    if practice and entry.key in session.gold:
        wanted = side_labels(entry, session.gold[entry.key], label.left, label.order)
        text.append(f"   practice: {wanted} was expected")
    if session.assignment.opinion == "after":
        opinion = session.opinion(entry)
        if opinion is not None and opinion.says is not None:
            text.append(f"   the AI's opinion was {side_labels(entry, opinion.says, label.left, label.order)}")
            text.append("   [ goes back to it", "dim")
    return text


def opinion_text(session: AnnotationSession, entry: Entry, opinion: Opinion) -> Text:
    """The opinion on what stands on the screen, names hidden as in the answers."""
    left, order = session.remaining(entry), session.order(entry)
    text = Text()
    text.append(f"AI opinion: {side_labels(entry, opinion.says, left, order)}", "bold")
    text.append(f"   ({sanitize(opinion.judge)})\n", "dim")
    sides: tuple[tuple[str, str], ...] = (("", "all"),)
    if entry.task == "compare":
        other = "b" if left == "a" else "a"
        sides = (("Left: ", left or "a"), ("Right: ", other))
    for name, key in sides:
        if opinion.lines.get(key):
            said, _ = mask_model_names(sanitize(opinion.lines[key], lines=True), session.names)
            text.append(name, "bold")
            text.append(" ".join(said.split()) + "\n" if name else said + "\n")
    return text


def state_line(
    entry: Entry,
    label: Label | None,
    old: Label | None,
    *,
    flagged: bool,
    comment: str,
    confidence: int | None,
    marked: set[str],
    hidden: int,
) -> Text:
    """The line under the panes: what was answered, or what was before."""
    text = Text(no_wrap=True, overflow="ellipsis")
    if label is not None:
        text.append(f"● {side_labels(entry, label.answer, label.left, label.order)}", "bold")
        if label.confidence:
            text.append(f"  confidence {label.confidence}")
    elif old is not None:
        text.append(f"○ taken back: {side_labels(entry, old.answer, old.left, old.order)}")
    else:
        text.append("○ undecided")
    if marked:
        text.append("  " + "; ".join(name for name in FAILURES if name in marked), "bold")
    if confidence and (label is None or confidence != label.confidence):
        text.append(f"  next label: confidence {confidence}")
    if flagged:
        text.append("  ⚑ flagged", "bold")
    if comment:
        text.append(f"  “{sanitize(comment)}”")
    if hidden:
        text.append(f"  {MASK} {hidden} name(s) hidden", "dim")
    return text
