-- Comparisons that a model is in, against another or against any. Shape: key.
SELECT id AS key FROM comparisons
WHERE winner <> 'skip' AND kind <> 'adjudication' AND ((model_a = $model AND model_b = coalesce($other, model_b))
    OR (model_b = $model AND model_a = coalesce($other, model_a)))
