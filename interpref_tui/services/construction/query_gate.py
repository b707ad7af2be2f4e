"""The gate of the paper's Figure 2: a candidate query stays only if a judge can tell apart the answers that it gets for the
two preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_core.judging.judge_prompt import VERDICT_SCHEMA, judge_messages
from interpref_core.judging.verdict_parsing import parse_verdict
from interpref_core.orders import ORDERS
from interpref_core.paradigms.base import ParadigmInput
from interpref_core.paradigms.single_call import PromptParadigm
from interpref_core.records.base import SIDES

if TYPE_CHECKING:
    from interpref_core.engine import TaskContext
    from interpref_core.prompts.loading import Prompt
    from interpref_core.records.base import Side

_SHOWN = (ORDERS[0], ORDERS[1])  # both orders of the two answers


async def distinct(
    asking: TaskContext, query: str, preferences: tuple[str | None, str | None], oracle: Prompt, judge: Prompt
) -> str | None:
    """Why a query is not good enough, or None: two answers with the preferences stated, two verdicts, both right."""
    paradigm = PromptParadigm("oracle", "", (oracle,), needs=frozenset({"preference"}))
    texts: dict[Side, str | None] = dict(zip(SIDES, preferences, strict=True))
    answers = {}
    for side, text in texts.items():
        answers[side] = await paradigm.answer(ParadigmInput(query, (), text, (), None), asking.ask)
    for order in _SHOWN:
        (first, second), (left, right) = order.preferences, order.responses
        shown = (answers[left].text, answers[right].text)
        messages = judge_messages(judge, query, (texts[first], texts[second]), shown)
        verdict = parse_verdict(await asking.ask("judge", messages, VERDICT_SCHEMA))
        if verdict.choice != order.right:
            return f"a judge cannot tell the two answers apart ({verdict.choice} where {order.right} is right)"
    return None
