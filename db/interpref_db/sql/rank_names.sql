-- Every name of a model and every word for who won in a file of comparisons: its reader and its columns are put in below.
-- Shape: value, is_name.
SELECT value, true AS is_name FROM (SELECT DISTINCT MODEL_A AS value FROM SOURCE UNION SELECT DISTINCT MODEL_B FROM SOURCE)
WHERE value <> ''
UNION ALL SELECT value, false FROM (SELECT DISTINCT SAID AS value FROM SOURCE) WHERE value IS NOT NULL
