-- How often each model met each and how it ended, run against run named by their models.
-- Shape: model_a, model_b, winner, n.
SELECT model_a, model_b, winner, count(*) AS n FROM counted_comparisons
WHERE model_a IS NOT NULL AND model_b IS NOT NULL GROUP BY ALL ORDER BY ALL
