"""Comparisons with their texts, as every format of preference data wants them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from interpref_core.text.lenient_json import read_json, read_object
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One prompt and what both models said to it. `side` and `preference` are those of an item, where it is of one."""

    prompt: tuple[Message, ...]
    query: str
    answer_a: str
    answer_b: str
    side: str | None = None
    preference: str | None = None


@dataclass(frozen=True, slots=True)
class Battle:
    """One comparison: `winner` is a, b, tie, both bad or skip; two exchanges for an item of the study, one for others."""

    id: str
    item: str | None
    annotator: str
    model_a: str
    model_b: str
    winner: str
    left: str | None
    time: str | None
    kind: str
    exchanges: tuple[Exchange, ...]
    private: bool = False
    run_a: str | None = None
    run_b: str | None = None
    flagged: bool | None = None
    comment: str | None = None
    confidence: int | None = None
    opinion: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> dict[str, Any]:
        """What is not in any format's own columns, so that nothing is lost on the way there and back."""
        names = (
            "id",
            "item",
            "annotator",
            "winner",
            "left",
            "time",
            "kind",
            "run_a",
            "run_b",
            "flagged",
            "comment",
            "confidence",
        )
        kept = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if self.opinion:
            kept["opinion"] = self.opinion
        if more := {key: value for key, value in self.extra.items() if key not in TEXTS}:
            kept["extra"] = more
        return kept

    def conversation(self, model: str) -> list[list[Message]]:
        """The conversations with model a or b, one an exchange."""
        return [
            [
                {"role": "user", "content": e.query},
                {"role": "assistant", "content": e.answer_a if model == "a" else e.answer_b},
            ]
            for e in self.exchanges
        ]


# Where the texts of an imported comparison are kept.
TEXTS = ("prompt", "answer_a", "answer_b", "conversation_a", "conversation_b", "exchanges", "side", "preference")
_PROMPTS = ("prompt", "instruction", "question", "query", "input_text")
_ANSWERS = (
    ("answer_a", "answer_b"),
    ("output_1", "output_2"),
    ("response1", "response2"),
    ("response_a", "response_b"),
)


def battles(cursor: DuckDBPyConnection, *, histories: bool) -> Iterator[Battle]:
    """Every comparison of the study with its texts; with `histories`, prompts begin with the history."""
    result = cursor.execute(sql("export_battles"), {"histories": histories})
    names = [column[0] for column in result.description or []]
    while rows := result.fetchmany(500):
        for row in rows:
            yield _battle(dict(zip(names, row, strict=True)), histories=histories)


def _battle(row: dict[str, Any], *, histories: bool) -> Battle:
    extra = read_object(row["extra"])
    return Battle(
        id=row["id"],
        item=row["item"],
        annotator=row["annotator"],
        model_a=row["model_a"],
        model_b=row["model_b"],
        winner=row["winner"],
        left=row["left_is"],
        time=row["time"],
        kind=row["kind"],
        exchanges=_of_item(row, histories=histories) or _of_extra(extra),
        private=bool(row["private"]),
        run_a=row["run_a"],
        run_b=row["run_b"],
        flagged=row["flagged"],
        comment=row["comment"],
        confidence=row["confidence"],
        opinion=read_object(row["opinion"]),
        extra=extra,
    )


def _of_item(row: dict[str, Any], *, histories: bool) -> tuple[Exchange, ...]:
    found = []
    for side in ("a", "b"):
        answers = row[f"a_{side}"], row[f"b_{side}"]
        if row["query"] is None or None in answers:
            continue
        turns = tuple(row[f"turns_{side}"] or ()) if histories else ()
        prompt = (*turns, {"role": "user", "content": row["query"]})
        found.append(Exchange(prompt, row["query"], *answers, side, row[f"preference_{side}"]))
    return tuple(found) if len(found) == 2 else ()


def _of_extra(extra: dict[str, Any]) -> tuple[Exchange, ...]:
    """The exchanges of an imported comparison, where it came with texts."""
    several = extra.get("exchanges")
    if isinstance(several, list) and all(isinstance(one, dict) for one in several):
        return tuple(made for one in several for made in _of_extra(one))
    talks = [_messages(extra.get(f"conversation_{model}")) for model in "ab"]
    if all(talk and talk[-1]["role"] == "assistant" for talk in talks):
        a, b = talks
        return (_exchange(tuple(a[:-1]), a[-1]["content"], b[-1]["content"], extra),)
    prompt = next((extra[name] for name in _PROMPTS if extra.get(name)), None)
    for one, two in _ANSWERS:
        if isinstance(extra.get(one), str) and isinstance(extra.get(two), str) and prompt is not None:
            said = _messages(prompt) or [{"role": "user", "content": _with_input(str(prompt), extra.get("input"))}]
            return (_exchange(tuple(said), extra[one], extra[two], extra),)
    return ()


def _with_input(instruction: str, more: Any) -> str:
    return f"{instruction}\n\n{more}" if isinstance(more, str) and more else instruction


def _exchange(prompt: tuple[Message, ...], a: str, b: str, extra: dict[str, Any]) -> Exchange:
    query = next((turn["content"] for turn in reversed(prompt) if turn["role"] == "user"), "")
    side, preference = (one if isinstance(one := extra.get(name), str) else None for name in ("side", "preference"))
    return Exchange(prompt, query, a, b, side, preference)


def _messages(value: Any) -> list[Message]:
    """A list of messages, also as JSON text; empty for anything else."""
    if isinstance(value, str) and value.startswith("["):
        value = read_json(value)
    if not isinstance(value, list):
        return []
    good = [
        {"role": str(one["role"]), "content": str(one["content"])}
        for one in value
        if isinstance(one, dict) and isinstance(one.get("role"), str) and isinstance(one.get("content"), str)
    ]
    return good if len(good) == len(value) else []
