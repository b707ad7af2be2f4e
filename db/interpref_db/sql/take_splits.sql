-- Fresh lines of type "split" into incoming.splits.
INSERT INTO incoming.splits BY NAME
SELECT r.* REPLACE (coalesce(r.seq, 0) AS seq), origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","seed":"BIGINT","share":"DOUBLE","time":"VARCHAR",
        "train":["VARCHAR"],"test":["VARCHAR"],"program":"VARCHAR","seq":"BIGINT"}') AS r
    FROM fresh WHERE type = 'split');
