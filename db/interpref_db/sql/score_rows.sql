-- Every comparison that counts, one by one. Shape: model_a, model_b, winner, annotator, item.
SELECT model_a, model_b, winner, annotator, coalesce(item, id) AS item FROM counted_comparisons
WHERE model_a IS NOT NULL AND model_b IS NOT NULL ORDER BY id
