-- Rows whose identifier is in the study, or earlier in the same origin, with other content. Shape: (id, line).
WITH mine AS (
    SELECT id, line, hash(*COLUMNS(lambda c: c NOT IN ('key', 'source', 'origin', 'line'))) AS content
    FROM incoming.TABLE_NAME WHERE origin = $origin),
settled AS (
    SELECT id, hash(*COLUMNS(lambda c: c NOT IN ('key', 'source'))) AS content
    FROM study.TABLE_NAME WHERE id IN (SELECT id FROM mine)),
reference AS (
    SELECT id, content FROM settled
    UNION ALL
    SELECT id, arg_min(content, line) FROM mine WHERE id NOT IN (SELECT id FROM settled) GROUP BY id)
SELECT mine.id, mine.line FROM mine JOIN reference USING (id) WHERE mine.content <> reference.content ORDER BY mine.line;
