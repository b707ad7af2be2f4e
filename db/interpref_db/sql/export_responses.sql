-- Responses with what they answer. Shape: id, run, model, paradigm, sample, item, side, query, preference, text, raw, trace,
-- provenance.
SELECT p.id, p.run, r.model, r.paradigm, coalesce(r.sample, false) AS sample, p.item, p.side, i.query,
    CASE p.side WHEN 'a' THEN a.text ELSE b.text END AS preference, p.text, p.raw, p.trace, p.provenance
FROM responses AS p LEFT JOIN runs AS r ON r.id = p.run LEFT JOIN items AS i ON i.id = p.item
LEFT JOIN pairs AS q ON q.id = i.pair LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
ORDER BY p.run, p.item, p.side
