-- Comparisons. Shape: id, item, model_a, model_b, run_a, run_b, winner, annotator, left, time, kind, flagged, comment,
-- confidence, opinion, extra.
SELECT id, item, model_a, model_b, run_a, run_b, winner, annotator, left_is AS "left", time, kind, flagged, comment,
    confidence, opinion, extra
FROM comparisons ORDER BY time, id
