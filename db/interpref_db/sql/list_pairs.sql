-- Preference pairs with both texts. Shape: key, id, topic, a, b, category, items.
SELECT q.id AS key, q.id, q.topic, a.text AS a, b.text AS b, a.category, coalesce(n.items, 0) AS items
FROM pairs AS q LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
LEFT JOIN (SELECT pair, count(*) AS items FROM items GROUP BY pair) AS n ON n.pair = q.id
