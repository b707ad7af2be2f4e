-- Comparisons that a model is in, against another or against any. Shape: key.
SELECT id AS key FROM counted_comparisons
WHERE (model_a = $model AND model_b = coalesce($other, model_b)) OR (model_b = $model AND model_a = coalesce($other, model_a))
