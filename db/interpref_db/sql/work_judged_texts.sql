-- The texts that a judge sees of some items of a run. Shape: item, query, preference_a, preference_b, response_a, response_b.
WITH wanted AS (SELECT unnest($items::VARCHAR[]) AS id)
SELECT i.id AS item, i.query, a.text AS preference_a, b.text AS preference_b, r.response_a, r.response_b
FROM items AS i SEMI JOIN wanted ON wanted.id = i.id
JOIN (
    SELECT item, arg_max(text, responses.id) FILTER (side = 'a') AS response_a,
        arg_max(text, responses.id) FILTER (side = 'b') AS response_b
    FROM responses SEMI JOIN wanted ON wanted.id = responses.item WHERE run = $run GROUP BY item) AS r ON r.item = i.id
LEFT JOIN pairs AS q ON q.id = i.pair LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
