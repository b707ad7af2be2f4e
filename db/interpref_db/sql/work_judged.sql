-- Items that a run has answered on both sides, with the orders in which a judge has seen them. Shape: item, query,
-- preference_a, preference_b, response_a, response_b, confidential, orders_done (list).
SELECT r.item, i.query, a.text AS preference_a, b.text AS preference_b, r.response_a, r.response_b,
    coalesce(ha.confidential, false) OR coalesce(hb.confidential, false) AS confidential, v.orders_done
FROM (
    SELECT item, arg_max(text, id) FILTER (side = 'a') AS response_a, arg_max(text, id) FILTER (side = 'b') AS response_b
    FROM responses WHERE run = $run GROUP BY item HAVING response_a IS NOT NULL AND response_b IS NOT NULL) AS r
JOIN items AS i ON i.id = r.item LEFT JOIN pairs AS q ON q.id = i.pair
LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
LEFT JOIN histories AS ha ON ha.id = i.history_a LEFT JOIN histories AS hb ON hb.id = i.history_b
LEFT JOIN (
    SELECT item, list(DISTINCT order_number) AS orders_done FROM current_verdicts WHERE run = $run AND judge = $judge
    GROUP BY item) AS v ON v.item = r.item
ORDER BY r.item
