-- Fresh lines of type "query" into incoming.queries.
INSERT INTO incoming.queries BY NAME
SELECT r.*, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","pair":"VARCHAR","number":"INTEGER","text":"VARCHAR","building":"VARCHAR",
        "extra":"JSON"}') AS r
    FROM fresh WHERE type = 'query');
