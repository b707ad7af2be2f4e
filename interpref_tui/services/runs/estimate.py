"""What a run would take, before anything is asked: calls, tokens, cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.orders import ORDERS
from interpref_tui.services.runs.judge import texts_in_order

if TYPE_CHECKING:
    from interpref_core.engine import RunLimits
    from interpref_db.study.study import Study
    from interpref_tui.services.runs.generate import GeneratePlan
    from interpref_tui.services.runs.judge import JudgePlan

# Rough, and said to be: English has about four characters a token, Chinese about one and a half.
_ENGLISH, _CHINESE = 4.0, 1.5
_ANSWER, _REASONING = 400, 150  # tokens of a usual answer, and of a judge's output


@dataclass(frozen=True, slots=True)
class Estimate:
    """`calls` still to be made, `done` those that are known; tokens are estimated; `cost` None without prices.

    `cost_most` is what it costs when every answer is as long as it may be; `learnt_from` counts the earlier records of this
    model whose length the estimate goes by (0: by what is usual).
    """

    calls: int
    done: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    cost_most: float | None = None
    learnt_from: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def text(self) -> str:
        """One line."""
        cost = "unknown (no prices are configured for this model)" if self.cost is None else f"about {self.cost:.4f}"
        if self.cost is not None and self.cost_most is not None:
            cost += f" (at most about {self.cost_most:.4f}, were every answer as long as it may be)"
        learnt = f" (going by {self.learnt_from:,} earlier ones)" if self.learnt_from else ""
        return (
            f"{self.calls} calls to make ({self.done} done already), about {self.prompt_tokens:,} prompt and "
            f"{self.completion_tokens:,} completion tokens{learnt}, cost {cost}; nothing was asked"
        )


def tokens_of(text: str) -> float:
    """About how many tokens a text has."""
    wide = sum(1 for character in text if ord(character) > 0x2E80)
    return wide / _CHINESE + (len(text) - wide) / _ENGLISH


def estimate_generation(study: Study, generation: GeneratePlan) -> Estimate:
    """What is left of a generation would take."""
    lengths = {row["id"]: row["tokens"] for row in study.rows("work_history_sizes")}
    queries = {row["item"]: row["tokens"] for row in study.rows("work_query_sizes")}
    stages = max(1, len(generation.paradigm.prompts))
    instructions = sum(tokens_of(prompt.text) for prompt in generation.paradigm.prompts)
    needs = generation.paradigm.needs
    prompt = 0.0
    for one in generation.todo:
        shown_history = one.history if "history" in needs else one.other_history if "other history" in needs else None
        prompt += lengths.get(shown_history or "", 0.0) + queries.get(one.item, 0.0) * stages + instructions
    calls = len(generation.todo) * stages
    run, most = generation.run, generation.model.parameters.max_tokens
    known = study.row("work_usual_answer", judge=None, model=run.model, paradigm=run.paradigm) or {"records": 0}
    completion = (
        len(generation.todo) * known["tokens"] if known["records"] else float(calls * min(_ANSWER, most or _ANSWER))
    )
    return _estimate(
        calls, generation.skipped * stages, prompt, completion, generation.model.limits, most, known["records"]
    )


def estimate_judging(study: Study, plan: JudgePlan) -> Estimate:
    """What is left of a judging would take; the overlap judge takes nothing."""
    if plan.model is None or plan.prompt is None:
        return Estimate(0, plan.skipped, 0, 0, 0.0)
    instructions = tokens_of(plan.prompt.text)
    prompt = 0.0
    for place, one in enumerate(plan.items):
        seen = plan.texts.now(place)
        personas, responses = texts_in_order(seen, ORDERS[0], strip=plan.strip)
        texts = (seen.query, *responses, *(persona or "" for persona in personas))
        prompt += (instructions + sum(tokens_of(text) for text in texts)) * (4 - len(one.orders_done))
    calls = plan.total - plan.skipped
    most = plan.model.parameters.max_tokens
    known = study.row("work_usual_answer", judge=plan.model.spec, model=None, paradigm=None) or {"records": 0}
    usual = known["tokens"] if known["records"] else float(min(_REASONING, most or _REASONING))
    return _estimate(calls, plan.skipped, prompt, calls * usual, plan.model.limits, most, known["records"])


def _estimate(
    calls: int, done: int, prompt: float, completion: float, limits: RunLimits, most: int | None, learnt_from: int
) -> Estimate:
    """`most` is how many tokens one answer may have."""
    at_most = None if most is None else limits.cost(prompt, calls * most)
    cost = limits.cost(prompt, completion)
    return Estimate(calls, done, round(prompt), round(completion), cost, at_most, learnt_from)
