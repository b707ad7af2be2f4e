-- The lines of `fresh` that are no JSON object, or of a type that this program does not know. Shape: (line).
SELECT line FROM fresh WHERE type IS NULL OR type NOT IN (SELECT unnest($known::VARCHAR[]));
