-- What the steps of workflows gave, with the preference that they were to carry. Shape: run, preference, trace.
SELECT p.run, f.text AS preference, p.trace::VARCHAR AS trace
FROM responses AS p JOIN items AS i ON i.id = p.item JOIN pairs AS q ON q.id = i.pair
JOIN preferences AS f ON f.id = CASE p.side WHEN 'a' THEN q.a ELSE q.b END
WHERE p.trace IS NOT NULL AND contains(p.trace::VARCHAR, '"extracted"') AND list_contains($runs::VARCHAR[], p.run)
