-- Items that a run has answered on both sides, with the orders in which a judge has seen them. Shape: item, confidential,
-- orders_done (list, NULL for none).
SELECT r.item, r.item IN (SELECT id FROM private_items) AS confidential, v.orders_done
FROM (SELECT item FROM responses WHERE run = $run GROUP BY item HAVING count(DISTINCT side) = 2) AS r
JOIN items AS i ON i.id = r.item
LEFT JOIN (
    SELECT item, list(DISTINCT order_number) AS orders_done FROM current_verdicts WHERE run = $run AND judge = $judge
    GROUP BY item) AS v ON v.item = r.item
ORDER BY r.item
