-- Fresh lines of type "response" into incoming.responses.
INSERT INTO incoming.responses BY NAME
SELECT r.*, (r.provenance->>'$.call') AS call, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","run":"VARCHAR","item":"VARCHAR","side":"VARCHAR",
        "text":"VARCHAR","raw":"VARCHAR","trace":"JSON","provenance":"JSON"}') AS r
    FROM fresh WHERE type = 'response');
