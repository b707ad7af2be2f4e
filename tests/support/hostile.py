"""A study that is hostile in every text and name, and a look at the bytes that reach a terminal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.support.studies import small_records

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from interpref_core.records.base import Record

# Sequences that no program of ours sends, each with a word that must not come behind a real control character.
ATTACKS = (
    "\x1b]0;EVIL\x07\x1b]52;c;RVZJTA==\x07\x1b]8;;http://EVIL\x1b\\\x1b[31mEVIL\x1b[2J\x1b[6n\x1b[?1049l\x1bPEVIL\x1b\\\x1bc"
    "\x9b31mEVIL\x9d0;EVIL\x9c\x07\x08\x0e\x0f\x05\r\u202eEVIL\u202d\u2066\u2067\u2069\u200b\u200e\ufeff\u2028\u00ad"
    "[red]EVIL[/red][/][link=http://EVIL][b e\u0301\u0301\u0301\u0301\u0301\u0301\u0301 👩\u200d👧🇩🇪 \U000e0041 =1+1|a'; DROP TABLE items; --"
)
_FIXED = {
    "type", "side", "choice", "case_label", "paradigm", "parsed_by", "time", "role", "stage", "kind", "source_kind", "task",
    "event", "order", "opinion",
}  # fmt: skip


def hostile_lines(records: Iterable[Record] | None = None, *, attack: str = ATTACKS) -> str:
    """Native JSON lines, hostile in every name and text."""

    def made(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: made(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [made(one) for one in value]
        return value + attack if isinstance(value, str) and name not in _FIXED else value

    records = records or small_records(2, runs=("one", "two"), pattern="LRLD")
    return "".join(json.dumps(made(record.to_json())) + "\n" for record in records)


def hostile_file(folder: Path) -> Path:
    path = folder / "hostile.jsonl"
    path.write_text(hostile_lines(), encoding="utf-8")
    return path


# What the screens send: styles, cursor, modes and questions, the shape of the pointer.
_OURS = re.compile(
    r"\x1b\[[0-9;:]*m"  # styles
    r"|\x1b\[[0-9;]*[HABCDJKG]"  # the cursor, erasing
    r"|\x1b\[\?(?:25|7|1000|1003|1006|1015|1016|1004|2004|2048|2026|1049)(?:[hl]|\$p)"  # modes
    r"|\x1b\[[<>=?]?[0-9;]*u"  # the keyboard
    r"|\x1b\](?:10|11);\?(?:\x1b\\|\x07)"  # what are your colours?
    r"|\x1b?\]22;[a-z-]*(?:\x1b\\|\x07)?"  # the pointer
    r"|\x1b\[c|\x1b\[6n"
    r"|\x1b[78]"  # the cursor's place is kept and found again
)


def found_in(raw: bytes) -> list[str]:
    """What is in these bytes that neither can be drawn nor is ours; the text around it."""
    text = _OURS.sub("", raw.decode("utf-8", errors="surrogateescape"))
    bad = re.compile(
        "[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u200e\ufeff\u2028\ud800-\udfff\U000e0041]"
    )
    return [ascii(text[max(0, one.start() - 30) : one.end() + 30]) for one in bad.finditer(text)][:5]
