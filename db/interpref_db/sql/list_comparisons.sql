-- Comparisons, imported and labelled. Shape: key, id, item, model_a, model_b, winner, annotator, left, kind, flagged, comment,
-- confidence, time.
SELECT id AS key, id, item, model_a, model_b, winner, annotator, left_is AS "left", kind, flagged, comment, confidence, time
FROM comparisons
