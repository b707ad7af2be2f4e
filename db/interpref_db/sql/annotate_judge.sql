-- The judge that has seen most of some runs; the overlap judge only where there is no other. Shape: judge.
SELECT judge FROM current_verdicts WHERE run IN (SELECT unnest($runs::VARCHAR[]))
GROUP BY judge ORDER BY judge = 'overlap', count(*) DESC, judge LIMIT 1
