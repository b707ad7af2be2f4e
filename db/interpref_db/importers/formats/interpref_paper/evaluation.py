"""The paper's evaluation logs: four opinions a row, placed at the items of a run that is in the study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpref_core.records.runs import JudgeRun, Verdict
from interpref_db.importers.formats.interpref_paper.alignment import (
    Alignment,
    align,
    normalize_text,
    quotes_of,
    support,
)
from interpref_db.importers.formats.interpref_paper.responses import CHOICES, JUDGE, run_of_name
from interpref_db.importers.json_records import InvalidRecord, iter_records
from interpref_db.importers.report import ImportRefused, Rejected
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from interpref_core.records.base import Record
    from interpref_db.importers.base import FileHead, ImportContext

OPINIONS = tuple(f"ai_opinion_{number}" for number in (1, 2, 3, 4))

# A log belongs to a run when this share of what it quotes occurs in the run's responses: 0.9 for the right run of the
# published logs, below 0.5 for every other.
_BELONGS = 0.6


@dataclass(frozen=True, slots=True)
class _Answered:
    """A run of the study as an evaluation log sees it: its items in order, with both responses, normalised."""

    run: str
    items: tuple[str, ...]
    texts: tuple[str, ...]


class PublishedEvaluation:
    """A log of what the judge said of one run's responses, a row an item, without identifiers."""

    name = "published evaluation"
    rank = 30

    def recognizes(self, head: FileHead) -> bool:
        needed = {"choices", *OPINIONS}
        return (
            head.container in ("lines", "array")
            and bool(head.sample)
            and any(isinstance(one, dict) and needed <= one.keys() for one in head.sample)
        )

    def load(self, context: ImportContext) -> None:
        rows = list(self._good(context))
        if not rows:
            raise ImportRefused(f"{context.path}: no line of it holds four opinions and their choices")
        quotes = [quotes_of([line[name] for name in OPINIONS]) for _, line in rows]
        answered = _which_run(context, quotes)
        alignment = align(quotes, answered.texts)
        self._tell(context, answered, alignment)
        origin = str(context.path)
        fresh = _Fresh(context.writer.connection, answered.run)
        head = JudgeRun(
            id=f"{answered.run}/{JUDGE}", run=answered.run, judge=JUDGE, model=JUDGE, expected=len(answered.items)
        )
        records: list[tuple[int, Record]] = [(0, head)]
        for (number, line), place in zip(rows, alignment.places, strict=True):
            item = None if place is None else answered.items[place]
            records += [(number, verdict) for verdict in fresh.verdicts(line, item, number)]
        context.report.unchanged += fresh.unchanged
        context.writer.add(records, origin=origin)
        context.report.took(context.writer.fold(origin), origin)

    def _good(self, context: ImportContext) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in iter_records(context.head):
            wrong = _wrong(line)
            if wrong:
                record = line.text if isinstance(line, InvalidRecord) else line
                context.report.rejected.append(Rejected(str(context.path), number, wrong[1], wrong[0], record))
            else:
                yield number, line

    def _tell(self, context: ImportContext, answered: _Answered, alignment: Alignment) -> None:
        name = context.path.name
        context.report.notices.append(
            f"{name}: verdicts on the run {answered.run}; {alignment.support:.0%} of what the judge quotes occurs in the "
            "item it was placed at"
        )
        context.report.notices += [f"{name}: {note}" for note in alignment.notes]


def _wrong(line: Any) -> tuple[str | None, str] | None:
    if isinstance(line, InvalidRecord):
        return None, line.reason
    if not isinstance(line, dict):
        return None, "not a JSON object"
    for name in OPINIONS:
        if name not in line or not isinstance(line[name], str | None):
            return name, "missing or not a text"
    choices = line.get("choices")
    if not isinstance(choices, list) or len(choices) != len(OPINIONS):
        return "choices", "not a list of four"
    return None


