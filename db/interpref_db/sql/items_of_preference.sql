-- Items whose pair has a preference. Shape: (key).
SELECT i.id AS key FROM items AS i JOIN pairs AS q ON q.id = i.pair WHERE q.a = $preference OR q.b = $preference ORDER BY i.id
