-- What stands on the screen for some items (or candidate queries). Shape: item, query, a, b (preferences), topic, category,
-- responses (list of run, side, text).
SELECT i.id AS item, i.query, a.text AS a, b.text AS b, q.topic, a.category, r.responses
FROM (
    SELECT id, query, pair FROM items WHERE id IN (SELECT unnest($items::VARCHAR[]))
    UNION ALL SELECT id, text, pair FROM queries WHERE id IN (SELECT unnest($items::VARCHAR[]))) AS i
LEFT JOIN pairs AS q ON q.id = i.pair
LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
LEFT JOIN (
    SELECT item, list({'run': run, 'side': side, 'text': text} ORDER BY id) AS responses FROM responses
    WHERE run IN (SELECT unnest($runs::VARCHAR[])) AND item IN (SELECT unnest($items::VARCHAR[])) GROUP BY item) AS r
    ON r.item = i.id
