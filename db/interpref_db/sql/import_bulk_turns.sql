-- Their turns, read from the file again: that costs less than keeping them. Those of a history stand together and in order;
-- stretches of the file may change places. Shape: one row (rows inserted).
-- SOURCE_OF_LINES, TURNS_FIELD and ROLE_OF are filled in by the importer.
INSERT INTO study.turns BY NAME
SELECT key AS history, position, ROLE_OF AS role, coalesce(t."value", t.content) AS content, NULL AS time FROM (
    SELECT s.key, unnest(f.TURNS_FIELD) AS t, generate_subscripts(f.TURNS_FIELD, 1)::INTEGER AS position
    FROM SOURCE_OF_LINES AS f JOIN (SELECT key, print FROM settled WHERE state = 'new') AS s
        ON s.print = hash(f.id, f.TURNS_FIELD));
