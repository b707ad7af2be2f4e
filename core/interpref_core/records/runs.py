"""Records of runs: what was asked of models and judges, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from interpref_core.records.base import Choice, Json, Record, Side, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens(Record):
    """Tokens of one call or of several summed; None where the provider does not say."""

    prompt: int | None = None
    cached: int | None = None
    completion: int | None = None

    def __add__(self, other: Tokens) -> Tokens:
        def add(x: int | None, y: int | None) -> int | None:
            return None if x is None and y is None else (x or 0) + (y or 0)

        return Tokens(
            prompt=add(self.prompt, other.prompt),
            cached=add(self.cached, other.cached),
            completion=add(self.completion, other.completion),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptUsed(Record):
    """Which prompt file made a call: its name, its own version, and the SHA-256 of its text."""

    name: str
    version: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance(Record):
    """Where a response or verdict came from. `call` is the content hash of the (last) call; `latency` is in seconds;
    `endpoint` is the address of the server that answered (one of several, where a model has replicas); `cost` is what the
    calls cost by the configured prices; `dropped_turns` counts those of the history that the context had no room for.
    """

    provider: str | None = None
    model: str | None = None
    parameters: Json = field(default_factory=dict)
    seed: int | None = None
    prompt: PromptUsed | None = None
    program: str | None = None
    time: str | None = None
    tokens: Tokens | None = None
    latency: float | None = None
    attempts: int | None = None
    finish_reason: str | None = None
    call: str | None = None
    endpoint: str | None = None
    cost: float | None = None
    dropped_turns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Record):
    """One model x one paradigm x a set of items x parameters. `expected` counts items; a run holds two responses each.

    `fingerprint` is the hash of everything that decides the calls: the same command again finds the same run.
    `sample` marks answers that people wrote to show the program, not a model's.
    """

    type: ClassVar[str] = "run"
    id: str
    name: str
    model: str
    paradigm: str
    provider: str | None = None
    parameters: Json = field(default_factory=dict)
    seed: int | None = None
    prompt: PromptUsed | None = None
    expected: int | None = None
    fingerprint: str | None = None
    program: str | None = None
    time: str | None = None
    sample: bool | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRun(Record):
    """One judge over one run: the model (or `overlap`) that gives the verdicts, and how it was asked."""

    type: ClassVar[str] = "judging"
    id: str
    run: str
    judge: str
    model: str
    provider: str | None = None
    parameters: Json = field(default_factory=dict)
    seed: int | None = None
    prompt: PromptUsed | None = None
    strip_openings: bool | None = None
    expected: int | None = None
    fingerprint: str | None = None
    program: str | None = None
    time: str | None = None
    sample: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Record):
    """A run's answer to one item's query for one side. `raw` is the model's whole output where `text` is only a part.

    `trace` holds what came before the answer: for `wf` extracted, relevant, instructions, answer, refined; for `main`
    and `prefix` the persona; for `cot` the reasoning.
    """

    type: ClassVar[str] = "response"
    id: str
    run: str
    item: str
    side: Side
    text: str
    raw: str | None = None
    trace: Json = field(default_factory=dict)
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Record):
    """What a judge says of one run's item in one of the four orders (1-4, see `orders`).

    `item` is None for a verdict that could not be placed (published logs); `row` is its line in the source then.
    `stage` is "opinion" for an earlier opinion that is not one of the four. Later verdicts of the same run, item,
    order and judge supersede earlier ones: `seq` counts them from 1.
    """

    type: ClassVar[str] = "verdict"
    id: str
    run: str
    judge: str
    choice: Choice
    item: str | None = None
    order: int | None = None
    reasoning: str | None = None
    case_label: str | None = None
    raw: str | None = None
    parsed_by: str | None = None
    stage: Stage = "verdict"
    seq: int = 1
    row: int | None = None
    note: str | None = None
    judging: str | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Record):
    """Which of two runs' response pairs shows more regard for the preferences, by an annotator or a judge.

    `winner` is "a", "b", "tie", "both bad" or "skip" (resolved, not as shown); `left` says who was shown left.
    """

    type: ClassVar[str] = "comparison"
    id: str
    annotator: str
    model_a: str
    model_b: str
    winner: Literal["a", "b", "tie", "both bad", "skip"]
    item: str | None = None
    run_a: str | None = None
    run_b: str | None = None
    left: Side | None = None
    time: str | None = None
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Record):
    """One finished model call that is not itself a response or verdict (a stage of `wf`): never asked twice."""

    type: ClassVar[str] = "call"
    id: str
    hash: str
    stage: str
    text: str
    run: str | None = None
    item: str | None = None
    side: Side | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedCall:
    """What a study knows of a finished call, found by its content hash: the text, and what it took."""

    text: str
    tokens: Tokens | None = None
    latency: float | None = None
    attempts: int | None = None
    finish_reason: str | None = None
    endpoint: str | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallError(Record):
    """A call that failed for good in one session of a run: listed, and asked again when the run is resumed.

    `answer` is the beginning of what the server sent instead of an answer that can be used, where it sent anything.
    """

    type: ClassVar[str] = "error"
    id: str
    run: str
    item: str
    error: str
    message: str
    side: Side | None = None
    order: int | None = None
    judging: str | None = None
    attempts: int | None = None
    status: int | None = None
    answer: str | None = None
    time: str | None = None
