"""Files that a stranger might offer as a study: each does something when it is used, or claims to be what it is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.support.studies import small_records, small_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "the-secret-of-whoever-opens-it"
VARIABLE = "STRANGER_TEST_SECRET"

# What stands in a study that nobody trusts, as SQL; FOLDER is where a secret file lies and where nothing may be written.
_TURNS = (
    "ALTER TABLE turns RENAME TO kept; CREATE VIEW turns AS FROM kept UNION ALL "
    "SELECT 1, 1000, 'user', content, NULL FROM {}"
)
STATEMENTS = {
    "view over read_text": _TURNS.format("read_text('FOLDER/secret.txt')"),
    "view over read_blob of the environment": _TURNS.format("(SELECT content::VARCHAR AS content FROM read_blob('/proc/self/environ'))"),
    "view over glob": _TURNS.format("(SELECT file AS content FROM glob('FOLDER/*'))"),
    "view over read_csv": _TURNS.format("(SELECT column0 AS content FROM read_csv('FOLDER/secret.txt', header = false))"),
    "view over another database": "ALTER TABLE items RENAME TO kept; CREATE VIEW items AS FROM kept UNION ALL FROM kept",
    "endless view": "ALTER TABLE turns RENAME TO kept; CREATE VIEW turns AS WITH RECURSIVE r AS ("
    "SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n::BIGINT AS history, 1 AS position, 'user' AS role, "
    "'x' AS content, NULL::VARCHAR AS time FROM r",
    "view that needs itself": "ALTER TABLE pairs RENAME TO kept; CREATE VIEW pairs AS FROM kept; "
    "CREATE OR REPLACE VIEW other AS FROM pairs; CREATE OR REPLACE VIEW pairs AS FROM other",
    "view as meta": "ALTER TABLE meta RENAME TO kept; CREATE VIEW meta AS FROM kept UNION ALL "
    "SELECT 'schema', content FROM read_text('FOLDER/secret.txt')",
    "view of a name of its own": "CREATE VIEW mine AS FROM read_text('FOLDER/secret.txt')",
    "macro": "CREATE MACRO one_line(words) AS concat(words, 'EVIL')",
    "table macro": "CREATE MACRO files(one) AS TABLE FROM read_text(one)",
    "default": "ALTER TABLE histories ALTER COLUMN title SET DEFAULT (current_setting('temp_directory'))",
    "default from a sequence": "CREATE SEQUENCE counted; ALTER TABLE labels ALTER COLUMN seq SET DEFAULT nextval('counted')",
    "generated column": "ALTER TABLE preferences RENAME TO kept; CREATE TABLE preferences (id VARCHAR NOT NULL, "
    "text VARCHAR NOT NULL, category VARCHAR, subcategory VARCHAR GENERATED ALWAYS AS (repeat(id, 3)), extra JSON)",
    "check": "DROP TABLE sources; CREATE TABLE sources (id VARCHAR NOT NULL CHECK (length(id) < 3), file VARCHAR NOT NULL, "
    "format VARCHAR NOT NULL, sha256 VARCHAR, bytes BIGINT, imported TIMESTAMPTZ, program VARCHAR, counts JSON)",
    "index": "CREATE UNIQUE INDEX quick ON items(id)",
    "primary key": "DROP TABLE superseded; CREATE TABLE superseded (id VARCHAR PRIMARY KEY, kind VARCHAR NOT NULL, "
    "thing VARCHAR NOT NULL, building VARCHAR NOT NULL)",
    "type": "CREATE TYPE mood AS ENUM ('good', 'bad')",
    "schema": "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.turns (a INTEGER)",
    "column too many": "ALTER TABLE runs ADD COLUMN more VARCHAR",
    "column of another type": "ALTER TABLE turns ALTER COLUMN position TYPE VARCHAR",
    "column that may be missing": "ALTER TABLE items ALTER COLUMN query DROP NOT NULL",
    "table missing": "DROP TABLE verdicts",
    "table of theirs with a default": "CREATE TABLE my_notes (a INTEGER, b VARCHAR DEFAULT (concat('a', 'b')))",
    "schema number that is none": "INSERT INTO meta VALUES ('schema', '1; DROP TABLE items')",
    "schema number with a control sequence": "INSERT INTO meta VALUES ('schema', chr(27) || '[31m7')",
    "schema number too large": "INSERT INTO meta VALUES ('schema', repeat('9', 100000000))",
    "schema number missing": "INSERT INTO meta VALUES ('schema', NULL)",
    "schema number below none": "DELETE FROM meta WHERE key = 'schema'; INSERT INTO meta VALUES ('schema', '0')",
    "a hundred thousand schema numbers": "INSERT INTO meta SELECT 'schema', '1' FROM range(100000)",
    "of a newer program": "INSERT INTO meta VALUES ('schema', '4000')",
}  # fmt: skip
if duckdb.__version__.startswith("2"):
    STATEMENTS["trigger"] = (
        "CREATE TRIGGER sprung AFTER INSERT ON histories FOR EACH STATEMENT INSERT INTO superseded VALUES ('a', 'b', 'c', 'd')"
    )

# Some of them as they stand in the log of a database that was killed, beside a file that is in order.
IN_THE_LOG = ("view over read_text", "macro", "default", "schema", "column too many", "view as meta")


def secret_folder(folder: Path) -> Path:
    """A folder with a secret in it, which no study may read and nothing may be written to."""
    kept = folder / "kept"
    kept.mkdir()
    (kept / "secret.txt").write_text(SECRET)
    return kept


def base_study(path: Path) -> Path:
    """A small study that is in order, closed."""
    small_study(path, small_records()).close()
    return path


def strange_study(path: Path, name: str, kept: Path) -> Path:
    """A study that somebody has changed by the statements of that name."""
    base_study(path)
    if name == "trigger":
        _move_to_new_storage(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(STATEMENTS[name].replace("FOLDER", str(kept)))
    return path


def _move_to_new_storage(path: Path) -> None:
    """Only files of the newest kind hold triggers."""
    old = path.replace(path.with_name("of-old.duckdb"))
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{old}' AS old (READ_ONLY); ATTACH '{path}' AS new (STORAGE_VERSION 'v2.0.0')")
        connection.execute("COPY FROM DATABASE old TO new")
    old.unlink()


def study_with_strange_log(path: Path, name: str, kept: Path) -> Path:
    """The same, where what was changed stands in the log beside the file alone."""
    base_study(path)
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('PRAGMA disable_checkpoint_on_shutdown'); "
        "c.execute(sys.argv[2]); os._exit(9)"
    )
    statement = STATEMENTS[name].replace("FOLDER", str(kept))
    subprocess.run([sys.executable, "-c", code, str(path), statement], check=False, capture_output=True)
    assert path.with_name(path.name + ".wal").stat().st_size
    return path


def _link_log(path: Path) -> None:
    base_study(path)
    target = path.with_name("notes-of-mine")
    target.write_text("mine")
    path.with_name(path.name + ".wal").symlink_to(target)


def _hard_link_log(path: Path) -> None:
    base_study(path)
    target = path.with_name("notes-of-mine")
    target.write_text("mine")
    os.link(target, path.with_name(path.name + ".wal"))


def _link_checkpoint(path: Path) -> None:
    base_study(path)
    path.with_name(path.name + ".wal.checkpoint").symlink_to(path.with_name("nowhere-yet"))


def _foreign_log(path: Path) -> None:
    other = path.with_name("another.duckdb")
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('CREATE TABLE a AS FROM range(10)'); "
        "c.execute('CHECKPOINT'); c.execute('PRAGMA disable_checkpoint_on_shutdown'); c.execute('INSERT INTO a VALUES (1)'); "
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(other)], check=False)
    base_study(path)
    shutil.copyfile(f"{other}.wal", f"{path}.wal")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _log_fifo(path: Path) -> None:
    base_study(path)
    os.mkfifo(path.with_name(path.name + ".wal"))


def _half(path: Path) -> None:
    base_study(path)
    os.truncate(path, path.stat().st_size // 2)


def _encrypted(path: Path) -> None:
    with duckdb.connect() as connection:
        try:
            connection.execute(f"ATTACH '{path}' AS shut (ENCRYPTION_KEY 'asdf')")
        except duckdb.Error as error:
            pytest.skip(f"this DuckDB encrypts nothing here: {error}")
        connection.execute("CREATE TABLE shut.meta (key VARCHAR NOT NULL, value VARCHAR)")


def _no_database(content: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


# Files and folders that are no study at all, or have something else beside them.
FILES: dict[str, Callable[[Path], None]] = {
    "empty": _no_database(b""),
    "text": _no_database(b"some words\n" * 1000),
    "another kind of database": _no_database(b"SQLite format 3\x00" + bytes(8176)),
    "a head without a body": _no_database(bytes(8) + b"DUCK" + bytes(20000)),
    "folder": lambda path: path.mkdir(),
    "pipe": _fifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "log that is a link": _link_log,
    "log that is another file too": _hard_link_log,
    "log that is a pipe": _log_fifo,
    "checkpoint that is a link": _link_checkpoint,
    "log of another database": _foreign_log,
    "half of one": _half,
    "encrypted": _encrypted,
}
