-- The conversation that carries each preference. Shape: preference, text, history, key, turns, confidential.
SELECT p.id AS preference, p.text, h.history, h.key, h.turns,
    h.confidential OR p.id IN (SELECT id FROM private_preferences) AS confidential
FROM (
    SELECT (extra ->> '$.preference') AS preference, arg_max(id, key) AS history, max(key) AS key,
        arg_max(turns, key) AS turns, bool_or(confidential) AS confidential
    FROM histories WHERE (extra ->> '$.preference') IS NOT NULL AND coalesce(extra ->> '$.role', '') <> 'item' GROUP BY ALL) AS h
JOIN preferences AS p ON p.id = h.preference ORDER BY p.id
