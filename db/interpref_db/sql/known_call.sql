-- The text of one finished call. Shape: one row (text).
SELECT text FROM (
    SELECT text, 1 AS place FROM calls WHERE hash = $call
    UNION ALL SELECT coalesce(raw, text), 2 FROM responses WHERE call = $call
    UNION ALL SELECT raw, 3 FROM verdicts WHERE call = $call AND raw IS NOT NULL)
ORDER BY place LIMIT 1
