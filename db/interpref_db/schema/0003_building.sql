-- How a benchmark was built from conversations (paper section 3.3): every made thing points to what it was made from.

-- One generation of one stage. `settings` holds what else decides its outcome (window, position, ...).
CREATE TABLE buildings (
    id VARCHAR NOT NULL, stage VARCHAR NOT NULL, generation INTEGER NOT NULL, model VARCHAR, provider VARCHAR,
    parameters JSON, seed BIGINT, prompts JSON, settings JSON, fingerprint VARCHAR, expected BIGINT, program VARCHAR,
    time VARCHAR
);

-- What came of asking about one subject (a window of a history, a preference, a pair): `made` is what the answer gave,
-- `refused` a list of {text, reason}. Things are made of these when they are settled.
CREATE TABLE makings (
    id VARCHAR NOT NULL, building VARCHAR NOT NULL, stage VARCHAR NOT NULL, subject VARCHAR NOT NULL, part INTEGER,
    made JSON, refused JSON, confidential BOOLEAN NOT NULL DEFAULT false, call VARCHAR, provenance JSON
);

-- Turns of a history about one topic. The chunks of a history are numbered from 1 and cover it: `first_turn` and
-- `last_turn` are positions, `queries` counts the user's turns among them. `ignored` says why nothing was taken from it.
CREATE TABLE chunks (
    id VARCHAR NOT NULL, history VARCHAR NOT NULL, number INTEGER NOT NULL, first_turn INTEGER NOT NULL,
    last_turn INTEGER NOT NULL, queries INTEGER NOT NULL, topic VARCHAR, ignored VARCHAR, building VARCHAR NOT NULL
);

-- Candidate queries of a pair. An item is made of one when people have accepted it.
CREATE TABLE queries (
    id VARCHAR NOT NULL, pair VARCHAR NOT NULL, number INTEGER NOT NULL, text VARCHAR NOT NULL, building VARCHAR NOT NULL,
    extra JSON
);

-- One row a step of the trail: `thing` (of `kind`) was made from `source` (of `source_kind`). `turns` are positions in the
-- source where the source is a history or a chunk; `place` counts what stands in an order (from 1).
CREATE TABLE links (
    id VARCHAR NOT NULL, kind VARCHAR NOT NULL, thing VARCHAR NOT NULL, source_kind VARCHAR NOT NULL,
    source VARCHAR NOT NULL, role VARCHAR, place INTEGER, turns INTEGER[], confidential BOOLEAN NOT NULL DEFAULT false,
    building VARCHAR, making VARCHAR
);

-- Things that a later generation of their stage has replaced: kept, but no longer part of what the study shows.
CREATE TABLE superseded (id VARCHAR NOT NULL, kind VARCHAR NOT NULL, thing VARCHAR NOT NULL, building VARCHAR);
