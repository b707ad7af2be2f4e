-- Patterns counted, with how many items each judge was to see. Shape: one row a run, judge and pattern (run_id, run, model,
-- paradigm, judge, sample, expected, pattern, n), and one with a NULL pattern where nothing is complete yet.
SELECT r.id AS run_id, r.name AS run, r.model, r.paradigm, j.judge, coalesce(r.sample, false) AS sample,
    greatest(coalesce(j.expected, r.expected, 0), coalesce(t.items, 0)) AS expected, p.pattern, coalesce(p.n, 0) AS n
FROM (
    SELECT run, judge, max(expected) AS expected FROM (
        SELECT run, judge, expected FROM judgings UNION ALL SELECT DISTINCT run, judge, NULL FROM current_verdicts)
    GROUP BY run, judge) AS j
JOIN runs AS r ON r.id = j.run
LEFT JOIN (SELECT run, judge, pattern, count(*) AS n FROM patterns GROUP BY run, judge, pattern) AS p
    ON p.run = j.run AND p.judge = j.judge
LEFT JOIN (SELECT run, count(DISTINCT item) AS items FROM responses GROUP BY run) AS t ON t.run = r.id
ORDER BY r.name, j.judge, n DESC, p.pattern
