-- What a judge sees of some items that two runs have answered. Shape: item, query, preference_a, preference_b, and the
-- responses to the two users: a_a, a_b (of the first run), b_a, b_b (of the second).
WITH wanted AS (SELECT unnest($items::VARCHAR[]) AS id)
SELECT i.id AS item, i.query, pa.text AS preference_a, pb.text AS preference_b, r.a_a, r.a_b, r.b_a, r.b_b
FROM all_items AS i SEMI JOIN wanted ON wanted.id = i.id
JOIN (
    SELECT item,
        arg_max(text, responses.id) FILTER (run = $run_a AND side = 'a') AS a_a,
        arg_max(text, responses.id) FILTER (run = $run_a AND side = 'b') AS a_b,
        arg_max(text, responses.id) FILTER (run = $run_b AND side = 'a') AS b_a,
        arg_max(text, responses.id) FILTER (run = $run_b AND side = 'b') AS b_b
    FROM responses SEMI JOIN wanted ON wanted.id = responses.item WHERE run IN ($run_a, $run_b) GROUP BY item) AS r
    ON r.item = i.id
LEFT JOIN all_pairs AS q ON q.id = i.pair
LEFT JOIN all_preferences AS pa ON pa.id = q.a LEFT JOIN all_preferences AS pb ON pb.id = q.b
