-- Candidate queries that nobody refused, with the preferences that they should not give away. Shape: query (id), text, a, b.
SELECT q.id AS query, q.text, a.text AS a, b.text AS b
FROM judged_queries AS q JOIN pairs AS p ON p.id = q.pair
LEFT JOIN preferences AS a ON a.id = p.a LEFT JOIN preferences AS b ON b.id = p.b
WHERE q.refuses = 0 OR q.accepted ORDER BY q.id
