-- The turns of some histories, in order. Shape: history, role, content.
WITH wanted AS (SELECT unnest($histories::VARCHAR[]) AS id)
SELECT h.id AS history, t.role, t.content
FROM all_histories AS h SEMI JOIN wanted ON wanted.id = h.id JOIN turns AS t ON t.history = h.key
ORDER BY h.key, t.position
