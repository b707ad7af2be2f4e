"""Whether an attached database is a study and nothing else: tables of our making, and nothing that runs.

A DuckDB file can hold views, macros, defaults and checks that read files when they are used. A study has none. So what its
catalogue says is compared with what our migrations make, before anything of it is asked. Tables that people have added
themselves are left alone, where they are plain: columns with types and nothing that could run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from interpref_db.errors import NotAStudy, StudyTooNew, UntrustedStudy
from interpref_db.queries import migrations, sql

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

_SHAPES = "shapes"  # where our tables are made for a moment, to be compared with
_MOST_NUMBERS = 1000  # lines of the meta table that name a schema: one a migration
_NUMBER = re.compile(r"[0-9]{1,9}")
# What is quoted in a definition, so that names and texts are not taken for what runs.
_QUOTED = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'")
_RUNS = re.compile(r"\b(?:DEFAULT|GENERATED|CHECK|UNIQUE|PRIMARY|FOREIGN|REFERENCES|COLLATE|USING)\b", re.IGNORECASE)

_expected: dict[int, dict[str, str]] = {}
_knows_triggers = True  # until this version of DuckDB says that it does not


def verify_catalog(connection: DuckDBPyConnection, file: Path) -> int:
    """Check that the attached database `study` is one, and return the number of its schema.

    Nothing of it is evaluated but its table `meta`, and that only when it is as we make it. `file` is for messages. Raises
    NotAStudy, StudyTooNew, UntrustedStudy; DuckDB's errors where the file is damaged.
    """
    tables = _tables(connection, file)
    _check_meta(connection, file, tables["meta"])
    version = read_schema(connection, file)
    newest = migrations()[-1][0]
    if version > newest:
        raise StudyTooNew(
            f"{file} was made by a newer interpref (schema {version}, this program knows {newest}); "
            "update with `pipx upgrade interpref-tui`"
        )
    expected = _expected_tables(connection, version)
    for name, definition in expected.items():
        if name not in tables:
            raise NotAStudy(f"{file} is not a whole study: it lacks the table {name}; restore a copy of it")
        if tables[name] != definition:
            raise _distrust(file, f"its table {name} is not as interpref makes it")
    for name in tables.keys() - expected.keys():
        if not _has_plain_columns(tables[name]):
            raise _distrust(file, f"it holds the table {_shorten(name)}, which has more than plain columns")
    return version


def _tables(connection: DuckDBPyConnection, file: Path) -> dict[str, str]:
    """The definitions of the tables in the attached database. Raises UntrustedStudy for anything else that it holds."""
    tables: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for kind, schema, name, definition, indexed in _ask(connection, "catalog_contents"):
        if kind == "table" and schema == "main":
            tables[name] = _plain(definition)
        else:
            others.append((kind, name))
        if indexed:
            others.append(("index on the table", name))
    others = others or _ask(connection, "catalog_macros") or _triggers(connection)
    if "meta" not in tables and ("view", "meta") not in others:
        raise NotAStudy(f"{file} is a DuckDB file, but not a study")
    # A schema or a view of somebody else's says more than a table that lies in it.
    for kind, name in sorted(others, key=lambda one: (one[0] == "table", one)):
        raise _distrust(file, f"it holds the {kind} {_shorten(name)}")
    return tables


def _ask(connection: DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql(query), {"database": "study"}).fetchall()


def _triggers(connection: DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """The triggers in the attached database, where this version of DuckDB knows any."""
    from interpref_db.study import duckdb_core

    global _knows_triggers
    if _knows_triggers:
        try:
            return _ask(connection, "catalog_triggers")
        except duckdb_core.CatalogException:
            _knows_triggers = False
    return []


def _check_meta(connection: DuckDBPyConnection, file: Path, definition: str) -> None:
    """Refuse a table `meta` that no version of ours makes. Raises NotAStudy, UntrustedStudy."""
    known = (_expected_tables(connection, number)["meta"] for number in (migrations()[-1][0], migrations()[0][0]))
    if definition not in known:
        if _has_plain_columns(definition):
            raise NotAStudy(f"{file} is a DuckDB file, but not a study")
        raise _distrust(file, "its table meta is not as interpref makes it")


def read_schema(connection: DuckDBPyConnection, file: Path) -> int:
    """The schema's number, from the attached study's table `meta`. Raises NotAStudy, UntrustedStudy."""
    values = [value for (value,) in connection.execute(sql("catalog_schema_number")).fetchall()]
    if not values:
        raise NotAStudy(f"{file} is a DuckDB file, but not a study")
    if len(values) > _MOST_NUMBERS:
        raise _distrust(file, f"it names more than {_MOST_NUMBERS} schemas")
    numbers = [int(value) for value in values if value is not None and _NUMBER.fullmatch(value)]
    if len(numbers) < len(values) or max(numbers) < migrations()[0][0]:
        raise _distrust(file, "what it says of its schema is no number of one")
    return max(numbers)


def _expected_tables(connection: DuckDBPyConnection, version: int) -> dict[str, str]:
    """What the migrations up to `version` make, as definitions by the table's name."""
    if version not in _expected:
        cursor = connection.cursor()  # of its own, so that the connection goes on to mean what it meant
        try:
            cursor.execute(f"CREATE SCHEMA memory.{_SHAPES}; USE memory.{_SHAPES}")
            for number, _, text in migrations():
                if number <= version:
                    cursor.execute(text)
            found = cursor.execute(sql("catalog_shapes"), {"schema": _SHAPES}).fetchall()
            cursor.execute(f"USE memory.main; DROP SCHEMA memory.{_SHAPES} CASCADE")
        finally:
            cursor.close()
        _expected[version] = {
            name: _plain(definition).replace(f"CREATE TABLE {_SHAPES}.", "CREATE TABLE ", 1)
            for name, definition in found
        }
    return _expected[version]


def _plain(definition: str) -> str:
    """A definition as every version of DuckDB writes it."""
    return definition.replace("CAST('f' AS BOOLEAN)", "false").replace("CAST('t' AS BOOLEAN)", "true")


def _has_plain_columns(definition: str) -> bool:
    return not _RUNS.search(_QUOTED.sub("", definition))


def _shorten(name: str) -> str:
    """A name from elsewhere, quoted and short."""
    return repr(name if len(name) <= 60 else name[:59] + "…")


def _distrust(file: Path, reason: str) -> UntrustedStudy:
    return UntrustedStudy(
        f"{file} is not a study that can be trusted: {reason}, and a study holds rows of plain tables alone; "
        "ask whoever made it for `interpref export STUDY study -o FILE`, and import that"
    )
