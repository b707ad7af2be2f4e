"""A study whose tables are as they should be and whose values are not: what a hand or a broken program may put there."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import duckdb

from tests.support.strangers import base_study

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = 3 * 4096
_BLOCK = 262_144
_MASK = (1 << 64) - 1

DEEP = "repeat('[', 100000) || repeat(']', 100000)"
LONG = "'{\"n\": ' || repeat('9', 10000) || '}'"
_NOT_UTF8, _NOT_JSON, _NO_LIST = "MARK-FOR-BYTES", '{"MARK-FOR-JSON":1}', '{"MARK-FOR-TRACE":[1,2]}'

STATEMENTS = f"""
PRAGMA force_compression='uncompressed';
INSERT INTO histories SELECT key, id, source, user_id, language, title, confidential, 2147483647, -9223372036854775808, NULL,
    340282366920938463463374607431768211455, NULL FROM histories LIMIT 2;
INSERT INTO histories VALUES
    (-9223372036854775808, 'negative', NULL, NULL, NULL, NULL, false, -1, 9223372036854775807, 'x', 0, {DEEP}),
    (9223372036854775807, '', '', '', '', '', true, 0, 0, '', 0, '[]'),
    (7, 'seven', '{_NOT_UTF8}', NULL, NULL, '{_NOT_UTF8}', false, 1, 1, '{_NOT_UTF8}', 1, '{_NOT_JSON}');
INSERT INTO turns VALUES (-9223372036854775808, -2147483648, '', '', ''), (-9223372036854775808, 2147483647, 'nobody', chr(0), 'x'),
    (7, 1, 'user', '{_NOT_UTF8}', NULL), (7, 1, 'user', 'twice', NULL), (12345, 1, 'user', 'of no history', NULL);
INSERT INTO preferences VALUES ('odd', '', NULL, NULL, {LONG}), ('odd', 'again', '', '', '"text"'), ('bytes', '{_NOT_UTF8}', '{_NOT_UTF8}', NULL, '{_NOT_JSON}');
INSERT INTO pairs VALUES ('odd', 'nowhere', 'nobody', NULL), ('odd', 'odd', NULL, '');
INSERT INTO items VALUES ('odd', '', 'none', 'gone', 'gone', 'null'), ('odd', 'q', 'odd', NULL, NULL, {DEEP}), ('bytes', '{_NOT_UTF8}', 'odd', 'seven', 'seven', '{_NOT_JSON}');
INSERT INTO runs SELECT 'odd', '', '', 'nothing', NULL, '[1]', -9223372036854775808, '"x"', -1, NULL, NULL, 'yesterday', NULL, NULL;
INSERT INTO runs SELECT * REPLACE ('twice' AS name) FROM runs LIMIT 2;
INSERT INTO runs SELECT 'bytes', '{_NOT_UTF8}', '{_NOT_UTF8}', 'td', NULL, '{_NOT_JSON}', 1, '{_NOT_JSON}', 9223372036854775807, NULL, NULL, NULL, NULL, NULL;
INSERT INTO judgings SELECT 'odd', 'nowhere', '', '', NULL, {DEEP}, NULL, 'null', NULL, -1, NULL, NULL, NULL, NULL;
INSERT INTO responses VALUES ('odd', 'nowhere', 'odd', 'c', '', NULL, '5', NULL, {LONG}), ('odd', 'odd', 'odd', '', 'x', '', {DEEP}, '', '[]'),
    ('bytes', 'bytes', 'bytes', 'a', '{_NOT_UTF8}', NULL, '{_NO_LIST}', NULL, '{_NOT_JSON}');
INSERT INTO verdicts SELECT 'odd', 'nowhere', 'odd', '', -128, 'Sideways', NULL, NULL, NULL, NULL, 'verdict', -2147483648, NULL, NULL, NULL, NULL, '{{}}';
INSERT INTO verdicts SELECT 'odd', 'odd', 'odd', 'j', n, 'Left', NULL, '', '', '', 'verdict', 2147483647, 1, '', 'odd', '', {LONG} FROM range(127) AS r(n);
INSERT INTO verdicts SELECT 'bytes', 'bytes', 'bytes', '{_NOT_UTF8}', 1, 'Left', '{_NOT_UTF8}', NULL, NULL, NULL, 'verdict', 1, NULL, NULL, NULL, NULL, '{_NOT_JSON}';
INSERT INTO calls VALUES ('odd', '', 'none', '', NULL, NULL, NULL, {DEEP});
INSERT INTO errors VALUES ('odd', 'nowhere', 'odd', '', '', 'x', -1, 'none', -2147483648, 2147483647, 'never', '{_NOT_UTF8}');
INSERT INTO comparisons VALUES ('odd', '', '', '', 'nobody', NULL, NULL, NULL, 'up', 'x', '[]'), ('odd', 'a', 'm', 'm', 'a', 'none', 'no', 'no', NULL, NULL, {DEEP}),
    ('bytes', '{_NOT_UTF8}', '{_NOT_UTF8}', 'm', 'a', NULL, NULL, NULL, NULL, NULL, '{_NOT_JSON}'), ('long', 'a', 'm', 'n', 'a', NULL, NULL, NULL, NULL, NULL, {LONG});
