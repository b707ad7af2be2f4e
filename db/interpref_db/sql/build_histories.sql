-- Raw histories, oldest first, with the user's turns: those of people, not made here and not written to carry a preference.
-- Shape: id, key, confidential, turns, positions (of the user's turns), lengths (characters of each).
SELECT h.id, h.key, h.confidential, h.turns, t.positions, t.lengths
FROM histories AS h JOIN (
    SELECT history, list(position ORDER BY position) AS positions, list(length(content) ORDER BY position) AS lengths
    FROM turns WHERE role = 'user' GROUP BY history) AS t ON t.history = h.key
WHERE coalesce(h.source, '') <> 'build' AND (h.extra ->> '$.preference') IS NULL
ORDER BY h.key
