-- Fresh lines of type "call" into incoming.calls.
INSERT INTO incoming.calls BY NAME
SELECT r.*, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","hash":"VARCHAR","stage":"VARCHAR","text":"VARCHAR",
        "run":"VARCHAR","item":"VARCHAR","side":"VARCHAR","provenance":"JSON"}') AS r
    FROM fresh WHERE type = 'call');
