-- Fresh lines of type "judging" into incoming.judgings.
INSERT INTO incoming.judgings BY NAME
SELECT r.*, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","run":"VARCHAR","judge":"VARCHAR","model":"VARCHAR",
        "provider":"VARCHAR","parameters":"JSON","seed":"BIGINT","prompt":"JSON","strip_openings":"BOOLEAN",
        "expected":"BIGINT","fingerprint":"VARCHAR","program":"VARCHAR","time":"VARCHAR","sample":"BOOLEAN"}') AS r
    FROM fresh WHERE type = 'judging');
