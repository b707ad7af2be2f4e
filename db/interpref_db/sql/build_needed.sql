-- Items that have answers or labels, and what they name. Shape: item, pair, a, b, history_a, history_b.
SELECT i.id AS item, i.pair, q.a, q.b, i.history_a, i.history_b FROM study.items AS i LEFT JOIN study.pairs AS q ON q.id = i.pair
WHERE i.id IN (SELECT item FROM study.responses) OR i.id IN (SELECT item FROM study.labels)
