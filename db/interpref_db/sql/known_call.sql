-- One finished call. Shape: one row (text, provenance).
SELECT text, provenance FROM (
    SELECT text, provenance, 1 AS place FROM calls WHERE hash = $call
    UNION ALL SELECT coalesce(raw, text), provenance, 2 FROM responses WHERE call = $call
    UNION ALL SELECT raw, provenance, 3 FROM verdicts WHERE call = $call AND raw IS NOT NULL)
ORDER BY place LIMIT 1
