-- Judged items that did not pass. Shape: key, run, model, paradigm, judge, item, pattern, case_labels, query (shortened),
-- a, b, category, subcategory, topic.
SELECT t.run || chr(31) || t.item || chr(31) || t.judge AS key, r.name AS run, r.model, r.paradigm, t.judge, t.item, t.pattern,
    l.case_labels, left(i.query, 400) AS query, a.text AS a, b.text AS b,
    a.category, a.subcategory, q.topic
FROM patterns AS t LEFT JOIN runs AS r ON r.id = t.run LEFT JOIN items AS i ON i.id = t.item
LEFT JOIN pairs AS q ON q.id = i.pair LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
LEFT JOIN (
    SELECT run, item, judge, string_agg(DISTINCT case_label, ', ' ORDER BY case_label) AS case_labels
    FROM current_verdicts GROUP BY run, item, judge) AS l ON l.run = t.run AND l.item = t.item AND l.judge = t.judge
WHERE t.pattern <> 'LRRL'
