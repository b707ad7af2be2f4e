"""Extraction in a study: the windows of its histories, and the chunks and preferences that come of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.construction import content_id
from interpref_core.construction.chunks import (
    ExtractedPreference,
    WindowChunk,
    clip_to_window,
    merge_windows,
    positions,
)
from interpref_core.construction.windows import FEWEST, Span, Window, windows
from interpref_core.records.construction import Chunk, Lineage
from interpref_core.records.data import Preference
from interpref_core.text.lenient_json import read_list, read_object, text_of
from interpref_db.construction.stage_runs import done, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection

    from interpref_core.records.base import Json, Record
    from interpref_db.study.study import Study


@dataclass(frozen=True, slots=True)
class WindowTodo:
    """One window of one history, to be asked about. `number` counts the windows of a history from 1."""

    history: str
    key: int
    number: int
    span: Span
    characters: int
    confidential: bool


@dataclass(slots=True)
class Windows:
    """What extraction has to do. `short` counts histories with fewer than three turns of the user."""

    todo: list[WindowTodo]
    done: int = 0
    short: int = 0
    histories: int = 0


def plan_windows(study: Study, window: Window, building: str | None, limit: int | None = None) -> Windows:
    """The windows of the raw histories of a study (of the first `limit`) that a building is not done with."""
    finished = done(study, building)
    found = Windows([])
    for row in study.rows("build_histories"):
        if len(row["positions"]) < FEWEST:
            found.short += 1
            continue
        if limit is not None and found.histories >= limit:
            continue
        found.histories += 1
        for number, span in enumerate(windows(row["lengths"], window), start=1):
            if (row["id"], number) in finished:
                found.done += 1
                continue
            lengths = row["lengths"][span.first - 1 : span.last]
            size = sum(min(length, window.turn_characters) for length in lengths)
            found.todo.append(WindowTodo(row["id"], row["key"], number, span, size, row["confidential"]))
    return found


def user_turns(study: Study, key: int) -> list[str]:
    """What the user of a history wrote, in order."""
    return [row["content"] for row in study.rows("build_user_turns", history=key)]


def chunks_to_json(pieces: Sequence[WindowChunk]) -> Json:
    """The pieces of a window as a making keeps them."""
    return {
        "chunks": [
            {
                "begin": piece.span.first,
                "end": piece.span.last,
                "topic": piece.topic,
                "found": [{"kind": one.kind, "text": one.text, "turns": list(one.turns)} for one in piece.found],
            }
            for piece in pieces
        ]
    }


def chunks_from_json(made: Any) -> list[WindowChunk]:
    """The pieces of a window again; none where it is not what `made_of` makes."""
    try:
        return [
            WindowChunk(
                Span(int(one["begin"]), int(one["end"])),
                text_of(one["topic"]),
                tuple(
                    ExtractedPreference(
                        "format" if found["kind"] == "format" else "profile",
                        str(found["text"]),
                        tuple(int(turn) for turn in found["turns"]),
                    )
                    for found in one["found"]
                ),
            )
            for one in read_list(read_object(made).get("chunks"))
        ]
    except (LookupError, TypeError, ValueError, OverflowError):
        return []


def store_extraction(connection: DuckDBPyConnection, building: str, window: Window) -> Iterator[Record]:
    """Chunks, preferences and their links, of the histories whose windows are all answered. Inside `Study.writing`."""
    for row in rows(connection, "build_extracted", building=building):
        spans = windows(row["lengths"], window)
        answers = {making["part"]: making for making in row["makings"]}
        if all(number in answers for number in range(1, len(spans) + 1)):
            yield from _of_history(row, spans, answers, building)


def _of_history(
    row: dict[str, Any], spans: Sequence[Span], answers: dict[int, dict[str, Any]], building: str
) -> Iterator[Record]:
    read: list[tuple[Span, list[WindowChunk]]] = []
    for number, span in enumerate(spans, start=1):
        answer = answers[number]
        pieces = chunks_from_json(answer["made"])
        if pieces:
            read.append((span, clip_to_window(pieces, span)))
        else:
            refused = read_list(answer["refused"])
            reason = text_of(read_object(refused[0]).get("reason")) if refused else None
            reason = reason or "no chunk can be read from the answer"
            read.append((span, [WindowChunk(span, ignored=reason)]))
    history, asked = row["history"], row["positions"]
    chunks = merge_windows(read)
    for number, (chunk, (first, last)) in enumerate(
        zip(chunks, positions(chunks, asked, row["turns"]), strict=True), start=1
    ):
        identifier = content_id("chunk", history, number, first, last, chunk.topic, chunk.ignored)
        yield Chunk(
            id=identifier,
            history=history,
            number=number,
            first_turn=first,
            last_turn=last,
            queries=len(chunk.span),
            topic=chunk.topic,
            ignored=chunk.ignored,
            building=building,
        )
        window = next(n for n, span in enumerate(spans, start=1) if chunk.span.first in span)
        making = answers[window]["id"]
        private = row["confidential"] or None
        yield Lineage(
            id=content_id("link", building, identifier),
            kind="chunk",
            thing=identifier,
            source_kind="history",
            source=history,
            role="turns",
            turns=(first, last),
            confidential=private,
            building=building,
            making=making,
        )
        for found in chunk.found:
            turns = tuple(asked[turn - 1] for turn in found.turns)
            preference = content_id("preference", history, found.kind, found.text, turns)
            yield Preference(id=preference, text=found.text, extra={"topic": chunk.topic} if chunk.topic else {})
            yield Lineage(
                id=content_id("link", building, preference, identifier),
                kind="preference",
                thing=preference,
                source_kind="chunk",
                source=identifier,
                role=found.kind,
                turns=turns,
                confidential=private,
                building=building,
                making=making,
            )
