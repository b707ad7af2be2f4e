-- The labels that count, of every task. Shape: key, id, task, annotator, item, run_a, run_b, answer, shown, left, confidence,
-- flagged, comment, first, active, kind, decided_at.
SELECT c.id AS key, c.id, c.task, c.annotator, c.item, c.run_a, c.run_b, c.side, c.answer, c.shown, c.left_is AS "left", c.confidence,
    m.flagged, m.comment, c.first, c.active, c.event AS kind, c.decided_at
FROM current_labels AS c LEFT JOIN current_marks AS m ON m.annotator = c.annotator AND m.task = c.task AND m.item = c.item
    AND m.run_a IS NOT DISTINCT FROM c.run_a AND m.run_b IS NOT DISTINCT FROM c.run_b
    AND m.side IS NOT DISTINCT FROM c.side AND m.subject IS NOT DISTINCT FROM c.subject
