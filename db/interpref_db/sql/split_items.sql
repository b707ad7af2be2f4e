-- Items with the preferences of their pair. Shape: (item, a, b), b NULL where the counterpart is no preference.
SELECT i.id AS item, q.a, q.b FROM items AS i JOIN pairs AS q ON q.id = i.pair ORDER BY i.id
