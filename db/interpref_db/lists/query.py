"""Lists of everything in a study: sorted, searched and filtered by SQL, fetched a page at a time.

A list is a `list_KIND.sql` whose rows have a unique `key`. A screen asks for the keys once and then for the rows of what
it shows, so a million rows cost what fifty do.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from interpref_db.lists import filter_language
from interpref_db.lists.specs import ALIASES, LIST_SPECS, ListSpec, query_body
from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

__all__ = [
    "ALIASES",
    "LIST_SPECS",
    "Key",
    "ListQuery",
    "ListSpec",
    "count",
    "keys",
    "page",
    "rows",
    "snippet_query",
    "values",
    "with_filter",
]

Key = int | str
_AT_ONCE = 1000  # rows fetched


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What of a list is wanted: a search text, exact values by column, a column to sort by; of these keys alone; what a filter
    says."""

    search: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    sort: str | None = None
    descending: bool = False
    keys: tuple[Key, ...] | None = None
    terms: tuple[filter_language.FilterTerm, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that every row must contain."""
        named = [str(term.values[0]) for term in self.terms if term.field is None and not term.negated]
        return tuple(text for text in (self.search, *named) if text)


def with_filter(kind: str, text: str, asked: ListQuery | None = None) -> ListQuery:
    """What is asked for, with the terms of a filter in place of those before. Raises FilterError, one line with the position."""
    terms = filter_language.parse_filter(text, LIST_SPECS[kind].fields, ALIASES)
    return replace(asked or ListQuery(), search="", terms=terms)


def keys(cursor: DuckDBPyConnection, kind: str, asked: ListQuery | None = None, limit: int | None = None) -> list[Key]:
    """The keys of a list in its order. Raises KeyError for a column or kind that there is not."""
    text, parameters = keys_query(LIST_SPECS[kind], asked or ListQuery())
    if limit is not None:
        text += f" LIMIT {int(limit)}"
    return [row[0] for row in cursor.execute(text, parameters).fetchall()]


def keys_query(listing: ListSpec, asked: ListQuery, *, between: bool = False) -> tuple[str, dict[str, Any]]:
    """The query of the keys of a list in its order, and its parameters. With `between`, only of keys from $from_key to $to_key."""
    condition, parameters = _condition(listing, asked, between=between)
    if between:
        condition = f" WHERE key BETWEEN $from_key AND $to_key AND {condition.removeprefix(' WHERE ') or 'true'}"
    text = f"SELECT key FROM ({listing.query}) AS l{condition}{_order(listing, asked)}"  # noqa: S608 - names are ours
    return text, parameters


def page(cursor: DuckDBPyConnection, kind: str, wanted: Sequence[Key]) -> list[dict[str, Any]]:
    """The rows of these keys, in their order; a key that is gone is left out."""
    if not wanted:
        return []
    text = f"SELECT * FROM ({LIST_SPECS[kind].query}) AS l WHERE key IN (SELECT unnest($wanted))"  # noqa: S608 - names are ours
    found = {row["key"]: row for row in _dicts(cursor.execute(text, {"wanted": list(wanted)}))}
    return [found[key] for key in wanted if key in found]


def snippet_query(cursor: DuckDBPyConnection, kind: str, wanted: Sequence[Key], text: str) -> dict[Key, str]:
    """For rows of a list whose further texts contain a text: the words around it, by key."""
    query = LIST_SPECS[kind].hits
    if query is None or not wanted or not text:
        return {}
    found = cursor.execute(sql(query), {"wanted": list(wanted), "hit": text})
    return {row[0]: row[1] for row in found.fetchall()}


def values(cursor: DuckDBPyConnection, kind: str, column: str, piece: str, limit: int = 20) -> list[str]:
    """Values that a column of a list has and that contain a piece, the most frequent first."""
    listing = LIST_SPECS[kind]
    related = listing.related.get(column)
    name = "value" if related else _column(listing, column)
    text = (
        f"SELECT {name}::VARCHAR AS value FROM ({query_body(related) if related else listing.query}) AS l "  # noqa: S608 - names are ours
        f"WHERE {name} IS NOT NULL AND contains(lower({name}::VARCHAR), lower($piece)) "
        f"GROUP BY value ORDER BY count(*) DESC, value LIMIT {int(limit)}"
    )
    return [row[0] for row in cursor.execute(text, {"piece": piece}).fetchall()]


def rows(
    cursor: DuckDBPyConnection, kind: str, asked: ListQuery | None = None, limit: int | None = None, offset: int = 0
) -> list[dict[str, Any]]:
    """Rows of a list as dicts of its columns, for those who want them all."""
    return list(each_row(cursor, kind, asked, limit, offset))


def each_row(
    cursor: DuckDBPyConnection, kind: str, asked: ListQuery | None = None, limit: int | None = None, offset: int = 0
) -> Iterator[dict[str, Any]]:
    """The same one after the other, for those who need not have them all at once."""
    listing, asked = LIST_SPECS[kind], asked or ListQuery()
    condition, parameters = _condition(listing, asked)
    columns = ", ".join(f'"{name}"' for name in listing.columns)
    text = f"SELECT {columns} FROM ({listing.query}) AS l{condition}{_order(listing, asked)}"  # noqa: S608 - names are ours
    if limit is not None:
        text += f" LIMIT {int(limit)} OFFSET {int(offset)}"
    result = cursor.execute(text, parameters)
    names = [column[0] for column in result.description or []]
    while found := result.fetchmany(_AT_ONCE):
        yield from (dict(zip(names, row, strict=True)) for row in found)


def count(cursor: DuckDBPyConnection, kind: str, asked: ListQuery | None = None) -> int:
    """How many rows a list has."""
    condition, parameters = _condition(LIST_SPECS[kind], asked or ListQuery())
    found = cursor.execute(f"SELECT count(*) FROM ({LIST_SPECS[kind].query}) AS l{condition}", parameters).fetchone()  # noqa: S608 - names are ours
    return int(found[0]) if found else 0


def _condition(listing: ListSpec, asked: ListQuery, *, between: bool = False) -> tuple[str, dict[str, Any]]:
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    if asked.search:
        parts.append(_holds(listing, "search", between=between))
        parameters["search"] = asked.search
    for number, (name, value) in enumerate(asked.where.items()):
        parts.append(f"{_column(listing, name)} = $where{number}")
        parameters[f"where{number}"] = value
    if asked.keys is not None:
        parts.append("key IN (SELECT unnest($keys))")
        parameters["keys"] = list(asked.keys)
    for number, term in enumerate(asked.terms):
        condition, values = _of_term(listing, term, f"term{number}", between=between)
        parts.append(f"NOT coalesce({condition}, false)" if term.negated else condition)
        parameters.update(values)
    return (" WHERE " + " AND ".join(parts) if parts else ""), parameters


def _holds(listing: ListSpec, parameter: str, *, between: bool) -> str:
    """Whether a row contains the text of a parameter, in any case, in what the list shows or further in."""
    columns = ", ".join(f'"{name}"' for name in listing.searched)
    found = f"contains(lower(concat_ws(chr(31), {columns})), lower(${parameter}))"
    if listing.deep:
        deep = query_body(f"{listing.deep}_between" if between else listing.deep)
        found = f"({found} OR key IN ({deep.replace('$search', '$' + parameter)}))"
    return found


def _of_term(
    listing: ListSpec, term: filter_language.FilterTerm, name: str, *, between: bool
) -> tuple[str, dict[str, Any]]:
    """A term as a condition, its values as parameters."""
    if term.field is None:
        return _holds(listing, name, between=between), {name: term.values[0]}
    if term.field in listing.related:
        condition, values = _term_condition("value", "text", term, name)
        return f"key IN (SELECT key FROM ({query_body(listing.related[term.field])}) WHERE {condition})", values  # noqa: S608 - names are ours
    return _term_condition(_column(listing, term.field), listing.fields[term.field], term, name)


def _term_condition(
    column: str, kind: filter_language.Kind, term: filter_language.FilterTerm, name: str
) -> tuple[str, dict[str, Any]]:
    """What a term asks of a column, its values as parameters."""
    if term.sign == "*":
        return f"coalesce({column}::VARCHAR, '') <> ''", {}
    values = {f"{name}_{number}": value for number, value in enumerate(term.values)}
    if term.sign == "..":
        return f"{column} BETWEEN ${name}_0 AND ${name}_1", values
    if kind == "text":
        column = f"lower(coalesce({column}::VARCHAR, ''))"
        one = f"contains({column}, lower(${{}}))" if term.sign == "contains" else f"{column} {term.sign} lower(${{}})"
    elif kind == "flag":
        one = f"coalesce({column}, false) = ${{}}"
    else:
        one = f"{column} {term.sign} ${{}}"
    return "(" + " OR ".join(one.format(value) for value in values) + ")", values


def _order(listing: ListSpec, asked: ListQuery) -> str:
    if asked.sort:
        return f" ORDER BY {_column(listing, asked.sort)}{' DESC' if asked.descending else ''} NULLS LAST, key"
    return f" ORDER BY {listing.order}{' DESC' if asked.descending else ''}" if listing.order else ""


def _column(listing: ListSpec, name: str) -> str:
    if name not in listing.columns:
        raise KeyError(f"{listing.kind} have no {name!r}; there are {', '.join(listing.columns)}")
    return f'"{name}"'


def _dicts(result: DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
