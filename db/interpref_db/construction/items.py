"""Conversations, long histories and items in a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.construction import content_id
from interpref_core.construction.conversation_synthesis import TEMPLATES
from interpref_core.construction.history_assembly import Carrier, FillerDraw, FillerSampler
from interpref_core.records.construction import Lineage
from interpref_core.records.data import History, Item, Turn
from interpref_core.text.lenient_json import read_list, read_object, text_of
from interpref_db.construction.pairs import PreferenceTodo
from interpref_db.construction.stage_runs import done, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from interpref_core.records.base import Json, Record
    from interpref_db.study.study import Study

SOURCE = "build"
NOBODY = "None"  # stands for "no preference", as in the published files


@dataclass(frozen=True, slots=True)
class ReadyPair:
    """A pair with the query that becomes an item; `b` is None for "no preference"."""

    pair: str
    query: str
    text: str
    a: str
    b: str | None
    a_text: str
    b_text: str | None
    confidential: bool


def ready_pairs(study: Study, *, accept_all: bool, limit: int | None = None) -> list[ReadyPair]:
    """Every query that people accepted with its pair; with `accept_all`, for other pairs their first that nobody refused."""
    return [ReadyPair(**row) for row in study.rows("build_ready_pairs", accept_all=accept_all)][:limit]


@dataclass(slots=True)
class ConversationWork:
    """Preferences that want a conversation. `done` counts those that have one or were asked about, `ready` the queries whose
    pairs they are of, `fillers` those of `todo` that are wanted as fillers alone."""

    todo: list[PreferenceTodo]
    done: int
    ready: int
    fillers: int


def wanting_conversations(
    study: Study, building: str | None, *, accept_all: bool, count: int, limit: int | None = None
) -> ConversationWork:
    """The preferences of ready pairs that no conversation carries and that a building has not asked about.

    Where those leave too few fillers for long histories of `count` conversations, representatives of categories that
    have none are added.
    """
    ready = ready_pairs(study, accept_all=accept_all, limit=limit)
    # A new generation has conversations written again that an older one had written, not those that were imported.
    carried = {
        row["preference"]: row["category"]
        for row in study.rows("build_carriers")
        if "" in row["buildings"] or building in row["buildings"]
    }
    finished = {subject for subject, _ in done(study, building)}
    wanted: dict[str, PreferenceTodo] = {}
    for one in ready:
        for identifier, text in ((one.a, one.a_text), (one.b, one.b_text)):
            if identifier is not None and text is not None:
                wanted.setdefault(identifier, PreferenceTodo(identifier, text, None, one.confidential))
    targets = len(wanted)
    if ready:
        _add_fillers(study, wanted, carried, count)
    todo = [one for one in wanted.values() if one.id not in carried and one.id not in finished]
    fillers = sum(one.id in list(wanted)[targets:] for one in todo)
    return ConversationWork(todo, len(wanted) - len(todo), len(ready), fillers)


def _add_fillers(
    study: Study, wanted: dict[str, PreferenceTodo], carried: Mapping[str, str | None], count: int
) -> None:
    """Add preferences as fillers: one of each category that no conversation is about, then any, until there are enough."""
    others = [row for row in study.rows("build_fillers") if row["id"] not in wanted]
    names = {row["id"]: row["category"] for row in study.rows("build_preferences_of", ids=list(wanted))}
    there = {category for category in (*carried.values(), *names.values()) if category}
    size = len({*carried, *wanted} - {NOBODY})
    for row in others:
        lacking = row["category"] is not None and row["category"] not in there
        # A pair takes two, which are no fillers of their own item.
        if row["id"] not in carried and (size < count + 1 or (lacking and len(there) < count)):
            wanted[row["id"]] = PreferenceTodo(row["id"], row["text"], None, row["confidential"])
            there |= {row["category"]} - {None}
            size += 1


def conversations_made(connection: DuckDBPyConnection, building: str) -> Iterator[Record]:
    """The conversations that a building had written, each with its link. Inside `Study.writing`."""
    for row in rows(connection, "build_made", building=building):
        made = read_object(row["made"])
        if not all(made.get(template) for template in TEMPLATES):
            continue
        told = [read_object(turn) for template in TEMPLATES for turn in read_list(made[template])]
        turns = tuple(
            Turn(role=turn["role"], content=turn["content"])
            for turn in told
            if text_of(turn.get("role")) and text_of(turn.get("content"))
        )
        if not turns:
            continue
        history = content_id("history", row["subject"], [turn.to_json() for turn in turns])
        yield History(
            id=history,
            turns=turns,
            source=SOURCE,
            confidential=row["confidential"] or None,
            extra={"preference": row["subject"], "templates": list(TEMPLATES)},
        )
        yield Lineage(
            id=content_id("link", building, history, row["subject"]),
            kind="history",
            thing=history,
            source_kind="preference",
            source=row["subject"],
            role="+".join(TEMPLATES),
            confidential=row["confidential"] or None,
            building=building,
            making=row["id"],
        )


@dataclass(slots=True)
class AssemblyPlan:
    """Items that can be assembled now: each pair with its fillers. `without_history` and `without_fillers` count the others."""

    items: list[tuple[ReadyPair, tuple[Carrier, Carrier], FillerDraw]]
    done: int = 0
    without_history: int = 0
    without_fillers: int = 0
    alike: int = 0


def plan_assembly(
    study: Study, settings: Mapping[str, Any], building: str | None, *, accept_all: bool, limit: int | None = None
) -> AssemblyPlan:
    """Draw the fillers of every ready pair that a building has made no item of and whose preferences conversations carry.

    `settings`: seed, position, conversations (how many in a long history).
    """
    carriers = {row["preference"]: row for row in study.rows("build_carriers")}
    by_id = {
        name: Carrier(name, row["text"], row["history"], row["category"], row["subcategory"])
        for name, row in carriers.items()
    }
    taken = {row["query"] for row in study.rows("build_item_queries", building=building)}
    # What is open stays so: a confidential conversation fills confidential histories only.
    private = {name for name, row in carriers.items() if row["confidential"]}
    fillers = {
        confidential: FillerSampler(
            [one for name, one in by_id.items() if name != NOBODY and (confidential or name not in private)]
        )
        for confidential in (False, True)
    }
    found = AssemblyPlan([])
    for one in ready_pairs(study, accept_all=accept_all, limit=limit):
        if one.query in taken:
            found.done += 1
            continue
        a, b = by_id.get(one.a), by_id.get(one.b or NOBODY)
        if a is None or b is None:
            found.without_history += 1
            continue
        confidential = one.confidential or not private.isdisjoint((a.preference, b.preference))
        drawn = fillers[confidential].draw(
            (a, b),
            seed=settings["seed"],
            key=f"{one.a_text}\x1f{one.b_text}\x1f{one.text}",
            position=settings["position"],
            count=settings["conversations"],
        )
        if drawn is None:
            found.without_fillers += 1
            continue
        found.alike += drawn.apart != "category"
        found.items.append((one, (a, b), drawn))
    return found


def items_made(
    connection: DuckDBPyConnection, building: str, found: AssemblyPlan, settings: Mapping[str, Any]
) -> Iterator[Record]:
    """The long histories and items of an assembly, with their links. Inside `Study.writing`."""
    wanted = {one.history for _, sides, drawn in found.items for one in (*sides, *drawn.fillers)}
    given = rows(connection, "build_history_turns", ids=sorted(wanted))
    turns = {row["history"]: row["turns"] for row in given}
    confidential = {row["history"] for row in given if row["confidential"]}
    for ready, sides, drawn in found.items:
        histories: list[str] = []
        for target in sides:
            parts = list(drawn.fillers)
            parts.insert(drawn.place - 1, target)
            private = ready.confidential or any(part.history in confidential for part in parts)
            history = content_id("history", [part.history for part in parts], drawn.place)
            histories.append(history)
            extra = {"role": "item", "place": drawn.place, "apart": drawn.apart}
            yield History(
                id=history,
                turns=tuple(Turn(role=t["role"], content=t["content"]) for part in parts for t in turns[part.history]),
                source=SOURCE,
                confidential=private or None,
                extra=extra,
            )
            yield from _part_links(history, parts, drawn.place, building, private=private)
        yield from _item(ready, histories, drawn, building, settings)


def _part_links(
    history: str, parts: Sequence[Carrier], target: int, building: str, *, private: bool
) -> Iterator[Record]:
    for place, part in enumerate(parts, start=1):
        yield Lineage(
            id=content_id("link", building, history, place),
            kind="history",
            thing=history,
            source_kind="history",
            source=part.history,
            role="target" if place == target else "filler",
            place=place,
            confidential=private or None,
            building=building,
        )


def _item(
    ready: ReadyPair, histories: Sequence[str], drawn: FillerDraw, building: str, settings: Mapping[str, Any]
) -> Iterator[Record]:
    item = content_id("item", ready.query, *histories)
    extra: Json = {
        "place": drawn.place,
        "apart": drawn.apart,
        "seed": settings["seed"],
        "position": settings["position"],
    }
    yield Item(id=item, query=ready.text, pair=ready.pair, history_a=histories[0], history_b=histories[1], extra=extra)
    sources = (("query", ready.query, "query"), ("history", histories[0], "a"), ("history", histories[1], "b"))
    for kind, source, role in sources:
        yield Lineage(
            id=content_id("link", building, item, role),
            kind="item",
            thing=item,
            source_kind=kind,
            source=source,
            role=role,
            confidential=ready.confidential or None,
            building=building,
        )
