-- Comparisons with what they compare. Shape: the columns of comparisons, query, preference_a, preference_b, the four texts
-- (a_a: of run a for side a, ...), private (see private_things), and with $histories the turns
-- of both histories as lists of role and content.
WITH texts AS (
    SELECT item, run, side, arg_max(text, id) AS text FROM responses
    WHERE (item, run) IN (SELECT item, run_a FROM comparisons UNION SELECT item, run_b FROM comparisons) GROUP BY ALL),
spoken AS (
    SELECT h.id, list({'role': t.role, 'content': t.content} ORDER BY t.position) FILTER ($histories) AS turns
    FROM histories AS h JOIN turns AS t ON t.history = h.key
    WHERE h.id IN (
        SELECT unnest([history_a, history_b]) FROM items WHERE id IN (SELECT item FROM comparisons))
    GROUP BY h.id)
SELECT c.*, i.query, pa.text AS preference_a, pb.text AS preference_b,
    aa.text AS a_a, ab.text AS a_b, ba.text AS b_a, bb.text AS b_b,
    c.id IN (SELECT thing FROM private_things WHERE kind = 'comparison') AS private,
    ha.turns AS turns_a, hb.turns AS turns_b
FROM comparisons AS c
LEFT JOIN items AS i ON i.id = c.item
LEFT JOIN pairs AS q ON q.id = i.pair
LEFT JOIN preferences AS pa ON pa.id = q.a LEFT JOIN preferences AS pb ON pb.id = q.b
LEFT JOIN texts AS aa ON aa.item = c.item AND aa.run = c.run_a AND aa.side = 'a'
LEFT JOIN texts AS ab ON ab.item = c.item AND ab.run = c.run_a AND ab.side = 'b'
LEFT JOIN texts AS ba ON ba.item = c.item AND ba.run = c.run_b AND ba.side = 'a'
LEFT JOIN texts AS bb ON bb.item = c.item AND bb.run = c.run_b AND bb.side = 'b'
LEFT JOIN spoken AS ha ON ha.id = i.history_a LEFT JOIN spoken AS hb ON hb.id = i.history_b
ORDER BY c.time, c.id
