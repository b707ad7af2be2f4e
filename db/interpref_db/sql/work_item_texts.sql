-- What some items ask about. Shape: item, query, a, b (the texts of both preferences).
WITH wanted AS (SELECT unnest($items::VARCHAR[]) AS id)
SELECT i.id AS item, i.query, a.text AS a, b.text AS b
FROM all_items AS i SEMI JOIN wanted ON wanted.id = i.id
LEFT JOIN all_pairs AS q ON q.id = i.pair LEFT JOIN all_preferences AS a ON a.id = q.a LEFT JOIN all_preferences AS b ON b.id = q.b
