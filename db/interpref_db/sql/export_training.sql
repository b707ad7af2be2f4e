-- Items with the responses of one run, or of all workflow runs, to both sides, and the histories that they answer after.
-- Shape: item, query, run, run_name, model, paradigm, part (train, test or NULL), judged (judges with all four verdicts),
-- passed (all of those say so), and for each side: text_a, preference_a, turns_a (list of role and content, NULL without
-- a history); private (see private_items).
WITH chosen AS (
    SELECT id, name, model, paradigm FROM runs
    WHERE CASE WHEN $run IS NULL THEN paradigm = 'wf' ELSE $run IN (id, name) END),
texts AS (
    SELECT item, run, arg_max(text, id) FILTER (side = 'a') AS a, arg_max(text, id) FILTER (side = 'b') AS b
    FROM responses WHERE run IN (SELECT id FROM chosen) GROUP BY ALL),
verdict AS (
    SELECT run, item, count(*) AS judged, bool_and(pattern = $right) AS passed FROM patterns
    WHERE $judge IS NULL OR judge = $judge GROUP BY ALL),
part AS (
    SELECT item, part FROM (
        SELECT unnest(train) AS item, 'train' AS part FROM (FROM splits ORDER BY seq DESC, CASE WHEN seq = 0 THEN time END DESC, id DESC LIMIT 1)
        UNION ALL
        SELECT unnest(test), 'test' FROM (FROM splits ORDER BY seq DESC, CASE WHEN seq = 0 THEN time END DESC, id DESC LIMIT 1))),
spoken AS (
    SELECT h.id, list({'role': t.role, 'content': t.content} ORDER BY t.position) AS turns
    FROM histories AS h JOIN turns AS t ON t.history = h.key
    WHERE h.id IN (SELECT unnest([history_a, history_b]) FROM items WHERE id IN (SELECT item FROM texts))
    GROUP BY h.id)
SELECT i.id AS item, i.query, c.id AS run, c.name AS run_name, c.model, c.paradigm, part.part,
    coalesce(v.judged, 0) AS judged, coalesce(v.passed, false) AS passed,
    x.a AS text_a, x.b AS text_b, pa.text AS preference_a, pb.text AS preference_b,
    ha.turns AS turns_a, hb.turns AS turns_b,
    i.id IN (SELECT id FROM private_items) AS private
FROM texts AS x JOIN chosen AS c ON c.id = x.run JOIN items AS i ON i.id = x.item
LEFT JOIN pairs AS q ON q.id = i.pair
LEFT JOIN preferences AS pa ON pa.id = q.a LEFT JOIN preferences AS pb ON pb.id = q.b
LEFT JOIN verdict AS v ON v.run = x.run AND v.item = x.item
LEFT JOIN part ON part.item = i.id
LEFT JOIN spoken AS ha ON ha.id = i.history_a LEFT JOIN spoken AS hb ON hb.id = i.history_b
ORDER BY c.id, i.id
