"""The records of a study, in the words of its native format: what importers make and the run engine writes.

Every record knows how to become one line of native JSONL (`to_json`); absent values are left out of the line.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal

Side = Literal["a", "b"]
Choice = Literal["Left", "Right", "Don't know", "Unreadable"]
Stage = Literal["verdict", "opinion"]
CaseLabel = Literal["direct content", "implicit content", "format", "logical", "irrelevant"]

SIDES: tuple[Side, Side] = ("a", "b")
CASE_LABELS: tuple[CaseLabel, ...] = ("direct content", "implicit content", "format", "logical", "irrelevant")

Json = dict[str, Any]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    return value.to_json() if hasattr(value, "to_json") else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of native JSONL. `type` names the kind; fields that are None or empty mappings are left out."""

    type: ClassVar[str] = ""

    def to_json(self) -> Json:
        line: Json = {"type": self.type} if self.type else {}
        for f in fields(self):
            value = getattr(self, f.name)
            if value is None or value == {}:
                continue
            line[f.name] = _plain(value)
        return line


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Record):
    """One message of a history. `role` is user, assistant, system or tool; `time` is ISO 8601 with an offset."""

    role: str
    content: str
    time: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History(Record):
    """The earlier conversation of one user: ordered turns from any number of sessions (paper section 3.1, h_u)."""

    type: ClassVar[str] = "history"
    id: str
    turns: tuple[Turn, ...]
    source: str | None = None
    user: str | None = None
    language: str | None = None
    confidential: bool | None = None
    title: str | None = None
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference(Record):
    """One sentence about a user, with a main category and a type within it (paper Figure 3)."""

    type: ClassVar[str] = "preference"
    id: str
    text: str
    category: str | None = None
    subcategory: str | None = None
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Record):
    """A preference and its counterpart on the same topic. `b` is None where the counterpart is "no preference"."""

    type: ClassVar[str] = "pair"
    id: str
    a: str
    b: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Record):
    """One test case: a pair, a query that both users could ask, and the two histories that carry the preferences."""

    type: ClassVar[str] = "item"
    id: str
    query: str
    pair: str
    history_a: str | None = None
    history_b: str | None = None
    extra: Json = field(default_factory=dict)


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
class Judging(Record):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Building(Record):
    """One generation of one stage of construction (see `building`): the model and all else that decides what it makes.

    `prompts` are those that it asks with; `settings` its options; `generation` counts from 1.
    """

    type: ClassVar[str] = "building"
    id: str
    stage: str
    generation: int = 1
    model: str | None = None
    provider: str | None = None
    parameters: Json = field(default_factory=dict)
    seed: int | None = None
    prompts: tuple[PromptUsed, ...] | None = None
    settings: Json = field(default_factory=dict)
    fingerprint: str | None = None
    expected: int | None = None
    program: str | None = None
    time: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Making(Record):
    """What came of one subject in one building: `made` is what the answer gave, read; `refused` a list of {text, reason}.

    `subject` is the identifier of what was asked about, `part` a number within it (a window of a history). `confidential`
    where the subject goes back to a confidential history.
    """

    type: ClassVar[str] = "making"
    id: str
    building: str
    stage: str
    subject: str
    part: int | None = None
    made: Json = field(default_factory=dict)
    refused: tuple[Json, ...] | None = None
    confidential: bool | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk(Record):
    """Turns of a history about one topic (paper section 3.3.1): positions `first_turn` to `last_turn`, both included.

    The chunks of a history are numbered from 1 and cover it. `queries` counts the user's turns. `ignored` says why no
    preference was taken from it: fewer than three turns, or no answer that could be read.
    """

    type: ClassVar[str] = "chunk"
    id: str
    history: str
    number: int
    first_turn: int
    last_turn: int
    queries: int
    building: str
    topic: str | None = None
    ignored: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Record):
    """A candidate query of a pair (paper section 3.3.2). People accept or refuse it in the annotation task `query`."""

    type: ClassVar[str] = "query"
    id: str
    pair: str
    number: int
    text: str
    building: str
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Record):
    """One step of the trail from what was made back to what it was made from.

    `kind` and `source_kind` are native types (preference, pair, query, history, item, chunk). `role` says what the source
    is to the thing, `place` its place in an order (from 1), `turns` the positions meant in the source (a history or chunk:
    positions in the history). `confidential` where the trail goes back to a confidential history.
    """

    type: ClassVar[str] = "link"
    id: str
    kind: str
    thing: str
    source_kind: str
    source: str
    role: str | None = None
    place: int | None = None
    turns: tuple[int, ...] | None = None
    confidential: bool | None = None
    building: str | None = None
    making: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded(Record):
    """A thing that a later generation of its stage has replaced; `building` is the one that did."""

    type: ClassVar[str] = "superseded"
    id: str
    kind: str
    thing: str
    building: str | None = None
