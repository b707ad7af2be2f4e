-- Fresh lines of type "item" into incoming.items.
INSERT INTO incoming.items BY NAME
SELECT r.*, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","query":"VARCHAR","pair":"VARCHAR","history_a":"VARCHAR",
        "history_b":"VARCHAR","extra":"JSON"}') AS r
    FROM fresh WHERE type = 'item');
