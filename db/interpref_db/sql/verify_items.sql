-- Items with what they should not give away. Shape: item, query, a, b (texts of the preferences, b may be NULL), key_a, key_b,
-- turns_a, turns_b (numbers of turns; NULL without a history).
SELECT i.id AS item, i.query, a.text AS a, b.text AS b, ha.key AS key_a, hb.key AS key_b, ha.turns AS turns_a, hb.turns AS turns_b
FROM items AS i LEFT JOIN pairs AS q ON q.id = i.pair
LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
LEFT JOIN histories AS ha ON ha.id = i.history_a LEFT JOIN histories AS hb ON hb.id = i.history_b ORDER BY i.id
