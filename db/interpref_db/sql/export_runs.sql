-- Runs. Shape: the columns of runs.
FROM runs ORDER BY id
