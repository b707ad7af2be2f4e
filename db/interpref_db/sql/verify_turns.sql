-- Turns of some histories. Shape: history (its key), position, role, content.
SELECT history, position, role, content FROM turns WHERE history IN (SELECT unnest($keys::BIGINT[])) ORDER BY history, position
