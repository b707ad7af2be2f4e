-- Fresh lines of type "history" into incoming.histories and incoming.turns. Keys go on from the last one taken, so
-- they order the lines of one import; the settled store gives its own when they are folded.
CREATE OR REPLACE TEMP TABLE fresh_histories AS
SELECT (SELECT coalesce(max(key), 0) FROM incoming.histories) + row_number() OVER (ORDER BY line) AS key,
    r, list_transform(r.turns, lambda t: coalesce(t.content, '')) AS contents, origin, line
FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","source":"VARCHAR","user":"VARCHAR","language":"VARCHAR",
        "title":"VARCHAR","confidential":"BOOLEAN","extra":"JSON",
        "turns":[{"role":"VARCHAR","content":"VARCHAR","time":"VARCHAR"}]}') AS r
    FROM fresh WHERE type = 'history');

INSERT INTO incoming.histories BY NAME
SELECT key, r.id, r.source, r."user" AS user_id, r.language, r.title, coalesce(r.confidential, false) AS confidential,
    len(r.turns) AS turns, list_sum(list_transform(contents, lambda c: length(c)))::BIGINT AS characters,
    opening_of(r.turns) AS opening, content_of(r.turns) AS content, r.extra, origin, line
FROM fresh_histories;

INSERT INTO incoming.turns BY NAME
SELECT key AS history, position, turn.role, coalesce(turn.content, '') AS content, turn.time, origin, line FROM (
    SELECT key, origin, line, unnest(r.turns) AS turn, generate_subscripts(r.turns, 1)::INTEGER AS position
    FROM fresh_histories ORDER BY key);

DROP TABLE fresh_histories;
