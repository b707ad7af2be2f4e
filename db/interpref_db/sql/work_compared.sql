-- Items that two runs have both answered on both sides. Shape: item, confidential.
SELECT i.id AS item, i.id IN (SELECT id FROM private_items) AS confidential
FROM items AS i
SEMI JOIN (SELECT item FROM responses WHERE run = $run_a GROUP BY item HAVING count(DISTINCT side) = 2) AS r ON r.item = i.id
SEMI JOIN (SELECT item FROM responses WHERE run = $run_b GROUP BY item HAVING count(DISTINCT side) = 2) AS s ON s.item = i.id
ORDER BY i.id
