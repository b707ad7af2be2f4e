"""What an export leaves out because it goes back to confidential histories (the view `private_things` has the rule)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpref_db.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from duckdb import DuckDBPyConnection

# Kinds that hold no text of anybody: how models were asked, and who labels what. They go out whatever is confidential.
OPEN = frozenset({"run", "judging", "assignment", "building"})


def open_query(query: str, kind: str) -> tuple[str, dict[str, Any]]:
    """An export's query without the private rows of a native type, and its parameters."""
    return sql("export_open").replace("QUERY", query), {"kind": kind}


def count_withheld(cursor: DuckDBPyConnection, query: str, kind: str) -> int:
    """How many rows of a query are private ones of a native type."""
    if kind in OPEN:
        return 0
    row = cursor.execute(sql("export_withheld").replace("QUERY", query), {"kind": kind}).fetchone()
    return int(row[0]) if row else 0


def private_ids(cursor: DuckDBPyConnection, kind: str | None = None) -> frozenset[str]:
    """The identifiers of private things, of one native type or of all."""
    rows = cursor.execute(
        "SELECT DISTINCT thing FROM private_things WHERE $kind IS NULL OR kind = $kind", {"kind": kind}
    )
    return frozenset(row[0] for row in rows.fetchall())


def open_events(events: Iterable[dict[str, Any]], private: frozenset[str]) -> Iterator[dict[str, Any] | None]:
    """Events about clusters, without the private preferences among them; None for one of which nothing is left, because it is
    about such preferences alone, or takes back such an event."""
    if not private:
        yield from events
        return
    kept = [(event, _cut(event, private)) for event in events]
    belongs = {
        group["cluster"]: True for _, cut in kept for group in (cut or {}).get("groups") or () if group.get("members")
    }
    gone = {event["id"] for event, cut in kept if cut is None}
    for event, cut in kept:
        named = event.get("cluster")
        if cut is None or (named is not None and named not in belongs) or event.get("undoes") in gone:
            gone.add(event["id"])
            yield None
        else:
            yield cut


def _cut(event: dict[str, Any], private: frozenset[str]) -> dict[str, Any] | None:
    """An event without private preferences; None where it was about nothing else."""
    if event.get("representative") in private:
        return None
    cut = dict(event)
    if event.get("groups"):
        cut["groups"] = [group for one in event["groups"] if (group := _group(one, private))["members"]]
        if not cut["groups"]:
            return None
    if event.get("categories"):
        cut["categories"] = [one for one in event["categories"] if one["preference"] not in private]
        if not cut["categories"]:
            return None
    return cut


def _group(group: dict[str, Any], private: frozenset[str]) -> dict[str, Any]:
    cut = {**group, "members": [one for one in group.get("members") or () if one not in private]}
    if cut.get("representative") in private:
        cut["representative"] = None
    return cut
