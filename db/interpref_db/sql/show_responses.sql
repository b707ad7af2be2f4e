-- Every run's responses to one item. Shape: run, name, model, paradigm, sample, side, text, raw, trace, provenance.
SELECT p.run, r.name, r.model, r.paradigm, coalesce(r.sample, false) AS sample, p.side, p.text, p.raw, p.trace, p.provenance
FROM responses AS p LEFT JOIN runs AS r ON r.id = p.run WHERE p.item = $item ORDER BY r.name, p.side
