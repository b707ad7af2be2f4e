-- Judged items: one row a run, item and judge with all four verdicts. Shape: key, run_id, run, model, paradigm, item, judge,
-- pattern, passed, query (shortened), a, b, category, subcategory, topic, sample.
SELECT t.run || chr(31) || t.item || chr(31) || t.judge AS key, t.run AS run_id, r.name AS run, r.model, r.paradigm, t.item, t.judge,
    t.pattern, t.pattern = 'LRRL' AS passed, left(i.query, 400) AS query, a.text AS a, b.text AS b, a.category, a.subcategory, q.topic, coalesce(r.sample, false) AS sample
FROM patterns AS t LEFT JOIN runs AS r ON r.id = t.run LEFT JOIN items AS i ON i.id = t.item
LEFT JOIN pairs AS q ON q.id = i.pair LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
