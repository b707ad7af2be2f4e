-- Items with the texts of their pair. Shape: key, id, query, a, b, topic, category, subcategory, history_a, history_b, runs.
SELECT i.id AS key, i.id, left(i.query, 400) AS query, a.text AS a, b.text AS b, q.topic, a.category, a.subcategory, i.history_a, i.history_b,
    coalesce(n.runs, 0) AS runs
FROM items AS i LEFT JOIN pairs AS q ON q.id = i.pair
LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
LEFT JOIN (SELECT item, count(DISTINCT run) AS runs FROM responses GROUP BY item) AS n ON n.item = i.id
