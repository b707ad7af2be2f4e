"""One record as text."""

from __future__ import annotations

import json
from typing import Any

from interpref_tui.text.output import sanitize


def _step(step: dict[str, Any]) -> str:
    """One step of a trail: what was made from what, and how."""
    turns = step["turns"]
    if turns and step["source_kind"] == "history":
        where = f", turns {turns[0]} to {turns[-1]}"
    else:
        where = f", turns {', '.join(str(turn) for turn in turns)}" if turns else ""
    place = f" {step['place']}" if step["place"] is not None else ""
    asked = f" (asked {step['model']})" if step["model"] else ""
    text = f": {step['text']}" if step["text"] else ""
    line = f"{step['kind']} {step['thing']} <- {step['role'] or 'from'}{place} {step['source_kind']} {step['source']}"
    return "  " * int(step["depth"]) + sanitize(f"{line}{where}{asked}{text}")


def _chunk(chunk: dict[str, Any]) -> str:
    """A chunk of a history: its turns, its topic, and what it shows of the user."""
    about = chunk["topic"] or "-"
    head = f"  {chunk['number']}. turns {chunk['first_turn']} to {chunk['last_turn']}: {about}"
    head += f" (ignored: {chunk['ignored']})" if chunk["ignored"] else ""
    return "\n".join([sanitize(head), *(f"     {sanitize(text)}" for text in chunk["preferences"] or ())])


def shown_record(record: dict[str, Any]) -> str:
    """A record as text: short fields first, long texts under their names."""
    short, long = [], []
    for name, value in record.items():
        if name == "made_from":
            long.append("\nmade from:\n" + "\n".join(_step(one) for one in value))
            continue
        if name == "chunks":
            long.append("\nchunks:\n" + "\n".join(_chunk(one) for one in value))
            continue
        if name == "answers":
            long += [f"\nanswer ({one['stage']}):\n{sanitize(one['text'], lines=True)}" for one in value]
            continue
        if name in ("turns", "source_turns") and isinstance(value, list) and value and isinstance(value[0], dict):
            if name == "source_turns":
                long.append("\nsource turns:")
                value = [
                    {**turn, "role": f"{turn['role']}, turn {turn['position']} of {turn['history']}"} for turn in value
                ]
            long += [
                f"\n[{n}] {turn['role']}\n{sanitize(turn['content'], lines=True)}"
                for n, turn in enumerate(value, start=1)
            ]
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        if isinstance(value, str) and ("\n" in value or len(value) > 100):
            long.append(f"\n{name}:\n{sanitize(value, lines=True)}")
        elif value is not None:
            short.append(f"{name}: {sanitize(text)}")
    return "\n".join([*short, *long])
