-- Content hashes of every finished call whose text the study has. Shape: (hash).
SELECT hash FROM calls
UNION SELECT call FROM responses WHERE call IS NOT NULL
UNION SELECT call FROM verdicts WHERE call IS NOT NULL AND raw IS NOT NULL