def _which_run(context: ImportContext, quotes: list[list[str]]) -> _Answered:
    """The run that a log judges: the one it is named after if the quotes agree, else the one that they come from."""
    connection = context.writer.connection
    runs = [row[0] for row in connection.execute(sql("import_runs_answered")).fetchall()]
    named = run_of_name(context.path.name)
    wanted = context.options.get("run") or (f"{named[0]}-{named[1]}" if named else None)
    silent = not any(quotes)
    if wanted is not None and wanted in runs:
        answered = _load_answers(connection, wanted)
        if silent or context.options.get("run") or support(quotes, answered.texts) >= _BELONGS:
            return answered
    if context.options.get("run"):
        raise ImportRefused(f"{context.path}: there is no run {wanted!r} with responses in the study")
    candidates = [] if silent else [_load_answers(connection, run) for run in runs]
    scored = sorted(((support(quotes, one.texts), one) for one in candidates), key=lambda pair: pair[0], reverse=True)
    if scored and scored[0][0] >= _BELONGS:
        return scored[0][1]
    raise ImportRefused(
        f"{context.path}: no run in the study holds the responses that this log quotes; import its response log first, "
        "or say which with --run"
    )


def _load_answers(connection: DuckDBPyConnection, run: str) -> _Answered:
    items: dict[str, dict[str, str]] = {}
    for item, side, text in connection.execute(sql("import_responses_of_run"), {"run": run}).fetchall():
        items.setdefault(item, {})[side] = normalize_text(text)
    return _Answered(run, tuple(items), tuple(f"{one.get('a', '')}\n{one.get('b', '')}" for one in items.values()))


class _Fresh:
    """Verdicts that the study does not have yet, numbered after those it has of the same item and order."""

    def __init__(self, connection: DuckDBPyConnection, run: str) -> None:
        self.unchanged = 0
        self._run = run
        self._seen: dict[tuple[str, int], list[tuple[str | None, str]]] = {}
        self._used: dict[tuple[str, int], int] = {}
        query = connection.execute(sql("import_verdicts_of_run"), {"run": run, "judge": JUDGE})
        for item, row, order, raw, choice in query.fetchall():
            self._seen.setdefault((_place(item, row), order), []).append((raw, choice))

    def verdicts(self, line: dict[str, Any], item: str | None, row: int) -> Iterator[Verdict]:
        for order, name in enumerate(OPINIONS, start=1):
            verdict = _verdict(line[name], line["choices"][order - 1], self._run, item, order, row)
            key = (_place(item, row), order)
            seen = self._seen.get(key, [])
            used = self._used.get(key, 0)
            # Among all that follows: an earlier log of the same run may have said something else first.
            said = verdict["raw"], verdict["choice"]
            place = next((n for n in range(used, len(seen)) if seen[n] == said), None)
            if place is not None:
                self._used[key] = place + 1
                self.unchanged += 1
                continue
            seq = max(len(seen), used) + 1
            self._used[key] = seq
            yield Verdict(id=f"{self._run}/{key[0]}/{order}/{JUDGE}/{seq}", seq=seq, **verdict)


def _place(item: str | None, row: int | None) -> str:
    return item if item is not None else f"row {row}"


def _verdict(raw: str | None, choice: Any, run: str, item: str | None, order: int, row: int) -> dict[str, Any]:
    """The fields of one verdict. The log's own choice stands: its rates are what the paper prints."""
    from interpref_core.judging import parse_verdict

    parsed = parse_verdict(raw or "")
    logged = CHOICES.get(choice) if isinstance(choice, str) else None
    return {
        "run": run,
        "item": item,
        "judge": JUDGE,
        "order": order,
        "choice": logged or "Unreadable",
        "reasoning": parsed.reasoning,
        "case_label": parsed.case_label,
        "raw": raw,
        "parsed_by": "log" if logged else None,
        "row": row,
        "judging": f"{run}/{JUDGE}",
    }
