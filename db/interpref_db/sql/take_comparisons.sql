-- Fresh lines of type "comparison" into incoming.comparisons.
INSERT INTO incoming.comparisons BY NAME
SELECT r.* EXCLUDE ("left"), r."left" AS left_is, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","annotator":"VARCHAR","model_a":"VARCHAR",
        "model_b":"VARCHAR","winner":"VARCHAR","item":"VARCHAR","run_a":"VARCHAR","run_b":"VARCHAR","left":"VARCHAR",
        "time":"VARCHAR","extra":"JSON"}') AS r
    FROM fresh WHERE type = 'comparison');
