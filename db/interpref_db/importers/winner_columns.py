"""The words that files use for two models and for who won."""

from __future__ import annotations

from typing import Any, Literal

from interpref_db.importers.report import FieldError

Winner = Literal["a", "b", "tie", "both bad", "skip"]

# Columns that name the two, most telling first.
_NAMES = (("model_a", "model_b"), ("left", "right"), ("model_1", "model_2"), ("generator_1", "generator_2"), ("a", "b"))
_RUN = tuple("=+-@\t\r\n＝＋－＠")
_WINNERS = ("winner", "preference", "choice", "label", "verdict")
ITEMS = ("item", "question_id", "prompt_id", "prompt", "instruction", "id", "idx")
ANNOTATORS = ("annotator", "judge", "worker", "user", "annotator_id", "userid")
_SAYS: dict[str, Winner] = {
    **dict.fromkeys(("a", "model_a", "left", "1", "1.0", "model_1", "first"), "a"),
    **dict.fromkeys(("b", "model_b", "right", "2", "2.0", "model_2", "second"), "b"),
    **dict.fromkeys(("tie", "draw", "0", "0.0", "1.5", "equal", "both", "neither"), "tie"),
    **dict.fromkeys(("tie (bothbad)", "both_bad", "bothbad", "both bad", "tie_bothbad"), "both bad"),
    **dict.fromkeys(("skip", "skipped"), "skip"),
}


# One column an outcome, each 0 or 1, instead of a winner.
FLAGS: tuple[tuple[str, Winner], ...] = (
    ("winner_model_a", "a"),
    ("winner_model_b", "b"),
    ("winner_tie", "tie"),
    ("winner_tie_bothbad", "both bad"),
)


def columns_of(record: dict[str, Any]) -> tuple[str, str, str] | None:
    """The columns of the two names and of the winner, or None."""
    for a, b in _NAMES:
        if a in record and b in record:
            winner = next((name for name in (*_WINNERS, FLAGS[0][0]) if name in record), None)
            if winner:
                return a, b, winner
    return None


def winner_of(record: dict[str, Any], a: str, b: str, name: str) -> Winner:
    """Who won, from the column `name`. Raises Wrong."""
    if name == FLAGS[0][0]:
        ones = [winner for flag, winner in FLAGS if str(record.get(flag)).strip().lower() in ("1", "1.0", "true")]
        if len(ones) != 1:
            raise FieldError(name, "not exactly one outcome is 1")
        return ones[0]
    value = str(record[name])
    said = parse_winner(value)
    if said is None and record[a] != record[b] and record[name] in (record[a], record[b]):
        said = "a" if record[name] == record[a] else "b"
    said = said or parse_winner(value, share=name == "preference")
    if said is None:
        raise FieldError(name, f"{value.strip()[:60]!r} names no winner")
    return said


def parse_winner(value: str, *, share: bool = False) -> Winner | None:
    """What one of the words for a winner says, None for any other text; with `share`, what a weighted preference says
    (1 is wholly for the first, 2 for the second).
    """
    value = value.strip()
    if share and (number := _number(value)) is not None and 1 <= number <= 2:
        return "tie" if number == 1.5 else "a" if number < 1.5 else "b"
    return _SAYS.get(value.lower())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def clean_cell(cell: str) -> str:
    """A CSV's cell without the apostrophe that keeps a spreadsheet from running it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _RUN else cell
