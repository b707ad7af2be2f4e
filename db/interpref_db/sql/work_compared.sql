-- Items that two runs have both answered on both sides. Shape: item, query, preference_a, preference_b, a (struct a, b: the
-- first run's responses), b (the second's), confidential.
SELECT i.id AS item, i.query, pa.text AS preference_a, pb.text AS preference_b, r.first AS a, s.first AS b,
    coalesce(ha.confidential, false) OR coalesce(hb.confidential, false) AS confidential
FROM items AS i
JOIN (SELECT item, {'a': arg_max(text, id) FILTER (side = 'a'), 'b': arg_max(text, id) FILTER (side = 'b')} AS first
    FROM responses WHERE run = $run_a GROUP BY item HAVING count(DISTINCT side) = 2) AS r ON r.item = i.id
JOIN (SELECT item, {'a': arg_max(text, id) FILTER (side = 'a'), 'b': arg_max(text, id) FILTER (side = 'b')} AS first
    FROM responses WHERE run = $run_b GROUP BY item HAVING count(DISTINCT side) = 2) AS s ON s.item = i.id
LEFT JOIN pairs AS q ON q.id = i.pair LEFT JOIN preferences AS pa ON pa.id = q.a LEFT JOIN preferences AS pb ON pb.id = q.b
LEFT JOIN histories AS ha ON ha.id = i.history_a LEFT JOIN histories AS hb ON hb.id = i.history_b
ORDER BY i.id
