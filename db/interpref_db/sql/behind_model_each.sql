-- How many comparisons a model is in, against another or against any, and the first of them, for many models.
-- Shape: model, other, n, keys.
WITH asked AS (SELECT DISTINCT unnest($model_each::VARCHAR[]) AS model, unnest($other_each::VARCHAR[]) AS other),
sides AS (
    SELECT id, model_a AS model, model_b AS other FROM counted_comparisons
    UNION SELECT id, model_b, model_a FROM counted_comparisons)
SELECT a.model, a.other, count(*) AS n, min(s.id, MOST_KEYS) AS keys FROM asked AS a JOIN sides AS s ON s.model = a.model AND s.other = a.other
GROUP BY a.model, a.other
UNION ALL
SELECT a.model, NULL, count(DISTINCT s.id), min(DISTINCT s.id, MOST_KEYS) FROM asked AS a JOIN sides AS s ON s.model = a.model
WHERE a.other IS NULL AND s.other IS NOT NULL GROUP BY a.model
