-- Comparisons. Shape: id, item, model_a, model_b, run_a, run_b, winner, annotator, left, time, extra.
SELECT id, item, model_a, model_b, run_a, run_b, winner, annotator, left_is AS "left", time, extra FROM comparisons ORDER BY time, id
