"""Records of construction: stage runs, their outputs, and the trail between things."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from interpref_core.records.base import Json, Record

if TYPE_CHECKING:
    from interpref_core.records.runs import PromptUsed, Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun(Record):
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
class StageOutput(Record):
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
class Lineage(Record):
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
