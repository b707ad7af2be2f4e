-- Fresh lines of type "superseded" into incoming.superseded.
INSERT INTO incoming.superseded BY NAME
SELECT r.*, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","kind":"VARCHAR","thing":"VARCHAR","building":"VARCHAR"}') AS r
    FROM fresh WHERE type = 'superseded');
