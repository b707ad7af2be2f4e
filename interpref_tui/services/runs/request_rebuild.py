"""The request of a call that failed, made again from the study: what was (or would be) sent. Keys are no part of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from interpref_core.judging import judge_messages
from interpref_core.judging.pair_comparison import comparison_messages
from interpref_core.orders import ORDERS
from interpref_core.paradigms import load_paradigm
from interpref_core.paradigms.base import prompt_provenance
from interpref_core.prompts.loading import load_prompt
from interpref_core.records.base import SIDES
from interpref_core.text.lenient_json import read_object
from interpref_tui.services.models import WorkError
from interpref_tui.services.runs.compare import OWN_PROMPT, read_pairs
from interpref_tui.services.runs.generate import PendingItem, read_cases
from interpref_tui.services.runs.judge import JSON_PROMPT, read_answered, texts_in_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from interpref_core.providers.messages import Message
    from interpref_core.records.runs import PromptUsed
    from interpref_db.study.run_status import RunStatus
    from interpref_db.study.study import Study
    from interpref_tui.settings.model import Settings


@dataclass(slots=True)
class Sent:
    """One request: its step (of a paradigm with several), its messages; `notices` say what may be otherwise by now."""

    stage: str
    messages: tuple[Message, ...]
    notices: list[str] = field(default_factory=list)


class _Reached(Exception):
    """The call that has no answer yet."""

    def __init__(self, stage: str, messages: tuple[Message, ...]) -> None:
        super().__init__(stage)
        self.stage, self.messages = stage, messages


def request_of(
    study: Study, settings: Settings | None, error: Mapping[str, Any], status: RunStatus | None
) -> list[tuple[str, str]]:
    """What was asked in a failed call, piece by piece: what each is called, and its text. Notes say what is not known."""
    from interpref_tui.settings.model import Settings, settings_folder_prompts

    request: list[tuple[str, str]] = []
    try:
        for sent in rebuild(study, error, settings_folder_prompts(settings or Settings()), status):
            request += [("note", notice) for notice in sent.notices]
            request += [(f"{sent.stage}: {message.role}", message.content) for message in sent.messages]
    except WorkError as problem:
        request = [("note", str(problem))]
    return request


def rebuild(study: Study, error: Mapping[str, Any], folders: Sequence[Path], status: RunStatus | None) -> list[Sent]:
    """The request of a row of `list_errors.sql`. For a comparison both orders: either may have failed.

    `folders` hold the user's own prompts; `status` is the last session of the comparing. Raises WorkError when the study does
    not hold what is needed.
    """
    try:
        if error["judging"] is None:
            return [_answer(study, error, folders)]
        if str(error["judging"]).startswith("compare-"):
            return _comparison(study, error, folders, status)
        return [_verdict(study, error, folders)]
    except (OSError, LookupError, ValueError) as problem:
        raise WorkError(f"the request cannot be made again: {problem}") from None


def _answer(study: Study, error: Mapping[str, Any], folders: Sequence[Path]) -> Sent:
    """The first call of the paradigm that is not known."""
    row = study.row("run_facts", id=error["run_id"])
    if row is None:
        raise WorkError("the request cannot be made again: it belongs to no run, but to a stage of construction")
    paradigm = load_paradigm(row["paradigm"], tuple(folders))
    histories = study.row("item_histories", item=error["item"])
    if histories is None:
        raise WorkError(f"the item {error['item']} is not in the study")
    own, other = ("a", "b") if error["side"] == "a" else ("b", "a")
    side = PendingItem(error["item"], error["side"], histories[own], histories[other], confidential=False, done=False)
    (case,) = read_cases(study, paradigm, [side])
    calls = study.rows("show_calls", run=row["id"], item=error["item"], side=error["side"])
    known = {one["stage"]: one["text"] for one in calls}

    async def ask(stage: str, messages: tuple[Message, ...], _: Mapping[str, Any] | None) -> str:
        if stage not in known:
            raise _Reached(stage, messages)
        return str(known[stage])

    async def answer() -> None:
        await paradigm.answer(case, ask)

    try:
        asyncio.run(answer())
    except _Reached as found:
        return Sent(found.stage, found.messages, _describe_change(row["prompt"], prompt_provenance(paradigm)))
    raise WorkError("every call of this item is known by now: the same command makes a record of them")


def _verdict(study: Study, error: Mapping[str, Any], folders: Sequence[Path]) -> Sent:
    row = study.row("judging_facts", id=error["judging"])
    if row is None:
        raise WorkError("the judging of this error is not in the study")
    prompt = load_prompt(_name_of(row["prompt"], JSON_PROMPT), tuple(folders))
    order = next(order for order in ORDERS if order.number == error["order"])
    (texts,) = read_answered(study, row["run"], [error["item"]])
    personas, responses = texts_in_order(texts, order, strip=bool(row["strip_openings"]))
    messages = judge_messages(prompt, texts.query, personas, responses)
    return Sent(f"order {order.number}", messages, _describe_change(row["prompt"], prompt.used))


def _comparison(
    study: Study, error: Mapping[str, Any], folders: Sequence[Path], status: RunStatus | None
) -> list[Sent]:
    if status is None:
        raise WorkError("the request cannot be made again: which runs were compared is no longer known here")
    told = status.facts.get("prompts")
    used = json.dumps(told[0]) if isinstance(told, list) and told else None
    prompt = load_prompt(_name_of(used, OWN_PROMPT), tuple(folders))
    (one,) = read_pairs(study, status.text("run"), status.text("run_b"), [error["item"]])
    notices = _describe_change(used, prompt.used)
    return [
        Sent(
            f"{left} left",
            comparison_messages(prompt, one.query, one.preferences, one.responses[left], one.responses[right]),
            notices,
        )
        for left, right in (SIDES, SIDES[::-1])
    ]


def _name_of(prompt: str | None, otherwise: str) -> str:
    return str(read_object(prompt).get("name") or otherwise)


def _describe_change(used: str | None, now: PromptUsed | None) -> list[str]:
    """A line when the prompt is not the one that was used."""
    told = read_object(used)
    if now is None or not told.get("hash") or told["hash"] == now.hash:
        return []
    return [f"the prompt {now.name} has changed since: this is what it would send now"]
