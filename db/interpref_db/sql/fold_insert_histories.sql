-- The new histories of one origin. Shape: one row (rows inserted).
INSERT INTO study.histories BY NAME
SELECT h.* EXCLUDE (key, origin, line), n.given AS key
FROM incoming.histories AS h JOIN new_histories AS n ON h.key = n.taken
WHERE h.origin = $origin ORDER BY n.given;
