"""Which lists there are: the columns of each `list_KIND.sql`, what kind each column is, what a search looks at, the order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_db.lists.filter_language import Kind


@dataclass(frozen=True, slots=True)
class Listing:
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
        parts = ", ".join(f"listed_{kind} AS ({bare(f'list_{kind}')})" for kind in self.parts)
        return (f"WITH {parts} " if parts else "") + bare(f"list_{self.kind}")

    @property
    def fields(self) -> dict[str, Kind]:
        """What a filter can ask of, and of what kind each is."""
        found: dict[str, Kind] = dict.fromkeys(self.columns, "text")
        found |= dict.fromkeys(self.numbers, "number")
        return found | dict.fromkeys(self.flags, "flag") | dict.fromkeys(self.related, "text")


def bare(name: str) -> str:
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


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


LISTS: dict[str, Listing] = {
    one.kind: one
    for one in (
        Listing(
            "histories",
            _words("id opening turns characters source user language confidential"),
            _words("id opening user source"),
            numbers=_set("turns characters"),
            flags=_set("confidential"),
            deep="search_turns",
            hits="hits_histories",
            natural=True,
        ),
        Listing(
            "preferences",
            _words("id text category subcategory topic pairs"),
            _words("id text category topic"),
            numbers=_set("pairs"),
        ),
        Listing("pairs", _words("id topic a b category items"), _words("id topic a b"), numbers=_set("items")),
        Listing(
            "items",
            ("id", *_PAIR, "runs"),
            _words("id query a b topic"),
            numbers=_set("runs"),
            related={"run": "items_run", "passed_by": "items_passed_by", "failed_by": "items_failed_by"},
        ),
        Listing(
            "runs",
            _words("id name model paradigm answered expected errors state sample time"),
            _words("id name model paradigm"),
            order="name",
            numbers=_set("answered expected errors"),
            flags=_set("sample"),
        ),
        Listing(
            "judgings",
            _words("id run_name judge model judged expected errors state sample time"),
            _words("run_name judge"),
            order="run_name",
            numbers=_set("judged expected errors"),
            flags=_set("sample"),
        ),
        Listing(
            "comparings",
            _words("id run_a run_b judge model compared a b ties unreadable errors state time"),
            _words("run_a run_b judge"),
            order="run_a, run_b, judge, key",
            numbers=_set("compared a b ties unreadable errors"),
        ),
        Listing(
            "work",
            _words("kind id run name judge model paradigm done expected errors state sample time"),
            _words("run name judge model paradigm state"),
            order="run, run_id, rank, name, key",
            numbers=_set("done expected errors"),
            flags=_set("sample"),
            parts=("runs", "judgings", "comparings", "buildings"),
        ),
        Listing(
            "responses",
            _words("id run model paradigm item side text characters finish_reason"),
            _words("id run item text"),
            order="run, item, side, key",
            numbers=_set("characters"),
        ),
        Listing(
            "verdicts",
            _words("id run item judge order choice right case_label stage seq reasoning"),
            _words("id run item judge choice case_label reasoning"),
            order='run, item, judge, "order", seq, key',
            numbers=_set("order seq"),
            flags=_set("right"),
        ),
        Listing(
            "judged",
            (*_JUDGED, "passed", *_PAIR),
            _words("run judge item pattern query a b"),
            order="run, item, judge",
            flags=_set("passed"),
        ),
        Listing(
            "comparisons",
            _words("id item model_a model_b winner annotator left kind time"),
            _words("id item model_a model_b annotator winner"),
            order="time, key",
        ),
        Listing(
            "annotators",
            _words("annotator labels comparisons ties skips verdicts runs"),
            _words("annotator"),
            numbers=_set("labels comparisons ties skips verdicts runs"),
        ),
        Listing(
            "labels",
            _words(
                "id task annotator item run_a run_b side answer shown left confidence flagged comment first active kind "
                "decided_at"
            ),
            _words("id task annotator item run_a run_b answer comment"),
            order="decided_at, key",
            numbers=_set("confidence active"),
            flags=_set("flagged"),
        ),
        Listing(
            "assignments",
            _words("id task runs order seed opinion adjudicate annotators labels last"),
            _words("id task runs"),
            order="last DESC NULLS LAST, key",
            numbers=_set("seed annotators labels"),
            flags=_set("adjudicate"),
        ),
        Listing(
            "failures",
            (*_JUDGED, "case_labels", *_PAIR),
            _words("run judge item pattern query a b case_labels"),
            order="run, item, judge",
        ),
        Listing(
            "chunks",
            _words("id history number first_turn last_turn queries topic ignored preferences"),
            _words("id history topic ignored"),
            order="place, number",
            numbers=_set("number first_turn last_turn queries preferences"),
        ),
        Listing(
            "queries",
            _words("id pair number text a b accepts refuses accepted item"),
            _words("id text a b"),
            order="pair, number, key",
            numbers=_set("number accepts refuses"),
            flags=_set("accepted"),
        ),
        Listing(
            "buildings",
            _words("id stage generation model subjects made refused failed replaced time"),
            _words("id stage model"),
            order="place, generation",
            numbers=_set("generation subjects made refused failed"),
            flags=_set("replaced"),
        ),
        Listing(
            "links",
            _words("id kind thing source_kind source role place turns"),
            _words("kind thing source_kind source role"),
            numbers=_set("place"),
        ),
        Listing(
            "refusals",
            _words("id stage generation subject text reason making"),
            _words("stage subject text reason"),
            order="place, generation, key",
            numbers=_set("generation"),
        ),
        Listing(
            "clusters",
            _words("id name size representative category subcategory"),
            _words("id name representative category subcategory"),
            order="size DESC, representative, key",
            numbers=_set("size"),
        ),
        Listing(
            "errors",
            _words("id run judge item side order error message attempts status state time run_id judging answer"),
            _words("run judge item error message"),
            order="time DESC NULLS LAST, key",
            numbers=_set("order attempts status"),
        ),
    )
}  # fmt: skip
