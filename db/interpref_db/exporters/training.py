"""Training sets (paper section 4.4): what a model should answer after a history, without any prompt that asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.orders import RIGHT_PATTERN
from interpref_core.records.base import SIDES
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

    from duckdb import DuckDBPyConnection

    from interpref_core.construction.train_test_split import Part

TRAINING = ("sft", "dpo")
TRAINING_FORMATS = ("trl", "openai")
# What providers and trainers take; a turn of any other role (tools) is left out of the conversation.
_ROLES = ("system", "user", "assistant")


class NoTraining(Exception):
    """A training set that cannot be made; one line with the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSelection:
    """Which responses make the set: of one run (by name or identifier; else of all workflow runs), only where every judge
    (or `judge`) lets the item pass, only of one part of the split."""

    run: str | None = None
    passed: bool = False
    judge: str | None = None
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One side of an item: the history and the query, what the run answered for this side and for the other one."""

    item: str
    side: str
    run: str
    model: str
    paradigm: str
    preference: str
    prompt: tuple[dict[str, str], ...]
    answer: str
    other: str | None

    @property
    def beside(self) -> dict[str, str]:
        """What trainers do not read, but people do."""
        return {
            "item": self.item,
            "side": self.side,
            "run": self.run,
            "model": self.model,
            "preference": self.preference,
        }


def training_examples(
    cursor: DuckDBPyConnection, chosen: TrainingSelection, why: Counter[str], *, include_confidential: bool
) -> Iterator[Example]:
    """Every side that can be trained on; `why` counts the others by reason. Raises NoTraining."""
    parameters = {"run": chosen.run, "judge": chosen.judge, "right": RIGHT_PATTERN}
    result = cursor.execute(sql("export_training"), parameters)
    names = [column[0] for column in result.description or []]
    any_row = any_part = False
    while rows := result.fetchmany(100):
        for values in rows:
            row = dict(zip(names, values, strict=True))
            any_row, any_part = True, any_part or row["part"] is not None
            if reason := _left_out(row, chosen):
                why[reason] += len(SIDES)
                continue
            yield from _sides(row, why, include_confidential=include_confidential)
    if not any_row:
        raise NoTraining(_nothing(chosen))
    if chosen.part and not any_part:
        raise NoTraining("the items are not split yet: interpref build STUDY --only verify --test-share 0.2")


def _nothing(chosen: TrainingSelection) -> str:
    if chosen.run is not None:
        return f"there is no run {chosen.run!r} with responses: interpref list STUDY runs"
    return "no run has answered by the workflow (--paradigm wf), as the paper's training data did; --run takes any other run"


def _left_out(row: dict[str, Any], chosen: TrainingSelection) -> str | None:
    """Why an item gives nothing."""
    if chosen.part and row["part"] is None:
        return "in no part of the split"
    if chosen.part and row["part"] != chosen.part:
        return "in the other part of the split"
    if chosen.passed and not row["judged"]:
        return "not judged"
    if chosen.passed and not row["passed"]:
        return "not passed"
    return None


def _sides(row: dict[str, Any], why: Counter[str], *, include_confidential: bool) -> Iterator[Example]:
    for side, other in (SIDES, SIDES[::-1]):
        if row[f"text_{side}"] is None:
            why["not answered"] += 1
        elif row[f"preference_{side}"] is None:
            why["no preference"] += 1
        elif not row[f"turns_{side}"]:
            why["no history"] += 1
        elif row["private"] and not include_confidential:
            why["confidential"] += 1
        else:
            turns = [turn for turn in row[f"turns_{side}"] if turn["role"] in _ROLES]
            yield Example(
                row["item"],
                side,
                row["run_name"],
                row["model"],
                row["paradigm"],
                row[f"preference_{side}"],
                (*turns, {"role": "user", "content": row["query"]}),
                row[f"text_{side}"],
                row[f"text_{other}"],
            )


def _assistant_message(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def _sft_trl(one: Example) -> dict[str, Any]:
    return {"messages": [*one.prompt, _assistant_message(one.answer)], **one.beside}


def _sft_openai(one: Example) -> dict[str, Any]:
    return {"messages": [*one.prompt, _assistant_message(one.answer)]}


def _dpo_trl(one: Example) -> dict[str, Any]:
    return {
        "prompt": list(one.prompt),
        "chosen": [_assistant_message(one.answer)],
        "rejected": [_assistant_message(one.other or "")],
        **one.beside,
    }


def _dpo_openai(one: Example) -> dict[str, Any]:
    return {
        "input": {"messages": list(one.prompt), "tools": [], "parallel_tool_calls": True},
        "preferred_output": [_assistant_message(one.answer)],
        "non_preferred_output": [_assistant_message(one.other or "")],
    }


_ROWS: dict[tuple[str, str], Callable[[Example], dict[str, Any]]] = {
    ("sft", "trl"): _sft_trl,
    ("sft", "openai"): _sft_openai,
    ("dpo", "trl"): _dpo_trl,
    ("dpo", "openai"): _dpo_openai,
}


def training_rows(
    cursor: DuckDBPyConnection,
    what: str,
    shape: str,
    chosen: TrainingSelection,
    why: Counter[str],
    *,
    include_confidential: bool,
) -> Iterator[dict[str, Any]]:
    """The rows of a training set. For dpo, a side's own answer is chosen and the other side's rejected. Raises NoTraining."""
    make = _ROWS[what, shape]
    for one in training_examples(cursor, chosen, why, include_confidential=include_confidential):
        if what == "dpo" and one.other is None:
            why["no answer of the other side"] += 1
        elif what == "dpo" and one.other == one.answer:
            why["the same answer for both sides"] += 1
        else:
            yield make(one)
