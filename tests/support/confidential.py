"""A study of which one history is confidential: a canary stands in every text that goes back to it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from interpref_core.annotation.labels import Assignment
from interpref_core.clustering.events import CategoryAssignment, ClusterEvent, ClusterMembers
from interpref_core.construction.train_test_split import Split
from interpref_core.records.construction import Chunk, Lineage, Query, StageOutput
from interpref_core.records.data import History, Preference
from interpref_core.records.runs import Call, CallError, Comparison, Provenance
from tests.support.labels import label
from tests.support.walk import walked_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpref_core.records.base import Record

CANARY = "CANARYBIRD"
PRIVATE_ITEM = "i1"
_PRIVATE = {"h1a", "p1a", "p1b", "q1", "i1", "k1", "k1b", "c9", "x9"}
_NAMES = {"type", "id", "run", "judge", "item", "side", "choice", "case_label", "winner", "annotator", "model_a", "model_b", "run_a", "run_b", "left",
    "pair", "history", "a", "b", "history_a", "history_b", "time", "role", "stage", "task", "event", "kind", "source_kind", "thing", "source", "building",
    "making", "judging", "parsed_by", "answer", "shown", "hash", "subject", "decided_at", "category", "subcategory", "first", "by", "cluster"}  # fmt: skip


def marked(record: Record) -> dict[str, Any]:
    """A record with the canary in every text that is no name."""

    def mark(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: mark(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [mark(one, name) for one in value]
        return f"{CANARY} {name} {value}" if isinstance(value, str) and name not in _NAMES else value

    found: dict[str, Any] = mark(record.to_json())
    return found


def is_private(record: Record) -> bool:
    """Whether a record goes back to the confidential history."""
    names = (getattr(record, name, None) for name in ("id", "item", "pair", "thing", "source", "subject", "history"))
    return any(name in _PRIVATE for name in names)


def confidential_records() -> Iterator[Record | dict[str, Any]]:
    """The records of `walked_records`, more kinds, and one confidential history in its own right."""
    for record in (*walked_records("text"), *_more()):
        if record.type == "clustering" or not is_private(record):
            yield record
        else:
            kept = replace(record, confidential=True) if isinstance(record, History) else record
            yield marked(kept)


def _more() -> Iterator[Record]:
    yield Assignment(task="compare", runs=("one", "two"))
    for n in range(4):
        about = {"run": "one", "item": f"i{n}", "side": "a"}
        yield Call(id=f"call{n}", hash=f"{n}" * 64, stage="relevant", text=f"relevant {n}", **about)  # type: ignore[arg-type]
        yield Comparison(
            id=f"cmp{n}", annotator="j", model_a="model-one", model_b="model-two", winner="a", item=f"i{n}", run_a="one", run_b="two",
            extra={"judge_model": "j", "fingerprint": "f" * 64, "reasoning": "because"},
        )  # fmt: skip
        yield label("ann", f"i{n}", "a", n, comment="I think", opinion={"says": "a", "judge": "j", "reasoning": "so"})
        yield label("bo", f"i{n}", "b", n)
        yield Query(id=f"k{n + 5}" if n != 1 else "k1b", pair=f"q{n}", number=2, text="What else?", building="b1")
        yield StageOutput(
            id=f"mk{n}", building="b1", stage="queries", subject=f"q{n}", made={"queries": ["w"]}, refused=({"text": "t", "reason": "r"},),
            provenance=Provenance(model="m"),
        )  # fmt: skip
        yield Lineage(
            id=f"ln{n}",
            kind="query",
            thing=f"k{n + 5}" if n != 1 else "k1b",
            source_kind="pair",
            source=f"q{n}",
            role="candidate",
        )
    # What construction took from the history before anybody said that it is confidential.
    yield Chunk(id="c9", history="h1a", number=1, first_turn=1, last_turn=3, queries=2, topic="bees", building="b1")
    yield Preference(id="x9", text="The user hides bees.")
    yield Lineage(id="lx9", kind="preference", thing="x9", source_kind="chunk", source="c9", turns=(1,))
    yield StageOutput(
        id="mx9",
        building="b1",
        stage="extract",
        subject="h1a",
        part=2,
        made={"chunks": ["w"]},
        refused=({"text": "t", "reason": "r"},),
    )
    yield Call(id="cx9", hash="d" * 64, stage="extract", text="said", run="b1", item="h1a#2")
    yield CallError(
        id="ex9",
        run="one",
        item="i1",
        side="a",
        error="refused",
        message="no",
        answer="what came",
        time="2026-11-23T10:14:00Z",
    )
    yield Call(id="loose", hash="e" * 64, stage="batch", text=f"{CANARY} an answer of a batch")
    yield Split(id="sp1", seed=1, share=0.5, time="2026-11-23T10:00:00Z", train=("i0", "i1"), test=("i2",))
    yield Split(id="sp2", seed=1, share=0.5, time="2026-11-23T10:00:00Z", train=("i0",), test=("i2",))
    groups = (
        ClusterMembers(cluster="open", members=("p0a", "p2a")),
        ClusterMembers(cluster="shut", members=("p1a", "p1b")),
        ClusterMembers(cluster="mixed", members=("p3a", "p1a")),
    )
    event = {"time": "2026-11-23T10:00:00Z", "by": "ann"}
    yield ClusterEvent(id="cl1", event="made", seq=1, groups=groups, **event)  # type: ignore[arg-type]
    yield ClusterEvent(id="cl2", event="named", seq=2, cluster="shut", name=f"{CANARY} birds", **event)  # type: ignore[arg-type]
    yield ClusterEvent(id="cl3", event="named", seq=3, cluster="open", name="Open birds", **event)  # type: ignore[arg-type]
    yield ClusterEvent(
        id="cl4", event="category", seq=4, **event,  # type: ignore[arg-type]
        categories=(CategoryAssignment(preference="p1a", category=CANARY), CategoryAssignment(preference="p2a", category="Lifestyle")),
    )  # fmt: skip
    yield ClusterEvent(id="cl5", event="representative", seq=5, cluster="mixed", representative="p1a", **event)  # type: ignore[arg-type]
    yield ClusterEvent(id="cl6", event="undo", seq=6, undoes="cl5", **event)  # type: ignore[arg-type]


def lines() -> str:
    """All of it as native JSON lines."""
    return "".join(json.dumps(one if isinstance(one, dict) else one.to_json()) + "\n" for one in confidential_records())
