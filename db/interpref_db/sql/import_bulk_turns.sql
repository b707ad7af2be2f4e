-- Their turns, in order. Shape: one row (rows inserted).
INSERT INTO study.turns BY NAME
SELECT key AS history, position, role_of(turn.role) AS role, turn.content AS content, NULL AS time FROM (
    SELECT h.key, unnest(r.turns) AS turn, generate_subscripts(r.turns, 1)::INTEGER AS position
    FROM raw AS r JOIN heads AS h ON r.rowid + 1 = h.n WHERE h.state = 'new');
