-- What an item is about. Shape: one row (topic, preference_a, preference_b, category, subcategory).
SELECT q.topic, a.text AS preference_a, b.text AS preference_b, a.category, a.subcategory
FROM items AS i LEFT JOIN pairs AS q ON q.id = i.pair
LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b WHERE i.id = $item
