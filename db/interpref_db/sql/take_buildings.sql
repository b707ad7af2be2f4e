-- Fresh lines of type "building" into incoming.buildings.
INSERT INTO incoming.buildings BY NAME
SELECT r.*, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","stage":"VARCHAR","generation":"INTEGER","model":"VARCHAR",
        "provider":"VARCHAR","parameters":"JSON","seed":"BIGINT","prompts":"JSON",
        "settings":"JSON","fingerprint":"VARCHAR","expected":"BIGINT","program":"VARCHAR",
        "time":"VARCHAR"}') AS r
    FROM fresh WHERE type = 'building');
