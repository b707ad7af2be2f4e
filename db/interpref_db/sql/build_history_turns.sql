-- The turns of several histories, each in order. Shape: history (identifier),
-- confidential, turns (list of role, content, time).
SELECT h.id AS history, h.confidential, list({'role': t.role, 'content': t.content, 'time': t.time} ORDER BY t.position) AS turns
FROM histories AS h JOIN turns AS t ON t.history = h.key
WHERE h.id IN (SELECT unnest($ids::VARCHAR[])) GROUP BY ALL
