-- Pairs with the queries that become items: every accepted candidate; with $accept_all, where a pair has none, the first that
-- is not refused. Shape: pair, query, text, a, b (identifiers), a_text, b_text, confidential.
SELECT q.id AS pair, c.id AS query, c.text, q.a, q.b, a.text AS a_text, b.text AS b_text,
    q.id IN (SELECT id FROM private_pairs) AS confidential
FROM judged_queries AS c JOIN pairs AS q ON q.id = c.pair
JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
WHERE c.accepted OR ($accept_all AND c.refuses <= c.accepts)
QUALIFY c.accepted OR row_number() OVER (PARTITION BY q.id ORDER BY c.accepted DESC, c.number, c.id) = 1
ORDER BY q.id, c.number, c.id
