-- Staged rows of one origin that name something which is neither settled nor staged. Shape: (rowid, line, what is named).
-- 'None' as a first preference stands for no preference.
SELECT s.rowid, s.line, s.COLUMN_NAME
FROM staged_TABLE_NAME AS s
WHERE s.origin = $origin AND s.COLUMN_NAME IS NOT NULL AND s.COLUMN_NAME <> 'None'
    AND NOT EXISTS (FROM study.TARGET_NAME AS t WHERE t.id = s.COLUMN_NAME)
    AND NOT EXISTS (FROM staged_TARGET_NAME AS t WHERE t.id = s.COLUMN_NAME)
ORDER BY s.line;
