-- What one origin brings and the study does not have yet, once each by identifier. Shape: one row (rows inserted).
INSERT INTO study.TABLE_NAME BY NAME
SELECT * EXCLUDE (origin, line) FROM (
    SELECT * FROM incoming.TABLE_NAME WHERE origin = $origin
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY line) = 1)
WHERE id NOT IN (SELECT id FROM study.TABLE_NAME)
ORDER BY line;
