-- The settled store of one study. Runs after `USE study`; every later change is a migration with the next number.
-- No indexes: rows arrive in bulk, identifiers are compared when they do, and zone maps find one history in milliseconds.

CREATE TABLE meta (key VARCHAR NOT NULL, value VARCHAR);

-- One row an imported file. `counts` is what the import said of it.
CREATE TABLE sources (
    id VARCHAR NOT NULL, file VARCHAR NOT NULL, format VARCHAR NOT NULL, sha256 VARCHAR, bytes BIGINT,
    imported TIMESTAMPTZ, program VARCHAR, counts JSON
);

-- `key` counts histories in the order they came; turns point to it. `content` is the MD5 number of the turns, by
-- which a record that has no identifier is recognised when its file is imported again.
CREATE TABLE histories (
    key BIGINT NOT NULL, id VARCHAR NOT NULL, source VARCHAR, user_id VARCHAR, language VARCHAR, title VARCHAR,
    confidential BOOLEAN NOT NULL DEFAULT false, turns INTEGER NOT NULL, characters BIGINT NOT NULL,
    opening VARCHAR, content UHUGEINT NOT NULL, extra JSON
);

-- One row a turn; those of one history stand together, in order of position (from 1). Flat, so that a text search scans
-- at disk speed.
CREATE TABLE turns (
    history BIGINT NOT NULL, position INTEGER NOT NULL, role VARCHAR NOT NULL, content VARCHAR NOT NULL, time VARCHAR
);

CREATE TABLE preferences (
    id VARCHAR NOT NULL, text VARCHAR NOT NULL, category VARCHAR, subcategory VARCHAR, extra JSON
);

-- `b` is NULL where the counterpart is "no preference".
CREATE TABLE pairs (id VARCHAR NOT NULL, a VARCHAR NOT NULL, b VARCHAR, topic VARCHAR);

CREATE TABLE items (
    id VARCHAR NOT NULL, query VARCHAR NOT NULL, pair VARCHAR NOT NULL, history_a VARCHAR, history_b VARCHAR, extra JSON
);

-- `expected` counts items. A run holds two responses an item.
CREATE TABLE runs (
    id VARCHAR NOT NULL, name VARCHAR NOT NULL, model VARCHAR NOT NULL, paradigm VARCHAR NOT NULL, provider VARCHAR,
    parameters JSON, seed BIGINT, prompt JSON, expected BIGINT, fingerprint VARCHAR, program VARCHAR, time VARCHAR,
    sample BOOLEAN, source VARCHAR
);

-- One judge over one run.
CREATE TABLE judgings (
    id VARCHAR NOT NULL, run VARCHAR NOT NULL, judge VARCHAR NOT NULL, model VARCHAR NOT NULL, provider VARCHAR,
    parameters JSON, seed BIGINT, prompt JSON, strip_openings BOOLEAN, expected BIGINT, fingerprint VARCHAR,
    program VARCHAR, time VARCHAR, sample BOOLEAN
);

CREATE TABLE responses (
    id VARCHAR NOT NULL, run VARCHAR NOT NULL, item VARCHAR NOT NULL, side VARCHAR NOT NULL, text VARCHAR NOT NULL,
    raw VARCHAR, trace JSON, call VARCHAR, provenance JSON
);

-- `order_number` is 1-4; `item` is NULL for a verdict that could not be placed; `stage` is 'opinion' for an earlier
-- opinion that is not one of the four. Later ones supersede earlier ones of the same run, item, order and judge.
CREATE TABLE verdicts (
    id VARCHAR NOT NULL, run VARCHAR NOT NULL, item VARCHAR, judge VARCHAR NOT NULL, order_number TINYINT,
    choice VARCHAR NOT NULL, reasoning VARCHAR, case_label VARCHAR, raw VARCHAR, parsed_by VARCHAR,
    stage VARCHAR NOT NULL, seq INTEGER NOT NULL, source_row INTEGER, note VARCHAR, judging VARCHAR, call VARCHAR,
    provenance JSON
);

-- Finished calls that are not themselves a response or verdict.
CREATE TABLE calls (
    id VARCHAR NOT NULL, hash VARCHAR NOT NULL, stage VARCHAR NOT NULL, text VARCHAR NOT NULL, run VARCHAR,
    item VARCHAR, side VARCHAR, provenance JSON
);

CREATE TABLE errors (
    id VARCHAR NOT NULL, run VARCHAR NOT NULL, item VARCHAR NOT NULL, error VARCHAR NOT NULL, message VARCHAR NOT NULL,
    side VARCHAR, order_number TINYINT, judging VARCHAR, attempts INTEGER, status INTEGER, time VARCHAR
);

CREATE TABLE comparisons (
    id VARCHAR NOT NULL, annotator VARCHAR NOT NULL, model_a VARCHAR NOT NULL, model_b VARCHAR NOT NULL,
    winner VARCHAR NOT NULL, item VARCHAR, run_a VARCHAR, run_b VARCHAR, left_is VARCHAR, time VARCHAR, extra JSON
);
