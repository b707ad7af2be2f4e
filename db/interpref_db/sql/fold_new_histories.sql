-- The histories of one origin that the study does not have yet, with the keys that they get there.
CREATE OR REPLACE TEMP TABLE new_histories AS
SELECT key AS taken, (SELECT coalesce(max(key), 0) FROM study.histories) + row_number() OVER (ORDER BY line) AS given
FROM (
    SELECT key, line, id FROM incoming.histories WHERE origin = $origin
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY line) = 1)
WHERE id NOT IN (SELECT id FROM study.histories);
