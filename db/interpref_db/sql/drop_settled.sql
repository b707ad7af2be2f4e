-- Rows of one incoming table whose identifier is settled already, or that came twice (a journal copied home twice).
-- Shape: (origin), a row each.
DELETE FROM incoming.TABLE_NAME WHERE id IN (SELECT id FROM study.TABLE_NAME)
    OR rowid NOT IN (SELECT min(rowid) FROM incoming.TABLE_NAME GROUP BY id)
RETURNING origin;
