-- The same for a file with one column of 0 and 1 an outcome: only the names. Shape: value, is_name.
SELECT value, true AS is_name FROM (SELECT DISTINCT MODEL_A AS value FROM SOURCE UNION SELECT DISTINCT MODEL_B FROM SOURCE)
WHERE value <> ''
