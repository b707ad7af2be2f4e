-- Comparisons. Shape: key, id, item, model_a, model_b, winner, annotator, left, time.
SELECT id AS key, id, item, model_a, model_b, winner, annotator, left_is AS "left", time FROM comparisons