INSERT INTO assignments BY NAME SELECT 'odd' AS id, 'none' AS task, [NULL, '']::VARCHAR[] AS runs, -1 AS overlap, 'nan'::DOUBLE AS gold_rate;
INSERT INTO labels BY NAME SELECT 'odd' AS id, 'compare' AS task, '' AS annotator, 'none' AS item, 'label' AS event, -9223372036854775808 AS seq,
    'x' AS decided_at, 'sideways' AS answer, 'nan'::DOUBLE AS active, 'inf'::DOUBLE AS elapsed, '5'::JSON AS opinion, [NULL]::VARCHAR[] AS flags, -128 AS confidence;
INSERT INTO labels BY NAME SELECT 'undone' AS id, 'compare' AS task, 'a' AS annotator, 'odd' AS item, 'undo' AS event, 1 AS seq, '' AS decided_at, 'undone' AS undoes;
INSERT INTO labels BY NAME SELECT 'round' AS id, 'failure' AS task, 'a' AS annotator, 'i0' AS item, 'label' AS event, 1 AS seq, '' AS decided_at, 'round' AS supersedes,
    {LONG} AS opinion, 'match' AS answer;
INSERT INTO buildings BY NAME SELECT 'odd' AS id, 'none' AS stage, -1 AS generation, {DEEP} AS settings;
INSERT INTO makings BY NAME SELECT 'odd' AS id, 'odd' AS building, 'none' AS stage, '' AS subject, '7' AS made, '7' AS refused, false AS confidential;
INSERT INTO chunks VALUES ('odd', 'gone', -1, 2147483647, -2147483648, -1, NULL, NULL, 'odd');
INSERT INTO queries VALUES ('odd', 'none', -1, '', 'odd', '[]');
INSERT INTO links BY NAME SELECT 'odd' AS id, 'item' AS kind, 'odd' AS thing, 'item' AS source_kind, 'odd' AS source, [-1, NULL]::INTEGER[] AS turns, true AS confidential;
INSERT INTO superseded VALUES ('odd', 'nothing', 'odd', 'odd');
INSERT INTO clusterings BY NAME SELECT 'odd' AS id, 'made' AS event, -1 AS seq, '' AS time, '' AS decided_by,
    [NULL, {{'cluster': NULL, 'members': [NULL, 'odd', 'none'], 'representative': 'none'}}] AS groups, 'inf'::DOUBLE AS threshold;
INSERT INTO splits BY NAME SELECT 'odd' AS id, -1 AS seed, 'nan'::DOUBLE AS share, '' AS time, [NULL, 'odd']::VARCHAR[] AS train, NULL::VARCHAR[] AS test;
INSERT INTO meta VALUES ('', NULL), (chr(27) || '[31m', chr(27) || '[31m'), ('study', NULL), ('study', '');
CHECKPOINT;
"""


def odd_study(path: Path, *, texts: bool = True) -> Path:
    """A small study with odd rows: numbers at their ends, what dangles, ids twice, deep JSON; with `texts`, bytes that are no
    UTF-8 and JSON that is none."""
    base_study(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(STATEMENTS)
    if not texts:
        return path
    _exchange(path, _NOT_UTF8.encode(), b"\xff\xfe\xc3(\x80" + b"B" * (len(_NOT_UTF8) - 5))
    _exchange(path, _NOT_JSON.encode(), b'{"MARK: ' + b"{" * (len(_NOT_JSON) - 8))
    return path


def _exchange(path: Path, old: bytes, new: bytes) -> None:
    """Put other bytes into a database file, with checksums that fit."""
    assert len(old) == len(new)
    content = bytearray(path.read_bytes())
    assert content.count(old)
    content = content.replace(old, new)
    for start in range(_HEAD, len(content) - _BLOCK + 1, _BLOCK):
        words = struct.unpack_from(f"<{_BLOCK // 8 - 1}Q", content, start + 8)
        checksum = 5381
        for word in words:
            checksum ^= word * 0xBF58476D1CE4E5B9 & _MASK
        struct.pack_into("<Q", content, start, checksum)
    path.write_bytes(content)
