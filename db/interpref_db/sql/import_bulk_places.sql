-- Places of the lines that are looked at again or refused. Shape: (n, state, id).
SELECT n, state, id FROM settled WHERE state IN ('odd', 'conflict') ORDER BY n;
