-- Fresh lines of type "label" into incoming.labels.
INSERT INTO incoming.labels BY NAME
SELECT r.* EXCLUDE ("left", "order"), r."left" AS left_is, r."order" AS order_number, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","task":"VARCHAR","annotator":"VARCHAR","item":"VARCHAR",
        "event":"VARCHAR","seq":"BIGINT","decided_at":"VARCHAR","run_a":"VARCHAR","run_b":"VARCHAR","side":"VARCHAR",
        "subject":"VARCHAR","model_a":"VARCHAR","model_b":"VARCHAR","answer":"VARCHAR","shown":"VARCHAR",
        "left":"VARCHAR","order":"TINYINT","supersedes":"VARCHAR","undoes":"VARCHAR","confidence":"TINYINT",
        "comment":"VARCHAR","flagged":"BOOLEAN","flags":["VARCHAR"],"assignment":"VARCHAR","seed":"BIGINT",
        "opinion":"JSON","first":"VARCHAR","shown_at":"VARCHAR","active":"DOUBLE","elapsed":"DOUBLE",
        "guideline":"VARCHAR","gold":"BOOLEAN","weight":"DOUBLE","program":"VARCHAR"}') AS r
    FROM fresh WHERE type = 'label');
