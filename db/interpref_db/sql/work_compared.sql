-- Items that two runs have both answered on both sides. Shape: item, confidential.
SELECT i.id AS item, coalesce(ha.confidential, false) OR coalesce(hb.confidential, false) AS confidential
FROM items AS i
SEMI JOIN (SELECT item FROM responses WHERE run = $run_a GROUP BY item HAVING count(DISTINCT side) = 2) AS r ON r.item = i.id
SEMI JOIN (SELECT item FROM responses WHERE run = $run_b GROUP BY item HAVING count(DISTINCT side) = 2) AS s ON s.item = i.id
LEFT JOIN all_histories AS ha ON ha.id = i.history_a LEFT JOIN all_histories AS hb ON hb.id = i.history_b
ORDER BY i.id
