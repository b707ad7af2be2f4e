-- The turns of the new histories of one origin, in the order of their histories. Shape: one row (rows inserted).
INSERT INTO study.turns BY NAME
SELECT t.* EXCLUDE (history, origin, line), n.given AS history
FROM incoming.turns AS t JOIN new_histories AS n ON t.history = n.taken
WHERE t.origin = $origin ORDER BY n.given, t.position;
