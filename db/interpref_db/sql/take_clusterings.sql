-- Fresh lines of type "clustering" into incoming.clusterings.
INSERT INTO incoming.clusterings BY NAME
SELECT r.* EXCLUDE ("by"), r."by" AS decided_by, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","event":"VARCHAR","seq":"BIGINT","time":"VARCHAR",
        "by":"VARCHAR","groups":[{"cluster":"VARCHAR","members":["VARCHAR"],"representative":"VARCHAR"}],
        "cluster":"VARCHAR","name":"VARCHAR","representative":"VARCHAR",
        "categories":[{"preference":"VARCHAR","category":"VARCHAR","subcategory":"VARCHAR","confidence":"DOUBLE"}],
        "undoes":"VARCHAR","threshold":"DOUBLE","vectors":"VARCHAR","program":"VARCHAR"}') AS r
    FROM fresh WHERE type = 'clustering');
