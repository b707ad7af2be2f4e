-- Preference pairs. Shape: id, topic, a, b (identifiers), preference_a, preference_b (texts).
SELECT q.id, q.topic, q.a, q.b, a.text AS preference_a, b.text AS preference_b
FROM pairs AS q LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b ORDER BY q.id
