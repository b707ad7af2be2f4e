"""Which lists there are: the columns of each `list_KIND.sql`, what kind each column is, what a search looks at, the order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_db.lists.filter_language import Kind


@dataclass(frozen=True, slots=True)
class ListSpec:
    """One kind of list: its columns in order, those that a search looks at, and the order when none is asked for.

    `deep` names the query that searches further texts of the rows, `hits` the one that finds the words around. `natural` ones stand
    in the settled table in their order. `related` are fields that a filter can ask of and that have any number of values a row:
    each names the query that gives them (key, value).
    """

    kind: str
    columns: tuple[str, ...]
    searched: tuple[str, ...]
    order: str = "key"
    numbers: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    deep: str | None = None
    hits: str | None = None
    natural: bool = False
    parts: tuple[str, ...] = ()  # other lists that its query reads, each as `listed_KIND`
    related: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        parts = ", ".join(f"listed_{kind} AS ({query_body(f'list_{kind}')})" for kind in self.parts)
        return (f"WITH {parts} " if parts else "") + query_body(f"list_{self.kind}")

    @property
    def fields(self) -> dict[str, Kind]:
        """What a filter can ask of, and of what kind each is."""
        found: dict[str, Kind] = dict.fromkeys(self.columns, "text")
        found |= dict.fromkeys(self.numbers, "number")
        return found | dict.fromkeys(self.flags, "flag") | dict.fromkeys(self.related, "text")


def query_body(name: str) -> str:
    """A query without its closing semicolon, to stand inside another."""
    return sql(name).strip().rstrip(";")


# Other words for columns in filters: what headings say.
ALIASES = {
    "lang": "language",
    "chars": "characters",
    "conf": "confidential",
    "preference": "text",
    "verdicts": "pattern",
}

_JUDGED = ("run", "model", "paradigm", "judge", "item", "pattern")
_PAIR = ("query", "a", "b", "category", "subcategory", "topic")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


LIST_SPECS: dict[str, ListSpec] = {
    one.kind: one
    for one in (
        ListSpec(
            "histories",
            _words("id opening turns characters source user language confidential"),
            _words("id opening user source"),
            numbers=_word_set("turns characters"),
            flags=_word_set("confidential"),
            deep="search_turns",
            hits="hits_histories",
            natural=True,
        ),
        ListSpec(
            "preferences",
            _words("id text category subcategory topic pairs"),
            _words("id text category topic"),
            numbers=_word_set("pairs"),
        ),
        ListSpec("pairs", _words("id topic a b category items"), _words("id topic a b"), numbers=_word_set("items")),
        ListSpec(
            "items",
            ("id", *_PAIR, "runs"),
            _words("id query a b topic"),
            numbers=_word_set("runs"),
            related={"run": "items_run", "passed_by": "items_passed_by", "failed_by": "items_failed_by"},
        ),
        ListSpec(
            "runs",
            _words("id name model paradigm answered expected errors state sample time"),
            _words("id name model paradigm"),
            order="name",
            numbers=_word_set("answered expected errors"),
            flags=_word_set("sample"),
        ),
        ListSpec(
            "judgings",
            _words("id run_name judge model judged expected errors state sample time"),
            _words("run_name judge"),
            order="run_name",
            numbers=_word_set("judged expected errors"),
            flags=_word_set("sample"),
        ),
        ListSpec(
            "comparings",
            _words("id run_a run_b judge model compared a b ties unreadable errors state time"),
            _words("run_a run_b judge"),
            order="run_a, run_b, judge, key",
            numbers=_word_set("compared a b ties unreadable errors"),
        ),
        ListSpec(
            "work",
            _words("kind id run name judge model paradigm done expected errors state sample time"),
            _words("run name judge model paradigm state"),
            order="run, run_id, rank, name, key",
            numbers=_word_set("done expected errors"),
            flags=_word_set("sample"),
            parts=("runs", "judgings", "comparings", "buildings"),
        ),
        ListSpec(
            "responses",
            _words("id run model paradigm item side text characters finish_reason"),
            _words("id run item text"),
            order="run, item, side, key",
            numbers=_word_set("characters"),
        ),
        ListSpec(
            "verdicts",
            _words("id run item judge order choice right case_label stage seq reasoning"),
            _words("id run item judge choice case_label reasoning"),
            order='run, item, judge, "order", seq, key',
            numbers=_word_set("order seq"),
            flags=_word_set("right"),
        ),
        ListSpec(
            "judged",
            (*_JUDGED, "passed", *_PAIR),
            _words("run judge item pattern query a b"),
            order="run, item, judge",
            flags=_word_set("passed"),
        ),
        ListSpec(
            "comparisons",
            _words("id item model_a model_b winner annotator left kind time"),
            _words("id item model_a model_b annotator winner"),
            order="time, key",
        ),
        ListSpec(
            "annotators",
            _words("annotator labels comparisons ties skips verdicts runs"),
            _words("annotator"),
            numbers=_word_set("labels comparisons ties skips verdicts runs"),
        ),
        ListSpec(
            "labels",
            _words(
                "id task annotator item run_a run_b side answer shown left confidence flagged comment first active kind "
                "decided_at"
            ),
            _words("id task annotator item run_a run_b answer comment"),
            order="decided_at, key",
            numbers=_word_set("confidence active"),
            flags=_word_set("flagged"),
        ),
        ListSpec(
            "assignments",
            _words("id task runs order seed opinion adjudicate annotators labels last"),
            _words("id task runs"),
            order="last DESC NULLS LAST, key",
            numbers=_word_set("seed annotators labels"),
            flags=_word_set("adjudicate"),
        ),
        ListSpec(
            "failures",
            (*_JUDGED, "case_labels", *_PAIR),
            _words("run judge item pattern query a b case_labels"),
            order="run, item, judge",
        ),
        ListSpec(
            "chunks",
            _words("id history number first_turn last_turn queries topic ignored preferences"),
            _words("id history topic ignored"),
            order="place, number",
            numbers=_word_set("number first_turn last_turn queries preferences"),
        ),
        ListSpec(
            "queries",
            _words("id pair number text a b accepts refuses accepted item"),
            _words("id text a b"),
            order="pair, number, key",
            numbers=_word_set("number accepts refuses"),
            flags=_word_set("accepted"),
        ),
        ListSpec(
            "buildings",
            _words("id stage generation model subjects made refused failed replaced time"),
            _words("id stage model"),
            order="place, generation",
            numbers=_word_set("generation subjects made refused failed"),
            flags=_word_set("replaced"),
        ),
        ListSpec(
            "links",
            _words("id kind thing source_kind source role place turns"),
            _words("kind thing source_kind source role"),
            numbers=_word_set("place"),
        ),
        ListSpec(
            "refusals",
            _words("id stage generation subject text reason making"),
            _words("stage subject text reason"),
            order="place, generation, key",
            numbers=_word_set("generation"),
        ),
        ListSpec(
            "clusters",
            _words("id name size representative category subcategory"),
            _words("id name representative category subcategory"),
            order="size DESC, representative, key",
            numbers=_word_set("size"),
        ),
        ListSpec(
            "errors",
            _words("id run judge item side order error message attempts status state time run_id judging answer"),
            _words("run judge item error message"),
            order="time DESC NULLS LAST, key",
            numbers=_word_set("order attempts status"),
        ),
    )
}  # fmt: skip
