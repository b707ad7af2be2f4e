-- The first 64 bits of the content hash of every finished call whose text the study has. Shape: (hash: UBIGINT).
SELECT ('0x' || left(hash, 16))::UBIGINT AS hash FROM (
    SELECT hash FROM calls
    UNION ALL SELECT call FROM responses WHERE call IS NOT NULL
    UNION ALL SELECT call FROM verdicts WHERE call IS NOT NULL AND raw IS NOT NULL)
WHERE regexp_full_match(hash, '[0-9a-f]{64}')
