"""`pair`: preference pairs by topic without a model, so that records of preferences become items."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from interpref_core.ids import content_hash
from interpref_core.records.data import Item, Pair
from interpref_db.queries import sql

if TYPE_CHECKING:
    from interpref_core.records.base import Record
    from interpref_db.study.study import Study

ORIGIN = "pair"


@dataclass(slots=True)
class PairReport:
    """What pairing made. `unpaired` counts preferences that were left over, `without_history` items that lack one."""

    pairs: int = 0
    items: int = 0
    unpaired: int = 0
    without_history: int = 0
    topics: dict[str, int] = field(default_factory=dict)
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def pair_preferences(
    study: Study, *, seed: int = 0, topic: str | None = None, limit: int | None = None, with_history: bool = False
) -> PairReport:
    """Pair the preferences of each topic that are in no pair yet; each pair becomes an item where one has a question.

    Within a topic, preferences are shuffled by the seed and neighbours are paired, first those that have a history. So the
    same study and seed give the same pairs, and pairing again changes nothing but what was left over. The query is the
    question of one of the two, drawn by the seed: both users could ask it, being about the same topic. Histories are those
    that carry the preferences, where the study has them; `with_history` pairs only preferences that have one. At most
    `limit` pairs are made.
    """
    report = PairReport(seed=seed)
    with study.writing("pairing") as writer:
        found = writer.connection.execute(sql("pair_candidates"), {"topic": topic}).fetchall()
        by_topic: dict[str, list[_Candidate]] = {}
        for row in found:
            candidate = _Candidate(*row)
            if candidate.history or not with_history:
                by_topic.setdefault(candidate.topic, []).append(candidate)
        records: list[Record] = []
        for name in sorted(by_topic):
            left = None if limit is None else limit - report.pairs
            records += _pair_topic(name, by_topic[name], seed, left, report)
        writer.add(records, origin=ORIGIN)
        writer.fold(ORIGIN)
    return report


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A preference that can be paired."""

    id: str
    text: str
    topic: str
    question: str | None
    history: str | None


def _pair_topic(
    name: str, candidates: list[_Candidate], seed: int, limit: int | None, report: PairReport
) -> list[Record]:
    # By text, so that the order does not depend on identifiers, which differ from study to study.
    shuffled = sorted(candidates, key=lambda one: one.text)
    chance = random.Random(f"{seed}\x1f{name}")
    chance.shuffle(shuffled)
    # Those that a conversation carries come first, so that an item has both its histories or none.
    shuffled.sort(key=lambda one: one.history is None)
    records: list[Record] = []
    couples = list(zip(shuffled[::2], shuffled[1::2], strict=False))[:limit]
    report.unpaired += len(shuffled) - 2 * len(couples)
    for a, b in couples:
        pair = Pair(id="pair-" + content_hash(a.text, b.text)[:16], a=a.id, b=b.id, topic=name)
        records.append(pair)
        report.pairs += 1
        report.topics[name] = report.topics.get(name, 0) + 1
        asking = [one.question for one in chance.sample((a, b), 2) if one.question]
        if asking:
            item = "item-" + content_hash(a.text, b.text, asking[0])[:16]
            records.append(Item(id=item, query=asking[0], pair=pair.id, history_a=a.history, history_b=b.history))
            report.items += 1
            report.without_history += not (a.history and b.history)
    return records
