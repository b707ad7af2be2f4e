-- The staged comparisons as `numbered`, without those that the study has as labels: of equal ones that have no identifier of
-- their own the n-th is numbered n, of the others the first stays.
CREATE OR REPLACE TEMP TABLE numbered AS
SELECT * FROM (
    SELECT * REPLACE (CASE WHEN NOT starts_with(id, $mark) THEN id ELSE substr(id, length($mark) + 1) || CASE
        row_number() OVER (PARTITION BY id ORDER BY line, rowid) WHEN 1 THEN '' ELSE
        '-' || row_number() OVER (PARTITION BY id ORDER BY line, rowid) END END AS id)
    FROM staged_comparisons)
WHERE id NOT IN (SELECT id FROM study.labels WHERE task = 'compare')
QUALIFY row_number() OVER (PARTITION BY id ORDER BY line) = 1
