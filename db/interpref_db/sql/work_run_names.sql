-- Names of runs. Shape: name.
SELECT name FROM runs ORDER BY name
