-- Fresh lines of type "making" into incoming.makings.
INSERT INTO incoming.makings BY NAME
SELECT r.* EXCLUDE (confidential), coalesce(r.confidential, false) AS confidential, (r.provenance->>'$.call') AS call, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","building":"VARCHAR","stage":"VARCHAR","subject":"VARCHAR","part":"INTEGER",
        "made":"JSON","refused":"JSON","confidential":"BOOLEAN","provenance":"JSON"}') AS r
    FROM fresh WHERE type = 'making');
