-- Histories of one origin that came without an identifier: the n-th of equal content is the n-th that the study has of
-- that content, or a new one.
CREATE OR REPLACE TEMP TABLE named AS
WITH unnamed AS (
    SELECT key, content, row_number() OVER (PARTITION BY content ORDER BY line, key) AS nth
    FROM staged_histories WHERE origin = $origin AND id = ''),
known AS (
    SELECT id, content, row_number() OVER (PARTITION BY content ORDER BY key) AS nth
    FROM study.histories WHERE content IN (SELECT content FROM unnamed))
SELECT unnamed.key, coalesce(known.id, uuidv7()::VARCHAR) AS id FROM unnamed LEFT JOIN known USING (content, nth);
