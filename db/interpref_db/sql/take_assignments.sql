-- Fresh lines of type "assignment" into incoming.assignments.
INSERT INTO incoming.assignments BY NAME
SELECT r.* EXCLUDE ("order"), r."order" AS queue_order, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","task":"VARCHAR","runs":["VARCHAR"],"order":"VARCHAR",
        "seed":"BIGINT","overlap":"INTEGER","among":["VARCHAR"],"opinion":"VARCHAR","judge":"VARCHAR",
        "both_bad":"BOOLEAN","adjudicate":"BOOLEAN","gold":"VARCHAR","gold_rate":"DOUBLE","guideline":"VARCHAR",
        "guideline_text":"VARCHAR"}') AS r
    FROM fresh WHERE type = 'assignment');
