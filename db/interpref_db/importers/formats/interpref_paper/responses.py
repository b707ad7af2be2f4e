"""The paper's published files: the history map, the response logs and the evaluation logs.

The history map is one JSON object, whatever its extension says: from a preference to the rounds that carry it. A response
log holds 200 test items with both answers; its `ai_opinion` is one more, earlier opinion (of the first order). An
evaluation log holds four opinions a row and no identifier; `published_alignment` says which item each row judges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from interpref_core.ids import content_hash, uuid7
from interpref_core.records.data import History, Item, Pair, Preference, Turn
from interpref_core.records.runs import Response, Run, Verdict
from interpref_db.importers.json_records import InvalidRecord, iter_members, iter_records
from interpref_db.importers.report import ImportRefused, Rejected
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from interpref_core.records.base import Choice, Record
    from interpref_db.importers.base import FileHead, ImportContext

SOURCE = "published"
JUDGE = "published"
NO_PREFERENCE = "None"

PARADIGMS = {"None": "np", "TD": "td", "ZS": "td", "CoT": "cot", "WF": "wf", "mutistep": "wf", "FT": "main"}
CHOICES: dict[str, Choice] = {"Left": "Left", "Right": "Right", "Don": "Don't know", "Don't know": "Don't know"}

_NAME = re.compile(r"^(?P<paradigm>[A-Za-z]+)_(?P<model>.+?)(?:_profile)?_\d+\.json(?:l)?(?:\.gz)?$")


def run_of_name(name: str) -> tuple[str, str] | None:
    """Model and paradigm as a published file is named (PARADIGM_MODEL_profile_2.jsonl), or None."""
    found = _NAME.match(name)
    if not found or found["paradigm"] not in PARADIGMS:
        return None
    return found["model"], PARADIGMS[found["paradigm"]]


@dataclass(slots=True)
class PublishedStudy:
    """What the study has already, by content: so that the same text gets the same identifier again."""

    preferences: dict[str, str] = field(default_factory=dict)
    pairs: dict[tuple[str, str | None], str] = field(default_factory=dict)
    histories: dict[str, str] = field(default_factory=dict)
    items: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: DuckDBPyConnection) -> PublishedStudy:
        known = cls()
        known.preferences = dict(connection.execute(sql("import_known_preferences")).fetchall())
        known.pairs = {(a, b): pair for a, b, pair in connection.execute(sql("import_known_pairs")).fetchall()}
        known.histories = dict(connection.execute(sql("import_known_published")).fetchall())
        known.items = {i: (pair, query) for i, pair, query in connection.execute(sql("import_known_items")).fetchall()}
        return known

    def preference(self, text: str) -> tuple[str, Record | None]:
        """The identifier of a preference, and its record when it is new."""
        if text in self.preferences:
            return self.preferences[text], None
        self.preferences[text] = uuid7()
        return self.preferences[text], Preference(id=self.preferences[text], text=text)

    def pair(self, a: str, b: str | None) -> tuple[str, Record | None]:
        """The identifier of a pair, and its record when it is new."""
        if (a, b) in self.pairs:
            return self.pairs[a, b], None
        self.pairs[a, b] = uuid7()
        return self.pairs[a, b], Pair(id=self.pairs[a, b], a=a, b=b)

    def item(self, wanted: str, pair: str, query: str) -> str:
        """The identifier that an item keeps; another one where the study uses it for something else."""
        if self.items.get(wanted, (pair, query)) != (pair, query):
            wanted = f"{wanted}-{content_hash(pair, query)[:8]}"
        self.items[wanted] = (pair, query)
        return wanted


def _is_rounds(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(r, list) and len(r) == 2 and all(isinstance(text, str) for text in r) for r in value)
    )


class PublishedHistoryMap:
    """One JSON object from preferences to lists of [user, assistant] rounds."""

    name = "published history map"
    rank = 10

    def recognizes(self, head: FileHead) -> bool:
        return head.container == "object" and bool(head.sample) and all(_is_rounds(value) for _, value in head.sample)

    def load(self, context: ImportContext) -> None:
        known = PublishedStudy.of(context.writer.connection)
        origin = str(context.path)
        context.writer.add(self._records(context, known), origin=origin)
        context.report.took(context.writer.fold(origin), origin)
        linked = context.writer.connection.execute(sql("import_link_published")).fetchall()
        if linked[0][0]:
            context.report.notices.append(f"{linked[0][0]} items got their histories from {context.path.name}")

    def _records(self, context: ImportContext, known: PublishedStudy) -> Iterator[tuple[int, Record]]:
        for number, (text, rounds) in iter_members(context.path):
            if not _is_rounds(rounds):
                reason = "not a list of [user, assistant] rounds"
                context.report.rejected.append(Rejected(str(context.path), number, reason, text, rounds))
                continue
            preference = NO_PREFERENCE
            if text != NO_PREFERENCE:
                preference, record = known.preference(text)
                if record:
                    yield number, record
            if preference not in known.histories:
                known.histories[preference] = uuid7()
            roles = ("user", "assistant")
            yield (
                number,
                History(
                    id=known.histories[preference],
                    turns=tuple(Turn(role=roles[n], content=pair[n]) for pair in rounds for n in (0, 1)),
                    source=SOURCE,
                    confidential=context.confidential or None,
                    extra={"preference": preference},
                ),
            )


class PublishedResponses:
    """A log of one run's answers, with the test items they answer."""

    name = "published responses"
    rank = 20
    _TEXTS = ("persona_left", "persona_right")

    def recognizes(self, head: FileHead) -> bool:
        needed = {"history_idx", "response_left", "response_right", "persona_left", "persona_right"}
        return (
            head.container in ("lines", "array")
            and bool(head.sample)
            and any(isinstance(one, dict) and needed <= one.keys() for one in head.sample)
        )

    def load(self, context: ImportContext) -> None:
        model, paradigm = run_of_name(context.path.name) or (context.path.name.split(".")[0], "unknown")
        run = f"{model}-{paradigm}"
        good = list(self._good(context))
        known = PublishedStudy.of(context.writer.connection)
        records: list[tuple[int, Record]] = []
        for number, line in good:
            records += [(number, record) for record in self._records(line, run, known)]
        if not good:
            raise ImportRefused(f"{context.path}: no line of it is a response with both answers")
        source = context.source or SOURCE
        head = Run(id=run, name=run, model=model, paradigm=paradigm, expected=len(good), source=source)
        origin = str(context.path)
        context.writer.add([(0, head), *records], origin=origin)
        context.report.took(context.writer.fold(origin), origin)

    def _good(self, context: ImportContext) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in iter_records(context.head):
            wrong = self._wrong(line)
            if wrong:
                record = line.text if isinstance(line, InvalidRecord) else line
                context.report.rejected.append(Rejected(str(context.path), number, wrong[1], wrong[0], record))
            else:
                yield number, line

    def _wrong(self, line: Any) -> tuple[str | None, str] | None:
        """Which field of a line is wrong, and how; None when all is well."""
        if isinstance(line, InvalidRecord):
            return None, line.reason
        if not isinstance(line, dict):
            return None, "not a JSON object"
        if not isinstance(line.get("history_idx"), int | str):
            return "history_idx", "missing or not a number"
        for name in self._TEXTS:
            if not isinstance(line.get(name), str):
                return name, "missing or not a text"
        for name in ("response_left", "response_right"):
            if not _is_rounds(line.get(name)):
                return name, "missing or not a list of [query, answer]"
        if line["response_left"][-1][0] != line["response_right"][-1][0]:
            return "response_right", "answers another query than response_left"
        return None

    def _records(self, line: dict[str, Any], run: str, known: PublishedStudy) -> Iterator[Record]:
        a, b = line["persona_left"], line["persona_right"]
        ids: list[str | None] = []
        for text in (a, b):
            if text == NO_PREFERENCE:
                ids.append(None)
                continue
            identifier, new = known.preference(text)
            ids.append(identifier)
            if new:
                yield new
        pair, new = known.pair(ids[0] or NO_PREFERENCE, ids[1])
        if new:
            yield new
        query = line["response_left"][-1][0]
        item = known.item(str(line["history_idx"]), pair, query)
        history = [known.histories.get(identifier or NO_PREFERENCE) for identifier in ids]
        yield Item(id=item, query=query, pair=pair, history_a=history[0], history_b=history[1])
        for side, name in (("a", "response_left"), ("b", "response_right")):
            yield Response(
                id=f"{run}/{item}/{side}",
                run=run,
                item=item,
                side="a" if side == "a" else "b",
                text=line[name][-1][1],
            )
        if isinstance(line.get("ai_opinion"), str):
            yield _opinion(line["ai_opinion"], run, item)


def _opinion(raw: str, run: str, item: str) -> Verdict:
    """The earlier opinion of a response log: of the first order, and not one of the four."""
    from interpref_core.judging import parse_verdict

    parsed = parse_verdict(raw)
    return Verdict(
        id=f"{run}/{item}/opinion",
        run=run,
        item=item,
        judge=JUDGE,
        order=1,
        choice=parsed.choice,
        reasoning=parsed.reasoning,
        case_label=parsed.case_label,
        raw=raw,
        parsed_by=parsed.parsed_by,
        stage="opinion",
    )
