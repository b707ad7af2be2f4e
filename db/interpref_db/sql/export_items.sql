-- Items. Shape: id, query, pair, topic, preference_a, preference_b, category, history_a, history_b.
SELECT i.id, i.query, i.pair, q.topic, a.text AS preference_a, b.text AS preference_b, a.category, i.history_a, i.history_b
FROM items AS i LEFT JOIN pairs AS q ON q.id = i.pair
LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b ORDER BY i.id
