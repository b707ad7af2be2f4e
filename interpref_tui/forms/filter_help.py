"""What the filters of a list can ask, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpref_db.lists import query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpref_db.lists.filter_language import Kind

_EXAMPLES = {
    "text": '{0}:word  {0}:="just this"  {0}:one,other',
    "number": "{0}:20  {0}:>20  {0}:<=20  {0}:5..10",
    "flag": "{0}:true  {0}:false",
}


def fields_text(kind: str, fields: Mapping[str, Kind]) -> str:
    """What the filters of a list can ask, with an example each."""
    deep = kind in query.LIST_SPECS and query.LIST_SPECS[kind].deep
    names = {name: [] for name in fields}  # type: dict[str, list[str]]
    for alias, name in query.ALIASES.items():
        if name in names:
            names[name].append(alias)
    width = max((len(name) for name in names), default=0) + 2
    lines = [
        "Words must all stand in the row" + (" or in its turns" if deep else "") + '; "quotes" keep words together.',
        "A minus before a word or field turns it round: -lang:zh",
        "NAME:* is anything at all; thousands may be written 2k.",
        "",
    ]
    for name, of_kind in fields.items():
        also = f"   (or {', '.join(names[name])})" if names[name] else ""
        lines.append(f"{name:<{width}}{_EXAMPLES[of_kind].format(name)}{also}")
    return "\n".join(lines)
