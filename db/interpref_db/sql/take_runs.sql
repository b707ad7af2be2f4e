-- Fresh lines of type "run" into incoming.runs.
INSERT INTO incoming.runs BY NAME
SELECT r.*, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","name":"VARCHAR","model":"VARCHAR","paradigm":"VARCHAR",
        "provider":"VARCHAR","parameters":"JSON","seed":"BIGINT","prompt":"JSON","expected":"BIGINT",
        "fingerprint":"VARCHAR","program":"VARCHAR","time":"VARCHAR","sample":"BOOLEAN","source":"VARCHAR"}') AS r
    FROM fresh WHERE type = 'run');
