-- What stands on the screen for some items. Shape: item, query, a, b (preferences), topic, category, responses (list of run,
-- side, text).
SELECT i.id AS item, i.query, a.text AS a, b.text AS b, q.topic, a.category, r.responses
FROM items AS i LEFT JOIN pairs AS q ON q.id = i.pair
LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
LEFT JOIN (
    SELECT item, list({'run': run, 'side': side, 'text': text} ORDER BY id) AS responses FROM responses
    WHERE run IN (SELECT unnest($runs::VARCHAR[])) AND item IN (SELECT unnest($items::VARCHAR[])) GROUP BY item) AS r
    ON r.item = i.id
WHERE i.id IN (SELECT unnest($items::VARCHAR[]))
