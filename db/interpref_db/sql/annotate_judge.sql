-- The judge whose opinion is shown: one that has compared these runs, where that is asked for; else the one that has seen
-- most of them, the overlap judge only where there is no other. Shape: judge.
SELECT judge FROM (
    SELECT annotator AS judge, 1 AS compared, count(*) AS n FROM comparisons
    WHERE $compare AND kind = 'judge' AND run_a IN (SELECT unnest($runs::VARCHAR[])) AND run_b IN (SELECT unnest($runs::VARCHAR[]))
    GROUP BY annotator
    UNION ALL
    SELECT judge, 0, count(*) FROM current_verdicts WHERE run IN (SELECT unnest($runs::VARCHAR[])) GROUP BY judge)
ORDER BY compared DESC, judge = 'overlap', n DESC, judge LIMIT 1
