-- Pairs that want candidate queries: all but those that came with an item, which has one. Shape: id, topic, a, b (texts; b NULL for
-- no preference), confidential.
SELECT q.id, q.topic, a.text AS a, b.text AS b,
    q.id IN (SELECT id FROM private_pairs) AS confidential
FROM pairs AS q JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
WHERE (q.b IS NULL OR b.id IS NOT NULL)
    AND q.id NOT IN (SELECT pair FROM items WHERE id NOT IN (SELECT thing FROM links WHERE kind = 'item'))
ORDER BY q.id
