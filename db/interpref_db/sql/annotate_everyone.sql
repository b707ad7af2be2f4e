-- Everybody's current labels in one task. Shape: annotator, item, run_a, run_b, side, subject, answer, shown, left_is, first,
-- opinion, confidence, active, flags, decided_at, event, gold, order_number.
SELECT annotator, item, run_a, run_b, side, subject, answer, shown, left_is, first, opinion, confidence, active, flags,
    decided_at, event, gold, order_number
FROM current_labels WHERE task = $task
    AND (len($runs::VARCHAR[]) = 0 OR run_a IS NULL OR list_contains($runs::VARCHAR[], run_a))
    AND (len($runs::VARCHAR[]) = 0 OR run_b IS NULL OR list_contains($runs::VARCHAR[], run_b))
ORDER BY decided_at, annotator
