-- Fresh lines of type "preference" into incoming.preferences.
INSERT INTO incoming.preferences BY NAME
SELECT r.*, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","text":"VARCHAR","category":"VARCHAR",
        "subcategory":"VARCHAR","extra":"JSON"}') AS r
    FROM fresh WHERE type = 'preference');
