-- Preferences. Shape: key, id, text, category, subcategory, topic, pairs.
SELECT p.id AS key, p.id, p.text, p.category, p.subcategory, (p.extra ->> '$.topic') AS topic, coalesce(n.pairs, 0) AS pairs
FROM preferences AS p LEFT JOIN (
    SELECT id, count(*) AS pairs FROM (SELECT a AS id FROM pairs UNION ALL SELECT b FROM pairs) GROUP BY id) AS n USING (id)
